// `classchat verify-release`: whether files of a release are what whoever released them has signed.
// Must not know the formats.

import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Checksums, parseChecksums, SUMS_LIMIT } from "../files/checksums.ts";
import {
  checkSignature,
  keyNumber,
  parsePublicKey,
  type PublicKey,
  SIGNATURE_LIMIT,
} from "../files/minisign.ts";
import { readSmallFile } from "../store/private-files.ts";
import { EXIT, type ExitCode, Failure, type Said } from "./exit.ts";
import { output } from "./output.ts";
import { RELEASE_KEY } from "./version.ts";

export interface VerifyReleaseOptions {
  /** A public key in base64, or a file with one. */
  readonly key?: string | undefined;
  readonly sums?: string | undefined;
}

const SUMS = "SHA256SUMS";

/** `files`: those to check; none: all that the list names and that lie beside it. */
export async function verifyRelease(
  files: readonly string[],
  options: VerifyReleaseOptions,
): Promise<ExitCode> {
  const key = trustedKey(options.key);
  const [first] = files;
  const path = options.sums ?? join(first === undefined ? "." : dirname(first), SUMS);
  const out = output(false);
  const { sums, comment } = signedSums(path, key);
  const found = files.length > 0 ? files : besides(path, sums);
  out.print(`${path}: signed by ${keyNumber(key.id)} (${comment})`);
  let wrong = 0;
  for (const file of found) {
    const fault = await faultOf(file, sums);
    if (fault !== undefined) wrong++;
    out.print(`${file}: ${fault ?? "ok"}`);
  }
  if (wrong === 0) return EXIT.done;
  throw new Failure(EXIT.failed, {
    line: `${wrong} of ${found.length} ${found.length === 1 ? "file is" : "files are"} not what was released`,
    hint: "do not run it; fetch it again, from whoever released it",
  });
}

function trustedKey(given: string | undefined): PublicKey {
  const text = given ?? RELEASE_KEY;
  if (text === "") {
    throw new Failure(EXIT.usage, {
      line: "this classchat was built without a release key, so it does not know whom to trust",
      hint: "--key with the public key, or the file classchat.pub, of whoever released it",
    });
  }
  const key = parsePublicKey(text) ?? keyIn(text);
  if (key !== undefined) return key;
  throw new Failure(EXIT.usage, {
    line: `${text} is no public key`,
    hint: "a key is 56 characters that begin with RW, or the file that has it, classchat.pub",
  });
}

function keyIn(path: string): PublicKey | undefined {
  if (!isFile(path)) return undefined;
  const text = readSmallFile(path, SIGNATURE_LIMIT)?.text;
  return text === undefined ? undefined : parsePublicKey(text);
}

/** The list, once its signature holds. */
function signedSums(path: string, key: PublicKey): { readonly sums: Checksums; readonly comment: string } {
  const list = fileText(path, SUMS_LIMIT, {
    line: `there is no ${path}`,
    hint: `put ${SUMS} and ${SUMS}.minisig of the release beside the files, or name it: --sums FILE`,
  });
  const signature = fileText(`${path}.minisig`, SIGNATURE_LIMIT, {
    line: `${path} is not signed: there is no ${path}.minisig`,
    hint: "fetch it from where the release is; without it nothing is proved",
  });
  const checked = checkSignature(new TextEncoder().encode(list), signature, key);
  if (!checked.ok) {
    const { why, id } = checked;
    const [mine, theirs] = [keyNumber(key.id), id === undefined ? "" : keyNumber(id)];
    const said: Record<typeof why, Said> = {
      "not-a-signature": {
        line: `${path}.minisig is not a whole signature`,
        hint: "it has been cut short or changed; fetch it again",
      },
      "old-kind": {
        line: `${path}.minisig is a signature of an old kind`,
        hint: "ask for one that was made with minisign 0.10 or newer",
      },
      "other-key": {
        line: `${path} was signed by another key (${theirs}) than the trusted one (${mine})`,
        hint: "do not run it, unless whoever released it has told you of a new key; then --key",
      },
      wrong: {
        line: `the signature does not hold: ${path} is not what was signed`,
        hint: "do not run any of it; fetch it again, from whoever released it",
      },
      comment: {
        line: `the comment in ${path}.minisig is not what was signed`,
        hint: "do not run any of it; fetch it again, from whoever released it",
      },
    };
    throw new Failure(EXIT.failed, said[why]);
  }
  const sums = parseChecksums(list);
  if (sums !== undefined) return { sums, comment: checked.comment };
  throw new Failure(EXIT.failed, {
    line: `${path} was signed, but is no list of checksums`,
    hint: `name the release's ${SUMS}: --sums FILE`,
  });
}

function fileText(path: string, limit: number, missing: Said): string {
  if (!isFile(path)) throw new Failure(EXIT.failed, missing);
  const text = readSmallFile(path, limit)?.text;
  if (text !== undefined) return text;
  throw new Failure(EXIT.failed, {
    line: `${path} is too long to be that file of a release`,
    hint: missing.hint,
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function besides(path: string, sums: Checksums): string[] {
  const found = [...sums.keys()].map((name) => join(dirname(path), name)).filter((file) => existsSync(file));
  if (found.length > 0) return found;
  throw new Failure(EXIT.failed, {
    line: `no file that ${path} names is in ${resolve(dirname(path))}`,
    hint: "name the files to check, or put them beside it",
  });
}

/** In words; undefined for a file that is what it should be. */
async function faultOf(path: string, sums: Checksums): Promise<string | undefined> {
  if (!existsSync(path)) return "WRONG: there is no such file";
  const sum = sums.get(basename(path));
  if (sum === undefined) return "WRONG: the release has no file of this name";
  try {
    const hash = new Bun.CryptoHasher("sha256");
    for await (const chunk of Bun.file(path).stream()) hash.update(chunk);
    return hash.digest("hex") === sum ? undefined : "WRONG: its bytes are not those of the release";
  } catch (error) {
    // A folder, or a file that may not be read.
    if (error instanceof Error && "code" in error) return `WRONG: it cannot be read (${String(error.code)})`;
    throw error;
  }
}

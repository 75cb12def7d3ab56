// `npm run release`: dist/release with an archive for each platform, a list of what is inside, and SHA256SUMS over
// them, signed where a key is given. The same sources give the same bytes. What macOS wants beyond this (signing) is
// done on a Mac.

import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import lock from "../package-lock.json" with { type: "json" };
import manifest from "../package.json" with { type: "json" };
import { askPassphrase } from "../src/cli/passphrase.ts";
import { formatChecksums } from "../src/files/checksums.ts";
import {
  formatPublicKey,
  formatSignature,
  keyNumber,
  parsePublicKey,
  type PublicKey,
} from "../src/files/minisign.ts";
import { type Packed, tarGz, zip } from "./archive.ts";
import { billOfMaterials, shippedPackages } from "./bill-of-materials.ts";
import { compile, root } from "./compile.ts";
import { archiveName, executableName, isWindows, type Target, targets } from "./release-targets.ts";
import { readSigningKey, type SigningKey } from "./signing-key.ts";

const { version } = manifest;
const KEY_VARIABLE = "CLASSCHAT_RELEASE_KEY_FILE";
const PASSPHRASE = { prompt: "passphrase of the release key", variable: "CLASSCHAT_RELEASE_PASSPHRASE" };

/** What whoever runs it has to put right. */
class Mistake extends Error {}

interface Plan {
  readonly folder: string;
  readonly targets: readonly Target[];
  readonly signer: SigningKey | undefined;
  /** The key that the executables trust. */
  readonly trusted: PublicKey | undefined;
  readonly twice: boolean;
}

async function plan(args: readonly string[]): Promise<Plan> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      key: { type: "string" },
      "public-key": { type: "string" },
      out: { type: "string" },
      "check-twice": { type: "boolean" },
    },
  });
  const names = values.only?.split(",");
  const unknown = names?.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined)
    throw new Mistake(`no such target: ${unknown}\nhint: ${targets.map(({ name }) => name).join(", ")}`);
  const keyFile = values.key ?? process.env[KEY_VARIABLE];
  const signer = keyFile === undefined ? undefined : await signingKey(keyFile);
  const publicFile = values["public-key"];
  return {
    folder: resolve(values.out ?? join(root, "dist/release")),
    targets: targets.filter(({ name }) => names?.includes(name) ?? true),
    signer,
    trusted: publicFile === undefined ? signer : parsePublicKey(await Bun.file(publicFile).text()),
    twice: values["check-twice"] ?? false,
  };
}

async function signingKey(path: string): Promise<SigningKey> {
  const file = Bun.file(path);
  if (!(await file.exists()))
    throw new Mistake(`there is no key at ${path}\nhint: npm run release:key -- ${path} makes one`);
  const text = await file.text();
  let read = readSigningKey(text, undefined);
  if (!read.ok && read.why === "passphrase-needed")
    read = readSigningKey(text, await askPassphrase("open", true, PASSPHRASE));
  if (read.ok) return read.key;
  const hint =
    read.why === "not-a-key"
      ? "a minisign secret key; npm run release:key makes one"
      : `type it on a terminal, or set ${PASSPHRASE.variable}`;
  throw new Mistake(`${path}: ${read.why.replaceAll("-", " ")}\nhint: ${hint}`);
}

/** The licences of everything in the executables, as each asks to be handed on. */
async function licences(): Promise<string> {
  const texts = [`classchat ${version}\n\n${await Bun.file(join(root, "LICENSE")).text()}`];
  const paths = shippedPackages(lock);
  for (const path of paths) {
    const folder = join(root, path);
    const name = (await readdir(folder)).find((file) => /^licen[cs]e(\.\w+)?$/i.test(file));
    const about: unknown = await Bun.file(join(folder, "package.json")).json();
    const {
      name: called,
      version: its,
      license,
    } = { name: path, version: "", license: "", ...Object(about) };
    const text = name === undefined ? `Licence: ${license}\n` : await Bun.file(join(folder, name)).text();
    texts.push(`${called} ${its}\n\n${text.trim()}\n`);
  }
  texts.push(`Bun ${Bun.version}, and what it is made of\n\nhttps://bun.com/docs/project/license\n`);
  return texts.join(`\n${"-".repeat(78)}\n\n`);
}

/** The executable's bytes. Its name has a part in them, so it is that of the archive. */
async function compiled(work: string, target: Target, trusted: PublicKey | undefined): Promise<Uint8Array> {
  const folder = await mkdtemp(join(work, "build-"));
  const path = join(folder, executableName(target));
  await compile(path, target.compile, trusted === undefined ? undefined : formatPublicKey(trusted));
  const bytes = await Bun.file(path).bytes();
  await rm(folder, { recursive: true });
  return bytes;
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

async function release({ folder, targets: wanted, signer, trusted, twice }: Plan): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder);
  const work = await mkdtemp(join(dirname(folder), "release-work-"));
  const sums = new Map<string, string>();
  const put = async (name: string, bytes: Uint8Array) => {
    await Bun.write(join(folder, name), bytes);
    sums.set(name, sha256(bytes));
  };
  try {
    const licence: Packed = {
      name: "classchat-LICENCES.txt",
      bytes: new TextEncoder().encode(await licences()),
      runs: false,
    };
    for (const target of wanted) {
      const bytes = await compiled(work, target, trusted);
      if (twice && sha256(bytes) !== sha256(await compiled(work, target, trusted)))
        throw new Mistake(`${target.name}: two builds differ\nhint: something of the machine gets in`);
      const files = [{ name: executableName(target), bytes, runs: true }, licence];
      const packed = isWindows(target) ? zip(files) : tarGz(files);
      const name = archiveName(version, target);
      await put(name, packed);
      const same = twice ? "  built twice, the same" : "";
      console.log(`${name}  ${megabytes(packed)} MB, ${megabytes(bytes)} unpacked${same}`);
    }
    const bill = billOfMaterials(
      manifest,
      lock,
      wanted.map(({ runtime }) => runtime),
      await patches(),
    );
    await put(`classchat-${version}.cdx.json`, new TextEncoder().encode(bill));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const list = new TextEncoder().encode(formatChecksums(sums));
  await Bun.write(join(folder, "SHA256SUMS"), list);
  if (signer === undefined) {
    console.log(`SHA256SUMS  not signed: no key was given (--key FILE, or ${KEY_VARIABLE})`);
    return;
  }
  const signature = formatSignature(list, { id: signer.id, comment: `classchat ${version}` }, signer.sign);
  await Bun.write(join(folder, "SHA256SUMS.minisig"), signature);
  console.log(`SHA256SUMS  signed by ${keyNumber(signer.id)}`);
}

async function patches(): Promise<Map<string, string>> {
  const found = Object.entries(manifest.patchedDependencies);
  return new Map(
    await Promise.all(
      found.map(async ([name, path]) => [name, await Bun.file(join(root, path)).text()] as const),
    ),
  );
}

function megabytes(bytes: Uint8Array): number {
  return Math.round(bytes.length / 1e6);
}

try {
  await release(await plan(process.argv.slice(2)));
} catch (error) {
  const isUsage =
    error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  if (error instanceof Mistake) console.error(`release: ${error.message}`);
  else if (isUsage)
    console.error(
      `release: ${error.message}\nhint: --only linux-x64,… --key FILE --public-key FILE --out DIR --check-twice`,
    );
  else {
    console.error(error);
    console.error(
      "release: not all was made\nhint: the first time, bun fetches a runtime for each platform from the npm registry",
    );
  }
  process.exitCode = isUsage ? 2 : 1;
}

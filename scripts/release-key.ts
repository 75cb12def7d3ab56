// `npm run release:key -- FILE`: makes the key that releases are signed with, at a place outside the project, and its
// public half beside it. It never writes over anything.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { askPassphrase } from "../src/cli/passphrase.ts";
import { Failure } from "../src/cli/exit.ts";
import { formatPublicKey, publicKeyFile } from "../src/files/minisign.ts";
import { root } from "./compile.ts";
import { newSigningKey } from "./signing-key.ts";

const USE = "npm run release:key -- FILE [--passphrase]";
const PASSPHRASE = { prompt: "passphrase for the release key", variable: "CLASSCHAT_RELEASE_PASSPHRASE" };

function stop(line: string, hint: string, code: 1 | 2 = 2): never {
  console.error(`release-key: ${line}\nhint: ${hint}`);
  process.exit(code);
}

async function make(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { passphrase: { type: "boolean" } },
    allowPositionals: true,
  });
  const [given = process.env["CLASSCHAT_RELEASE_KEY_FILE"], ...more] = positionals;
  if (given === undefined || more.length > 0) stop("where is the key to lie?", USE);
  const path = resolve(given);
  const publicPath = join(dirname(path), "classchat.pub");
  if (!relative(root, path).startsWith(".."))
    stop(`${path} is within the project`, "a secret key lies elsewhere");
  for (const file of [path, publicPath])
    if (existsSync(file)) stop(`${file} is there already`, "nothing is written over; name another folder");
  const passphrase = await askPassphrase("create", values.passphrase ?? false, PASSPHRASE);
  const made = newSigningKey((n) => crypto.getRandomValues(new Uint8Array(n)), passphrase);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, made.file, { mode: 0o600, flag: "wx" });
  writeFileSync(publicPath, publicKeyFile(made.key), { flag: "wx" });
  console.log(
    `secret key  ${path}${passphrase === undefined ? "  (no passphrase: whoever can read it can sign)" : ""}`,
  );
  console.log(`public key  ${publicPath}\n\n${formatPublicKey(made.key)}`);
}

try {
  await make(process.argv.slice(2));
} catch (error) {
  if (error instanceof Failure) stop(error.message, error.hint);
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
    stop(error.message, USE);
  throw error;
}

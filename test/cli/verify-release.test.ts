// A release is checked before it is run: whatever is wrong with its files, its list or its signature is told in a line.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import { formatChecksums } from "../../src/files/checksums.ts";
import { formatPublicKey, formatSignature, publicKeyFile } from "../../src/files/minisign.ts";

setDefaultTimeout(60_000);

const main = join(import.meta.dir, "../../src/main.ts");
const seed = new Uint8Array(32).fill(7);
const key = { id: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), key: ed25519.getPublicKey(seed) };
const trusted = formatPublicKey(key);
const [one, two] = ["classchat-1.2.3-linux-x64.tar.gz", "classchat-1.2.3-windows-x64.zip"];

let folder: string;
let list: string;
let signature: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "classchat-release-"));
  const sums = new Map([one, two].map((name) => [name, sha256(name)]));
  list = formatChecksums(sums);
  signature = signed(list);
  for (const name of [one, two]) put(name, name);
  put("SHA256SUMS", list);
  put("SHA256SUMS.minisig", signature);
  put("classchat.pub", publicKeyFile(key));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
const signed = (text: string, id = key.id, by = seed) =>
  formatSignature(new TextEncoder().encode(text), { id, comment: "classchat 1.2.3" }, (bytes) =>
    ed25519.sign(bytes, by),
  );

function verify(...args: readonly string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, main, "verify-release", ...args], {
    cwd: folder,
    env: { HOME: folder, PATH: process.env["PATH"] ?? "" },
  });
  return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
const failed = (line: string | RegExp, code = 1) => ({
  code,
  stdout: "",
  stderr: expect.stringMatching(
    new RegExp(`^classchat: .*${line instanceof RegExp ? line.source : line}.*\nhint: .+\n$`),
  ),
});
const withKey = (...args: readonly string[]) => verify("--key", trusted, ...args);

test("a release as it was made is found whole: all of it, one file, or from elsewhere", () => {
  const first = "SHA256SUMS: signed by 0807060504030201 (classchat 1.2.3)\n";
  const all = { code: 0, stdout: `${first}${one}: ok\n${two}: ok\n`, stderr: "" };
  expect(withKey()).toEqual(all);
  expect(verify("--key", "classchat.pub")).toEqual(all);
  expect(withKey(two)).toEqual({ code: 0, stdout: `${first}${two}: ok\n`, stderr: "" });
  mkdirSync(join(folder, "elsewhere"));
  writeFileSync(join(folder, "elsewhere", one), one);
  expect(withKey(`elsewhere/${one}`, "--sums", "SHA256SUMS")).toMatchObject({ code: 0 });
  rmSync(join(folder, one));
  expect(withKey()).toEqual({ code: 0, stdout: `${first}${two}: ok\n`, stderr: "" });
});

test("a file that was changed, is missing, or is in no list, is told beside those that are whole", () => {
  put(one, "something else");
  put("other.zip", "x");
  const { code, stdout, stderr } = withKey(one, two, "other.zip", "gone.zip", ".");
  expect(code).toBe(1);
  expect(stdout.split("\n").slice(1, -1)).toEqual([
    `${one}: WRONG: its bytes are not those of the release`,
    `${two}: ok`,
    "other.zip: WRONG: the release has no file of this name",
    "gone.zip: WRONG: there is no such file",
    ".: WRONG: the release has no file of this name",
  ]);
  expect(stderr).toMatch(/^classchat: 4 of 5 files are not what was released\nhint: .+\n$/);
});

test("a list that was changed, or signed by somebody else, is worth nothing", () => {
  put("SHA256SUMS", list.replace(sha256(one), sha256("another")));
  expect(withKey()).toEqual(failed("the signature does not hold: SHA256SUMS is not what was signed"));
  put("SHA256SUMS", list);
  put("SHA256SUMS.minisig", signed(list, key.id, new Uint8Array(32).fill(9)));
  expect(withKey()).toEqual(failed("the signature does not hold"));
  put("SHA256SUMS.minisig", signed(list, new Uint8Array(8).fill(9)));
  expect(withKey()).toEqual(failed(/signed by another key \(0909090909090909\) than the trusted one/));
  put("SHA256SUMS.minisig", signature.replace("classchat 1.2.3", "classchat 9.9.9"));
  expect(withKey()).toEqual(failed("the comment in SHA256SUMS.minisig is not what was signed"));
});

test("a signature that is missing, cut short or no signature, and a list that is none, are told", () => {
  for (const text of [signature.slice(0, 150), "", "x".repeat(100)]) {
    put("SHA256SUMS.minisig", text);
    expect(withKey()).toEqual(failed("SHA256SUMS.minisig is not a whole signature"));
  }
  put("SHA256SUMS.minisig", "x".repeat(5000));
  expect(withKey()).toEqual(failed("too long"));
  rmSync(join(folder, "SHA256SUMS.minisig"));
  expect(withKey()).toEqual(failed("SHA256SUMS is not signed"));
  put("SHA256SUMS", "no list\n");
  put("SHA256SUMS.minisig", signed("no list\n"));
  expect(withKey()).toEqual(failed("no list of checksums"));
  rmSync(join(folder, "SHA256SUMS"));
  expect(withKey()).toEqual(failed("there is no SHA256SUMS"));
});

test("files that no list names, and a key that is none, are told", () => {
  rmSync(join(folder, one));
  rmSync(join(folder, two));
  expect(withKey()).toEqual(failed("no file that SHA256SUMS names is in"));
  for (const text of ["RWnonsense", one, "."])
    expect(verify("--key", text)).toEqual(failed("is no public key", 2));
  expect(verify()).toEqual(failed("built without a release key", 2));
});

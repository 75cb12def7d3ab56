// What a release is made of: archives with the same bytes for the same files, keys that minisign reads, a list of what
// is inside.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lock from "../../package-lock.json" with { type: "json" };
import manifest from "../../package.json" with { type: "json" };
import { tarGz, zip } from "../../scripts/archive.ts";
import { billOfMaterials, shippedPackages } from "../../scripts/bill-of-materials.ts";
import { compile } from "../../scripts/compile.ts";
import { archiveName, hostTarget, targets } from "../../scripts/release-targets.ts";
import { newSigningKey, readSigningKey } from "../../scripts/signing-key.ts";
import { checkSignature, formatSignature, publicKeyFile } from "../../src/files/minisign.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "classchat-release-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
/** Of the archive before it is packed, which tar has taken apart. */
const TAR = "5f5b7aff2ae1abe4a0f4462930f94922d2e71e5bda58efc51fcd02ab04a0f31c";
/** Too long and too varied to fit in one block of anything. */
const program = Uint8Array.from({ length: 70_001 }, (_, i) => (i * i) >> 3);
const files = [
  { name: "classchat", bytes: program, runs: true },
  { name: "LICENCES.txt", bytes: new TextEncoder().encode("MIT\n"), runs: false },
];
const run = (...command: string[]) => {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: folder });
  return { exitCode, out: stdout.toString() + stderr.toString() };
};

/** Where in a secret key's bytes its Ed25519 seed lies: after what it is sealed with and its id. */
const SECRET_AT = 62;

describe("an archive", () => {
  test("has the same bytes for the same files, and these do not come to be others unnoticed", () => {
    expect(tarGz(files).toHex()).toBe(tarGz(files).toHex());
    expect(zip(files).toHex()).toBe(zip(files).toHex());
    const tar = Bun.gunzipSync(new Uint8Array(tarGz(files)));
    expect(new Bun.CryptoHasher("sha256").update(tar).digest("hex")).toBe(TAR);
  });

  test.skipIf(Bun.which("tar") === null)("is taken apart by tar, which keeps what may be run", async () => {
    writeFileSync(join(folder, "a.tar.gz"), tarGz(files));
    expect(run("tar", "xzf", "a.tar.gz")).toEqual({ exitCode: 0, out: "" });
    expect(await Bun.file(join(folder, "classchat")).bytes()).toEqual(program);
    expect(await Bun.file(join(folder, "LICENCES.txt")).text()).toBe("MIT\n");
    expect(statSync(join(folder, "classchat")).mode & 0o111).toBe(0o111);
    expect(statSync(join(folder, "LICENCES.txt")).mode & 0o111).toBe(0);
  });

  test.skipIf(Bun.which("python3") === null)("is a zip that another program finds whole", () => {
    writeFileSync(join(folder, "a.zip"), zip(files));
    const script =
      "import zipfile; z = zipfile.ZipFile('a.zip'); print(z.testzip(), [(i.filename, i.file_size, oct(i.external_attr >> 16)) for i in z.infolist()])";
    expect(run("python3", "-c", script).out).toBe(
      "None [('classchat', 70001, '0o100755'), ('LICENCES.txt', 4, '0o100644')]\n",
    );
  });

  test("is called so that a page can tell for which machine it is", () => {
    expect(targets.map((target) => archiveName("1.2.3", target))).toEqual([
      "classchat-1.2.3-linux-x64.tar.gz",
      "classchat-1.2.3-linux-arm64.tar.gz",
      "classchat-1.2.3-linux-x64-musl.tar.gz",
      "classchat-1.2.3-linux-arm64-musl.tar.gz",
      "classchat-1.2.3-macos-arm64.tar.gz",
      "classchat-1.2.3-macos-x64.tar.gz",
      "classchat-1.2.3-windows-x64.zip",
      "classchat-1.2.3-windows-arm64.zip",
    ]);
  });
});

describe("a release key", () => {
  const message = new TextEncoder().encode("a list\n");

  test("is read again from its file, and signs what holds", () => {
    const { file, key } = newSigningKey(random, undefined);
    const read = readSigningKey(file, undefined);
    if (!read.ok) throw new Error(read.why);
    const signature = formatSignature(message, { id: read.key.id, comment: "c" }, read.key.sign);
    expect(checkSignature(message, signature, key)).toEqual({ ok: true, comment: "c" });
  });

  // scrypt takes its gigabyte and some seconds. minisign 0.11 has opened this one.
  test("with a passphrase is the key that its public half says, and asks for the passphrase", async () => {
    const golden = (name: string) => Bun.file(join(import.meta.dir, "golden", name)).text();
    const file = await golden("sealed.key");
    expect(readSigningKey(file, undefined)).toEqual({ ok: false, why: "passphrase-needed" });
    const read = readSigningKey(file, "correct horse");
    expect(read.ok && publicKeyFile(read.key)).toBe(await golden("sealed.pub"));
  }, 60_000);

  test("that is cut short, changed or something else is none", () => {
    const { file } = newSigningKey(random, undefined);
    const [comment = "", sealed = ""] = file.split("\n");
    const changed = Buffer.from(sealed, "base64");
    changed.writeUInt8(changed.readUInt8(SECRET_AT) ^ 1, SECRET_AT);
    const other = `${comment}\n${changed.toString("base64")}\n`;
    for (const text of ["", "hello", file.slice(0, 150), other])
      expect(readSigningKey(text, undefined)).toEqual({ ok: false, why: "not-a-key" });
  });

  test.skipIf(Bun.which("minisign") === null)(
    "is one that minisign signs with, and its signatures hold in both",
    () => {
      const { file, key } = newSigningKey(random, undefined);
      writeFileSync(join(folder, "key"), file);
      writeFileSync(join(folder, "pub"), publicKeyFile(key));
      writeFileSync(join(folder, "list"), message);
      writeFileSync(
        join(folder, "list.minisig"),
        formatSignature(message, { id: key.id, comment: "c 1" }, key.sign),
      );
      expect(run("minisign", "-Vm", "list", "-p", "pub")).toEqual({
        exitCode: 0,
        out: "Signature and comment signature verified\nTrusted comment: c 1\n",
      });
      expect(run("minisign", "-Sm", "list", "-s", "key", "-t", "theirs").exitCode).toBe(0);
      return Bun.file(join(folder, "list.minisig"))
        .text()
        .then((made) => expect(checkSignature(message, made, key)).toEqual({ ok: true, comment: "theirs" }));
    },
  );
});

test("the executable of this machine has the same bytes when it is built again elsewhere", async () => {
  const built = async (place: string) => {
    const path = join(folder, place, "classchat");
    await compile(path, hostTarget()?.compile);
    return new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex");
  };
  expect(await built("one")).toBe(await built("another/place"));
}, 60_000);

test("the list of what is inside has every package that ships, with its licence and hash, the patch, and Bun", () => {
  const patches = new Map(Object.keys(manifest.patchedDependencies).map((name) => [name, "--- a\n"]));
  const bill = billOfMaterials(manifest, lock, ["@oven/bun-linux-x64"], patches);
  expect(bill).toBe(billOfMaterials(manifest, lock, ["@oven/bun-linux-x64"], patches));
  const { bomFormat, components } = JSON.parse(bill);
  expect(bomFormat).toBe("CycloneDX");
  const names = components.map(({ name }: { name: string }) => name);
  for (const name of [...Object.keys(manifest.dependencies), "@oven/bun-linux-x64"])
    expect(names).toContain(name);
  for (const name of ["oxlint", "fast-check", "react-devtools-core"]) expect(names).not.toContain(name);
  expect(names.length).toBe(shippedPackages(lock).length + 1);
  for (const one of components)
    expect(one).toMatchObject({
      version: expect.stringMatching(/^\d/),
      purl: expect.stringMatching(/^pkg:npm\/.+@\d/),
      licenses: [expect.anything()],
      hashes: [{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    });
  const patched = components.filter(({ pedigree }: { pedigree?: unknown }) => pedigree !== undefined);
  expect(patched).toMatchObject([{ name: "ts-mls" }]);
});

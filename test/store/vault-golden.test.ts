// Vaults and headers as version 1 wrote them, read by today's code: what is on people's disks stays readable.

import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argon2id } from "@noble/hashes/argon2.js";
import { decodeHeader } from "../../src/store/key-header.ts";
import { keyOfPassphrase } from "../../src/store/key-kinds.ts";
import { openVault } from "../../src/store/vault-sqlite.ts";
import { bytes } from "./vault-contract.ts";

const counting = (n: number) => Uint8Array.from({ length: n }, (_, i) => i);
const TABLES = [
  "profile",
  "trust",
  "conversation",
  "place",
  "group",
  "ratchet",
  "key-package",
  "outbox",
] as const;

test("a vault of version 1 opens and has all its rows", () => {
  const folder = mkdtempSync(join(tmpdir(), "classchat-golden-"));
  const path = join(folder, "vault.sqlite");
  const frozen = readFileSync(join(import.meta.dir, "golden", "vault-v1.base64"), "utf8");
  writeFileSync(path, Uint8Array.fromBase64(frozen));
  const vault = openVault(path, counting(32), { random: (n) => crypto.getRandomValues(new Uint8Array(n)) });
  for (const table of TABLES) {
    expect(vault.get(table, `a key of ${table}`)).toEqual(bytes(`a value of ${table}`));
  }
  expect(vault.all("trust").map((row) => row.key)).toEqual(["a key of trust"]);
  expect(vault.get("group", "empty")).toEqual(bytes(""));
  expect(vault.conversations()).toEqual(["@größe", "bob"]);
  expect(vault.history("@größe", 1, 9)).toEqual([{ position: 0, value: bytes("a group's first") }]);
  expect(vault.history("bob", Number.MAX_SAFE_INTEGER, 9)).toEqual([
    { position: 2 ** 40, value: bytes("hello again") },
    { position: 1, value: bytes("hello bob") },
  ]);
  vault.close();
  rmSync(folder, { recursive: true });
});

test("a passphrase header of version 1 gives the key it gave, however the passphrase was typed", async () => {
  const decoded = decodeHeader(
    '{"version":1,"kind":"passphrase","argon2":{"memory":65536,"passes":3,"parallelism":1,"salt":"AAECAwQFBgcICQoLDA0ODw"}}\n',
  );
  if (!decoded.ok || decoded.header.kind !== "passphrase") throw new Error("it is a passphrase header");
  const key = "241e1e4b7014d86db03115f90775e5a2057c0de57158cfadd3d67c9ee77d4936";
  const typed = "Größe und Gewicht";
  expect((await keyOfPassphrase(typed.normalize("NFC"), decoded.header.argon2)).toHex()).toBe(key);
  expect((await keyOfPassphrase(typed.normalize("NFD"), decoded.header.argon2)).toHex()).toBe(key);
});

test("headers of version 1 of the other kinds are read", () => {
  expect(decodeHeader('{"version":1,"kind":"file"}\n')).toEqual({ ok: true, header: { kind: "file" } });
  expect(decodeHeader('{"version":1,"kind":"keyring","profile":"AAECAwQFBgcICQoLDA0ODw"}\n')).toEqual({
    ok: true,
    header: { kind: "keyring", profile: "AAECAwQFBgcICQoLDA0ODw" },
  });
});

test("the native Argon2id is the one of @noble/hashes", async () => {
  const settings = { memory: 8192, passes: 1, parallelism: 1, salt: "AAECAwQFBgcICQoLDA0ODw" };
  const twin = argon2id("correct horse", counting(16), { t: 1, m: 8192, p: 1, dkLen: 32 });
  expect(await keyOfPassphrase("correct horse", settings)).toEqual(twin);
});

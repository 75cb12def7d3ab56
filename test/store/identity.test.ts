// A vault written to one file is the same vault when it is read again, of any size; chunks that were moved, repeated or
// left out, and rows of a newer version, are noticed. A file that an earlier version wrote can still be read.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VaultTable, VaultWrite } from "../../src/ports.ts";
import { type IdentityFault, IdentityFile, writeIdentity } from "../../src/store/identity-file.ts";
import { decodeVault, encodeVault } from "../../src/store/identity-rows.ts";
import { CHUNK, SEALED_CHUNK } from "../../src/store/identity-seal.ts";
import { VaultDisk, VaultMemory } from "../../src/store/vault-memory.ts";
import { ROW_KINDS } from "../../src/store/vault-seal.ts";

const PASSPHRASE = "three blind mice";
const golden = join(import.meta.dir, "golden", "alice.identity");
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const isTable = (name: string): name is VaultTable => !name.startsWith("history") && name in ROW_KINDS;
const tables = Object.keys(ROW_KINDS).filter(isTable);

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "classchat-identity-"));
  path = join(folder, "identity");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function vault(...writes: readonly VaultWrite[]): VaultMemory {
  const made = new VaultMemory(new VaultDisk());
  made.transaction(writes);
  return made;
}

/** All that is in it, in a form that can be compared. */
function contents(of: VaultMemory) {
  const records = tables.flatMap((table) =>
    of.all(table).map(({ key, value }) => [table, key, value.toHex()]),
  );
  const histories = of
    .conversations()
    .sort()
    .map((name) => [name, of.history(name, Number.MAX_SAFE_INTEGER, 1_000_000)]);
  return { records, histories };
}

async function read(passphrase = PASSPHRASE): Promise<IdentityFault | { owner: string; vault: VaultMemory }> {
  const file = IdentityFile.open(path);
  if (!(file instanceof IdentityFile)) return file;
  try {
    const unlocked = await file.unlock(passphrase);
    if (typeof unlocked === "string") return unlocked;
    const into = vault();
    const filled = file.fill(into);
    return filled === "filled" ? { ...unlocked, vault: into } : filled;
  } finally {
    file.close();
  }
}

const everything: VaultWrite[] = [
  ...tables.map((put) => ({ put, key: `${put} 日本`, value: new TextEncoder().encode(put) })),
  { put: "seen", key: "", value: new Uint8Array(0) },
  { put: "group", key: "large", value: random(3 * CHUNK + 1) },
  ...Array.from({ length: 1203 }, (_, i) => ({
    history: i % 7 === 0 ? "@physics" : "bob",
    position: i * 3,
    value: new TextEncoder().encode(`message ${i}`),
  })),
];

describe("a vault in a file", () => {
  test("is the same vault again, with every table and all of the history", async () => {
    const before = vault(...everything);
    expect(await writeIdentity(path, { owner: "alice", vault: before }, PASSPHRASE, random)).toBe(true);
    expect(readdirSync(folder)).toEqual(["identity"]);
    const after = await read();
    if (typeof after === "string") throw new Error(after);
    expect(after.owner).toBe("alice");
    expect(contents(after.vault)).toEqual(contents(before));
    expect(await read("three blind rats")).toBe("wrong-passphrase");
    expect(await writeIdentity(path, { owner: "alice", vault: before }, PASSPHRASE, random)).toBe(false);
  });

  test("ends where it ends, also when that is the end of a chunk", async () => {
    for (const size of [CHUNK, CHUNK + 1]) {
      rmSync(path, { force: true });
      // 17 for each row's head, 5 for the name, 5 for the table's.
      const before = vault({ put: "trust", key: "", value: random(size - 2 * 17 - 10) });
      await writeIdentity(path, { owner: "alice", vault: before }, PASSPHRASE, random);
      const after = await read();
      if (typeof after === "string") throw new Error(after);
      expect(contents(after.vault)).toEqual(contents(before));
    }
  });

  test("is not taken with a chunk left out, repeated, moved or cut off", async () => {
    await writeIdentity(path, { owner: "alice", vault: vault(...everything) }, PASSPHRASE, random);
    const whole = readFileSync(path);
    // Chunks lie after the head, whose length the file says itself.
    const first = 19 + 4 + whole.readUInt16BE(21) + 8;
    const chunk = (i: number) => whole.subarray(first + i * SEALED_CHUNK, first + (i + 1) * SEALED_CHUNK);
    const chunks = [0, 1, 2, 3].map(chunk);
    expect(chunks.at(-1)?.length).toBeGreaterThan(16);
    expect(chunk(4)).toHaveLength(0);
    const [a, b, c, d] = chunks;
    for (const order of [
      [a, b, c],
      [a, c, b, d],
      [a, a, b, c, d],
      [a, b, c, d, d],
    ]) {
      const parts = order.filter((part) => part !== undefined);
      writeFileSync(path, Buffer.concat([whole.subarray(0, first), ...parts]));
      expect(await read()).toBe("damaged");
    }
    writeFileSync(path, Buffer.concat([whole.subarray(0, first), ...chunks]));
    expect(await read()).not.toBe("damaged");
  });

  test("with rows of a kind that this version does not know is of a newer one; rows without an owner are damaged", () => {
    const [owner, row] = encodeVault("alice", vault({ put: "trust", key: "bob", value: new Uint8Array(1) }));
    if (owner === undefined || row === undefined) throw new Error("no rows");
    const renamed = Buffer.from(row);
    renamed.write("tryst", 17);
    expect(() => [...decodeVault([owner, renamed])]).toThrow("newer");
    expect(() => [...decodeVault([row])]).toThrow("damaged");
    expect(() => [...decodeVault([owner, owner])]).toThrow("damaged");
    expect(() => [...decodeVault([])]).toThrow("damaged");
    expect(() => [...decodeVault([owner, row.subarray(0, -1)])]).toThrow("damaged");
    expect([...decodeVault([owner, row])]).toHaveLength(2);
  });
});

test("a file that version 1 wrote is read", async () => {
  path = golden;
  const after = await read();
  if (typeof after === "string") throw new Error(after);
  expect(after.owner).toBe("alice");
  expect(after.vault.all("trust")).toEqual([{ key: "bob", value: Uint8Array.of(1, 2, 3) }]);
  expect(after.vault.history("@physics", 100, 10)).toEqual([{ position: 7, value: Uint8Array.of(9) }]);
});

// The vault contract against the sealed file and its twin in memory, and the two against each other.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { StoreFailure, type VaultTable, type VaultWrite } from "../../src/ports.ts";
import { VaultDisk, VaultMemory } from "../../src/store/vault-memory.ts";
import { sealedVault } from "../../src/store/vault-sqlite.ts";
import { bytes, vaultContract } from "./vault-contract.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));

vaultContract("sealed, SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "classchat-vault-"));
  const key = random(32);
  let db: Database;
  return {
    open: () => {
      db = new Database(join(folder, "vault.sqlite"), { create: true, readwrite: true, strict: true });
      return sealedVault(db, key, { random });
    },
    breakDisk: () => db.run("PRAGMA query_only = ON"),
    mendDisk: () => db.run("PRAGMA query_only = OFF"),
    dispose: () => rmSync(folder, { recursive: true }),
  };
});

vaultContract("in memory", () => {
  const disk = new VaultDisk();
  let broken = false;
  const beforeWrite = () => {
    if (broken) throw new StoreFailure("read-only");
  };
  return {
    open: () => new VaultMemory(disk, { beforeWrite }),
    breakDisk: () => {
      broken = true;
    },
    mendDisk: () => {
      broken = false;
    },
    dispose: () => {},
  };
});

test("the twin answers as the sealed vault does, whatever is written", () => {
  const table = fc.constantFrom<VaultTable[]>("trust", "outbox");
  const key = fc.constantFrom("", "a", "A", "ä", "b");
  const conversation = fc.constantFrom("bob", "@bob");
  const position = fc.nat(6);
  const value = fc.uint8Array({ maxLength: 40 });
  const write: fc.Arbitrary<VaultWrite> = fc.oneof(
    fc.record({ put: table, key, value }),
    fc.record({ remove: table, key }),
    fc.record({ history: conversation, position, value }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 5 }), position, (steps, before) => {
      const sealed = sealedVault(new Database(":memory:", { strict: true }), random(32), { random });
      const twin = new VaultMemory(new VaultDisk());
      for (const step of steps) {
        sealed.transaction(step);
        twin.transaction(step);
      }
      for (const name of ["trust", "outbox"] as const) expect(twin.all(name)).toEqual(sealed.all(name));
      for (const name of ["bob", "@bob"]) {
        expect(twin.history(name, before, 3)).toEqual(sealed.history(name, before, 3));
      }
      expect(twin.conversations()).toEqual(sealed.conversations());
      sealed.close();
    }),
    { numRuns: 60 },
  );
});

test("a vault in memory that crashes before a write has not written, after a write has", () => {
  const disk = new VaultDisk();
  const crash = () => {
    throw new Error("killed");
  };
  const put = (key: string): VaultWrite[] => [{ put: "outbox", key, value: bytes(key) }];
  const first = new VaultMemory(disk, { beforeWrite: crash });
  expect(() => first.transaction(put("lost"))).toThrow("killed");
  const second = new VaultMemory(disk, { afterWrite: crash });
  expect(() => second.transaction(put("kept"))).toThrow("killed");
  const third = new VaultMemory(disk);
  expect(third.all("outbox").map((row) => row.key)).toEqual(["kept"]);
  // What was killed writes no more.
  expect(() => first.transaction(put("ghost"))).toThrow("closed");
  second.close();
  expect(third.get("outbox", "kept")).toEqual(bytes("kept"));
});

// What the sealed vault promises beyond the contract: the secrecy and integrity of its file, a full disk.

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientStore, StoreFailure, type VaultWrite } from "../../src/ports.ts";
import { openVault, sealedVault } from "../../src/store/vault-sqlite.ts";
import { bytes } from "./vault-contract.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));
const key = random(32);

let folder: string;
let path: string;
let vault: ClientStore | undefined;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "classchat-vault-")), "profile");
  path = join(folder, "vault.sqlite");
});
afterEach(() => {
  vault?.close();
  vault = undefined;
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

function open(withKey = key): ClientStore {
  vault = openVault(path, withKey, { random });
  return vault;
}

/** Makes a vault with these rows, and closes it. */
function made(...writes: VaultWrite[]): void {
  const fresh = openVault(path, key, { random });
  fresh.transaction(writes);
  fresh.close();
}

/** Changes the closed vault's file behind its back. */
function edit(sql: string, ...values: (Uint8Array | number)[]): void {
  const db = new Database(path, { readwrite: true, strict: true });
  db.run(sql, values);
  db.close(true);
}

function failure(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof StoreFailure) return error.reason;
    throw error;
  }
  return "none";
}

const put = (name: string, value = name): VaultWrite => ({ put: "outbox", key: name, value: bytes(value) });
const line = (history: string, position: number, value: string): VaultWrite => ({
  history,
  position,
  value: bytes(value),
});

describe("secrecy", () => {
  test("no key, name or value is readable in any file of the folder, while open and after", () => {
    const secrets = [
      "attack-at-dawn",
      "bob-the-builder",
      "@midterm-answers",
      "m1-message-id",
      "remember-me-not",
    ];
    const [text = "", person = "", group = "", id = "", gone = ""] = secrets;
    open().transaction([
      { put: "trust", key: person, value: bytes(text) },
      { put: "outbox", key: id, value: bytes(gone) },
      line(person, 1, text),
      line(group, 2, text),
    ]);
    vault?.transaction([{ remove: "outbox", key: id }, line(person, 1, gone)]);
    const nothingReadable = () => {
      const files = readdirSync(folder);
      expect(files).toContain("vault.sqlite");
      for (const file of files) {
        const content = readFileSync(join(folder, file));
        for (const secret of secrets) {
          expect(content.includes(secret, 0, "utf8")).toBe(false);
          expect(content.includes(secret, 0, "utf16le")).toBe(false);
        }
        expect(content.includes(key)).toBe(false);
      }
    };
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    nothingReadable();
    vault?.close();
    nothingReadable();
    expect(open().history(person, 2, 1)).toEqual([{ position: 1, value: bytes(gone) }]);
  });

  test("the same content is sealed differently each time", () => {
    made(put("a", "same"), line("bob", 1, "same"), line("bob", 2, "same"));
    const db = new Database(path, { readonly: true });
    const sealed = db.query("SELECT hex(sealed) FROM record UNION SELECT hex(sealed) FROM history").values();
    db.close(true);
    expect(sealed.length).toBe(4);
  });

  test.skipIf(process.platform === "win32")("only its owner may read the folder and its files", () => {
    const umask = process.umask(0);
    try {
      open().transaction([put("a")]);
    } finally {
      process.umask(umask);
    }
    const mode = (name: string) => statSync(join(folder, name)).mode & 0o777;
    expect(mode(".")).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(["vault.sqlite", "vault.sqlite-wal"]);
    expect(mode("vault.sqlite")).toBe(0o600);
    expect(mode("vault.sqlite-wal")).toBe(0o600);
  });
});

describe("integrity", () => {
  const rows = [put("a"), put("b"), { put: "trust", key: "a", value: bytes("a") } as const];
  const lines = [
    line("bob", 1, "one"),
    line("bob", 2, "two"),
    line("carol", 1, "uno"),
    line("carol", 2, "dos"),
  ];
  const readAll = () => {
    const store = open();
    for (const table of ["outbox", "trust"] as const) store.all(table);
    for (const name of store.conversations()) store.history(name, 9, 9);
  };
  const another = (table: string, where: string) =>
    `UPDATE ${table} SET sealed = (SELECT o.sealed FROM ${table} o WHERE o.hash <> ${table}.hash AND ${where})`;
  const swaps: [what: string, ...sql: string[]][] = [
    ["records of one table", `${another("record", "o.kind = 7")} WHERE kind = 7`],
    ["records of two tables", `${another("record", "o.kind = 7 LIMIT 1")} WHERE kind = 2`],
    ["a record moved to another table", "UPDATE record SET kind = 7 WHERE kind = 2"],
    [
      "positions of one conversation",
      "UPDATE history SET position = position + 10",
      "UPDATE history SET position = 13 - position",
    ],
    ["rows of two conversations", another("history", "o.position = history.position")],
    ["the names of two conversations", `${another("record", "o.kind = 64")} WHERE kind = 64`],
  ];
  test.each(swaps)("rows that changed places are noticed: %s", (_, ...sql) => {
    made(...rows, ...lines);
    readAll();
    vault?.close();
    for (const step of sql) edit(step);
    expect(failure(readAll)).toBe("corrupt");
  });

  test("every flipped bit of a sealed row is noticed", () => {
    made(put("a", "v"));
    const db = new Database(path, { readwrite: true, strict: true });
    const sealed = db.query("SELECT sealed FROM record").values()[0]?.[0];
    if (!(sealed instanceof Uint8Array)) throw new Error("a sealed row is a blob");
    expect(sealed.length).toBeGreaterThan(40);
    db.close(true);
    for (let bit = 0; bit < sealed.length * 8; bit += 5) {
      const flipped = sealed.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      edit("UPDATE record SET sealed = ?", flipped);
      const reopened = openVault(path, key, { random });
      expect(failure(() => reopened.get("outbox", "a"))).toBe("corrupt");
      reopened.close();
    }
    edit("UPDATE record SET sealed = ?", sealed.subarray(0, 20));
    expect(failure(() => open().get("outbox", "a"))).toBe("corrupt");
  });

  test("a file that is no database, or another's, or cut off, is corrupt", () => {
    made(put("a", "x".repeat(20_000)));
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, 8192));
    expect(failure(readAll)).toBe("corrupt");
    vault?.close();
    writeFileSync(path, "this is no database, whatever its name may say; it is only text".repeat(100));
    expect(failure(open)).toBe("corrupt");
    rmSync(path);
    const other = new Database(path, { create: true });
    other.run("CREATE TABLE theirs (x); PRAGMA user_version = 1");
    other.close(true);
    expect(failure(open)).toBe("corrupt");
  });

  test("a wrong key is told from a damaged record of the right one", () => {
    made(put("a"));
    expect(failure(() => open(random(32)))).toBe("wrong-key");
    expect(open().get("outbox", "a")).toEqual(bytes("a"));
    vault?.close();
    edit("UPDATE seal SET key_check = zeroblob(64)");
    expect(failure(open)).toBe("corrupt");
    edit("UPDATE seal SET key_check = x'00'");
    expect(failure(open)).toBe("corrupt");
    edit("DELETE FROM seal");
    expect(failure(open)).toBe("corrupt");
  });

  test("a vault whose making was cut short takes the key it is opened with", () => {
    made();
    edit("DELETE FROM seal");
    open(key).transaction([put("a")]);
    vault?.close();
    expect(failure(() => open(random(32)))).toBe("wrong-key");
  });

  test("a step that fails in its middle changes nothing", () => {
    const store = open();
    const tooLong = put("n".repeat(70_000));
    expect(() => store.transaction([put("a"), line("bob", 1, "one"), tooLong])).toThrow(RangeError);
    expect(store.all("outbox")).toEqual([]);
    expect(store.conversations()).toEqual([]);
    store.transaction([line("bob", 1, "one")]);
    expect(store.conversations()).toEqual(["bob"]);
  });

  test("a vault of a newer version is left alone", () => {
    made(put("a"));
    edit("PRAGMA user_version = 2");
    expect(failure(open)).toBe("newer");
    edit("PRAGMA user_version = 1");
    expect(open().get("outbox", "a")).toEqual(bytes("a"));
  });
});

describe("a disk without room", () => {
  test("changes nothing, and goes on once there is room", () => {
    const db = new Database(join(mkdtempSync(join(folder, "..", "full-")), "v"), {
      create: true,
      strict: true,
    });
    vault = sealedVault(db, key, { random });
    vault.transaction([put("a", "before")]);
    db.run("PRAGMA max_page_count = 12");
    const step = [put("a", "after"), put("large", "x".repeat(100_000)), line("bob", 1, "new")];
    expect(failure(() => vault?.transaction(step))).toBe("full");
    expect(vault.all("outbox")).toEqual([{ key: "a", value: bytes("before") }]);
    expect(vault.conversations()).toEqual([]);
    db.run("PRAGMA max_page_count = 1000");
    vault.transaction(step);
    expect(vault.get("outbox", "a")).toEqual(bytes("after"));
    expect(vault.conversations()).toEqual(["bob"]);
  });

  test.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "a folder without leave is read-only",
    () => {
      made(put("a"));
      rmSync(path);
      chmodSync(folder, 0o500);
      expect(failure(open)).toBe("read-only");
    },
  );
});

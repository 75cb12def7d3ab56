// Opens a client's sealed vault, one SQLite file: its settings, schema, lock and key check.
// Must not know what lies in the rows, nor where the key comes from.

import { Database, SQLiteError } from "bun:sqlite";
import { timingSafeEqual } from "node:crypto";
import { dirname } from "node:path";
import { type ClientStore, type Random, StoreFailure } from "../ports.ts";
import { migrate } from "./migrations.ts";
import { withStoreFailures } from "./sqlite-failure.ts";
import { createPrivateFile, createPrivateFolder } from "./private-files.ts";
import { blob, rows, VaultRows } from "./vault-rows.ts";
import { sealOf } from "./vault-seal.ts";

const STEPS = [
  `CREATE TABLE seal (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     key_check BLOB NOT NULL
   ) STRICT;
   CREATE TABLE record (
     kind INTEGER NOT NULL, hash BLOB NOT NULL, sealed BLOB NOT NULL,
     PRIMARY KEY (kind, hash)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE history (
     hash BLOB NOT NULL, position INTEGER NOT NULL, sealed BLOB NOT NULL,
     PRIMARY KEY (hash, position)
   ) STRICT, WITHOUT ROWID;`,
];

/** Some 45 ms apart, so that whoever is second knows it in a fifth of a second. */
const OPEN_TRIES = 5;

const SETTINGS = [
  "busy_timeout = 0",
  // Before the first access: so the lock is the process's own, and there is no shared-memory file to make.
  "locking_mode = EXCLUSIVE",
  "journal_mode = WAL",
  "synchronous = FULL",
  "secure_delete = ON",
  "temp_store = MEMORY",
];

/**
 * Opens the vault at `path` with its 32-byte key, making the file (0600) and its folder (0700) where there is none.
 * It is this process's alone until `close` or the process's end, however that comes. Throws StoreFailure: "busy"
 * while another holds it, "wrong-key", "newer", "corrupt", and what the disk says.
 */
export function openVault(path: string, key: Uint8Array, options: { readonly random: Random }): ClientStore {
  createPrivateFolder(dirname(path));
  // SQLite gives the -wal file the mode of the database. Nothing here opens an existing vault by other means: closing
  // it again would drop the POSIX locks that this process may hold on it.
  createPrivateFile(path);
  for (let tries = OPEN_TRIES; ; tries--) {
    const db = withStoreFailures(() => new Database(path, { readwrite: true, strict: true }));
    try {
      return sealedVault(db, key, options);
    } catch (error) {
      const busy = error instanceof StoreFailure && error.reason === "busy";
      if (!busy || tries <= 1) throw error;
      // Two that open at the same instant each hold a shared lock and turn the other away, and SQLite's own waiting
      // lets go of neither: close, and try again out of step.
      const [jitter = 0] = options.random(1);
      Bun.sleepSync(1 + jitter / 3);
    }
  }
}

/** The vault in an open database, which it takes over: it is closed with the vault, and when this throws. */
export function sealedVault(
  db: Database,
  key: Uint8Array,
  { random }: { readonly random: Random },
): ClientStore {
  try {
    const seal = sealOf(key, random);
    withStoreFailures(() => {
      for (const setting of SETTINGS) db.run(`PRAGMA ${setting}`);
      db.run("BEGIN IMMEDIATE; COMMIT");
    });
    migrate(db, STEPS);
    return withStoreFailures(() => {
      checkKey(db, seal.check);
      return new VaultRows(db, seal);
    });
  } catch (error) {
    db.close(true);
    // A file of our version without our tables is not ours, or not whole.
    throw error instanceof SQLiteError ? new StoreFailure("corrupt", error) : error;
  }
}

/** Tells a wrong key from a damaged record of it: the record carries its own SHA-256. */
function checkKey(db: Database, check: Uint8Array): void {
  const record = Buffer.concat([check, sha256(check)]);
  const found = rows(db.prepare("SELECT key_check FROM seal"))[0]?.[0];
  if (found === undefined) {
    // Its making was cut short; but then there is nothing else in it either.
    const used = rows(db.prepare("SELECT 1 FROM record UNION ALL SELECT 1 FROM history LIMIT 1"));
    if (used.length > 0) throw new StoreFailure("corrupt");
    db.run("INSERT INTO seal (one, key_check) VALUES (1, ?)", [record]);
    return;
  }
  const held = blob(found);
  if (held.length !== record.length) throw new StoreFailure("corrupt");
  if (timingSafeEqual(held, record)) return;
  const whole = timingSafeEqual(sha256(held.subarray(0, check.length)), held.subarray(check.length));
  throw new StoreFailure(whole ? "wrong-key" : "corrupt");
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(bytes).digest();
}

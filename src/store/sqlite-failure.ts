// Tells the disk's faults from our own in what SQLite throws.
// Must not know any schema.

import { SQLiteError } from "bun:sqlite";
import { StoreFailure } from "../ports.ts";

// Primary result codes (sqlite.org/rescode.html); an extended code carries its primary one in the low byte.
const BUG = new Set([1, 12, 18, 19, 20, 21, 25]); // ERROR, NOTFOUND, TOOBIG, CONSTRAINT, MISMATCH, MISUSE, RANGE

/**
 * The failure behind an error of bun:sqlite, or undefined when the error is a bug of ours (wrong SQL, a broken
 * constraint) or none of SQLite's.
 */
export function storeFailureOf(error: unknown): StoreFailure | undefined {
  if (error instanceof StoreFailure) return error;
  if (!(error instanceof SQLiteError)) return undefined;
  const primary = error.errno & 0xff;
  if (BUG.has(primary)) return undefined;
  switch (primary) {
    case 13: // FULL
      return new StoreFailure("full", error);
    case 8: // READONLY
      return new StoreFailure("read-only", error);
    case 5: // BUSY
    case 6: // LOCKED
      return new StoreFailure("busy", error);
    case 11: // CORRUPT
    case 26: // NOTADB
      return new StoreFailure("corrupt", error);
    default:
      return new StoreFailure("io", error);
  }
}

/** Runs `work`; a fault of the disk is thrown as a StoreFailure, anything else as it is. */
export function withStoreFailures<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeFailureOf(error) ?? error;
  }
}

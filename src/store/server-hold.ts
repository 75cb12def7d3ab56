// Holds a server's data for one process: each of two would number the entries of a log as if it were alone.
// Must not know what the data is.

import { Database } from "bun:sqlite";
import { createPrivateFile } from "./private-files.ts";
import { withStoreFailures } from "./sqlite-failure.ts";

/**
 * Takes the lock that the empty file at `path` stands for, and answers what gives it back; the process's end does, too,
 * however it comes. SQLite's locks are the ones that every platform has. Throws StoreFailure: "busy" when it is taken.
 */
export function holdServerData(path: string): () => void {
  createPrivateFile(path);
  return withStoreFailures(() => {
    const lock = new Database(path, { readwrite: true, create: false });
    try {
      lock.run("PRAGMA journal_mode = MEMORY"); // nothing is ever written, so there is no journal to leave behind
      lock.run("BEGIN EXCLUSIVE");
    } catch (error) {
      lock.close(true);
      throw error;
    }
    return () => lock.close(true);
  });
}

// Brings a SQLite database to the version this code knows, step by step, counted in PRAGMA user_version.
// Must not know any schema.

import type { Database } from "bun:sqlite";
import { StoreFailure } from "../ports.ts";
import { withStoreFailures } from "./sqlite-failure.ts";

function userVersion(db: Database): number {
  const row: unknown = db.query("PRAGMA user_version").get();
  if (
    typeof row === "object" &&
    row !== null &&
    "user_version" in row &&
    typeof row.user_version === "number"
  ) {
    return row.user_version;
  }
  throw new Error("PRAGMA user_version answered no number");
}

/**
 * Runs those of `steps` (SQL scripts; the database's version is how many have run) that are still to run, all or
 * none. Throws StoreFailure: "newer" when the database has a version beyond `steps`, else what the disk says.
 */
export function migrate(db: Database, steps: readonly string[]): void {
  withStoreFailures(() => {
    const behind = (): boolean => {
      const version = userVersion(db);
      if (version > steps.length) throw new StoreFailure("newer");
      return version < steps.length;
    };
    if (!behind()) return;
    db.transaction(() => {
      // Asked again under the write lock: another process may have migrated in between.
      if (!behind()) return;
      for (const step of steps.slice(userVersion(db))) db.run(step);
      db.run(`PRAGMA user_version = ${steps.length}`);
    }).immediate();
  });
}

// The mark in a profile's folder that says that its owner goes on with it elsewhere: two that go on with the same keys
// would use one of them twice. Must not know how it got there.

import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Random } from "../ports.ts";
import { syncPath, withFileFailures, writePrivateFile } from "./private-files.ts";

/** Durable when it returns; to be called while the vault is held. `at`: ms since 1970. Throws StoreFailure. */
export function markMoved(folder: string, at: number, random: Random): void {
  const mark = { version: 1, moved: new Date(at).toISOString() };
  writePrivateFile(markPath(folder), `${JSON.stringify(mark)}\n`, "replace", random);
}

/** It counts by being there, whatever is in it. */
export function isMoved(folder: string): boolean {
  return existsSync(markPath(folder));
}

/** Throws StoreFailure. */
export function unmarkMoved(folder: string): void {
  withFileFailures(() => {
    rmSync(markPath(folder), { force: true });
    syncPath(dirname(markPath(folder)));
  });
}

function markPath(folder: string): string {
  return join(folder, "moved.json");
}

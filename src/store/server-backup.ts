// A copy of a server's data, taken while the server goes on: a database as it was at one moment, what else it tells of, and
// small files.
// Must not know what they hold.

import { Database } from "bun:sqlite";
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Random, StoreFailure } from "../ports.ts";
import {
  createPrivateFile,
  createPrivateFolder,
  readSmallFile,
  syncPath,
  systemCode,
  withFileFailures,
  writePrivateFile,
} from "./private-files.ts";
import { withStoreFailures } from "./sqlite-failure.ts";

export interface BackupSource {
  /** The folder of the data. */
  readonly data: string;
  /** Its database, and its other files, of at most SMALL bytes, as they are named in it. */
  readonly database: string;
  readonly files: readonly string[];
  /** A folder of what the database tells of, if it is there: files that grow at their end and are deleted. */
  readonly folder: string;
}

const SMALL = 4096;

/**
 * Copies the data into the new folder `target` (0700, its files 0600), which may be there if it is empty. It comes to be
 * there whole and durable, or not at all. Throws StoreFailure.
 */
export function backUp(
  { data, database, files, folder }: BackupSource,
  target: string,
  random: Random,
): "copied" | "target-not-empty" {
  const parent = dirname(target);
  createPrivateFolder(parent);
  if (!isFree(target)) return "target-not-empty";
  const draft = `${target}.${random(8).toHex()}.new`;
  try {
    createPrivateFolder(draft);
    for (const name of files) {
      const text = readSmallFile(join(data, name), SMALL)?.text;
      if (text === undefined) throw new StoreFailure("corrupt", new Error(`${name} is missing or too long`));
      writePrivateFile(join(draft, name), text, "keep", random);
    }
    copyDatabase(join(data, database), join(draft, database));
    // After the database: of what that tells of nothing is missing but what all have, and more of it does no harm.
    withFileFailures(() => copyFolder(join(data, folder), join(draft, folder)));
    return withFileFailures(() => {
      syncPath(draft);
      if (!isFree(target)) return "target-not-empty";
      if (existsSync(target)) rmdirSync(target);
      renameSync(draft, target);
      syncPath(parent);
      return "copied";
    });
  } finally {
    withFileFailures(() => rmSync(draft, { recursive: true, force: true }));
  }
}

/** All that was committed when the copy began, and nothing that came later, whoever writes meanwhile. */
function copyDatabase(from: string, to: string): void {
  createPrivateFile(to);
  withStoreFailures(() => {
    const db = new Database(from, { readwrite: true, create: false });
    try {
      db.run("PRAGMA busy_timeout = 5000");
      db.run("VACUUM INTO ?", [to]);
    } finally {
      db.close(true);
    }
  });
  withFileFailures(() => syncPath(to));
}

/** Copies, no links: both servers may go on writing. */
function copyFolder(from: string, to: string): void {
  createPrivateFolder(to);
  for (const name of existsSync(from) ? readdirSync(from) : []) {
    try {
      copyFileSync(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
      continue; // it was deleted meanwhile
    }
    chmodSync(join(to, name), 0o600);
    syncPath(join(to, name));
  }
  syncPath(to);
}

function isFree(target: string): boolean {
  return withFileFailures(() => !existsSync(target) || readdirSync(target).length === 0);
}

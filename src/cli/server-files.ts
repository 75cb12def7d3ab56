// What a server's data folder is made of. Must not know what is in the files.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXIT, Failure } from "./exit.ts";

export const DATABASE = "server.sqlite";
export const KEY = "server.key";
export const SECRET = "join.secret";
export const BLOBS = "blobs";
export const LOCK = "server.lock";

/** The database in a folder that has one. Throws a Failure for any other. */
export function existingDatabase(data: string): string {
  const path = join(data, DATABASE);
  if (existsSync(path)) return path;
  throw new Failure(EXIT.usage, {
    line: `there is no server's data at ${path}`,
    hint: "name its folder: --data DIR",
  });
}

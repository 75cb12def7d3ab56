// What a server's data folder is made of. Must not know what is in the files.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile, writePrivateFile } from "../store/private-files.ts";
import { EXIT, Failure } from "./exit.ts";
import { random } from "./random.ts";

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

/** The bytes in a file of the owner's, made at the first start: hex, 0600. */
export function keptBytes(path: string, length: number): Uint8Array {
  const found = readSmallFile(path, 1024);
  if (found === undefined) {
    writePrivateFile(path, `${random(length).toHex()}\n`, "keep", random);
    return keptBytes(path, length);
  }
  const hex = found.text?.trim() ?? "";
  if (hex.length !== 2 * length || !/^[0-9a-f]*$/.test(hex)) {
    throw new Failure(EXIT.failed, {
      line: `${path} is damaged`,
      hint: "put back a copy of it; with another key every student would have to join again",
    });
  }
  return Uint8Array.fromHex(hex);
}

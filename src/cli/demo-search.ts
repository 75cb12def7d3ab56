// Looks for bytes in every file below a folder, as somebody would who has taken the disk.
// Must not know whose files they are, nor what is looked for.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface SearchedFile {
  /** Its path below the folder. */
  readonly name: string;
  readonly bytes: number;
}

export interface Search {
  readonly files: readonly SearchedFile[];
  /** How often each needle occurs, in the order given. */
  readonly counts: readonly number[];
}

/** Every file below `folder`, searched for each of `needles`; none of them is empty. Throws the system's error. */
export function searchFolder(folder: string, needles: readonly Uint8Array[]): Search {
  const contents = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile())
    .map((found) => join(found.parentPath, found.name))
    .sort()
    .map((path) => ({ name: path.slice(folder.length + 1), bytes: readFileSync(path) }));
  return {
    files: contents.map(({ name, bytes }) => ({ name, bytes: bytes.length })),
    counts: needles.map((needle) => contents.reduce((sum, { bytes }) => sum + count(bytes, needle), 0)),
  };
}

/** The words of a text that are long enough not to be met by chance. */
export function longWords(text: string): string[] {
  return text.match(/\p{L}{6,}/gu) ?? [];
}

function count(haystack: Buffer, needle: Uint8Array): number {
  if (needle.length === 0) throw new RangeError("demo: nothing to search for");
  let found = 0;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) found += 1;
  return found;
}

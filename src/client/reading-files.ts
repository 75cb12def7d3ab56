// A file that is sent, as it is read: for the first time to know its hash, then chunk by chunk, for as long as it is the
// same file. Must not know where the chunks go.

import { CHUNK, chunkCount, chunkSize } from "../domain/chunks.ts";
import { sha256 } from "../files/hashing.ts";
import type { FileShelf, Original } from "../ports/file-shelf.ts";

/** The file is not any more what it was when it was begun. */
export class FileChanged extends Error {}

/** What it was. */
export interface Expected {
  readonly size: number;
  readonly mark: string;
}

/** Its SHA-256. Throws ShelfFailure, FileChanged. */
export async function hashOf(shelf: FileShelf, path: string, expected: Expected): Promise<Uint8Array> {
  const original = await shelf.original(path);
  try {
    const hasher = sha256();
    // Two in turn: the one is read while the other is hashed.
    const into = [0, 1].map(() => new Uint8Array(Math.min(expected.size, CHUNK)));
    for await (const bytes of chunksOf(original, expected.size, into)) hasher.update(bytes);
    await compare(original, expected);
    return hasher.digest();
  } finally {
    await original.close();
  }
}

/**
 * Its chunks from `from` on, and at the latest before the last one FileChanged, if all of it is not what `hash` is of:
 * what was changed never comes to an end. Throws ShelfFailure too.
 */
export async function* chunksFrom(
  shelf: FileShelf,
  path: string,
  expected: Expected & { readonly hash: Uint8Array },
  from: number,
): AsyncGenerator<Uint8Array, void, void> {
  const original = await shelf.original(path);
  try {
    await compare(original, expected);
    const hasher = sha256();
    const count = chunkCount(expected.size);
    let index = -1;
    for await (const bytes of chunksOf(original, expected.size)) {
      hasher.update(bytes);
      if (++index < from) continue;
      if (index === count - 1) {
        await compare(original, expected);
        if (Buffer.compare(hasher.digest(), expected.hash) !== 0) throw new FileChanged();
      }
      yield bytes;
    }
  } finally {
    await original.close();
  }
}

/** All chunks, each while the next one is being read already. `into`: what may be written over, in turn. */
async function* chunksOf(
  original: Original,
  size: number,
  into: readonly Uint8Array[] = [],
): AsyncGenerator<Uint8Array, void, void> {
  const count = chunkCount(size);
  const read = (index: number) => {
    const chunk = chunkAt(original, size, index, into[index % 2]);
    void Promise.allSettled([chunk]); // whether it failed is asked in its turn
    return chunk;
  };
  let next = read(0);
  try {
    for (let index = 0; index < count; index++) {
      const bytes = await next;
      if (index + 1 < count) next = read(index + 1);
      yield bytes;
    }
  } finally {
    await Promise.allSettled([next]); // before the file is closed
  }
}

async function chunkAt(
  original: Original,
  size: number,
  index: number,
  into?: Uint8Array,
): Promise<Uint8Array> {
  const bytes = await original.read(index * CHUNK, chunkSize(size, index), into);
  if (bytes.length !== chunkSize(size, index)) throw new FileChanged();
  return bytes;
}

async function compare(original: Original, expected: Expected): Promise<void> {
  const { size, mark } = await original.stamp();
  if (size !== expected.size || mark !== expected.mark) throw new FileChanged();
}

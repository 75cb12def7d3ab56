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

/** A file as it was read as a whole. */
export interface Whole {
  readonly sha256: Uint8Array;
  /** Of each chunk its XXH3, by which it is known again in a twentieth of the time. */
  readonly checks: BigUint64Array;
}

/** Chunks that are read at once: fewer and longer reads cost less. */
const AT_ONCE = 4;

/** Reads all of it. Throws ShelfFailure, FileChanged. */
export async function readWhole(shelf: FileShelf, path: string, expected: Expected): Promise<Whole> {
  const original = await shelf.original(path);
  try {
    const hasher = sha256();
    const checks = new BigUint64Array(chunkCount(expected.size));
    let index = 0;
    for await (const bytes of chunksOf(original, expected.size, 0)) {
      hasher.update(bytes);
      checks[index++] = Bun.hash.xxHash3(bytes);
    }
    await compare(original, expected);
    return { sha256: hasher.digest(), checks };
  } finally {
    await original.close();
  }
}

/** The checks of a file that must be the one with this hash. Throws ShelfFailure, FileChanged. */
export async function checksOf(
  shelf: FileShelf,
  path: string,
  expected: Expected & Pick<Whole, "sha256">,
): Promise<Whole["checks"]> {
  const { sha256, checks } = await readWhole(shelf, path, expected);
  if (Buffer.compare(sha256, expected.sha256) !== 0) throw new FileChanged();
  return checks;
}

/**
 * Its chunks from `from` on; FileChanged instead of one that is not what was read before, or before the last if the file
 * was touched since. A chunk may be written over once four more were given. Throws ShelfFailure too.
 */
export async function* chunksFrom(
  shelf: FileShelf,
  path: string,
  expected: Expected & Pick<Whole, "checks">,
  from: number,
): AsyncGenerator<Uint8Array, void, void> {
  const original = await shelf.original(path);
  try {
    await compare(original, expected);
    const last = chunkCount(expected.size) - 1;
    let index = from;
    for await (const bytes of chunksOf(original, expected.size, from)) {
      if (index === last) await compare(original, expected);
      if (Bun.hash.xxHash3(bytes) !== expected.checks[index++]) throw new FileChanged();
      yield bytes;
    }
  } finally {
    await original.close();
  }
}

/** All chunks from `from` on, while the next ones are read already: one buffer is read into, one is given, one was. */
async function* chunksOf(
  original: Original,
  size: number,
  from: number,
): AsyncGenerator<Uint8Array, void, void> {
  const start = from * CHUNK;
  const step = AT_ONCE * CHUNK;
  const into = [0, 1, 2].map(() => new Uint8Array(Math.min(step, size - start)));
  const read = (at: number) => {
    const bytes = readAt(original, at, Math.min(step, size - at), into[((at - start) / step) % into.length]);
    void Promise.allSettled([bytes]); // whether it failed is asked in its turn
    return bytes;
  };
  let next = read(start);
  try {
    for (let at = start; ; at += step) {
      const bytes = await next;
      if (at + step < size) next = read(at + step);
      for (let n = 0; n < chunkCount(bytes.length); n++)
        yield bytes.subarray(n * CHUNK, n * CHUNK + chunkSize(bytes.length, n));
      if (at + step >= size) return;
    }
  } finally {
    await Promise.allSettled([next]); // before the file is closed
  }
}

async function readAt(
  original: Original,
  at: number,
  length: number,
  into: Uint8Array | undefined,
): Promise<Uint8Array> {
  const bytes = await original.read(at, length, into);
  if (bytes.length !== length) throw new FileChanged();
  return bytes;
}

async function compare(original: Original, expected: Expected): Promise<void> {
  const { size, mark } = await original.stamp();
  if (size !== expected.size || mark !== expected.mark) throw new FileChanged();
}

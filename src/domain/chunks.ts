// How a file is cut into chunks, and how long it is when they are sealed: what sender, server and receiver agree on.
// Must not know how a chunk is sealed or where it is kept.

/** Bytes of a file in each of its chunks but the last. */
export const CHUNK = 256 * 1024;
/** Bytes by which a sealed chunk is longer: its tag (RFC 8439 §2.8). */
export const CHUNK_TAG = 16;
/** Bytes of a sealed chunk, unless it is the last. */
export const SEALED_CHUNK = CHUNK + CHUNK_TAG;
/** The largest file there can be: a million chunks, 256 GiB. How much a server takes is its own affair. */
export const MAX_FILE = 2 ** 20 * CHUNK;

/** How many chunks a file of `size` bytes has. An empty file has one, which is empty. */
export function chunkCount(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK));
}

/** Bytes of the file in the chunk at `index`, which is one of its chunks. */
export function chunkSize(size: number, index: number): number {
  return Math.min(CHUNK, size - index * CHUNK);
}

/** Bytes of all sealed chunks of a file of `size` bytes. */
export function sealedSize(size: number): number {
  return size + chunkCount(size) * CHUNK_TAG;
}

/** The file's size behind the size of its sealed chunks; undefined for what no file can come to. */
export function sizeOfSealed(sealed: number): number | undefined {
  if (!Number.isSafeInteger(sealed) || sealed < CHUNK_TAG) return undefined;
  const size = sealed - Math.ceil(sealed / SEALED_CHUNK) * CHUNK_TAG;
  return size <= MAX_FILE && sealedSize(size) === sealed ? size : undefined;
}

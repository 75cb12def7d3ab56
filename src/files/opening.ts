// A file as it is received: each chunk opened at its place, the whole held against its size and hash.
// Must not know where the chunks come from, nor where the bytes are written.

import { CHUNK_TAG, chunkCount, chunkSize } from "../domain/chunks.ts";
import type { FileDescription } from "./description.ts";
import { inOrder } from "./in-order.ts";
import { fileKey } from "./sealing.ts";

/** A SHA-256 that is fed bit by bit. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 32 bytes; nothing is fed after that. */
  digest(): Uint8Array;
}

/** `index`: the first chunk that is not what the sender sealed. */
export type FileFault =
  | { readonly fault: "altered-chunk" | "missing-chunk"; readonly index: number }
  | { readonly fault: "wrong-hash" };

export type Opened =
  | { readonly state: "chunk"; readonly index: number; readonly bytes: Uint8Array }
  /** All bytes have been given, and they are the sender's. */
  | { readonly state: "whole" }
  | ({ readonly state: "failed" } & FileFault);

export interface Opening {
  readonly file: FileDescription;
  /** How many chunks are there from before. Their bytes were fed to `hasher`. */
  readonly from: number;
  readonly hasher: Hasher;
  /** How many chunks are opened at once. */
  readonly atOnce: number;
}

/**
 * Opens the file's sealed chunks, given in order from the chunk at `from` on, and gives the file's bytes chunk by chunk;
 * the last that is given is "whole" or "failed". What was given before "whole" is no file yet: keep it under another name.
 */
export async function* openFile(
  { file, from, hasher, atOnce }: Opening,
  sealed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Opened, void, void> {
  const key = await fileKey(file.key);
  const count = chunkCount(file.size);
  let index = from;
  const opened = inOrder(sealed, atOnce, async (chunk, place) => {
    const at = from + place;
    // The size was said in the sender's name, so a chunk more or longer is told without its key.
    if (at >= count || chunk.length !== chunkSize(file.size, at) + CHUNK_TAG) return undefined;
    return await key.open(at, at === count - 1, chunk);
  });
  for await (const bytes of opened) {
    if (bytes === undefined) return yield { state: "failed", fault: "altered-chunk", index };
    hasher.update(bytes);
    yield { state: "chunk", index, bytes };
    index++;
  }
  if (index < count) return yield { state: "failed", fault: "missing-chunk", index };
  const same = Buffer.compare(hasher.digest(), file.sha256) === 0;
  yield same ? { state: "whole" } : { state: "failed", fault: "wrong-hash" };
}

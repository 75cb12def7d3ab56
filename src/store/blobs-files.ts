// Blobs in a folder, one file for each. Must not know whose they are, nor how a file keeps its chunks.

import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type BlobId, decodeId, encodeId } from "../domain/id.ts";
import type { Blobs, BlobSpace } from "../ports/blobs.ts";
import { BlobFile } from "./blob-file.ts";
import { createPrivateFolder, fileFailureOf } from "./private-files.ts";

const ID_BYTES = 24;
/** Files that are kept open; what is beyond is closed when nothing is done with it. */
const OPEN = 128;
/** Chunks that are kept at hand, of each of so many blobs: 16 MiB at the most. */
const RECENT_CHUNKS = 8;
const RECENT_BLOBS = 8;

/** The blobs in `folder`, which is made (0700) where there is none. Rejects with a StoreFailure. */
export async function openBlobs(folder: string): Promise<Blobs> {
  createPrivateFolder(folder);
  const blobs = new FileBlobs(folder);
  await blobs.measure();
  return blobs;
}

class FileBlobs implements Blobs {
  readonly #folder: string;
  /** Those lately used last. */
  readonly #files = new Map<BlobId, BlobFile>();
  /** The chunks that were added last, of a few blobs. */
  readonly #recent = new Map<BlobId, Map<number, Uint8Array>>();
  #used = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async measure(): Promise<void> {
    await orFailure(async () => {
      for (const blob of await this.#names()) this.#used += (await stat(this.#path(blob))).size;
    });
  }

  count(blob: BlobId): Promise<number> {
    return this.#file(blob).count();
  }

  append(blob: BlobId, index: number, bytes: Uint8Array): Promise<number> {
    return this.#file(blob).append(index, bytes);
  }

  async read(blob: BlobId, index: number): Promise<Uint8Array | undefined> {
    return this.#recent.get(blob)?.get(index) ?? (await this.#file(blob).read(index));
  }

  async remove(blob: BlobId): Promise<void> {
    try {
      await this.#file(blob).remove();
    } finally {
      this.#recent.delete(blob);
    }
  }

  async space(): Promise<BlobSpace> {
    const { bavail, bsize } = await orFailure(() => statfs(this.#folder));
    return { used: this.#used, free: bavail * bsize };
  }

  list(): Promise<BlobId[]> {
    return orFailure(() => this.#names());
  }

  /** Whoever receives while it is sent wants just what has come last. */
  #remember(blob: BlobId, index: number, bytes: Uint8Array): void {
    const chunks = this.#recent.get(blob) ?? new Map<number, Uint8Array>();
    this.#recent.delete(blob);
    this.#recent.set(blob, chunks.set(index, bytes));
    if (chunks.size > RECENT_CHUNKS) chunks.delete(index - RECENT_CHUNKS);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > RECENT_BLOBS && oldest !== undefined) this.#recent.delete(oldest);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
    this.#files.clear();
  }

  #file(blob: BlobId): BlobFile {
    const file = this.#files.get(blob) ?? this.#opened(blob);
    this.#files.delete(blob);
    this.#files.set(blob, file);
    if (this.#files.size > OPEN) this.#closeOne();
    return file;
  }

  #opened(blob: BlobId): BlobFile {
    return new BlobFile(this.#path(blob), {
      grown: (bytes) => (this.#used += bytes),
      added: (index, bytes) => this.#remember(blob, index, bytes),
    });
  }

  #closeOne(): void {
    for (const [blob, file] of this.#files) {
      if (!file.idle) continue;
      this.#files.delete(blob);
      return void Promise.allSettled([file.close()]);
    }
  }

  /** In hex: not every file system tells small letters from capitals. */
  #path(blob: BlobId): string {
    const id = decodeId(blob, ID_BYTES);
    if (id === undefined) throw new RangeError("a blob's id is 24 bytes in base64url");
    return join(this.#folder, id.toHex());
  }

  async #names(): Promise<BlobId[]> {
    const names = await readdir(this.#folder);
    return names
      .filter((name) => /^[0-9a-f]{48}$/.test(name))
      .map((name) => encodeId(Uint8Array.fromHex(name)));
  }
}

async function orFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileFailureOf(error) ?? error;
  }
}

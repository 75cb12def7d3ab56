// The chunks of one blob in one file: added several at a time, durable before they are answered, told from half ones.
// Must not know the other blobs.

import { type FileHandle, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { SEALED_CHUNK } from "../domain/chunks.ts";
import { StoreFailure } from "../ports.ts";
import { syncFolder } from "./folder.ts";
import { fileFailureOf, systemCode } from "./private-files.ts";

// A record is a chunk and its check: its XXH64 with its index as the seed. What a crash has left half written, or what the
// disk has kept of the file's length and not of its content, does not check.
const CHECK = 8;
const RECORD = SEALED_CHUNK + CHECK;
/** The most chunks that are written before they are made durable, so that after a crash no more than these are unsure. */
const BATCH = 16;

/** A chunk to be added, or the end of them all. */
interface Waiting {
  readonly add: { readonly index: number; readonly bytes: Uint8Array } | undefined;
  readonly resolve: (count: number) => void;
  readonly reject: (error: unknown) => void;
}

interface Loaded {
  /** Undefined while there is no file. */
  handle: FileHandle | undefined;
  count: number;
  /** Where the next record goes. After a chunk that is shorter there is none. */
  end: number;
}

const nothing = (): Loaded => ({ handle: undefined, count: 0, end: 0 });

export interface BlobFileEvents {
  /** By how many bytes the file has become longer, or shorter. */
  grown(bytes: number): void;
  /** A chunk was added, and is durable. */
  added(index: number, bytes: Uint8Array): void;
}

export class BlobFile {
  readonly #path: string;
  readonly #told: BlobFileEvents;
  #loaded: Promise<Loaded> | undefined;
  #waiting: Waiting[] = [];
  /** Set while what waits is being done. */
  #writing: Promise<void> | undefined;
  readonly #reading = new Set<Promise<unknown>>();

  constructor(path: string, told: BlobFileEvents) {
    this.#path = path;
    this.#told = told;
  }

  /** Whether nothing is under way. */
  get idle(): boolean {
    return this.#writing === undefined && this.#reading.size === 0;
  }

  async count(): Promise<number> {
    return (await this.#use(this.#load())).count;
  }

  append(index: number, bytes: Uint8Array): Promise<number> {
    return this.#queue({ index, bytes });
  }

  read(index: number): Promise<Uint8Array | undefined> {
    return this.#use(this.#read(index));
  }

  /** Deletes the file, once what was asked before is done. */
  async remove(): Promise<void> {
    await this.#queue(undefined);
  }

  /** Lets the file go, once what is under way is done; the next call opens it again. */
  async close(): Promise<void> {
    while (!this.idle) await Promise.allSettled([this.#writing, ...this.#reading]);
    const loaded = this.#loaded;
    this.#loaded = undefined;
    await (await loaded)?.handle?.close();
  }

  #queue(add: Waiting["add"]): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.push({ add, resolve, reject });
    this.#writing ??= this.#write();
    return promise;
  }

  async #use<T>(work: Promise<T>): Promise<T> {
    this.#reading.add(work);
    try {
      return await work;
    } catch (error) {
      throw fileFailureOf(error) ?? error;
    } finally {
      this.#reading.delete(work);
    }
  }

  #load(): Promise<Loaded> {
    if (this.#loaded !== undefined) return this.#loaded;
    const loading = this.#open();
    this.#loaded = loading;
    // What could not be opened now may be opened later.
    loading.catch(() => (this.#loaded = undefined));
    return loading;
  }

  /** Finds out how many chunks there are, and cuts off what is half a one. */
  async #open(): Promise<Loaded> {
    let handle: FileHandle;
    try {
      handle = await open(this.#path, "r+");
    } catch (error) {
      if (systemCode(error) === "ENOENT") return nothing();
      throw error;
    }
    try {
      const { size } = await handle.stat();
      const records = Math.ceil(size / RECORD);
      let count = Math.max(0, records - BATCH - 1);
      for (; count < records; count++) {
        const record = await readRecord(handle, count * RECORD);
        if (chunkOf(record, count) === undefined) break;
      }
      const end = count === records ? size : count * RECORD;
      if (end < size) {
        await handle.truncate(end);
        this.#told.grown(end - size);
      }
      return { handle, count, end };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #read(index: number): Promise<Uint8Array | undefined> {
    const { handle, count } = await this.#load();
    if (handle === undefined || index >= count) return undefined;
    const chunk = chunkOf(await readRecord(handle, index * RECORD), index);
    if (chunk === undefined) throw new StoreFailure("corrupt", new Error("a chunk does not check"));
    return chunk;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const until = this.#waiting.findIndex(({ add }) => add === undefined);
      const batch = this.#waiting.splice(0, until === -1 ? BATCH : Math.min(BATCH, Math.max(1, until)));
      try {
        const loaded = until === 0 ? await this.#remove() : await this.#load();
        await this.#add(loaded, batch);
        for (const { resolve } of batch) resolve(loaded.count);
      } catch (error) {
        for (const { reject } of batch) reject(fileFailureOf(error) ?? error);
      }
    }
    this.#writing = undefined;
  }

  async #remove(): Promise<Loaded> {
    const { handle, end } = await this.#load();
    const left = nothing();
    // Whoever asks from here on finds nothing; those who are reading finish.
    this.#loaded = Promise.resolve(left);
    await Promise.allSettled(this.#reading);
    await handle?.close();
    try {
      if (handle !== undefined) await unlink(this.#path);
    } catch (error) {
      this.#loaded = undefined;
      if (systemCode(error) !== "ENOENT") throw error;
    }
    this.#told.grown(-end);
    return left;
  }

  /** Adds those of the batch that follow what is there. */
  async #add(loaded: Loaded, batch: readonly Waiting[]): Promise<void> {
    const pieces: Uint8Array[] = [];
    let { count, end } = loaded;
    for (const { add } of batch) {
      if (add === undefined || add.index !== count || end !== count * RECORD) continue;
      const { index, bytes } = add;
      pieces.push(bytes, checkOf(bytes, index));
      count++;
      end += bytes.length + CHECK;
    }
    if (pieces.length === 0) return;
    if (loaded.handle === undefined) {
      loaded.handle = await open(this.#path, "wx+", 0o600);
      await syncFolder(dirname(this.#path));
    }
    await writeAll(loaded.handle, pieces, loaded.end);
    await loaded.handle.datasync();
    this.#told.grown(end - loaded.end);
    const first = loaded.count;
    loaded.count = count;
    loaded.end = end;
    // A chunk, then its check.
    for (let index = first; index < count; index++)
      this.#told.added(index, pieces[2 * (index - first)] ?? new Uint8Array(0));
  }
}

function checkOf(chunk: Uint8Array, index: number): Uint8Array {
  const check = new Uint8Array(CHECK);
  new DataView(check.buffer).setBigUint64(0, Bun.hash.xxHash64(chunk, BigInt(index)));
  return check;
}

/** The chunk in a record; undefined when it is not what was written there. */
function chunkOf(record: Uint8Array, index: number): Uint8Array | undefined {
  const chunk = record.subarray(0, -CHECK);
  if (chunk.length === 0) return undefined;
  return Buffer.compare(checkOf(chunk, index), record.subarray(-CHECK)) === 0 ? chunk : undefined;
}

/** The record at `position`: as many bytes as there are, and no more than a record has. */
async function readRecord(handle: FileHandle, position: number): Promise<Uint8Array> {
  // All that is given out is filled first; to clear it, too, costs as much as to read it.
  const { buffer } = Buffer.allocUnsafeSlow(RECORD);
  const record = new Uint8Array(buffer, 0, RECORD);
  let filled = 0;
  while (filled < RECORD) {
    const { bytesRead } = await handle.read(record, filled, RECORD - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return record.subarray(0, filled);
}

async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<void> {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  let { bytesWritten: written } = await handle.writev([...pieces], position);
  if (written === size) return;
  // A disk that is almost full takes a part first, and says why not the rest when it is asked again.
  const all = Buffer.concat(pieces);
  while (written < size)
    written += (await handle.write(all, written, size - written, position + written)).bytesWritten;
}

// Blobs in memory, for the simulation: the same contract, without a disk. Must not know files.

import { SEALED_CHUNK } from "../domain/chunks.ts";
import type { BlobId } from "../domain/id.ts";
import { StoreFailure } from "../ports.ts";
import type { Blobs, BlobSpace } from "../ports/blobs.ts";

/** What a crash does not take. */
export type DurableBlobs = Map<BlobId, Uint8Array[]>;

export interface MemoryBlobsOptions {
  /** What the made-up disk holds, bytes; without end unless given. */
  readonly capacity?: number;
  /** When a chunk that was added is durable; at the end of the tick unless given. */
  readonly schedule?: (run: () => void) => void;
  /** Asked before each call: a failure it answers is that call's. */
  readonly fault?: () => StoreFailure | undefined;
}

export class BlobsMemory implements Blobs {
  readonly #durable: DurableBlobs;
  readonly #capacity: number;
  readonly #schedule: (run: () => void) => void;
  readonly #fault: () => StoreFailure | undefined;

  constructor(durable: DurableBlobs, options: MemoryBlobsOptions = {}) {
    this.#durable = durable;
    this.#capacity = options.capacity ?? 2 ** 50;
    this.#schedule = options.schedule ?? setImmediate;
    this.#fault = options.fault ?? (() => undefined);
  }

  count(blob: BlobId): Promise<number> {
    return this.#call(() => this.#durable.get(blob)?.length ?? 0);
  }

  append(blob: BlobId, index: number, bytes: Uint8Array): Promise<number> {
    return this.#call(() => {
      const chunks = this.#durable.get(blob) ?? [];
      const isEnded = (chunks.at(-1)?.length ?? SEALED_CHUNK) < SEALED_CHUNK;
      if (index !== chunks.length || isEnded) return chunks.length;
      if (this.#used() + bytes.length > this.#capacity) throw new StoreFailure("full");
      this.#durable.set(blob, chunks);
      return chunks.push(bytes.slice());
    });
  }

  read(blob: BlobId, index: number): Promise<Uint8Array | undefined> {
    return this.#call(() => this.#durable.get(blob)?.[index]);
  }

  remove(blob: BlobId): Promise<void> {
    return this.#call(() => void this.#durable.delete(blob));
  }

  space(): Promise<BlobSpace> {
    return this.#call(() => ({ used: this.#used(), free: this.#capacity - this.#used() }));
  }

  list(): Promise<BlobId[]> {
    return this.#call(() => [...this.#durable.keys()]);
  }

  async close(): Promise<void> {}

  #used(): number {
    let used = 0;
    for (const chunks of this.#durable.values()) for (const { length } of chunks) used += length;
    return used;
  }

  #call<T>(run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#schedule(() => {
        try {
          const failure = this.#fault();
          if (failure !== undefined) throw failure;
          resolve(run());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

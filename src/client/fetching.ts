// Sealed chunks from the server, in order, a few asked for ahead; what is not there yet is waited for.
// Must not know what is done with them.

import type { BlobId } from "../domain/id.ts";
import type { Clock } from "../ports.ts";
import { FETCH_WINDOW } from "../wire/limits.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import { ChunkWindow } from "./chunk-window.ts";
import type { Connection, Reply } from "./connection.ts";

/** How often a server may say that a chunk is there and not give it: it may have come between the two. */
const DENIALS = 5;
/** Chunks that are asked for ahead in one file. */
const AHEAD = 6;

/** They end early when the server refuses one: why. */
export interface Chunks extends AsyncIterable<Uint8Array> {
  readonly refused: RefusalCode | "offline" | undefined;
}

type Fetched = Uint8Array | RefusalCode | "offline";

export class Fetching {
  readonly #connection: Connection;
  readonly #window: ChunkWindow;
  /** How many chunks there are by the server's last word. */
  readonly #known = new Map<BlobId, number>();
  /** Those that wait until there is more of a blob: whom to call, and for which chunk. */
  readonly #awaiting = new Map<BlobId, Map<() => void, number>>();
  /** Of which the server has said that there is no more yet: it is going to tell when there is. */
  readonly #promised = new Set<BlobId>();
  #over = false;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#window = new ChunkWindow(clock, FETCH_WINDOW, () => true);
  }

  stop(): void {
    this.#over = true;
    this.#window.stop();
    for (const waiting of this.#awaiting.values()) for (const go of waiting.keys()) go();
  }

  /** The server has told that there is more, which it does once: the first that is not there is asked for again. */
  arrived(blob: BlobId, chunks: number): void {
    this.#promised.delete(blob);
    this.#there(blob, chunks);
  }

  /** So many chunks of it are there. */
  #there(blob: BlobId, chunks: number): void {
    this.#known.set(blob, chunks);
    const last = this.#promised.has(blob) ? chunks - 1 : chunks;
    const waiting = this.#awaiting.get(blob);
    for (const [go, index] of waiting ?? []) {
      if (index > last) continue;
      waiting?.delete(go);
      go();
    }
    if (waiting?.size === 0) this.#awaiting.delete(blob);
  }

  /** The chunks of a blob from `from` on, of `count` there will be. */
  chunks(blob: BlobId, from: number, count: number): Chunks {
    const ask = (index: number) => this.#ask(blob, index);
    let refused: Chunks["refused"];
    return {
      get refused() {
        return refused;
      },
      async *[Symbol.asyncIterator]() {
        const asked: Promise<Fetched>[] = [];
        for (let index = from, next = from; index < count; index++) {
          for (; next < count && asked.length < AHEAD; next++) asked.push(ask(next));
          const fetched = await asked.shift();
          if (!(fetched instanceof Uint8Array)) {
            refused = fetched ?? "offline";
            return;
          }
          yield fetched;
        }
      },
    };
  }

  async #ask(blob: BlobId, index: number): Promise<Fetched> {
    let denials = 0;
    for (let isArrived = false; !this.#over; isArrived = true) {
      const more = Promise.withResolvers<void>();
      const waiting = this.#awaiting.get(blob) ?? new Map<() => void, number>();
      // Before it is asked for: that there is more may be told right after the answer.
      this.#awaiting.set(blob, waiting.set(more.resolve, index));
      if (!isArrived && index > (this.#known.get(blob) ?? index)) {
        await more.promise;
        continue;
      }
      const fetched = await this.#fetched(blob, index);
      if (fetched !== undefined) {
        waiting.delete(more.resolve);
        return fetched;
      }
      denials = index < (this.#known.get(blob) ?? 0) ? denials + 1 : 0;
      if (denials > DENIALS) return "malformed";
      await more.promise;
    }
    return "offline";
  }

  /** Undefined: it is not there yet. */
  async #fetched(blob: BlobId, index: number): Promise<Fetched | undefined> {
    const answered = await this.#window.turn();
    if (answered === undefined) return "offline";
    const { promise, resolve } = Promise.withResolvers<Fetched | undefined>();
    // At once, before any notice that came after the answer is looked at: it may be what is promised here.
    this.#connection.ask({ t: "fetch", blob, index }, undefined, (reply) => {
      answered();
      resolve(this.#taken(blob, reply));
    });
    return promise;
  }

  #taken(blob: BlobId, reply: Reply): Fetched | undefined {
    if (!reply.ok) return reply.refused;
    if (reply.answer.t !== "fetched") return "malformed";
    const isThere = reply.body.length > 0;
    if (!isThere) this.#promised.add(blob);
    this.#there(blob, reply.answer.chunks);
    return isThere ? reply.body : undefined;
  }
}

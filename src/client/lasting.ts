// A part of a file that is made to last while more of it is written. Must not know where its bytes come from.

import type { Part } from "../ports/file-shelf.ts";

/** Chunks after which those written are made to last, while more come: few, for messages wait for the same disk. */
const SYNC_EVERY = 16;

/** Has what was written last while more is written, so that little is left to wait for at the end. */
export class Lasting {
  readonly #part: Part;
  #wrote = 0;
  #syncing: Promise<void> | undefined;

  constructor(part: Part) {
    this.#part = part;
  }

  /** One more chunk. Rejects as `sync` does, of chunks before it, too: a disk tells of a fault once. */
  async wrote(): Promise<void> {
    this.#wrote += 1;
    if (this.#wrote % SYNC_EVERY !== 0) return;
    await this.#syncing;
    this.#syncing = this.#part.sync();
    void Promise.allSettled([this.#syncing]); // it is looked at later, and until then nobody's fault
  }

  async end(): Promise<void> {
    await this.#syncing;
    await this.#part.sync();
  }
}

// How many chunks are on their way at once: few on a slow link, so that messages do not wait behind them, more on a
// fast one. Must not know what a chunk is.

import type { Clock } from "../ports.ts";

/** A chunk that takes longer than this finds a slow link; one that is quicker than that a fast one; ms. */
const SLOW = 400;
const FAST = 150;

export class ChunkWindow {
  readonly #clock: Clock;
  readonly #most: number;
  /** Asked before each: whether the link has little else to send. */
  readonly #isLow: () => boolean;
  #size = 1;
  #taken = 0;
  #over = false;
  #free = Promise.withResolvers<void>();

  constructor(clock: Clock, most: number, isLow: () => boolean) {
    this.#clock = clock;
    this.#most = most;
    this.#isLow = isLow;
  }

  /** Resolves when one more may go: to what is to be called when it has been answered; undefined when none will go. */
  async turn(): Promise<(() => void) | undefined> {
    while (!this.#over && (this.#taken >= this.#size || !this.#isLow())) await this.#free.promise;
    if (this.#over) return undefined;
    this.#taken += 1;
    const since = this.#clock.now();
    return () => {
      this.#taken -= 1;
      const took = this.#clock.now() - since;
      if (took > SLOW) this.#size = Math.max(1, this.#size - 1);
      else if (took < FAST) this.#size = Math.min(this.#most, this.#size + 1);
      this.look();
    };
  }

  /** The link may have room again. */
  look(): void {
    this.#free.resolve();
    this.#free = Promise.withResolvers<void>();
  }

  stop(): void {
    this.#over = true;
    this.look();
  }
}

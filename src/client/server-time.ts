// The time this device goes by: its own clock's, or the server's where its own is plainly wrong.
// Must not know what the time is needed for.

import type { Clock } from "../ports.ts";

/** How far this machine's clock may be from the server's before it is said and corrected, ms. */
export const CLOCK_TOLERANCE = 2 * 60_000;

export class ServerTime implements Clock {
  readonly #clock: Clock;
  /** How far this machine's clock is ahead of the server's, ms; undefined before the server has told its time. */
  #ahead: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get ahead(): number | undefined {
    return this.#ahead;
  }

  now(): number {
    const ahead = this.#ahead ?? 0;
    return this.#clock.now() - (isOff(ahead) ? ahead : 0);
  }

  after(ms: number, callback: () => void): () => void {
    const due = this.now() + ms;
    return this.#clock.after(ms, () => {
      // Nothing is called before its time: this machine's clock was set back meanwhile.
      const early = due - this.now();
      if (early > CLOCK_TOLERANCE) this.#ahead = (this.#ahead ?? 0) - early;
      callback();
    });
  }

  /** The server has answered with its `time`; `asked`: when it was, by this machine's clock. Answers `ahead`. */
  learn(time: number, asked: number): number {
    this.#ahead = Math.round((asked + this.#clock.now()) / 2) - time;
    return this.#ahead;
  }
}

export function isOff(ahead: number): boolean {
  return Math.abs(ahead) > CLOCK_TOLERANCE;
}

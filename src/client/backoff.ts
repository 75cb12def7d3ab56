// Owns how long to wait before the next attempt. Pure: must not know what is attempted, or any clock.

import type { Random } from "../ports.ts";

const FIRST_MS = 250;
const CAP_MS = 30_000;

export interface Backoff {
  /** Milliseconds to wait before the next attempt: a whole number from 0 to 250 at first, to 30,000 in the end. */
  next(): number;
  /** An attempt has succeeded: the next wait is a first one. */
  reset(): void;
}

/**
 * Exponential backoff with full jitter: each wait is drawn evenly from 0 to a ceiling that doubles from 0.25 s to
 * 30 s, so that a class cut off at one moment does not come back at one moment.
 */
export function backoff(random: Random): Backoff {
  let ceiling = FIRST_MS;
  return {
    next() {
      const bytes = random(4);
      const draw = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
      const wait = Math.floor(draw * (ceiling + 1));
      ceiling = Math.min(ceiling * 2, CAP_MS);
      return wait;
    },
    reset() {
      ceiling = FIRST_MS;
    },
  };
}

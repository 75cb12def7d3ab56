// Owns the Clock port over the machine's own time. Must not know what is timed.

import type { Clock } from "../ports.ts";

/** The longest delay a timer takes; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's clock and timers. A pending timer keeps the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    let left = ms;
    const step = () => {
      left -= LONGEST_MS;
      if (left <= 0) callback();
      else timer = setTimeout(step, Math.min(left, LONGEST_MS));
    };
    let timer = setTimeout(step, Math.min(left, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

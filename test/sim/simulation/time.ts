// The one clock of a simulation: nothing happens but what is due, and time goes on only when all has happened.
// Must not know what happens.

import type { Clock } from "../../../src/ports.ts";

interface Due {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export class Time {
  /** ms since the beginning. */
  now = 0;
  /** What all clocks show beyond that, ms: days in which nothing ran. */
  calendar = 0;
  #order = 0;
  /** A binary heap: the first that is due is the first of all. */
  readonly #heap: Due[] = [];

  /** Calls `run` after `ms`, things due at one moment in the order they were asked for; answers how to cancel it. */
  after(ms: number, run: () => void): () => void {
    const due: Due = { at: this.now + Math.ceil(Math.max(0, ms)), order: this.#order++, run };
    this.#heap.push(due);
    this.#rise(this.#heap.length - 1);
    return () => {
      due.run = undefined;
    };
  }

  /** Lets the next thing happen; false when there is none. */
  step(): boolean {
    for (;;) {
      const due = this.#take();
      if (due === undefined) return false;
      if (due.run === undefined) continue;
      this.now = due.at;
      due.run();
      return true;
    }
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #take(): Due | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first;
    this.#heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}

/** Two clocks are then less than a day apart: the leeway of a KeyPackage. */
const MOST_AHEAD = 11 * 60 * 60 * 1_000;
const BEGINNING = Date.UTC(2026, 8, 1);

/** A machine's clock: it may be set to anything, while what it was asked to call back comes when it should. */
export class MachineClock {
  readonly #time: Time;
  #ahead: number;

  constructor(time: Time, ahead: number) {
    this.#time = time;
    this.#ahead = ahead;
  }

  /** Sets it forward or back, though never so far from the others that what these make is out of date. */
  jump(ms: number): void {
    this.#ahead = Math.max(-MOST_AHEAD, Math.min(this.#ahead + ms, MOST_AHEAD));
  }

  /** The clock as a process sees it: a dead one is never called back. */
  of(process: { readonly alive: boolean }): Clock {
    return {
      now: () => BEGINNING + this.#time.now + this.#time.calendar + this.#ahead,
      after: (ms, callback) =>
        this.#time.after(ms, () => {
          if (process.alive) callback();
        }),
    };
  }
}

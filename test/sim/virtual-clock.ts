// A clock that stands still until it is told to go on, for tests of what happens in time without waiting for it.

import type { Clock } from "../../src/ports.ts";

interface Timer {
  due: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #now = Date.UTC(2026, 8, 1);
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many callbacks are still to come. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Goes on by `ms`; what falls due is called in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#first(); next !== undefined && next.due <= end; next = this.#first())
      this.#call(next);
    this.#now = end;
  }

  /** The time is set anew, forwards or back; what is due is due as long from now as before. */
  jump(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) timer.due += ms;
  }

  /** Goes on to the next thing that falls due within `ms`; false when there is none. */
  step(ms: number): boolean {
    const next = this.#first();
    if (next === undefined || next.due > this.#now + ms) return false;
    this.#call(next);
    return true;
  }

  #call(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.due);
    timer.callback();
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }
}

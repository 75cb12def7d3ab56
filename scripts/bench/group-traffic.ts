// How messages are written into a lecture: at a pace, or as fast as everybody has them. Must not know what it goes over.

import type { Lecture } from "./lecture.ts";

/** At full speed: so many write, each with so many under way until the last member has them. */
const WRITERS = 16;
const WINDOW = 8;

/** Messages on their way to everybody. */
export class Traffic {
  /** Of each message that all have, ms from when it was written until the last member had it. */
  readonly times: number[] = [];
  readonly #lecture: Lecture;
  readonly #written: number[] = [];
  readonly #missing: number[] = [];
  #complete = () => {};

  constructor(lecture: Lecture) {
    this.#lecture = lecture;
    lecture.heard = (n) => {
      const missing = (this.#missing[n] ?? 0) - 1;
      this.#missing[n] = missing;
      if (missing < 0) throw new Error("a message came to more than there are");
      if (missing > 0) return;
      this.times.push(performance.now() - (this.#written[n] ?? Number.NaN));
      this.#complete();
    };
  }

  /** `rate` messages a second for `seconds`, whatever comes back, everybody in turn. */
  async pace(rate: number, seconds: number): Promise<void> {
    const total = rate * seconds;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#complete = () => {
      if (this.times.length === total) resolve();
    };
    const start = performance.now();
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - start) * rate) / 1000) + 1);
      while (this.#written.length < due) this.#write(this.#lecture.others + 1);
      if (due === total) clearInterval(timer);
    }, 1);
    await promise;
  }

  /** So many messages, each writer with WINDOW under way. */
  async flood(total: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const fill = () => {
      const due = Math.min(total, this.times.length + WRITERS * WINDOW);
      while (this.#written.length < due) this.#write(WRITERS);
    };
    this.#complete = () => {
      if (this.times.length === total) resolve();
      else fill();
    };
    fill();
    await promise;
  }

  #write(writers: number): void {
    const n = this.#written.push(performance.now()) - 1;
    this.#missing.push(this.#lecture.others);
    this.#lecture.write(n, writers);
  }
}

// How long the server keeps what everyone has and what nobody fetches, looked after from time to time.
// Must not know who is told.

import type { Clock } from "../ports.ts";
import type { Expired, Quota, ServerStore } from "../ports/server-store.ts";

const HOUR = 3_600_000;
/** How long entries are kept that somebody has not fetched, unless the settings say otherwise: a term; ms. */
export const RETENTION = 180 * 24 * HOUR;
/** What one person may have waiting for others, unless the settings say otherwise. */
export const QUOTA: Quota = { entries: 50_000, bytes: 256 * 1024 * 1024 };

/** How long the clock must have gone on without a jump before anything is deleted by it, and what a jump is; ms. */
const STEADY_FOR = HOUR;
const JUMP = 10 * 60_000;
/** Steps of the store at one time, so that those who wait for it are not kept waiting. */
const STEPS = 100;

export interface RetentionEvents {
  missed(missed: Expired["missed"][number]): void;
  /** What else is kept is looked after; `before` (ms since 1970) is undefined while the clock is not believed. */
  tidy(before: number | undefined): Promise<void>;
  fault(where: string, error: unknown): void;
}

export class Retention {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #retention: number;
  readonly #events: RetentionEvents;
  /** Since when the clock has gone on without a jump, and what it said last. */
  #since: number;
  #last: number;
  #busy = false;

  constructor(store: ServerStore, clock: Clock, retention: number, events: RetentionEvents) {
    this.#store = store;
    this.#clock = clock;
    this.#retention = retention;
    this.#events = events;
    this.#since = clock.now();
    this.#last = this.#since;
  }

  /** To be called every few seconds. */
  sweep(): void {
    const now = this.#clock.now();
    // A clock that was set wrong and one that was put right look the same: what it says is believed after a while.
    if (now < this.#last || now - this.#last > JUMP) this.#since = now;
    this.#last = now;
    if (this.#busy) return;
    this.#busy = true;
    const before = now - this.#since >= STEADY_FOR ? now - this.#retention : undefined;
    this.#delete(before)
      .then(() => this.#events.tidy(before))
      .catch((error: unknown) => this.#events.fault("retention", error))
      .finally(() => (this.#busy = false));
  }

  async #delete(before: number | undefined): Promise<void> {
    for (let step = 0; step < STEPS && (await this.#store.trim()) > 0; step++);
    if (before === undefined) return;
    for (let step = 0; step < STEPS; step++) {
      const { deleted, missed } = await this.#store.expire(before);
      for (const one of missed) this.#events.missed(one);
      if (deleted === 0) return;
    }
  }
}

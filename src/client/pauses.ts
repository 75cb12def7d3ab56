// Pauses before what the server does not do for now is asked of it again; all end when the connection does.
// Must not know what is asked.

import type { Clock } from "../ports.ts";

/** ms. */
const AGAIN_AFTER = 3_000;

export class Pauses {
  readonly #clock: Clock;
  readonly #ends = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async one(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(AGAIN_AFTER, resolve);
    this.#ends.add(resolve);
    await promise;
    this.#ends.delete(resolve);
    cancel();
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

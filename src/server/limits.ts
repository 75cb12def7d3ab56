// How often one may ask for what costs others something, and in what turns. Must not know what is asked.

/** A token bucket: `burst` at once, one more every `interval` ms. */
export class Allowance {
  #left: number;
  #at: number;
  readonly #burst: number;
  readonly #interval: number;

  constructor(burst: number, interval: number, now: number) {
    this.#left = burst;
    this.#burst = burst;
    this.#interval = interval;
    this.#at = now;
  }

  /** Takes one, or says that there is none now. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Whether it is as good as a new one. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#left === this.#burst;
  }

  #refill(now: number): void {
    this.#left = Math.min(this.#burst, this.#left + Math.max(0, now - this.#at) / this.#interval);
    this.#at = now;
  }
}

/** An allowance for each key; longer than its sessions, or coming back would make it new. */
export class Allowances {
  readonly #held = new Map<string, Allowance>();
  readonly #burst: number;
  readonly #interval: number;

  constructor(burst: number, interval: number) {
    this.#burst = burst;
    this.#interval = interval;
  }

  take(key: string, now: number): boolean {
    const held = this.#held.get(key) ?? new Allowance(this.#burst, this.#interval, now);
    this.#held.set(key, held);
    return held.take(now);
  }

  /** Forgets those who have taken nothing for a while. */
  sweep(now: number): void {
    for (const [key, held] of this.#held) if (held.isFull(now)) this.#held.delete(key);
  }
}

/** One after the other for each key: for what looks how much there is before it adds more. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  async take<T>(key: string, step: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    try {
      await before;
      return await step();
    } finally {
      if (this.#last.get(key) === promise) this.#last.delete(key);
      resolve();
    }
  }
}

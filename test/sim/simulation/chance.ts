// All the chance of a simulation: streams of numbers and bytes that follow from a seed and a label alone.
// Must not know what is drawn for.

export class Chance {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    const digest = new Bun.CryptoHasher("sha256").update(seed).digest();
    this.#a = digest.readUInt32LE(0);
    this.#b = digest.readUInt32LE(4);
    this.#c = digest.readUInt32LE(8);
  }

  /** A stream of its own: what is drawn from it moves no other. */
  fork(label: string): Chance {
    return new Chance(`${this.#seed}/${label}`);
  }

  /** From 0 up to but not including 1. */
  fraction(): number {
    return this.#draw() / 2 ** 32;
  }

  /** A whole number from 0 up to but not including `n`. */
  below(n: number): number {
    return Math.floor(this.fraction() * n);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  happens(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A pause with this mean, ms: many short ones, few long ones. */
  pause(mean: number): number {
    return Math.ceil(-Math.log(1 - this.fraction()) * mean);
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new RangeError("chance: nothing to pick from");
    return picked;
  }

  bytes(n: number): Uint8Array {
    const out = new Uint8Array(n);
    for (let i = 0; i < n; i += 4) {
      const word = this.#draw();
      for (let j = i; j < i + 4 && j < n; j++) out[j] = word >>> (8 * (j - i));
    }
    return out;
  }

  /** sfc32: small, fast, and good enough for every test of chance there is. */
  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}

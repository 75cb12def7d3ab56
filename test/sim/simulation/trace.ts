// What happened in a simulation, line by line: its last lines for whoever looks for a fault, its hash for comparing.
// Must not know what the lines mean.

const KEPT = 2_000;

export class Trace {
  readonly #now: () => number;
  readonly #print: ((line: string) => void) | undefined;
  readonly #lines: string[] = [];
  #hash = 0n;

  /** `print` is given every line as it comes. */
  constructor(now: () => number, print?: (line: string) => void) {
    this.#now = now;
    this.#print = print;
  }

  line(who: string, what: string): void {
    const line = `${(this.#now() / 1000).toFixed(3).padStart(9)} ${who.padEnd(14)} ${what}`;
    this.#hash = Bun.hash.wyhash(line, this.#hash);
    this.#print?.(line);
    this.#lines.push(line);
    if (this.#lines.length >= 2 * KEPT) this.#lines.splice(0, KEPT);
  }

  last(count: number): string[] {
    return this.#lines.slice(-count);
  }

  /** Equal for two runs in which the same happened at the same times. */
  get hash(): string {
    return this.#hash.toString(16).padStart(16, "0");
  }
}

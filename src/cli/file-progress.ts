// How fast files go, and the bar that shows it. Must not know where it is shown.

import type { Transfer } from "../client/transfer-view.ts";
import { fileName, sizeText, timeText } from "./wording-files.ts";

/** Characters of the bar, and of a name beside it. */
const BAR = 10;
const NAME = 20;
/** Over so long a speed is taken, ms. */
const WINDOW = 5_000;

interface Moment {
  readonly at: number;
  readonly done: number;
}

export class FileProgress {
  readonly #now: () => number;
  readonly #moments = new Map<number, Moment[]>();
  readonly #under = new Map<number, Transfer>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes note of how far it is; forgets it when it is not under way any more. */
  saw(transfer: Transfer): void {
    const { number, state, done } = transfer;
    if (state !== "sending" && state !== "receiving" && state !== "preparing") {
      this.#under.delete(number);
      this.#moments.delete(number);
      return;
    }
    this.#under.set(number, transfer);
    const at = this.#now();
    const moments = (this.#moments.get(number) ?? []).filter((moment) => at - moment.at <= WINDOW);
    this.#moments.set(number, [...moments, { at, done }]);
  }

  /**
   * `↑ notes.pdf ███░░░ 30 %, 0:03 left, 1.2 MB of 4.0 MB, 8.1 MB/s`: of the first, and how many more there are. What is
   * asked first stands first: a narrow window cuts the end off.
   */
  line(): string | undefined {
    const [first, ...more] = this.#under.values();
    if (first === undefined) return undefined;
    const { number, name, done, size, state, way } = first;
    const shown = fileName(name);
    const short = shown.length > NAME ? `${shown.slice(0, NAME - 1)}…` : shown;
    const full = size === 0 ? 0 : Math.floor((BAR * done) / size);
    const bar = `${"█".repeat(full)}${"░".repeat(BAR - full)}`;
    const speed = this.#speed(number);
    const left = speed === undefined ? "" : `, ${timeText((size - done) / speed)} left`;
    const pace = speed === undefined ? "" : `, ${sizeText(speed)}/s`;
    const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
    const percent = size === 0 ? 100 : Math.floor((100 * done) / size);
    const so =
      state === "preparing"
        ? "being read"
        : `${percent} %${others}${left}, ${sizeText(done)} of ${sizeText(size)}${pace}`;
    return `${way === "out" ? "↑" : "↓"} ${short} ${bar} ${so}`;
  }

  /** Bytes a second; undefined while that cannot be said. */
  #speed(number: number): number | undefined {
    const moments = this.#moments.get(number) ?? [];
    const [first, last] = [moments[0], moments.at(-1)];
    if (first === undefined || last === undefined || last.at <= first.at || last.done <= first.done)
      return undefined;
    return (1000 * (last.done - first.done)) / (last.at - first.at);
  }
}

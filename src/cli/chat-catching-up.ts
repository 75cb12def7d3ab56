// How far what waited has come, shown where it takes a while.
// Must not know what waits.

import { catchingUpLine } from "./chat-notices.ts";
import type { Screen } from "./chat-prompt.ts";

/** How long it takes before it is shown, ms. */
const BAR_AFTER = 1_000;

export class CatchingUpBar {
  readonly #screen: Screen;
  readonly #now: () => number;
  /** Since when what waited has been coming, ms since 1970. */
  #since: number | undefined;

  constructor(screen: Screen, now: () => number) {
    this.#screen = screen;
    this.#now = now;
  }

  at(done: number, waiting: number): void {
    this.#since ??= this.#now();
    if (this.#now() - this.#since < BAR_AFTER) return;
    this.#screen.progress(catchingUpLine(this.#screen.look, done, waiting));
  }

  over(): void {
    this.#since = undefined;
    this.#screen.progress(undefined);
  }
}

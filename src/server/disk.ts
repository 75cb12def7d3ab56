// Whether the store takes what it is given, as far as is known: told when that changes, and not for each request.
// Must not know what was to be stored.

import { type Clock, type Log, StoreFailure } from "../ports.ts";
import type { RefusalCode } from "../wire/refusal.ts";

/** On a disk that is almost full small things go and larger ones do not: it is well again when all has gone so long, ms. */
const CALM = 10_000;

export class Disk {
  readonly #clock: Clock;
  readonly #log: Log;
  #failing: { readonly reason: StoreFailure["reason"]; at: number } | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** The disk's fault is a refusal and a line in the log where it is news; anything else is a bug and is named as one. */
  fault(where: string, error: unknown): RefusalCode {
    if (!(error instanceof StoreFailure)) {
      this.#log("error", "bug", { where, reason: String(error) });
      return "storage-failed";
    }
    const { reason } = error;
    if (this.#failing?.reason !== reason) this.#log("error", "store-failed", { where, reason });
    this.#failing = { reason, at: this.#clock.now() };
    return reason === "full" ? "storage-full" : "storage-failed";
  }

  /** Something new is stored. */
  works(): void {
    if (this.#failing === undefined || Math.abs(this.#clock.now() - this.#failing.at) < CALM) return;
    this.#failing = undefined;
    this.#log("info", "store-works-again");
  }
}

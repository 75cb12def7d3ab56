// What one device writes keeps its order in a log: whatever follows a message that the disk did not take waits until
// that one has come again. Must not know why it was not taken, or what answers are.

import type { LogId, MessageId } from "../domain/id.ts";

/** One that was tried, or waits to be. */
export interface Attempt {
  readonly id: MessageId;
  /** Its place among all that the session appends. */
  readonly place: number;
  /** When it came last, counted in what came. */
  readonly came: number;
}

/** The messages of one session that were not taken, by log. A device sends its messages, and repeats, in order. */
export class Untaken {
  /** Made when there is something in it: most sessions never need one. */
  #logs: Map<LogId, Attempt[]> | undefined;
  #came = 0;

  /** A message has come: what to try, or undefined when others must come first. */
  admit(log: LogId, id: MessageId): Attempt | undefined {
    const came = ++this.#came;
    const waiting = this.#logs?.get(log);
    if (waiting === undefined) return { id, place: came, came };
    const at = waiting.findIndex((one) => one.id === id);
    const known = waiting[at];
    if (known === undefined) {
      waiting.push({ id, place: came, came });
      return undefined;
    }
    const again = { ...known, came };
    // One that should have come again before it and has not was given up by the device; one that has, failed again.
    if (waiting.slice(0, at).some((one) => one.came > known.came)) {
      waiting[at] = again;
      return undefined;
    }
    waiting.splice(0, at + 1);
    if (waiting.length === 0) this.#logs?.delete(log);
    return again;
  }

  /** It was tried and not taken. */
  failed(log: LogId, attempt: Attempt): void {
    const waiting = this.#logs?.get(log) ?? [];
    const after = waiting.findIndex(({ place }) => place > attempt.place);
    waiting.splice(after === -1 ? waiting.length : after, 0, attempt);
    this.#logs ??= new Map();
    this.#logs.set(log, waiting);
  }
}

// What one device writes keeps its order in a log: whatever follows a message that the disk did not take waits until
// that one has come again. Must not know why it was not taken, or what answers are.

import type { LogId, MessageId } from "../domain/id.ts";

interface Waiting {
  readonly id: MessageId;
  readonly ticket: number;
}

/** The messages of one session that were not taken, by log. A device sends its messages, and repeats, in order. */
export class Untaken {
  readonly #logs = new Map<LogId, Waiting[]>();
  #tickets = 0;

  /** Its place among all that this session appends, when it may be tried; undefined when another must come first. */
  admit(log: LogId, id: MessageId): number | undefined {
    const waiting = this.#logs.get(log);
    if (waiting === undefined) return ++this.#tickets;
    const at = waiting.findIndex((one) => one.id === id);
    const ticket = waiting[at]?.ticket ?? ++this.#tickets;
    if (at === -1) {
      waiting.push({ id, ticket });
      return undefined;
    }
    // Those before it would have come again before it: the device has given them up.
    waiting.splice(0, at + 1);
    if (waiting.length === 0) this.#logs.delete(log);
    return ticket;
  }

  /** It was tried and not taken. */
  failed(log: LogId, id: MessageId, ticket: number): void {
    const waiting = this.#logs.get(log) ?? [];
    const after = waiting.findIndex((one) => one.ticket > ticket);
    waiting.splice(after === -1 ? waiting.length : after, 0, { id, ticket });
    this.#logs.set(log, waiting);
  }
}

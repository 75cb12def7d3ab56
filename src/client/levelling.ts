// How far what lay in the logs at the beginning of a connection has come: until they are known to be those this device has
// read nothing is sent, and until all was read nothing is begun. Must not know what is done with an entry.

import type { LogId } from "../domain/id.ts";
import type { Held } from "./conversation-record.ts";
import type { Conversations } from "./conversations.ts";
import { type Place, unproven } from "./places.ts";

export interface LevellingEvents {
  /** It is known where this device stands: it may send. */
  placed(): void;
  /** All that lay in this log at that time was processed. */
  read(held: Held): void;
  /** The same, of all logs. */
  level(): void;
}

export class Levelling {
  readonly #conversations: Conversations;
  readonly #events: LevellingEvents;
  /** Up to where the server is yet to show what this device has read; undefined before its places are told, and after. */
  #unproven: Map<LogId, number> | undefined;
  /** Up to where each log is to be read; the same. */
  #heads: Map<LogId, number> | undefined;

  constructor(conversations: Conversations, events: LevellingEvents) {
    this.#conversations = conversations;
    this.#events = events;
  }

  /** Run inside the client's queue, once what the places ask for is done. */
  begin(places: readonly Place[]): void {
    this.#unproven = new Map();
    this.#heads = new Map();
    for (const place of places) {
      const [log, , head] = place;
      const held = this.#conversations.get(log);
      const until = held === undefined ? undefined : unproven(held, place);
      this.#heads.set(log, head);
      if (until !== undefined) this.#unproven.set(log, until);
    }
  }

  /** Whether all that lay in this log was read. */
  isLevel(log: LogId): boolean {
    return !(this.#heads?.has(log) ?? false);
  }

  /** An entry has come, or what lay up to it is gone. */
  came(log: LogId, seq: number): void {
    if (seq >= (this.#unproven?.get(log) ?? Infinity)) this.#unproven?.delete(log);
  }

  /** All that has come was processed. */
  look(isBroken: (log: LogId) => boolean): void {
    const heads = this.#heads;
    if (heads === undefined) return;
    if (this.#unproven !== undefined && this.#unproven.size === 0) {
      this.#unproven = undefined;
      this.#events.placed();
    }
    for (const [log, head] of heads) {
      const held = this.#conversations.get(log);
      const isOver = held === undefined || isBroken(log);
      if (!isOver && (held.cursor < head || this.#unproven?.has(log))) continue;
      heads.delete(log);
      if (held !== undefined) this.#events.read(held);
    }
    if (heads.size > 0) return;
    this.#heads = undefined;
    this.#events.level();
  }
}

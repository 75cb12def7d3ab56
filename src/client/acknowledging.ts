// Acknowledgements on their way: at once, or gathered where many would tell the same few at the same moment.
// Must not know what was read.

import type { LogId } from "../domain/id.ts";
import { members } from "../mls/state.ts";
import type { Connection } from "./connection.ts";
import type { ClientState } from "./state.ts";

/** How long those of a group of more than a few devices are gathered, ms. */
const GATHER = 400;
const FEW = 8;

export class Acknowledging {
  readonly #state: ClientState;
  readonly #connection: Connection;
  readonly #waiting = new Map<LogId, number>();
  #cancel: (() => void) | undefined;

  constructor(state: ClientState, connection: Connection) {
    this.#state = state;
    this.#connection = connection;
  }

  /** All up to `seq` is on this device's disk. */
  acknowledge(log: LogId, seq: number): void {
    const gathered = this.#waiting.has(log);
    if (!gathered && !this.#isCrowded(log)) return this.#connection.acknowledge(log, seq);
    this.#waiting.set(log, seq);
    this.#cancel ??= this.#state.clock.after(GATHER, () => this.flush());
  }

  #isCrowded(log: LogId): boolean {
    const { conversations } = this.#state;
    const held = conversations.isGroup(log) ? conversations.get(log) : undefined;
    return held !== undefined && members(held.mls).length > FEW;
  }

  /** What was gathered leaves now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const [log, seq] of this.#waiting) this.#connection.acknowledge(log, seq);
    this.#waiting.clear();
  }
}

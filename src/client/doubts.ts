// Whether this device is the one that cannot follow a conversation any more, by what it could make nothing of and who
// sent that. Must not know what is done about it.

import type { DeviceId, LogId } from "../domain/id.ts";
import { members } from "../mls/state.ts";
import { type Held, isGroup } from "./conversation-record.ts";

/** What an entry says that cannot be made out: of an epoch to come, a commit that is not understood, a message. */
const WEIGHTS = { ahead: 3, dubious: 2, unread: 1 } as const;
/** Weight at which the fault is taken to be this device's own. */
const ENOUGH = 3;

export type Doubt = keyof typeof WEIGHTS;

export class Doubts {
  readonly #of = new Map<LogId, Map<DeviceId, number>>();

  /**
   * Something by `sender` could not be made out. Answers whether this device is to come back into the conversation. In a
   * group no single member's bytes bring that about, or one could send everybody else out of it at will.
   */
  raise(held: Held, sender: DeviceId, doubt: Doubt): boolean {
    const senders = this.#of.get(held.log) ?? new Map<DeviceId, number>();
    this.#of.set(held.log, senders.set(sender, (senders.get(sender) ?? 0) + WEIGHTS[doubt]));
    const needed = isGroup(held) ? Math.min(2, members(held.mls).length - 1) : 1;
    const weight = senders.values().reduce((sum, one) => sum + one, 0);
    return weight >= ENOUGH && senders.size >= needed;
  }

  /** What `sender` sends is understood. */
  settle(log: LogId, sender: DeviceId): void {
    this.#of.get(log)?.delete(sender);
  }

  /** This device has come back into the conversation. */
  forget(log: LogId): void {
    this.#of.delete(log);
  }
}

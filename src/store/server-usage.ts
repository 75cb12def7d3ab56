// How much of each sender's is kept, counted as entries come and go, so that a quota costs no look into any table.
// Must not know who they are.

import type { EntryKind } from "../domain/entry.ts";
import type { Quota } from "../ports/server-store.ts";

interface Held {
  entries: number;
  bytes: number;
  /** What this transaction has added; it is taken off again when it does not last. */
  newEntries: number;
  newBytes: number;
  changed: boolean;
}

/** `K` is what a sender is known by. */
export class Usage<K> {
  readonly #held = new Map<K, Held>();
  #changed: Held[] = [];

  /** Negative numbers: that much is gone. */
  add(sender: K, entries: number, bytes: number): void {
    const held = this.#of(sender);
    held.entries += entries;
    held.bytes += bytes;
    held.newEntries += entries;
    held.newBytes += bytes;
    if (held.changed) return;
    held.changed = true;
    this.#changed.push(held);
  }

  /**
   * Whether these senders together, with one entry more, would have more than they may. A commit may take as much again:
   * without it a conversation cannot go on.
   */
  exceeds(quota: Quota, senders: readonly K[], kind: EntryKind, bytes: number): boolean {
    const times = kind === "commit" ? 2 : 1;
    let entries = 1;
    let size = bytes;
    for (const sender of senders) {
      const held = this.#held.get(sender);
      entries += held?.entries ?? 0;
      size += held?.bytes ?? 0;
    }
    return entries > times * quota.entries || size > times * quota.bytes;
  }

  /** What was added lasts. */
  commit(): void {
    for (const held of this.#changed) this.#settle(held);
    this.#changed = [];
  }

  /** What was added since the last commit never was. */
  rollback(): void {
    for (const held of this.#changed) {
      held.entries -= held.newEntries;
      held.bytes -= held.newBytes;
      this.#settle(held);
    }
    this.#changed = [];
  }

  /** Nothing is counted. */
  clear(): void {
    this.#held.clear();
    this.#changed = [];
  }

  #of(sender: K): Held {
    let held = this.#held.get(sender);
    if (held === undefined) {
      held = { entries: 0, bytes: 0, newEntries: 0, newBytes: 0, changed: false };
      this.#held.set(sender, held);
    }
    return held;
  }

  #settle(held: Held): void {
    held.newEntries = 0;
    held.newBytes = 0;
    held.changed = false;
  }
}

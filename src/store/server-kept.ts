// What each person's devices have in the tables: read once, then counted along.
// Must not know why entries come or go.

import type { Append, Quota } from "../ports/server-store.ts";
import type { LogStatements } from "./server-log-sql.ts";
import type { RecentRow } from "./server-recent.ts";
import { Usage } from "./server-usage.ts";

/** Devices are told by their row numbers. */
export class Kept {
  readonly #sql: LogStatements;
  readonly #usage = new Usage<number>();
  /** The devices of a device's person, as far as they were asked for. */
  readonly #siblings = new Map<number, readonly number[]>();

  constructor(sql: LogStatements) {
    this.#sql = sql;
  }

  /** Counts anew what there is. */
  load(recent: readonly RecentRow[]): void {
    this.#siblings.clear();
    this.#usage.clear();
    for (const { sender, entries, bytes } of this.#sql.heldInEntry.all())
      this.#usage.add(sender, entries, bytes);
    for (const { sender, entry } of recent) this.#usage.add(sender, 1, entry.body.byteLength);
    this.#usage.commit();
  }

  /** Negative numbers: that much is gone. */
  add(sender: number, entries: number, bytes: number): void {
    this.#usage.add(sender, entries, bytes);
  }

  /** Whether the person behind `sender` may not have this, too. */
  exceeds(quota: Quota, sender: number, { kind, body }: Append): boolean {
    let devices = this.#siblings.get(sender);
    if (devices === undefined) {
      devices = this.#sql.siblings.all(sender).map(({ n }) => n);
      this.#siblings.set(sender, devices);
    }
    return this.#usage.exceeds(quota, devices, kind, body.byteLength);
  }

  /** Devices have come to a person or left one. */
  regroup(): void {
    this.#siblings.clear();
  }

  commit(): void {
    this.#usage.commit();
  }

  rollback(): void {
    this.#usage.rollback();
    this.#siblings.clear();
  }
}

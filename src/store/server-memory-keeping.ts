// Entries of the store in memory: how they come, how they leave, and how much of each sender's is kept.
// Must not know accounts.

import type { Entry } from "../domain/entry.ts";
import type { DeviceId } from "../domain/id.ts";
import type { Append, Quota } from "../ports.ts";
import type { HeldLog } from "./server-memory-rows.ts";
import { Usage } from "./server-usage.ts";

export class MemoryKeeping {
  readonly #usage = new Usage<DeviceId>();

  constructor(logs: Iterable<HeldLog>) {
    for (const { entries } of logs)
      for (const { sender, body } of entries) this.#usage.add(sender, 1, body.byteLength);
  }

  add(log: HeldLog, entry: Entry): void {
    log.entries.push(entry);
    this.#usage.add(entry.sender, 1, entry.body.byteLength);
  }

  empty(log: HeldLog): void {
    this.#keep(log, () => false);
  }

  dropPassed(log: HeldLog): number {
    const passed = Math.min(...log.cursors.values());
    return this.#keep(log, ({ seq }) => seq > passed);
  }

  /** Drops what is older than the log's first entry since `before`; `missed` is the last that somebody had not passed. */
  expire(log: HeldLog, before: number): { readonly deleted: number; readonly missed: number | undefined } {
    const young = log.entries.find(({ time }) => time >= before)?.seq ?? log.head + 1;
    const missed = log.entries.findLast(
      ({ sender, seq }) =>
        seq < young && log.cursors.entries().some(([device, cursor]) => device !== sender && cursor < seq),
    )?.seq;
    if (missed !== undefined) log.expired = missed;
    return { deleted: this.#keep(log, ({ seq }) => seq >= young), missed };
  }

  /** Whether one more may be kept of a person with these devices; what all have passed makes room first. */
  isRoom(
    log: HeldLog,
    devices: readonly DeviceId[],
    { kind, body }: Append,
    quota: Quota | undefined,
  ): boolean {
    if (quota === undefined) return true;
    while (this.#usage.exceeds(quota, devices, kind, body.byteLength))
      if (this.dropPassed(log) === 0) return false;
    return true;
  }

  /** Drops the other entries; answers how many. */
  #keep(log: HeldLog, stays: (entry: Entry) => boolean): number {
    const before = log.entries.length;
    log.entries = log.entries.filter((entry) => {
      if (stays(entry)) return true;
      this.#usage.add(entry.sender, -1, -entry.body.byteLength);
      return false;
    });
    return before - log.entries.length;
  }
}

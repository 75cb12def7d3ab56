// Entries of the store in memory: how they come, how they leave, and how much of each sender's is kept.
// Must not know accounts.

import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId } from "../domain/id.ts";
import type { Append, Quota } from "../ports/server-store.ts";
import { find, type HeldLog, passedByAll } from "./server-memory-rows.ts";
import { Usage } from "./server-usage.ts";

export class MemoryKeeping {
  readonly #logs: ReadonlyMap<LogId, HeldLog>;
  readonly #usage = new Usage<DeviceId>();

  constructor(logs: ReadonlyMap<LogId, HeldLog>) {
    this.#logs = logs;
    for (const { entries } of logs.values())
      for (const { sender, body } of entries) this.#usage.add(sender, 1, body.byteLength);
  }

  /** Adds the newest entry of a log. */
  add(log: HeldLog, given: Omit<Entry, "seq">): Entry {
    const entry: Entry = { ...given, seq: ++log.head };
    log.entries.push(entry);
    this.#usage.add(entry.sender, 1, entry.body.byteLength);
    return entry;
  }

  /** Adds to the inbox of a registered device; nothing when it holds that entry. `log` of an inbox is its device. */
  deliver(given: Omit<Entry, "seq">): Entry[] {
    const inbox = this.#logs.get(given.log);
    if (inbox === undefined || !inbox.cursors.has(given.log)) return [];
    return find(inbox, given.sender, given.id) === undefined ? [this.add(inbox, given)] : [];
  }

  empty(log: HeldLog): void {
    this.#keep(log, () => false);
  }

  dropPassed(log: HeldLog): number {
    const passed = passedByAll(log);
    return this.#keep(log, ({ seq }) => seq > passed);
  }

  /** Drops what is older than the log's first entry since `before`; `missed` is the last that somebody had not passed. */
  expire(log: HeldLog, before: number): { readonly deleted: number; readonly missed: number | undefined } {
    const young = log.entries.find(({ time }) => time >= before)?.seq ?? log.head + 1;
    const missed = log.entries.findLast((entry) => entry.seq < young && isMissing(log, entry))?.seq;
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

  /** Drops the other entries, and the GroupInfos that commits among them brought; answers how many entries. */
  #keep(log: HeldLog, stays: (entry: Entry) => boolean): number {
    const before = log.entries.length;
    log.entries = log.entries.filter((entry) => {
      if (stays(entry)) return true;
      this.#usage.add(entry.sender, -1, -entry.body.byteLength);
      return false;
    });
    const first = log.entries[0]?.seq ?? log.head + 1;
    if (log.group !== undefined)
      log.group = { ...log.group, infos: log.group.infos.filter(({ began }) => began >= first) };
    return before - log.entries.length;
  }
}

/** Whether somebody that an entry is for has not come to it. */
function isMissing({ cursors, leaving }: HeldLog, { sender, seq }: Entry): boolean {
  return (
    cursors.entries().some(([device, cursor]) => device !== sender && cursor < seq) ||
    leaving.entries().some(([device, { cursor, until }]) => device !== sender && cursor < seq && seq <= until)
  );
}

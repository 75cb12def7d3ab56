// How entries leave: passed by all cursors, too old, or with the inbox they lay in; in steps that do not take long.
// Must not know how entries come.

import type { LogId } from "../domain/id.ts";
import type { Expired } from "../ports/server-store.ts";
import type { Kept } from "./server-kept.ts";
import { type LogCache, type LogState, type Member, passedByAll } from "./server-log-cache.ts";
import type { LogStatements } from "./server-log-sql.ts";
import type { RecentEntries, RecentRow } from "./server-recent.ts";

/** Rows deleted, and logs looked at, by one step. */
const ROWS = 500;
const LOGS = 1000;

export class Trimming {
  readonly #sql: LogStatements;
  readonly #recent: RecentEntries;
  readonly #cache: LogCache;
  readonly #kept: Kept;
  /** The logs after which the next `trim` and the next `expire` go on. */
  #trimmedTo = 0;
  #expiredTo = 0;

  constructor(sql: LogStatements, recent: RecentEntries, cache: LogCache, kept: Kept) {
    this.#sql = sql;
    this.#recent = recent;
    this.#cache = cache;
    this.#kept = kept;
  }

  /** Looks at all recent entries and at the next LOGS logs, going round from call to call. */
  trim(): number {
    let deleted = this.dropPassed();
    this.#cache.flush();
    const slice = this.#sql.slice.all(this.#trimmedTo, LOGS);
    for (const { n, oldest, newest, passed } of slice) {
      if (deleted >= ROWS) return deleted;
      this.#trimmedTo = n;
      if (oldest === null || newest === null) continue;
      const to = Math.min(passed ?? newest, newest, oldest + ROWS - deleted - 1);
      if (to >= oldest) deleted += this.remove(n, to);
    }
    if (slice.length < LOGS) this.#trimmedTo = 0;
    return deleted;
  }

  /** As `trim`, in one log, before its turn comes. */
  trimLog(log: LogState): number {
    const passed = passedByAll(log);
    if (log.settled) {
      const { oldest, newest } = this.#sql.ends.get(log.n, log.n) ?? { oldest: null, newest: null };
      if (oldest !== null && newest !== null && oldest <= passed)
        return this.remove(log.n, Math.min(passed, newest, oldest + ROWS - 1));
    }
    const first = this.#recent.ofLog(log.n)[0];
    return first === undefined || first.entry.seq > passed ? 0 : this.dropPassed();
  }

  /** Deletes the recent entries that all cursors have passed; answers how many. */
  dropPassed(): number {
    const passed = new Map<LogId, number>();
    return this.#dropRecent(({ entry }) => {
      let to = passed.get(entry.log);
      if (to === undefined) passed.set(entry.log, (to = passedByAll(this.#cache.get(entry.log))));
      return entry.seq <= to;
    });
  }

  /** Goes round the logs as `trim` does. */
  expire(before: number): Expired {
    this.#cache.flush();
    const missed = new Map<LogId, number>();
    let deleted = 0;
    const slice = this.#sql.ages.all(this.#expiredTo, LOGS);
    this.#expiredTo = 0;
    for (const { n, key, oldest, newest, time } of slice) {
      if (deleted >= ROWS) break;
      if (slice.length === LOGS) this.#expiredTo = n;
      if (oldest === null || newest === null || time === null || time >= before) continue;
      const young = this.#sql.firstSince.get(n, before)?.seq ?? newest + 1;
      const to = Math.min(young - 1, oldest + ROWS - deleted - 1);
      const last = this.#sql.lastMissed.get(n, to)?.seq ?? undefined;
      if (last !== undefined) missed.set(key, last);
      deleted += this.remove(n, to);
    }
    if (deleted < ROWS) deleted += this.#expireRecent(before, missed);
    return { deleted, missed: Array.from(missed, ([log, seq]) => this.#miss(log, seq)) };
  }

  /** Deletes a log's older entries up to `to`, of those that are not recent. */
  remove(log: number, to: number): number {
    for (const { sender, entries, bytes } of this.#sql.heldUpTo.all(log, to))
      this.#kept.add(sender, -entries, -bytes);
    this.#forgetTo(to, log);
    return this.#sql.remove.run(log, to).changes;
  }

  /** Empties an inbox. */
  empty(log: LogState): void {
    this.#dropRecent((row) => row.log === log.n);
    this.remove(log.n, log.head);
  }

  #expireRecent(before: number, missed: Map<LogId, number>): number {
    if (!this.#recent.rows.some(({ entry }) => entry.time < before)) return 0;
    /** Logs of which something older stays: the rest has to stay, too. */
    const staying = new Set<number>();
    const looked = new Set<number>();
    return this.#dropRecent(({ log, sender, entry }) => {
      if (!looked.has(log)) {
        looked.add(log);
        if (typeof this.#sql.ends.get(log, log)?.oldest === "number") staying.add(log);
      }
      if (entry.time >= before) staying.add(log);
      if (staying.has(log)) return false;
      if (isMissing(this.#cache.get(entry.log), sender, entry.seq)) missed.set(entry.log, entry.seq);
      return true;
    });
  }

  /** Writes down that somebody has missed an entry. */
  #miss(key: LogId, seq: number): Expired["missed"][number] {
    const log = this.#cache.get(key);
    if (log === undefined) throw new Error("a log with entries is not there");
    log.expired = Math.max(log.expired, seq);
    this.#sql.expired.run(seq, log.n);
    return { log: key, seq, epoch: log.epoch };
  }

  #dropRecent(leaves: (row: RecentRow) => boolean): number {
    const highest = new Map<number, number>();
    let dropped = 0;
    this.#recent.remove((row) => {
      if (!leaves(row)) return false;
      const { log, sender, entry } = row;
      this.#kept.add(sender, -1, -entry.body.byteLength);
      highest.set(log, entry.seq);
      dropped++;
      return true;
    });
    for (const [log, seq] of highest) this.#forgetTo(seq, log);
    return dropped;
  }

  /** What goes along with a log's entries up to `seq`. */
  #forgetTo(seq: number, log: number): void {
    this.#sql.trimmed.run(seq, log);
    this.#sql.removeInfos.run(log, seq);
  }
}

/** Whether somebody that an entry is for has not come to it. */
function isMissing(log: LogState | undefined, sender: number, seq: number): boolean {
  const isBefore = ({ device, cursor, until = seq }: Member): boolean =>
    device !== sender && cursor < seq && seq <= until;
  return log !== undefined && (log.members.values().some(isBefore) || log.leaving.values().some(isBefore));
}

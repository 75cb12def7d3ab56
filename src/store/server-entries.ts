// Entries of a log in SQLite: found by sender and id, added, put into inboxes, read back, and moved from where the newest
// of all logs lie to where a log's own lie together. Must not know who may add or read.

import type { Entry } from "../domain/entry.ts";
import type { LogId, MessageId } from "../domain/id.ts";
import type { Kept } from "./server-kept.ts";
import type { LogCache, LogState } from "./server-log-cache.ts";
import type { LogStatements } from "./server-log-sql.ts";
import type { RecentEntries } from "./server-recent.ts";
import { entryKind, entryKindNumber } from "./server-schema.ts";

/** Senders are told by their row numbers. */
export class LogEntries {
  readonly #sql: LogStatements;
  readonly #recent: RecentEntries;
  readonly #cache: LogCache;
  readonly #kept: Kept;

  constructor(sql: LogStatements, recent: RecentEntries, cache: LogCache, kept: Kept) {
    this.#sql = sql;
    this.#recent = recent;
    this.#cache = cache;
    this.#kept = kept;
  }

  /** The entry of this log that `sender` gave this id: the three are what an entry is known by. */
  find(log: LogState, sender: number, id: MessageId): { seq: number; time: number } | undefined {
    const recent = this.#recent.find(log.n, sender, id);
    if (recent !== undefined || !log.settled) return recent;
    return this.#sql.find.get(log.n, sender, id) ?? undefined;
  }

  /** Adds the newest entry of a log. */
  add(log: LogState, sender: number, given: Omit<Entry, "seq">): Entry {
    const entry: Entry = {
      log: given.log,
      seq: log.head + 1,
      id: given.id,
      sender: given.sender,
      kind: given.kind,
      epoch: given.epoch,
      time: given.time,
      body: given.body,
    };
    this.#recent.add(log.n, sender, entry);
    this.#kept.add(sender, 1, entry.body.byteLength);
    log.head = entry.seq;
    return entry;
  }

  /** Adds to the inbox of a registered device; nothing when it holds that entry. `log` of an inbox is its device. */
  deliver(sender: number, given: Omit<Entry, "seq">): Entry[] {
    const inbox = this.#cache.get(given.log);
    if (inbox === undefined || !inbox.members.has(given.log)) return [];
    return this.find(inbox, sender, given.id) === undefined ? [this.add(inbox, sender, given)] : [];
  }

  /** As ServerStore's `entries`. */
  read(key: LogId, after: number, limit: number, bytes: number): Entry[] {
    const log = this.#cache.get(key);
    if (log === undefined || after >= log.head) return [];
    const found: Entry[] = [];
    let size = 0;
    /** Whether there was room for it. */
    const take = (entry: Entry): boolean => {
      size += entry.body.byteLength;
      if (found.length >= limit || (found.length > 0 && size > bytes)) return false;
      found.push(entry);
      return true;
    };
    const firstRecent = this.#recent.ofLog(log.n)[0]?.entry.seq ?? log.head + 1;
    if (log.settled && after + 1 < firstRecent) {
      for (const row of this.#sql.entries.iterate(log.n, after, limit)) {
        const { seq, id, sender, epoch, time, body } = row;
        if (!take({ log: key, seq, id, sender, kind: entryKind(row.kind), epoch, time, body })) return found;
      }
    }
    for (const row of this.#recent.after(log.n, after)) if (!take(row.entry)) break;
    return found;
  }

  /** Moves the older half of the recent entries to where the entries of a log lie together. */
  settle(): void {
    const moving = this.#recent.rows.slice(0, Math.ceil(this.#recent.rows.length / 2));
    const end = moving.at(-1)?.n ?? 0;
    // Log by log, so that neighbouring rows fall on the same pages.
    for (const { log, sender, entry } of moving.sort((a, b) => a.log - b.log || a.n - b.n)) {
      const { seq, id, epoch, time, body } = entry;
      this.#sql.insertEntry.run(log, seq, sender, id, entryKindNumber(entry.kind), epoch, time, body);
      const state = this.#cache.get(entry.log);
      if (state !== undefined) state.settled = true;
    }
    this.#recent.remove(({ n }) => n <= end);
  }
}

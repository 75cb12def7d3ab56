// Logs, entries, members and cursors in SQLite. Every method is one step inside the transaction of its tick.
// Must not know accounts, nor when transactions begin and end.

import type { Database } from "bun:sqlite";
import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId, MessageId } from "../domain/id.ts";
import type { Append, Appended, Expired, LogCreation, Membership, Quota, ServerStore } from "../ports.ts";
import { Kept } from "./server-kept.ts";
import { LogCache, type LogState } from "./server-log-cache.ts";
import { prepareLogs } from "./server-log-sql.ts";
import { RecentEntries } from "./server-recent.ts";
import { entryKind, entryKindNumber, logKind, logKindNumber } from "./server-schema.ts";
import { Trimming } from "./server-trimming.ts";

/** How much may lie in `recent` before its older half is moved on. */
export interface RecentLimit {
  readonly rows: number;
  readonly bytes: number;
}

export class ServerLogs {
  readonly #sql: ReturnType<typeof prepareLogs>;
  readonly #recent: RecentEntries;
  readonly #cache: LogCache;
  readonly #limit: RecentLimit;
  readonly #kept: Kept;
  readonly #trimming: Trimming;
  /** Whether memory may differ from the tables. */
  #stale = false;

  constructor(db: Database, limit: RecentLimit) {
    this.#sql = prepareLogs(db);
    this.#recent = new RecentEntries(db);
    this.#cache = new LogCache(db, (log) => this.#recent.ofLog(log).at(-1)?.entry.seq);
    this.#limit = limit;
    this.#kept = new Kept(this.#sql);
    this.#trimming = new Trimming(this.#sql, this.#recent, this.#cache, this.#kept);
  }

  /** Forgets what memory holds and reads it again: at the start, and when another process has written. */
  reload(): void {
    this.#reread();
    this.#kept.load(this.#recent.rows);
  }

  /** What the transaction had changed is no more. */
  rolledBack(): void {
    this.#kept.rollback();
    this.#stale = true;
  }

  /** The transaction lasts. */
  committed(): void {
    this.#kept.commit();
  }

  /** To be called where a transaction begins: after a rollback memory is brought back to what the tables hold. */
  begun(): void {
    if (this.#stale) this.#reread();
  }

  /** What is to be written before the commit of a transaction that writes. */
  beforeCommit(): void {
    this.#cache.flush();
    if (this.#recent.rows.length > this.#limit.rows || this.#recent.bytes > this.#limit.bytes) {
      this.#trimming.dropPassed();
      if (this.#recent.rows.length > this.#limit.rows / 2 || this.#recent.bytes > this.#limit.bytes / 2)
        this.#settle();
    }
  }

  create(creation: LogCreation): Awaited<ReturnType<ServerStore["create"]>> {
    const there = this.#cache.get(creation.log);
    if (there !== undefined && there.members.size >= 2) return { outcome: "exists", creator: there.creator };
    const sender = this.#deviceNumber(creation.creator);
    const log = there?.n ?? this.#insertLog(creation.log, "direct", creation.epoch, sender, creation.info);
    const head = there?.head ?? 0;
    if (there !== undefined) {
      this.#cache.flush();
      this.#sql.removeMembers.run(log);
      this.#sql.reopen.run(creation.epoch, sender, creation.info, log);
      this.#cache.clear();
    }
    // A device unregistered a moment ago is left out, as if it had been unregistered a moment later.
    for (const device of creation.members) this.#sql.insertMember.run(log, head, device);
    const welcomes: Entry[] = [];
    for (const { device, id, body } of creation.welcomes) {
      const inbox = this.#cache.get(device);
      if (inbox === undefined || !inbox.members.has(device) || this.#find(inbox, sender, id)) continue;
      const { creator, epoch, time } = creation;
      welcomes.push(
        this.#add(inbox, sender, { log: device, id, sender: creator, kind: "welcome", epoch, time, body }),
      );
    }
    return { outcome: "created", head, welcomes };
  }

  append(append: Append, quota: Quota | undefined): Appended {
    const log = this.#cache.get(append.log);
    if (log === undefined) return { outcome: "no-such-log" };
    const member = log.members.get(append.sender);
    const sender = member?.device ?? this.#sql.device.get(append.sender)?.n;
    // Before any refusal: what was accepted once stays accepted, though its sender has left or the epoch has moved.
    const first = sender === undefined ? undefined : this.#find(log, sender, append.id);
    if (first !== undefined) {
      return { outcome: "repeated", seq: first.seq, time: first.time, members: log.members.size };
    }
    if (member === undefined) return { outcome: "not-member" };
    if (log.members.size < 2) return { outcome: "no-such-log" };
    if (append.epoch !== log.epoch) return { outcome: "stale-epoch", epoch: log.epoch };
    if (quota !== undefined && !this.#isRoom(log, member.device, append, quota)) return { outcome: "quota" };
    const { seq, time } = this.#add(log, member.device, append);
    if (append.info !== undefined) {
      log.epoch += 1;
      this.#sql.nextEpoch.run(log.epoch, append.info, log.n);
    }
    return { outcome: "appended", seq, time, members: log.members.size };
  }

  groupInfo(key: LogId): { epoch: number; info: Uint8Array } | undefined {
    const row = this.#sql.groupInfo.get(key);
    if (row === null || row.info === null) return undefined;
    return { epoch: row.epoch, info: row.info };
  }

  advance(key: LogId, device: DeviceId, seq: number): { from: number; to: number; expired: number } {
    const log = this.#cache.get(key);
    const member = log?.members.get(device);
    if (log === undefined || member === undefined) return { from: 0, to: 0, expired: 0 };
    const from = member.cursor;
    const to = Math.max(from, Math.min(seq, log.head));
    if (to > from) this.#cache.moveCursor(member, to);
    return { from, to, expired: log.expired };
  }

  entries(key: LogId, after: number, limit: number, bytes: number): Entry[] {
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

  memberships(device: DeviceId): Membership[] {
    this.#cache.flush();
    return this.#sql.memberships
      .all(device)
      .map(({ n, key, kind, epoch, trimmed, newest, cursor, expired }) => {
        const recent = this.#recent.ofLog(n).at(-1)?.entry.seq;
        return {
          log: key,
          kind: logKind(kind),
          epoch,
          head: Math.max(recent ?? 0, newest ?? 0, trimmed),
          cursor,
          expired,
        };
      });
  }

  members(key: LogId): { device: DeviceId; cursor: number }[] {
    const members = this.#cache.get(key)?.members ?? [];
    return Array.from(members, ([device, { cursor }]) => ({ device, cursor }));
  }

  waiting(device: DeviceId): number {
    this.#cache.flush();
    const isWaiting = ({ kind, sender }: Entry): boolean => kind === "message" && sender !== device;
    let count = this.#sql.waiting.get(entryKindNumber("message"), device)?.count ?? 0;
    for (const { n, cursor } of this.#sql.memberships.all(device)) {
      for (const { entry } of this.#recent.after(n, cursor)) if (isWaiting(entry)) count++;
    }
    return count;
  }

  expired(key: LogId): number {
    return this.#cache.get(key)?.expired ?? 0;
  }

  trim(): number {
    return this.#trimming.trim();
  }

  expire(before: number): Expired {
    return this.#trimming.expire(before);
  }

  /** Gives a registered device its inbox, or the one it had, without what lay in it. */
  openInbox(device: DeviceId): void {
    const log =
      this.#cache.get(device)?.n ?? this.#insertLog(device, "inbox", 0, this.#deviceNumber(device), null);
    const { trimmed } = this.#sql.log.get(log) ?? { trimmed: 0 };
    this.#sql.insertMember.run(log, trimmed, device);
    this.#cache.flush();
    this.#cache.clear();
    this.#kept.regroup();
  }

  /** Takes a device out of all logs, and empties its inbox. */
  leaveAll(device: DeviceId): void {
    this.#cache.flush();
    const inbox = this.#cache.get(device);
    if (inbox !== undefined) this.#trimming.empty(inbox);
    this.#sql.removeMember.run(device);
    this.#cache.clear();
    this.#kept.regroup();
  }

  /** Whether one more may be kept; what all have passed makes room first. */
  #isRoom(log: LogState, sender: number, append: Append, quota: Quota): boolean {
    while (this.#kept.exceeds(quota, sender, append)) if (this.#trimming.trimLog(log) === 0) return false;
    return true;
  }

  /** After a rollback, and with `reload`. */
  #reread(): void {
    this.#cache.clear();
    this.#recent.load();
    this.#stale = false;
  }

  #insertLog(
    key: LogId,
    kind: Membership["kind"],
    epoch: number,
    creator: number,
    info: Uint8Array | null,
  ): number {
    return Number(this.#sql.insertLog.run(key, logKindNumber(kind), epoch, creator, info).lastInsertRowid);
  }

  /** The row number of a device, which need not be registered. */
  #deviceNumber(key: DeviceId): number {
    this.#sql.insertDevice.run(key);
    const row = this.#sql.device.get(key);
    if (row === null) throw new Error("a device that was just inserted is not there");
    return row.n;
  }

  /** The entry of this log that `sender` gave this id: the three are what an entry is known by. */
  #find(log: LogState, sender: number, id: MessageId): { seq: number; time: number } | undefined {
    const recent = this.#recent.find(log.n, sender, id);
    if (recent !== undefined || !log.settled) return recent;
    return this.#sql.find.get(log.n, sender, id) ?? undefined;
  }

  #add(log: LogState, sender: number, given: Omit<Entry, "seq">): Entry {
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

  /** Moves the older half of the recent entries to where the entries of a log lie together. */
  #settle(): void {
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

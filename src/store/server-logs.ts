// Logs, entries, members and cursors in SQLite. Every method is one step inside the transaction of its tick.
// Must not know accounts, nor when transactions begin and end.

import type { Database } from "bun:sqlite";
import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId } from "../domain/id.ts";
import type {
  Append,
  Appended,
  Expired,
  LogCreation,
  Membership,
  Quota,
  ServerStore,
  GroupInfo,
} from "../ports/server-store.ts";
import { groupInfoOf, hasWelcomes } from "./group-change.ts";
import type { ServerBlobs } from "./server-blobs.ts";
import { LogEntries } from "./server-entries.ts";
import { ServerGroups } from "./server-groups.ts";
import { Kept } from "./server-kept.ts";
import { LogCache, type LogState } from "./server-log-cache.ts";
import { deviceNumber, insertLog, type LogStatements, prepareLogs } from "./server-log-sql.ts";
import { RecentEntries } from "./server-recent.ts";
import { entryKindNumber, logKind } from "./server-schema.ts";
import { Trimming } from "./server-trimming.ts";

/** How much may lie in `recent` before its older half is moved on. */
export interface RecentLimit {
  readonly rows: number;
  readonly bytes: number;
}

export class ServerLogs {
  readonly groups: ServerGroups;
  readonly #sql: LogStatements;
  readonly #blobs: ServerBlobs;
  readonly #recent: RecentEntries;
  readonly #cache: LogCache;
  readonly #limit: RecentLimit;
  readonly #kept: Kept;
  readonly #trimming: Trimming;
  readonly #entries: LogEntries;
  /** Whether memory may differ from the tables. */
  #stale = false;

  constructor(db: Database, blobs: ServerBlobs, limit: RecentLimit) {
    this.#sql = prepareLogs(db);
    this.#blobs = blobs;
    this.#recent = new RecentEntries(db);
    this.#cache = new LogCache(db, (log) => this.#recent.ofLog(log).at(-1)?.entry.seq);
    this.#limit = limit;
    this.#kept = new Kept(this.#sql);
    this.#trimming = new Trimming(this.#sql, this.#recent, this.#cache, this.#kept);
    this.#entries = new LogEntries(this.#sql, this.#recent, this.#cache, this.#kept);
    this.groups = new ServerGroups(db, this.#sql, this.#cache, this.#entries);
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
        this.#entries.settle();
    }
  }

  create(creation: LogCreation): Awaited<ReturnType<ServerStore["create"]>> {
    const there = this.#cache.get(creation.log);
    if (there !== undefined && (there.kind !== creation.kind || there.members.size >= 2))
      return { outcome: "exists", creator: there.creator };
    const { kind, epoch, creator, time } = creation;
    const sender = deviceNumber(this.#sql, creator);
    const log = there?.n ?? insertLog(this.#sql, creation.log, kind, epoch, sender, creation.info);
    const head = there?.head ?? 0;
    if (there !== undefined) {
      this.#cache.flush();
      this.#sql.removeMembers.run(log);
      this.#sql.reopen.run(creation.epoch, sender, creation.info, log);
      this.#cache.clear();
    }
    // A device unregistered a moment ago is left out, as if it had been unregistered a moment later.
    for (const device of creation.members) this.#sql.insertMember.run(log, head, device);
    const welcomes = creation.welcomes.flatMap(({ device, id, body }) =>
      this.#entries.deliver(sender, { log: device, id, sender: creator, kind: "welcome", epoch, time, body }),
    );
    return { outcome: "created", head, welcomes };
  }

  append(append: Append, quota: Quota | undefined): Appended {
    const log = this.#cache.get(append.log);
    if (log === undefined) return { outcome: "no-such-log" };
    const sender = log.members.get(append.sender)?.device ?? this.#sql.device.get(append.sender)?.n;
    // Before any refusal: what was accepted once stays accepted, though its sender has left or the epoch has moved.
    const first = sender === undefined ? undefined : this.#entries.find(log, sender, append.id);
    if (first !== undefined) {
      return { outcome: "repeated", seq: first.seq, time: first.time, members: log.members.size };
    }
    const refused = log.kind === "group" ? this.groups.refusal(log, append) : refusal(log, append);
    if (refused !== undefined) return refused;
    if (sender === undefined) throw new Error("a device that may append is not there");
    const { change, blob } = append;
    if (blob !== undefined && !this.#blobs.tellable(blob, append.log, append.sender))
      return { outcome: "no-such-blob" };
    if (quota !== undefined && !this.#isRoom(log, sender, append, quota)) return { outcome: "quota" };
    const clash = change === undefined ? undefined : this.groups.clash(log, change);
    if (clash !== undefined) return { outcome: clash };

    if (blob !== undefined) this.#blobs.tell(blob);
    const entry = this.#entries.add(log, sender, append);
    const { seq, time } = entry;
    if (append.info !== undefined) {
      this.groups.keepInfo(log);
      log.epoch += 1;
      log.began = hasWelcomes(change) ? seq : 0;
      this.#sql.nextEpoch.run(log.epoch, append.info, log.began, log.n);
    }
    const inboxes = change === undefined ? undefined : this.groups.apply(log, change, sender, entry);
    const appended = { outcome: "appended", seq, time, members: log.members.size } as const;
    return inboxes === undefined ? appended : { ...appended, inboxes };
  }

  groupInfo(key: LogId, epoch: number | undefined): GroupInfo | undefined {
    const row = this.#sql.groupInfo.get(key);
    if (row === null || row.info === null) return undefined;
    const { info, began } = row;
    if (epoch === undefined || epoch === row.epoch) return groupInfoOf(row.epoch, info, began);
    return this.groups.pastInfo(key, epoch);
  }

  advance(key: LogId, device: DeviceId, seq: number): { from: number; to: number; expired: number } {
    const log = this.#cache.get(key);
    const member = log?.members.get(device) ?? log?.leaving.get(device);
    if (log === undefined || member === undefined) return { from: 0, to: 0, expired: 0 };
    const from = member.cursor;
    const to = Math.max(from, Math.min(seq, member.until ?? log.head));
    if (to === member.until) this.groups.takeLeave(log, device, member);
    else if (to > from) this.#cache.moveCursor(member, to);
    return { from, to, expired: log.expired };
  }

  entries(key: LogId, after: number, limit: number, bytes: number): Entry[] {
    return this.#entries.read(key, after, limit, bytes);
  }

  memberships(device: DeviceId): Membership[] {
    this.#cache.flush();
    return this.#sql.memberships
      .all(device)
      .map(({ n, key, kind, epoch, trimmed, newest, cursor, until, expired }) => {
        const recent = this.#recent.ofLog(n).at(-1)?.entry.seq;
        const head = Math.max(recent ?? 0, newest ?? 0, trimmed);
        const membership = { log: key, kind: logKind(kind), epoch, cursor, expired };
        return until === null ? { ...membership, head } : { ...membership, head: until, until };
      });
  }

  members(key: LogId): { device: DeviceId; cursor: number }[] {
    const members = this.#cache.get(key)?.members ?? [];
    return Array.from(members, ([device, { cursor }]) => ({ device, cursor }));
  }

  waiting(device: DeviceId): number {
    this.#cache.flush();
    let count = this.#sql.waiting.get(entryKindNumber("message"), device)?.count ?? 0;
    for (const { n, cursor, until } of this.#sql.memberships.all(device)) {
      const isWaiting = ({ kind, sender, seq }: Entry): boolean =>
        kind === "message" && sender !== device && seq <= (until ?? seq);
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
      this.#cache.get(device)?.n ??
      insertLog(this.#sql, device, "inbox", 0, deviceNumber(this.#sql, device), null);
    const { trimmed } = this.#sql.log.get(log) ?? { trimmed: 0 };
    this.#sql.insertMember.run(log, trimmed, device);
    this.#cache.flush();
    this.#cache.forget(device);
    this.#kept.regroup();
  }

  /** Takes a device out of all logs, and empties its inbox. */
  leaveAll(device: DeviceId): void {
    this.#cache.flush();
    this.#blobs.forgetOf(device);
    const inbox = this.#cache.get(device);
    if (inbox !== undefined) this.#trimming.empty(inbox);
    const groups = this.groups.keysOf(device);
    this.#sql.removeMember.run(device);
    this.#cache.clear();
    this.#kept.regroup();
    for (const key of groups) this.groups.endIfLeft(this.#cache.get(key));
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
}

/** Why an entry is not taken into a log that is no group's. */
function refusal(log: LogState, { sender, epoch }: Append): Appended | undefined {
  if (!log.members.has(sender)) return { outcome: "not-member" };
  if (log.members.size < 2) return { outcome: "no-such-log" };
  return epoch === log.epoch ? undefined : { outcome: "stale-epoch", epoch: log.epoch };
}

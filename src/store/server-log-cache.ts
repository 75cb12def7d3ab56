// What is known of the logs lately used: members and cursors, and the cursors still to be written in this transaction.
// Must not know entries beyond the seq of the newest.

import type { Database } from "bun:sqlite";
import type { DeviceId, LogId } from "../domain/id.ts";
import type { GroupName, Membership } from "../ports/server-store.ts";
import { logKind } from "./server-schema.ts";

/** `log` and `device` are row numbers of theirs. */
export interface Member {
  readonly log: number;
  readonly device: number;
  cursor: number;
  unwritten: boolean;
  /** Of one who was removed: the seq of the last entry for it. */
  until: number | undefined;
}

export interface GroupState extends GroupName {
  rules: Uint8Array;
  closed: boolean;
  fold: string;
  skeleton: string;
  /** Those who have left and whose statements are kept. */
  readonly departed: Set<DeviceId>;
  /** How many people are in it, once that was asked for; it is forgotten when devices come or go. */
  size: number | undefined;
}

export interface LogState {
  readonly n: number;
  readonly key: LogId;
  readonly kind: Membership["kind"];
  epoch: number;
  /** Seq of the commit with Welcomes that began the epoch, 0 when none did. */
  began: number;
  readonly creator: DeviceId;
  /** Seq of the newest entry ever, 0 when there was none. */
  head: number;
  /** Seq of the newest entry that expired before everyone it was for had passed it. */
  expired: number;
  /** Whether the table `entry` may hold some of its entries. */
  settled: boolean;
  readonly members: Map<DeviceId, Member>;
  /** Those removed who are still to get what lies before. */
  readonly leaving: Map<DeviceId, Member>;
  /** Of a group that has not ended. */
  group: GroupState | undefined;
}

interface LogRow {
  n: number;
  kind: number;
  epoch: number;
  began: number;
  creator: DeviceId;
  trimmed: number;
  expired: number;
  newest: number | null;
}

interface MemberRow {
  key: DeviceId;
  device: number;
  cursor: number;
  until: number | null;
}

interface GroupRow {
  fold: string;
  skeleton: string;
  closed: number;
  rules: Uint8Array;
}

/** Logs in a generation; two generations are held, so that what is in use stays. */
const GENERATION = 4096;

function prepare(db: Database) {
  return {
    log: db.prepare<LogRow, [LogId]>(
      `SELECT l.n, l.kind, l.epoch, l.began, d.key AS creator, l.trimmed, l.expired,
         (SELECT max(seq) FROM entry WHERE log = l.n) AS newest
       FROM log l JOIN device d ON d.n = l.creator WHERE l.key = ?`,
    ),
    members: db.prepare<MemberRow, [number]>(
      `SELECT d.key, m.device, m.cursor, m.until FROM member m JOIN device d ON d.n = m.device WHERE m.log = ?`,
    ),
    group: db.prepare<GroupRow, [number]>(
      "SELECT fold, skeleton, closed, rules FROM group_rules WHERE log = ?",
    ),
    departed: db.prepare<{ key: DeviceId }, [number]>(
      "SELECT d.key FROM departure p JOIN device d ON d.n = p.device WHERE p.log = ?",
    ),
    moveCursor: db.prepare<null, [number, number, number]>(
      "UPDATE member SET cursor = ? WHERE log = ? AND device = ?",
    ),
  };
}

export class LogCache {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #newestRecent: (log: number) => number | undefined;
  #young = new Map<LogId, LogState>();
  #old = new Map<LogId, LogState>();
  #unwritten: Member[] = [];

  /** `newestRecent` answers the seq of a log's newest entry among the recent ones. */
  constructor(db: Database, newestRecent: (log: number) => number | undefined) {
    this.#sql = prepare(db);
    this.#newestRecent = newestRecent;
  }

  get(key: LogId): LogState | undefined {
    const hit = this.#young.get(key);
    if (hit !== undefined) return hit;
    const state = this.#old.get(key) ?? this.#load(key);
    if (state === undefined) return undefined;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, state);
    return state;
  }

  /** Moves a cursor; the row is written by `flush`, once however often it moved. */
  moveCursor(member: Member, cursor: number): void {
    member.cursor = cursor;
    if (member.unwritten) return;
    member.unwritten = true;
    this.#unwritten.push(member);
  }

  /** Writes the moved cursors: before a commit, and before SQL reads cursors. */
  flush(): void {
    for (const member of this.#unwritten) {
      this.#sql.moveCursor.run(member.cursor, member.log, member.device);
      member.unwritten = false;
    }
    this.#unwritten = [];
  }

  /** Forgets one log, whose moved cursors have been written. */
  forget(key: LogId): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Forgets everything, unwritten cursors too. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#unwritten = [];
  }

  #load(key: LogId): LogState | undefined {
    this.flush();
    const row = this.#sql.log.get(key);
    if (row === null) return undefined;
    const members = new Map<DeviceId, Member>();
    const leaving = new Map<DeviceId, Member>();
    for (const { key: device, device: n, cursor, until } of this.#sql.members.all(row.n)) {
      const member = { log: row.n, device: n, cursor, unwritten: false, until: until ?? undefined };
      (until === null ? members : leaving).set(device, member);
    }
    const kind = logKind(row.kind);
    return {
      n: row.n,
      key,
      kind,
      epoch: row.epoch,
      began: row.began,
      creator: row.creator,
      head: Math.max(this.#newestRecent(row.n) ?? 0, row.newest ?? 0, row.trimmed),
      expired: row.expired,
      settled: row.newest !== null,
      members,
      leaving,
      group: kind === "group" ? this.#loadGroup(row.n) : undefined,
    };
  }

  #loadGroup(log: number): GroupState | undefined {
    const row = this.#sql.group.get(log);
    if (row === null) return undefined;
    const { fold, skeleton, closed, rules } = row;
    const departed = new Set(this.#sql.departed.all(log).map(({ key }) => key));
    return { fold, skeleton, closed: closed === 1, rules, departed, size: undefined };
  }
}

/**
 * The seq up to which all have come for whom there is anything: one who was removed counts until what was for it has
 * expired. Without any, all.
 */
export function passedByAll(log: LogState | undefined): number {
  let least = Number.POSITIVE_INFINITY;
  if (log === undefined) return least;
  for (const { cursor } of log.members.values()) least = Math.min(least, cursor);
  for (const { cursor, until = 0 } of log.leaving.values())
    if (until > log.expired) least = Math.min(least, cursor);
  return least;
}

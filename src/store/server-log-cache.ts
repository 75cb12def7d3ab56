// What is known of the logs lately used: members and cursors, and the cursors still to be written in this transaction.
// Must not know entries beyond the seq of the newest.

import type { Database } from "bun:sqlite";
import type { DeviceId, LogId } from "../domain/id.ts";

/** `log` and `device` are row numbers of theirs. */
export interface Member {
  readonly log: number;
  readonly device: number;
  cursor: number;
  unwritten: boolean;
}

export interface LogState {
  readonly n: number;
  readonly key: LogId;
  epoch: number;
  readonly creator: DeviceId;
  /** Seq of the newest entry ever, 0 when there was none. */
  head: number;
  /** Seq of the newest entry that expired before everyone it was for had passed it. */
  expired: number;
  /** Whether the table `entry` may hold some of its entries. */
  settled: boolean;
  readonly members: ReadonlyMap<DeviceId, Member>;
}

interface LogRow {
  n: number;
  epoch: number;
  creator: DeviceId;
  trimmed: number;
  expired: number;
  newest: number | null;
}

interface MemberRow {
  key: DeviceId;
  device: number;
  cursor: number;
}

/** Logs in a generation; two generations are held, so that what is in use stays. */
const GENERATION = 4096;

function prepare(db: Database) {
  return {
    log: db.prepare<LogRow, [LogId]>(
      `SELECT l.n, l.epoch, d.key AS creator, l.trimmed, l.expired,
         (SELECT max(seq) FROM entry WHERE log = l.n) AS newest
       FROM log l JOIN device d ON d.n = l.creator WHERE l.key = ?`,
    ),
    members: db.prepare<MemberRow, [number]>(
      `SELECT d.key, m.device, m.cursor FROM member m JOIN device d ON d.n = m.device WHERE m.log = ?`,
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
    for (const { key: device, device: n, cursor } of this.#sql.members.all(row.n)) {
      members.set(device, { log: row.n, device: n, cursor, unwritten: false });
    }
    return {
      n: row.n,
      key,
      epoch: row.epoch,
      creator: row.creator,
      head: Math.max(this.#newestRecent(row.n) ?? 0, row.newest ?? 0, row.trimmed),
      expired: row.expired,
      settled: row.newest !== null,
      members,
    };
  }
}

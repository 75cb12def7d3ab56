// The prepared statements of logs, entries and members.
// Must not know what they are used for together.

import type { Database } from "bun:sqlite";
import type { DeviceId, LogId, MessageId } from "../domain/id.ts";
import type { Membership } from "../ports/server-store.ts";
import { logKindNumber } from "./server-schema.ts";

interface EntryRow {
  seq: number;
  id: MessageId;
  sender: DeviceId;
  kind: number;
  epoch: number;
  time: number;
  body: Uint8Array;
}

interface MembershipRow {
  n: number;
  key: LogId;
  kind: number;
  epoch: number;
  trimmed: number;
  expired: number;
  newest: number | null;
  cursor: number;
  until: number | null;
}

/**
 * `oldest` and `newest`: seqs in `entry`. `passed`: the least cursor of those for whom there is anything, null without
 * any.
 */
interface TrimRow {
  n: number;
  oldest: number | null;
  newest: number | null;
  passed: number | null;
}

/** `time`: when the oldest was accepted. */
interface AgeRow {
  n: number;
  key: LogId;
  oldest: number | null;
  newest: number | null;
  time: number | null;
}

/** What a sender (a row number) has in a table. */
export interface HeldRow {
  sender: number;
  entries: number;
  bytes: number;
}

type EntryValues = [number, number, number, MessageId, number, number, number, Uint8Array];

/** The statements, compiled once. Arguments are in the order of their question marks. */
export function prepareLogs(db: Database) {
  return {
    device: db.prepare<{ n: number }, [DeviceId]>("SELECT n FROM device WHERE key = ?"),
    insertDevice: db.prepare<null, [DeviceId]>("INSERT OR IGNORE INTO device (key) VALUES (?)"),
    log: db.prepare<{ trimmed: number }, [number]>("SELECT trimmed FROM log WHERE n = ?"),
    insertLog: db.prepare<null, [LogId, number, number, number, Uint8Array | null]>(
      "INSERT INTO log (key, kind, epoch, creator, info) VALUES (?, ?, ?, ?, ?)",
    ),
    groupInfo: db.prepare<{ epoch: number; info: Uint8Array | null; began: number }, [LogId]>(
      "SELECT epoch, info, began FROM log WHERE key = ?",
    ),
    nextEpoch: db.prepare<null, [number, Uint8Array, number, number]>(
      "UPDATE log SET epoch = ?, info = ?, began = ? WHERE n = ?",
    ),
    trimmed: db.prepare<null, [number, number]>("UPDATE log SET trimmed = max(trimmed, ?) WHERE n = ?"),
    insertMember: db.prepare<null, [number, number, DeviceId]>(
      `INSERT OR IGNORE INTO member (log, device, cursor)
       SELECT ?, n, ? FROM device WHERE key = ? AND account IS NOT NULL`,
    ),
    removeMember: db.prepare<null, [DeviceId]>(
      "DELETE FROM member WHERE device = (SELECT n FROM device WHERE key = ?)",
    ),
    removeMembers: db.prepare<null, [number]>("DELETE FROM member WHERE log = ?"),
    reopen: db.prepare<null, [number, number, Uint8Array, number]>(
      "UPDATE log SET epoch = ?, creator = ?, info = ? WHERE n = ?",
    ),
    memberships: db.prepare<MembershipRow, [DeviceId]>(
      `SELECT l.n, l.key, l.kind, l.epoch, l.trimmed, l.expired, m.cursor, m.until,
         (SELECT max(seq) FROM entry WHERE log = l.n) AS newest
       FROM member m JOIN log l ON l.n = m.log
       WHERE m.device = (SELECT n FROM device WHERE key = ?) ORDER BY l.kind, l.n`,
    ),
    insertEntry: db.prepare<null, EntryValues>(
      `INSERT INTO entry (log, seq, sender, id, kind, epoch, time, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    find: db.prepare<{ seq: number; time: number }, [number, number, MessageId]>(
      "SELECT seq, time FROM entry WHERE log = ? AND sender = ? AND id = ?",
    ),
    entries: db.prepare<EntryRow, [number, number, number]>(
      `SELECT e.seq, e.id, d.key AS sender, e.kind, e.epoch, e.time, e.body
       FROM entry e JOIN device d ON d.n = e.sender WHERE e.log = ? AND e.seq > ? ORDER BY e.seq LIMIT ?`,
    ),
    waiting: db.prepare<{ count: number }, [number, DeviceId]>(
      `SELECT count(*) AS count
       FROM device d JOIN member m ON m.device = d.n JOIN entry e ON e.log = m.log AND e.seq > m.cursor
       WHERE e.kind = ? AND e.sender <> d.n AND d.key = ? AND (m.until IS NULL OR m.until >= e.seq)`,
    ),
    slice: db.prepare<TrimRow, [number, number]>(
      `SELECT n, (SELECT min(seq) FROM entry WHERE log = l.n) AS oldest,
         (SELECT max(seq) FROM entry WHERE log = l.n) AS newest,
         (SELECT min(cursor) FROM member WHERE log = l.n AND (until IS NULL OR until > l.expired)) AS passed
       FROM log l WHERE n > ? ORDER BY n LIMIT ?`,
    ),
    ages: db.prepare<AgeRow, [number, number]>(
      `SELECT n, key, (SELECT min(seq) FROM entry WHERE log = l.n) AS oldest,
         (SELECT max(seq) FROM entry WHERE log = l.n) AS newest,
         (SELECT time FROM entry WHERE log = l.n ORDER BY seq LIMIT 1) AS time
       FROM log l WHERE n > ? ORDER BY n LIMIT ?`,
    ),
    ends: db.prepare<{ oldest: number | null; newest: number | null }, [number, number]>(
      `SELECT (SELECT min(seq) FROM entry WHERE log = ?) AS oldest,
         (SELECT max(seq) FROM entry WHERE log = ?) AS newest`,
    ),
    firstSince: db.prepare<{ seq: number }, [number, number]>(
      "SELECT seq FROM entry WHERE log = ? AND time >= ? ORDER BY seq LIMIT 1",
    ),
    lastMissed: db.prepare<{ seq: number | null }, [number, number]>(
      `SELECT max(e.seq) AS seq FROM entry e WHERE e.log = ? AND e.seq <= ? AND EXISTS
         (SELECT 1 FROM member m WHERE m.log = e.log AND m.device <> e.sender AND m.cursor < e.seq
            AND (m.until IS NULL OR m.until >= e.seq))`,
    ),
    expired: db.prepare<null, [number, number]>("UPDATE log SET expired = max(expired, ?) WHERE n = ?"),
    siblings: db.prepare<{ n: number }, [number]>(
      "SELECT n FROM device WHERE account = (SELECT account FROM device WHERE n = ?)",
    ),
    heldInEntry: db.prepare<HeldRow, []>(
      "SELECT sender, count(*) AS entries, sum(length(body)) AS bytes FROM entry GROUP BY sender",
    ),
    heldUpTo: db.prepare<HeldRow, [number, number]>(
      `SELECT sender, count(*) AS entries, sum(length(body)) AS bytes FROM entry
       WHERE log = ? AND seq <= ? GROUP BY sender`,
    ),
    remove: db.prepare<null, [number, number]>("DELETE FROM entry WHERE log = ? AND seq <= ?"),
    removeInfos: db.prepare<null, [number, number]>("DELETE FROM past_info WHERE log = ? AND began <= ?"),
  };
}

export type LogStatements = ReturnType<typeof prepareLogs>;

/** Inserts a log and answers its row number. */
export function insertLog(
  sql: LogStatements,
  key: LogId,
  kind: Membership["kind"],
  epoch: number,
  creator: number,
  info: Uint8Array | null,
): number {
  return Number(sql.insertLog.run(key, logKindNumber(kind), epoch, creator, info).lastInsertRowid);
}

/** The row number of a device, which need not be registered. */
export function deviceNumber(sql: LogStatements, key: DeviceId): number {
  sql.insertDevice.run(key);
  const row = sql.device.get(key);
  if (row === null) throw new Error("a device that was just inserted is not there");
  return row.n;
}

// The prepared statements of groups: names and rules, departures, former GroupInfos, who is in.
// Must not know what they are used for together.

import type { Database } from "bun:sqlite";
import type { DeviceId, LogId } from "../domain/id.ts";
import { NEEDED } from "./server-blob-steps.ts";

/** The statements, compiled once. Arguments are in the order of their question marks. */
export function prepareGroups(db: Database) {
  return {
    insert: db.prepare<null, [number, string, string, Uint8Array]>(
      "INSERT INTO group_rules (log, fold, skeleton, closed, rules) VALUES (?, ?, ?, 0, ?)",
    ),
    setRules: db.prepare<null, [string, string, number, Uint8Array, number]>(
      "UPDATE group_rules SET fold = ?, skeleton = ?, closed = ?, rules = ? WHERE log = ?",
    ),
    removeRules: db.prepare<null, [number]>("DELETE FROM group_rules WHERE log = ?"),
    ofFold: db.prepare<{ log: number; key: LogId }, [string]>(
      "SELECT g.log, l.key FROM group_rules g JOIN log l ON l.n = g.log WHERE g.fold = ? AND g.closed = 0",
    ),
    ofSkeleton: db.prepare<{ log: number }, [string]>(
      "SELECT log FROM group_rules WHERE skeleton = ? AND closed = 0",
    ),
    afterFold: db.prepare<{ key: LogId }, [string, number]>(
      `SELECT l.key FROM group_rules g JOIN log l ON l.n = g.log
       WHERE g.fold > ? AND g.closed = 0 ORDER BY g.fold LIMIT ?`,
    ),
    ofDevice: db.prepare<{ key: LogId }, [DeviceId]>(
      `SELECT l.key FROM device d JOIN member m ON m.device = d.n
       JOIN group_rules g ON g.log = m.log JOIN log l ON l.n = m.log WHERE d.key = ?`,
    ),
    registered: db.prepare<{ n: number }, [DeviceId]>(
      "SELECT n FROM device WHERE key = ? AND account IS NOT NULL",
    ),
    // A group has few members beside all the accounts there are: they come first.
    people: db.prepare<{ name: string; fold: string; role: number }, [number, string, number]>(
      `SELECT DISTINCT a.name, a.fold, a.role FROM member m CROSS JOIN device d ON d.n = m.device
       CROSS JOIN account a ON a.n = d.account
       WHERE m.log = ? AND m.until IS NULL AND a.fold > ? ORDER BY a.fold LIMIT ?`,
    ),
    size: db.prepare<{ size: number }, [number]>(
      `SELECT count(DISTINCT d.account) AS size FROM member m JOIN device d ON d.n = m.device
       WHERE m.log = ? AND m.until IS NULL`,
    ),
    putMember: db.prepare<null, [number, number, number]>(
      `INSERT INTO member (log, device, cursor) VALUES (?, ?, ?)
       ON CONFLICT (log, device) DO UPDATE SET cursor = excluded.cursor, until = NULL`,
    ),
    releaseBlobs: db.prepare<null, [number, number]>(
      `DELETE FROM blob_device WHERE device = ?2 AND state = ${NEEDED}
         AND blob IN (SELECT n FROM blob WHERE log = ?1)`,
    ),
    setUntil: db.prepare<null, [number, number, number]>(
      "UPDATE member SET until = ? WHERE log = ? AND device = ?",
    ),
    removeMember: db.prepare<null, [number, number]>("DELETE FROM member WHERE log = ? AND device = ?"),
    putDeparture: db.prepare<null, [number, number, Uint8Array]>(
      "INSERT OR REPLACE INTO departure (log, device, statement) VALUES (?, ?, ?)",
    ),
    departures: db.prepare<{ device: DeviceId; statement: Uint8Array }, [LogId]>(
      `SELECT d.key AS device, p.statement FROM log l JOIN departure p ON p.log = l.n
       JOIN device d ON d.n = p.device WHERE l.key = ?`,
    ),
    removeDeparture: db.prepare<null, [number, DeviceId]>(
      "DELETE FROM departure WHERE log = ? AND device = (SELECT n FROM device WHERE key = ?)",
    ),
    removeDepartures: db.prepare<null, [number]>("DELETE FROM departure WHERE log = ?"),
    keepInfo: db.prepare<null, [number]>(
      "INSERT INTO past_info (log, epoch, began, info) SELECT n, epoch, began, info FROM log WHERE n = ?",
    ),
    pastInfo: db.prepare<{ epoch: number; info: Uint8Array; began: number }, [LogId, number]>(
      "SELECT p.epoch, p.info, p.began FROM log l JOIN past_info p ON p.log = l.n WHERE l.key = ? AND p.epoch = ?",
    ),
    removeInfos: db.prepare<null, [number]>("DELETE FROM past_info WHERE log = ?"),
    forgetInfo: db.prepare<null, [number]>("UPDATE log SET info = NULL WHERE n = ?"),
  };
}

// Whose blobs are, in SQLite: for whom, how large, and who has said what. Every method is one step inside its tick's
// transaction. Must not know the chunks.

import type { Database } from "bun:sqlite";
import type { BlobId, DeviceId, LogId } from "../domain/id.ts";
import type { BlobBeginning, BlobBegun, BlobGone, BlobLimits, BlobRecord } from "../ports/blobs.ts";
import { type Answered, type BlobSteps, DECLINED, GOT, NEEDED } from "./server-blob-steps.ts";
import { logKindNumber } from "./server-schema.ts";

interface BlobRow {
  n: number;
  key: BlobId;
  log: LogId;
  sender: DeviceId;
  size: number;
  time: number;
  told: number;
  freed: number;
}

interface TakersRow {
  devices: number;
  got: number;
  declined: number;
}

function prepare(db: Database) {
  const blobs = `SELECT b.n, b.key, l.key AS log, s.key AS sender, b.size, b.time, b.told, b.freed
    FROM blob b JOIN log l ON l.n = b.log JOIN device s ON s.n = b.sender`;
  /** Somebody who is still in the log has not said anything. */
  const isNeeded = `EXISTS (SELECT 1 FROM blob_device d JOIN member m ON m.log = b.log AND m.device = d.device
    WHERE m.until IS NULL AND d.blob = b.n AND d.state = ${NEEDED})`;
  return {
    byKey: db.prepare<BlobRow, [BlobId]>(`${blobs} WHERE b.key = ?`),
    visible: db.prepare<BlobRow, [BlobId, DeviceId]>(
      `${blobs} JOIN device d ON d.key = ?2 WHERE b.key = ?1 AND (s.n = d.n OR s.account = d.account
         OR EXISTS (SELECT 1 FROM member m WHERE m.log = b.log AND m.device = d.n AND m.until IS NULL))`,
    ),
    place: db.prepare<{ log: number; device: number }, [LogId, DeviceId, number]>(
      `SELECT l.n AS log, d.n AS device FROM member m JOIN log l ON l.n = m.log JOIN device d ON d.n = m.device
       WHERE m.until IS NULL AND l.key = ? AND d.key = ? AND l.kind <> ?`,
    ),
    insert: db.prepare<null, [BlobId, number, number, number, number]>(
      "INSERT INTO blob (key, log, sender, size, time) VALUES (?, ?, ?, ?, ?)",
    ),
    inAll: db.prepare<{ bytes: number }, []>(
      "SELECT coalesce(sum(size), 0) AS bytes FROM blob WHERE freed = 0",
    ),
    ofOne: db.prepare<{ blobs: number; bytes: number }, [number]>(
      `SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes FROM blob WHERE freed = 0 AND sender IN
         (SELECT n FROM device WHERE account = (SELECT account FROM device WHERE n = ?))`,
    ),
    takers: db.prepare<TakersRow, [number]>(
      `SELECT count(*) AS devices, count(*) FILTER (WHERE state = ${GOT}) AS got,
         count(*) FILTER (WHERE state = ${DECLINED}) AS declined FROM blob_device WHERE blob = ?`,
    ),
    tell: db.prepare<null, [number]>("UPDATE blob SET told = 1 WHERE n = ?"),
    need: db.prepare<null, [number]>(
      `INSERT OR IGNORE INTO blob_device (blob, device, state) SELECT b.n, m.device, ${NEEDED}
       FROM blob b JOIN member m ON m.log = b.log AND m.device <> b.sender AND m.until IS NULL WHERE b.n = ?`,
    ),
    state: db.prepare<{ state: number }, [number, DeviceId]>(
      "SELECT state FROM blob_device WHERE blob = ? AND device = (SELECT n FROM device WHERE key = ?)",
    ),
    settle: db.prepare<null, [number, number, DeviceId]>(
      `UPDATE blob_device SET state = ? WHERE blob = ? AND device = (SELECT n FROM device WHERE key = ?)`,
    ),
    freeUnneeded: db.prepare<null, [number]>(
      `UPDATE blob AS b SET freed = 1 WHERE n = ? AND told = 1 AND NOT ${isNeeded}`,
    ),
    unneeded: db.prepare<{ n: number; key: BlobId }, []>(
      `SELECT n, key FROM blob AS b WHERE freed = 0 AND told = 1 AND NOT ${isNeeded}`,
    ),
    old: db.prepare<BlobRow, [number, number]>(`${blobs} WHERE b.time < ? OR (b.told = 0 AND b.time < ?)`),
    awaiting: db.prepare<{ key: DeviceId }, [number]>(
      `SELECT v.key FROM blob_device d JOIN device v ON v.n = d.device WHERE d.blob = ? AND d.state = ${NEEDED}`,
    ),
    remove: db.prepare<null, [number]>("DELETE FROM blob WHERE n = ?"),
    removeDevices: db.prepare<null, [number]>("DELETE FROM blob_device WHERE blob = ?"),
    bySender: db.prepare<{ n: number }, [DeviceId]>(
      "SELECT n FROM blob WHERE sender = (SELECT n FROM device WHERE key = ?)",
    ),
  };
}

export class ServerBlobs implements BlobSteps {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  begin(beginning: BlobBeginning, limits: BlobLimits): BlobBegun {
    const { blob, log, sender, size, time } = beginning;
    const there = this.#sql.byKey.get(blob);
    if (there !== null) {
      if (there.log !== log || there.sender !== sender || there.size !== size) return "taken";
      return there.freed === 1 ? "freed" : "known";
    }
    const place = this.#sql.place.get(log, sender, logKindNumber("inbox"));
    if (place === null) return "not-member";
    const { blobs = 0, bytes = 0 } = this.#sql.ofOne.get(place.device) ?? {};
    if (blobs >= limits.ofOne.entries || bytes + size > limits.ofOne.bytes) return "quota";
    if ((this.#sql.inAll.get()?.bytes ?? 0) + size > limits.inAll) return "no-room";
    this.#sql.insert.run(blob, place.log, place.device, size, time);
    return "begun";
  }

  find(blob: BlobId, device: DeviceId): BlobRecord | undefined {
    const row = this.#sql.visible.get(blob, device);
    return row === null ? undefined : this.#record(row);
  }

  settle(blob: BlobId, device: DeviceId, declined: boolean): Answered<"settle"> {
    const row = this.#sql.byKey.get(blob);
    const state = row === null ? undefined : this.#sql.state.get(row.n, device)?.state;
    if (row === null || state === undefined) return undefined;
    const changed = state === NEEDED;
    if (changed) {
      this.#sql.settle.run(declined ? DECLINED : GOT, row.n, device);
      this.#sql.freeUnneeded.run(row.n);
    }
    return { record: this.#record(this.#sql.byKey.get(blob) ?? row), changed };
  }

  cancel(blob: BlobId, sender: DeviceId): BlobGone | undefined {
    const row = this.#sql.byKey.get(blob);
    return row === null || row.sender !== sender ? undefined : this.#forget(row);
  }

  tidy(before: number, untold: number): Answered<"tidy"> {
    const gone = this.#sql.old.all(before, untold).flatMap((row) => {
      const one = this.#forget(row);
      return row.freed === 1 ? [] : [one];
    });
    const freed = this.#sql.unneeded.all().map(({ n, key }) => {
      this.#sql.freeUnneeded.run(n);
      return key;
    });
    return { freed, gone };
  }

  strays(blobs: readonly BlobId[]): BlobId[] {
    return blobs.filter((blob) => this.#sql.byKey.get(blob)?.freed !== 0);
  }

  tellable(blob: BlobId, log: LogId, sender: DeviceId): boolean {
    const row = this.#sql.byKey.get(blob);
    return row !== null && row.log === log && row.sender === sender && row.freed === 0;
  }

  tell(blob: BlobId): void {
    const { n } = this.#sql.byKey.get(blob) ?? {};
    if (n === undefined) throw new Error("a message tells of a blob that is not there");
    this.#sql.tell.run(n);
    this.#sql.need.run(n);
  }

  forgetOf(sender: DeviceId): void {
    for (const { n } of this.#sql.bySender.all(sender)) this.#remove(n);
  }

  #forget({ n, key, sender }: BlobRow): BlobGone {
    const devices = [sender, ...this.#sql.awaiting.all(n).map(({ key }) => key)];
    this.#remove(n);
    return { blob: key, devices };
  }

  #remove(n: number): void {
    this.#sql.removeDevices.run(n);
    this.#sql.remove.run(n);
  }

  #record({ n, key, log, sender, size, time, told, freed }: BlobRow): BlobRecord {
    const { devices: of = 0, got = 0, declined = 0 } = this.#sql.takers.get(n) ?? {};
    return { blob: key, log, sender, size, time, told: told === 1, freed: freed === 1, of, got, declined };
  }
}

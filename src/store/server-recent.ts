// The newest entries of all logs: the table `recent`, and the same rows in memory, where they are found by log and id.
// Must not know cursors, nor the table the older entries lie in.

import type { Database } from "bun:sqlite";
import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId, MessageId } from "../domain/id.ts";
import { entryKind, entryKindNumber } from "./server-schema.ts";

/** A row of `recent`; `log` and `sender` are row numbers of theirs. */
export interface RecentRow {
  readonly n: number;
  readonly log: number;
  readonly sender: number;
  readonly entry: Entry;
}

interface StoredRow {
  n: number;
  log: number;
  log_key: LogId;
  seq: number;
  sender: number;
  sender_key: DeviceId;
  id: MessageId;
  kind: number;
  epoch: number;
  time: number;
  body: Uint8Array;
}

/** What a row costs in memory besides its body, roughly. */
const ROW_BYTES = 256;

function prepare(db: Database) {
  return {
    all: db.prepare<StoredRow, []>(
      `SELECT r.n, r.log, l.key AS log_key, r.seq, r.sender, d.key AS sender_key, r.id, r.kind, r.epoch, r.time, r.body
       FROM recent r JOIN log l ON l.n = r.log JOIN device d ON d.n = r.sender ORDER BY r.n`,
    ),
    insert: db.prepare<null, [number, number, number, number, string, number, number, number, Uint8Array]>(
      `INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    remove: db.prepare<null, [number, number]>("DELETE FROM recent WHERE n BETWEEN ? AND ?"),
  };
}

export class RecentEntries {
  readonly #sql: ReturnType<typeof prepare>;
  #rows: RecentRow[] = [];
  #bytes = 0;
  #byLog = new Map<number, RecentRow[]>();
  #byId = new Map<MessageId, RecentRow>();
  /** Those whose id another row has already, by `fullKey`: ids are random, so there are none unless somebody wants it. */
  #namesakes = new Map<string, RecentRow>();

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  /** In the order of arrival. */
  get rows(): readonly RecentRow[] {
    return this.#rows;
  }

  /** About how much memory the rows take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the rows from the table: at the start, and when what is in memory may no longer be true. */
  load(): void {
    this.#become(
      this.#sql.all.all().map((row) => ({
        n: row.n,
        log: row.log,
        sender: row.sender,
        entry: {
          log: row.log_key,
          seq: row.seq,
          id: row.id,
          sender: row.sender_key,
          kind: entryKind(row.kind),
          epoch: row.epoch,
          time: row.time,
          body: row.body,
        },
      })),
    );
  }

  /** Adds the newest entry of a log. */
  add(log: number, sender: number, entry: Entry): void {
    const n = (this.#rows.at(-1)?.n ?? 0) + 1;
    const kind = entryKindNumber(entry.kind);
    this.#sql.insert.run(n, log, entry.seq, sender, entry.id, kind, entry.epoch, entry.time, entry.body);
    this.#keep({ n, log, sender, entry });
  }

  /** A log's rows in order; their seqs have no gaps. */
  ofLog(log: number): readonly RecentRow[] {
    return this.#byLog.get(log) ?? [];
  }

  /** A log's rows beyond `seq`, in order. */
  after(log: number, seq: number): readonly RecentRow[] {
    const rows = this.ofLog(log);
    const first = rows[0]?.entry.seq;
    return first === undefined ? rows : rows.slice(Math.max(0, seq + 1 - first));
  }

  find(log: number, sender: number, id: MessageId): Entry | undefined {
    const row = this.#byId.get(id);
    if (row === undefined || (row.log === log && row.sender === sender)) return row?.entry;
    return this.#namesakes.get(fullKey(log, sender, id))?.entry;
  }

  /** Takes out those for which `leaves` says so, from the table too. */
  remove(leaves: (row: RecentRow) => boolean): void {
    const staying: RecentRow[] = [];
    // Rows that leave mostly lie side by side: one DELETE for each such run.
    let from: number | undefined;
    let to = 0;
    const removeRun = (): void => {
      if (from !== undefined) this.#sql.remove.run(from, to);
      from = undefined;
    };
    for (const row of this.#rows) {
      if (leaves(row)) {
        from ??= row.n;
        to = row.n;
      } else {
        removeRun();
        staying.push(row);
      }
    }
    removeRun();
    this.#become(staying);
  }

  #become(rows: readonly RecentRow[]): void {
    this.#rows = [];
    this.#bytes = 0;
    this.#byLog = new Map();
    this.#byId = new Map();
    this.#namesakes = new Map();
    for (const row of rows) this.#keep(row);
  }

  #keep(row: RecentRow): void {
    this.#rows.push(row);
    this.#bytes += row.entry.body.byteLength + ROW_BYTES;
    const { id } = row.entry;
    if (this.#byId.has(id)) this.#namesakes.set(fullKey(row.log, row.sender, id), row);
    else this.#byId.set(id, row);
    const rows = this.#byLog.get(row.log);
    if (rows === undefined) this.#byLog.set(row.log, [row]);
    else rows.push(row);
  }
}

function fullKey(log: number, sender: number, id: MessageId): string {
  return `${log} ${sender} ${id}`;
}

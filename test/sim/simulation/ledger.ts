// What was said in a simulation, and what lies on its disks; and whether each write there keeps to what was promised.
// Must not know how anything comes to happen.

import type { ClientEvent } from "../../../src/client/events.ts";
import { directLog, LOG_ID_BYTES } from "../../../src/domain/direct-log.ts";
import { encodeId, type LogId } from "../../../src/domain/id.ts";
import type { VaultWrite } from "../../../src/ports.ts";
import type { DurableMemory } from "../../../src/store/server-memory.ts";
import type { VaultDisk } from "../../../src/store/vault-memory.ts";
import { GroupLedger, type Reader } from "./group-ledger.ts";
import { inLog, type Row, type Said, type Violate } from "./said.ts";
import { ShownLedger } from "./shown-ledger.ts";
import { linesOf } from "./vault-records.ts";

export interface Party extends Reader {
  readonly identity: Uint8Array;
  readonly disk: VaultDisk;
}

interface Known {
  readonly group: boolean;
  readonly ids: string[];
  readonly all: Set<string>;
  readonly invitations: { readonly seq: number; readonly to: LogId }[];
  readonly cursors: Map<string, number>;
}

export class Ledger {
  /** In every text, and nowhere else. */
  readonly marker: string;
  readonly said: Said[] = [];
  readonly groups: GroupLedger;
  readonly #byId = new Map<string, Said>();
  /** The conversations that were ever on somebody's disk. */
  readonly #held = new Map<string, Set<LogId>>();
  readonly #byText = new Map<string, Said>();
  readonly #durable: DurableMemory;
  readonly #violate: Violate;
  readonly #parties = new Map<string, Party>();
  readonly #devices = new Map<string, Party>();
  readonly #pairs = new Map<LogId, [string, string]>();
  /** What every log ever held; of an inbox, the logs it invites to. */
  readonly #logs = new Map<LogId, Known>();
  readonly #rows = new Map<string, Row[]>();
  readonly #shown: ShownLedger;

  constructor(durable: DurableMemory, marker: string, violate: Violate) {
    this.#durable = durable;
    this.marker = marker;
    this.#violate = violate;
    this.groups = new GroupLedger(violate);
    this.#shown = new ShownLedger(this, violate);
  }

  /** Somebody has their keys. */
  joins(party: Party): void {
    for (const other of this.#parties.values())
      this.#pairs.set(directLog(party.identity, other.identity), [party.name, other.name]);
    this.#parties.set(party.name, party);
    this.#devices.set(party.device, party);
  }

  asks(from: string, to: string, size: number, last: boolean): Said {
    return this.#asks(from, to, ".".repeat(size), last, undefined);
  }

  /** The text of what tells of a file is its name. */
  asksFile(from: string, to: string, size: number): Said {
    return this.#asks(from, to, "file", false, size);
  }

  #asks(from: string, to: string, end: string, last: boolean, file: number | undefined): Said {
    const n = this.said.length;
    const text = `${this.marker} ${n} ${from} to ${to} ${end}`;
    const said: Said = {
      n,
      from,
      to,
      text,
      known: this.#durable.accounts.has(to),
      last,
      file,
      log: undefined,
      id: undefined,
      outcome: "unknown",
    };
    this.said.push(said);
    this.#byText.set(text, said);
    return said;
  }

  saidOf(text: string): Said | undefined {
    return this.#byText.get(text);
  }

  saidAs(id: string): Said | undefined {
    return this.#byId.get(id);
  }

  partyOf(name: string): Party | undefined {
    return this.#parties.get(name);
  }

  /** The lines of `person`'s conversation with `other`. */
  rows(person: string, other: string): Row[] {
    const key = `${person}>${other}`;
    const rows = this.#rows.get(key) ?? [];
    this.#rows.set(key, rows);
    return rows;
  }

  /** Somebody's disk is as it was once. */
  putBack(person: string, disk: VaultDisk): void {
    for (const key of this.#rows.keys()) if (key.startsWith(`${person}>`)) this.#rows.delete(key);
    for (const key of disk.conversations.keys()) this.rows(person, key).push(...linesOf(disk, key));
  }

  /** The ids that the log of two people ever held, in order. */
  entries(one: string, other: string): readonly string[] {
    const [a, b] = [this.#parties.get(one), this.#parties.get(other)];
    return a === undefined || b === undefined
      ? []
      : (this.#logs.get(directLog(a.identity, b.identity))?.ids ?? []);
  }

  /** Whether the server's disk holds, or held, this entry. */
  isStored(log: LogId, id: string): boolean {
    return this.#logs.get(log)?.all.has(id) ?? false;
  }

  /** How far this device's disk has come in a log. */
  reached(device: string, log: LogId): number {
    const party = this.#devices.get(device);
    if (party === undefined) return 0;
    const known = this.#logs.get(log);
    if (log === device) {
      const held = this.#held.get(party.name);
      const missing = known?.invitations.find(({ to }) => !held?.has(to) && !this.groups.wasClosed(to));
      return missing === undefined ? (known?.ids.length ?? 0) : missing.seq - 1;
    }
    // Who has left has nothing to wait for.
    if (party.disk.records.get("seen")?.has(`left ${log}`) === true) return Number.POSITIVE_INFINITY;
    if (known?.group === true) return this.groups.reached(log, party);
    const pair = this.#pairs.get(log);
    const other = pair?.find((name) => name !== party.name);
    return other === undefined ? 0 : this.rows(party.name, other).filter(inLog).length;
  }

  /** A transaction of somebody's vault is on the disk. */
  wrote(name: string, writes: readonly VaultWrite[]): void {
    for (const write of writes) {
      if ("put" in write) this.#put(name, write.put, write.key, write.value);
      if (!("history" in write)) continue;
      const row: Row = JSON.parse(Buffer.from(write.value).toString());
      const rows = this.rows(name, write.history);
      const before = rows[write.position - 1];
      if (before === undefined) this.#shown.added(name, write.history, write.position, row, rows);
      else this.#shown.changed(name, write.history, row, before);
      rows[write.position - 1] = row;
    }
  }

  /** A transaction of the server's store is on the disk. */
  stored(): void {
    for (const [log, held] of this.#durable.logs) {
      const { kind, head, entries, cursors, leaving } = held;
      const group = kind === "group";
      const known: Known = this.#logs.get(log) ?? {
        group,
        ids: [],
        all: new Set(),
        invitations: [],
        cursors: new Map(),
      };
      this.#logs.set(log, known);
      for (const entry of head > known.ids.length ? entries : []) {
        if (entry.seq <= known.ids.length) continue;
        if (entry.seq !== known.ids.length + 1) this.#violate("a log has no gaps", `${log} ${entry.seq}`);
        if (known.all.has(entry.id)) this.#violate("a log holds each message once", `${log} ${entry.id}`);
        if (this.#isPlain(entry.body)) this.#violate("nothing is stored in the clear", `${log} ${entry.seq}`);
        // Nobody's keys are lost here, so that nobody has a reason to come back into a conversation.
        if (entry.kind === "commit" && !group)
          this.#violate("nobody loses a conversation", `${log} ${entry.seq}`);
        if (entry.kind === "welcome")
          known.invitations.push({ seq: entry.seq, to: encodeId(entry.body.subarray(0, LOG_ID_BYTES)) });
        known.ids.push(entry.id);
        known.all.add(entry.id);
      }
      if (group) this.groups.stored(log, held);
      for (const [device, cursor] of cursors) this.#moved(known, log, device, cursor);
      for (const [device, { cursor }] of leaving) this.#moved(known, log, device, cursor);
    }
  }

  /** How far a device has come by the server's disk; of one that has left, how far it came. */
  cursorOf(log: LogId, device: string): number {
    const known = this.#logs.get(log);
    return Math.max(
      known?.cursors.get(device) ?? 0,
      known?.group === true ? this.groups.endedAt(log, device) : 0,
    );
  }

  #moved({ cursors, group }: Known, log: LogId, device: string, cursor: number): void {
    if (cursors.get(device) === cursor) return;
    cursors.set(device, cursor);
    const begins = group && cursor < this.groups.admittedAt(log, device);
    if (!begins && cursor > this.reached(device, log))
      this.#violate("a cursor passes only what is on the device's disk", `${device} in ${log} at ${cursor}`);
  }

  told(name: string, event: ClientEvent): void {
    this.#shown.told(name, event);
  }

  #put(name: string, table: string, key: string, value: Uint8Array): void {
    if (table === "conversation") {
      const held = this.#held.get(name) ?? new Set();
      this.#held.set(name, held.add(key));
    }
    if (table !== "outbox") return;
    const item: { id: string; text: string; entry?: string } = JSON.parse(Buffer.from(value).toString());
    const { id, text, entry = id } = item;
    if (entry !== id) this.groups.saysAgain(entry, id);
    const said = this.#byText.get(text);
    if (said === undefined) return;
    said.id = id;
    this.#byId.set(id, said);
  }

  #isPlain(body: Uint8Array): boolean {
    return Buffer.from(body.buffer, body.byteOffset, body.length).includes(this.marker);
  }
}

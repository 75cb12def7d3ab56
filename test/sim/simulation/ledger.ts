// What was said in a simulation, and what lies on its disks; and whether each write there keeps to what was promised.
// Must not know how anything comes to happen.

import type { ClientEvent } from "../../../src/client/events.ts";
import { directLog, LOG_ID_BYTES } from "../../../src/domain/direct-log.ts";
import { encodeId, type LogId } from "../../../src/domain/id.ts";
import type { VaultWrite } from "../../../src/ports.ts";
import type { DurableMemory } from "../../../src/store/server-memory.ts";
import type { VaultDisk } from "../../../src/store/vault-memory.ts";
import { GroupLedger, type Reader } from "./group-ledger.ts";
import { ReadLedger } from "./read-ledger.ts";
import { RemarkLedger, type Silent } from "./remark-ledger.ts";
import { inLog, type Row, type Violate } from "./said.ts";
import { Sayings } from "./sayings.ts";
import { ShownLedger } from "./shown-ledger.ts";
import { conversationsOf, linesOf } from "./vault-records.ts";

export interface Party extends Reader {
  readonly identity: Uint8Array;
  readonly disk: VaultDisk;
}

interface Known {
  readonly group: boolean;
  readonly ids: string[];
  /** Of these, those that have lines. */
  readonly messages: string[];
  readonly all: Set<string>;
  readonly invitations: { readonly seq: number; readonly to: LogId }[];
  readonly cursors: Map<string, number>;
}

export class Ledger {
  readonly sayings: Sayings;
  readonly groups: GroupLedger;
  readonly remarks: RemarkLedger;
  readonly reads: ReadLedger;
  /** The conversations that were ever on somebody's disk. */
  readonly #held = new Map<string, Set<LogId>>();
  /** How many entries of a log of two somebody has dealt with, by person and log. */
  readonly #passed = new Map<string, number>();
  readonly #durable: DurableMemory;
  readonly #violate: Violate;
  readonly #parties = new Map<string, Party>();
  readonly #devices = new Map<string, Party>();
  readonly #pairs = new Map<LogId, [string, string]>();
  /** What every log ever held; of an inbox, the logs it invites to. */
  readonly #logs = new Map<LogId, Known>();
  readonly #logOf = new Map<string, LogId>();
  readonly #rows = new Map<string, Row[]>();
  readonly #shown: ShownLedger;

  constructor(durable: DurableMemory, marker: string, violate: Violate) {
    this.#durable = durable;
    this.sayings = new Sayings(marker, (name) => durable.accounts.has(name));
    this.#violate = violate;
    this.groups = new GroupLedger(violate);
    this.remarks = new RemarkLedger(this, violate);
    this.reads = new ReadLedger(this, violate);
    this.#shown = new ShownLedger(this, violate);
  }

  /** Somebody has their keys. */
  joins(party: Party): void {
    for (const other of this.#parties.values())
      this.#pairs.set(directLog(party.identity, other.identity), [party.name, other.name]);
    this.#parties.set(party.name, party);
    this.#devices.set(party.device, party);
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
    for (const key of this.#passed.keys()) if (key.startsWith(`${person} `)) this.#passed.delete(key);
    this.remarks.putBack(person, disk);
    this.reads.putBack(person, disk);
  }

  logBetween(one: string, other: string): LogId | undefined {
    const [a, b] = [this.#parties.get(one), this.#parties.get(other)];
    return a === undefined || b === undefined ? undefined : directLog(a.identity, b.identity);
  }

  /** The ids of the messages that the log of two people ever held, in order. */
  entries(one: string, other: string): readonly string[] {
    return this.#logs.get(this.logBetween(one, other) ?? "")?.messages ?? [];
  }

  /** The ids of all that a log ever held, in order; of what was sent again, the first. */
  logIds(log: LogId): readonly string[] {
    const known = this.#logs.get(log);
    return known?.group === true ? this.groups.idsOf(log) : (known?.ids ?? []);
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
    return other === undefined || known === undefined ? 0 : this.#dealtWith(party, log, known, other);
  }

  /** What has a line has it; of what has none there is another trace. */
  #dealtWith({ name, disk }: Party, log: LogId, { ids }: Known, other: string): number {
    const key = `${name} ${log}`;
    let at = this.#passed.get(key) ?? 0;
    const rows = this.rows(name, other).filter(inLog);
    let lines = ids.slice(0, at).filter((id) => !this.remarks.isSilent(id)).length;
    for (; at < ids.length; at++) {
      const id = ids[at] ?? "";
      if (!this.remarks.isSilent(id) && lines++ >= rows.length) break;
      if (this.remarks.isRemark(id) && !this.remarks.hasHad(name, id)) break;
      const isRead = this.remarks.isSilent(id) && !this.remarks.isRemark(id);
      if (isRead && (conversationsOf(disk).find((one) => one.log === log)?.cursor ?? 0) <= at) break;
    }
    this.#passed.set(key, at);
    return at;
  }

  /** A transaction of somebody's vault is on the disk. */
  wrote(name: string, writes: readonly VaultWrite[]): void {
    /** The messages about which something is said, and the lines that are new or others than they were. */
    const about = new Set<string>();
    const lines = new Map<string, readonly [key: string, row: Row]>();
    for (const write of writes) {
      if ("put" in write) for (const id of this.#put(name, write.put, write.key, write.value)) about.add(id);
      if ("remove" in write && write.remove === "outbox") {
        for (const id of this.remarks.dropped(name, write.key)) about.add(id);
        this.#dropped(name, write.key, writes);
      }
      if (!("history" in write)) continue;
      const row: Row = JSON.parse(Buffer.from(write.value).toString());
      const rows = this.rows(name, write.history);
      const before = rows[write.position - 1];
      if (before === undefined) this.#shown.added(name, write.history, write.position, row, rows);
      else this.#shown.changed(name, write.history, row, before);
      rows[write.position - 1] = row;
      if (row.notice === undefined) lines.set(row.id, [write.history, row]);
    }
    const disk = this.#parties.get(name)?.disk;
    if (about.size > 0) for (const [id, line] of this.#lines(name, about)) lines.set(id, line);
    if (disk !== undefined && lines.size > 0) this.remarks.wrote(name, disk, lines);
  }

  /** The lines of these messages on somebody's disk. */
  #lines(name: string, about: ReadonlySet<string>): Map<string, readonly [key: string, row: Row]> {
    const found = new Map<string, readonly [key: string, row: Row]>();
    for (const [key, rows] of this.#rows) {
      if (!key.startsWith(`${name}>`)) continue;
      for (const row of rows)
        if (about.has(row.id) && row.notice === undefined)
          found.set(row.id, [key.slice(name.length + 1), row]);
    }
    return found;
  }

  /** A message is out of the outbox, and neither in a log nor in a conversation. */
  #dropped(name: string, id: string, writes: readonly VaultWrite[]): void {
    const said = this.sayings.saidAs(id);
    if (said === undefined || said.deleted === false || said.from !== name || this.logOf(id) !== undefined)
      return;
    const isKept = writes.some((write) => "history" in write) || this.#lines(name, new Set([id])).size > 0;
    if (!isKept) said.outcome = "withdrawn";
  }

  /** Where an entry is, or was. */
  logOf(id: string): LogId | undefined {
    return this.#logOf.get(id);
  }

  /** A transaction of the server's store is on the disk. */
  stored(): void {
    for (const [log, held] of this.#durable.logs) {
      const { kind, head, entries, cursors, leaving } = held;
      const group = kind === "group";
      const known: Known = this.#logs.get(log) ?? {
        group,
        ids: [],
        messages: [],
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
        if (!this.remarks.isSilent(entry.id)) known.messages.push(entry.id);
        this.#logOf.set(this.groups.messageOf(entry.id), log);
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

  /** Answers the messages that something is said about. */
  #put(name: string, table: string, key: string, value: Uint8Array): readonly string[] {
    if (table === "place") this.reads.placed(name, key, value);
    if (table === "seen") return this.remarks.seen(name, key);
    if (table === "conversation") {
      const held = this.#held.get(name) ?? new Set();
      this.#held.set(name, held.add(key));
    }
    if (table !== "outbox") return [];
    const item: Silent & { text: string } = JSON.parse(Buffer.from(value).toString());
    const { id, text, entry = id, sealed } = item;
    if (entry !== id) this.groups.saysAgain(entry, id);
    if (!this.sayings.kept(id, text, sealed !== undefined)) return this.remarks.kept(name, item);
    return [];
  }

  #isPlain(body: Uint8Array): boolean {
    return Buffer.from(body.buffer, body.byteOffset, body.length).includes(this.sayings.marker);
  }
}

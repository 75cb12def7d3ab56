// What was said and promised in a simulation, and whether each thing that happens keeps to it, at the moment it does.
// Must not know how anything comes to happen.

import type { ClientEvent, MessageState } from "../../../src/client/events.ts";
import { directLog, LOG_ID_BYTES } from "../../../src/domain/direct-log.ts";
import { encodeId, type LogId } from "../../../src/domain/id.ts";
import type { VaultWrite } from "../../../src/ports.ts";
import type { DurableMemory } from "../../../src/store/server-memory.ts";
import type { VaultDisk } from "../../../src/store/vault-memory.ts";

/** Tells of a promise that was broken; `invariant` is one of a few sentences, `detail` the case at hand. */
export type Violate = (invariant: string, detail: string) => void;

/** Something that somebody wrote. Texts differ, so that each is known by its text wherever it turns up. */
export interface Said {
  readonly n: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** The recipient had a name on the server when it was written. */
  readonly known: boolean;
  id: string | undefined;
  /** "unknown": not told yet, or its program died first. */
  outcome: "unknown" | "kept" | "refused";
}

/** A line of a conversation in a vault. */
export interface Row {
  readonly id: string;
  readonly sender: string;
  readonly text: string;
  readonly own: boolean;
  readonly trusted: boolean;
  readonly state?: MessageState;
  readonly delivered?: number;
  readonly reason?: string;
}

export interface Party {
  readonly name: string;
  readonly identity: Uint8Array;
  readonly device: string;
  readonly disk: VaultDisk;
}

interface Known {
  readonly ids: string[];
  readonly all: Set<string>;
  readonly invitations: LogId[];
  readonly cursors: Map<string, number>;
}

const RANKS: Record<MessageState, number> = { waiting: 0, accepted: 1, delivered: 2, failed: 3 };

export class Ledger {
  /** In every text, and nowhere else. */
  readonly marker: string;
  readonly said: Said[] = [];
  readonly #byText = new Map<string, Said>();
  readonly #durable: DurableMemory;
  readonly #violate: Violate;
  readonly #parties = new Map<string, Party>();
  readonly #devices = new Map<string, Party>();
  readonly #pairs = new Map<LogId, [string, string]>();
  /** What every log ever held; of an inbox, the logs it invites to. */
  readonly #logs = new Map<LogId, Known>();
  readonly #rows = new Map<string, Row[]>();
  readonly #states = new Map<string, { state: MessageState; delivered: number }>();
  readonly #shown = new Set<string>();

  constructor(durable: DurableMemory, marker: string, violate: Violate) {
    this.#durable = durable;
    this.marker = marker;
    this.#violate = violate;
  }

  /** Somebody has their keys. */
  joins(party: Party): void {
    for (const other of this.#parties.values())
      this.#pairs.set(directLog(party.identity, other.identity), [party.name, other.name]);
    this.#parties.set(party.name, party);
    this.#devices.set(party.device, party);
  }

  asks(from: string, to: string, size: number): Said {
    const n = this.said.length;
    const text = `${this.marker} ${n} ${from} to ${to} ${".".repeat(size)}`;
    const said: Said = {
      n,
      from,
      to,
      text,
      known: this.#durable.accounts.has(to),
      id: undefined,
      outcome: "unknown",
    };
    this.said.push(said);
    this.#byText.set(text, said);
    return said;
  }

  /** The lines of `person`'s conversation with `other`. */
  rows(person: string, other: string): Row[] {
    const key = `${person}>${other}`;
    const rows = this.#rows.get(key) ?? [];
    this.#rows.set(key, rows);
    return rows;
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
    if (log === device) {
      const invited = this.#logs.get(log)?.invitations ?? [];
      const missing = invited.findIndex((to) => party.disk.records.get("conversation")?.has(to) !== true);
      return missing === -1 ? invited.length : missing;
    }
    const pair = this.#pairs.get(log);
    const other = pair?.find((name) => name !== party.name);
    return other === undefined ? 0 : this.rows(party.name, other).filter(inLog).length;
  }

  /** A transaction of somebody's vault is on the disk. */
  wrote(name: string, writes: readonly VaultWrite[]): void {
    for (const write of writes) {
      if (!("history" in write)) continue;
      const row: Row = JSON.parse(Buffer.from(write.value).toString());
      const rows = this.rows(name, write.history);
      const before = rows[write.position - 1];
      if (before === undefined) this.#added(name, write.history, write.position, row, rows);
      else this.#changed(name, write.history, row, before);
      rows[write.position - 1] = row;
    }
  }

  /** A transaction of the server's store is on the disk. */
  stored(): void {
    for (const [log, { head, entries, cursors }] of this.#durable.logs) {
      const known: Known = this.#logs.get(log) ?? {
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
        if (entry.kind === "commit") this.#violate("nobody loses a conversation", `${log} ${entry.seq}`);
        if (entry.kind === "welcome") known.invitations.push(encodeId(entry.body.subarray(0, LOG_ID_BYTES)));
        known.ids.push(entry.id);
        known.all.add(entry.id);
      }
      for (const [device, cursor] of cursors) {
        if (known.cursors.get(device) === cursor) continue;
        known.cursors.set(device, cursor);
        if (cursor > this.reached(device, log))
          this.#violate(
            "a cursor passes only what is on the device's disk",
            `${device} in ${log} at ${cursor}`,
          );
      }
    }
  }

  /** Somebody's program tells its user something. */
  told(name: string, event: ClientEvent): void {
    switch (event.type) {
      case "message": {
        const { id, conversation } = event.message;
        if (this.#shown.has(`${name} ${id}`)) this.#violate("a message is shown once", `${name}: ${id}`);
        this.#shown.add(`${name} ${id}`);
        if (!this.rows(name, conversation).some((row) => row.id === id))
          this.#violate("what is shown is on the disk", `${name}: ${id}`);
        return;
      }
      case "state":
        return this.#state(name, event);
      case "missing":
        return this.#violate("nothing is missing", `${name} is told so of ${event.conversation}`);
      case "key-changed":
        return this.#violate("no key changes", `${name} is told so of ${event.name}`);
      case "status":
        if (event.status.state === "offline" && event.status.again === undefined)
          this.#violate("nobody stays away for good", `${name}: ${JSON.stringify(event.status.cause)}`);
        return;
      default:
        return;
    }
  }

  #isPlain(body: Uint8Array): boolean {
    return Buffer.from(body.buffer, body.byteOffset, body.length).includes(this.marker);
  }

  #added(name: string, other: string, position: number, row: Row, rows: readonly Row[]): void {
    const where = `${name} with ${other} at ${position}: ${row.text.slice(0, 60)}`;
    const said = this.#byText.get(row.text);
    if (said === undefined || said.from !== row.sender || ![said.from, said.to].includes(other))
      return this.#violate("what is shown was said, by whom and to whom it says", where);
    if (row.own !== (name === said.from) || !row.trusted)
      this.#violate("what is shown was said, by whom and to whom it says", where);
    if (position !== rows.length + 1) this.#violate("a conversation has no holes", where);
    if (rows.some((one) => one.id === row.id)) this.#violate("a message is in its conversation once", where);
    if (!inLog(row)) return this.#failed(row, where);
    if (this.entries(name, other)[rows.filter(inLog).length] !== row.id)
      this.#violate("a conversation has the order of its log", where);
    const last = rows.findLast((one) => inLog(one) && one.sender === row.sender);
    const before = last === undefined ? undefined : this.#byText.get(last.text);
    if (before !== undefined && before.n > said.n)
      this.#violate("what one person wrote keeps its order", `${where} after ${before.n}`);
    if (row.state === "delivered") this.#delivered(name, other, row.id);
  }

  #changed(name: string, other: string, row: Row, before: Row): void {
    const where = `${name} with ${other}: ${row.text.slice(0, 60)} ${before.state} to ${row.state}`;
    if (row.id !== before.id || row.text !== before.text)
      this.#violate("a line of a conversation stays what it is", where);
    if (RANKS[row.state ?? "accepted"] < RANKS[before.state ?? "accepted"])
      this.#violate("a state does not go back", where);
    if (row.state === "failed") this.#failed(row, where);
    if (row.state === "delivered") this.#delivered(name, other, row.id);
  }

  #state(name: string, event: Extract<ClientEvent, { type: "state" }>): void {
    const { id, conversation, state, delivered } = event;
    const where = `${name} with ${conversation}: ${id} ${state}`;
    const key = `${name} ${id}`;
    const before = this.#states.get(key) ?? { state: "waiting", delivered: 0 };
    if (RANKS[state] < RANKS[before.state] || delivered < before.delivered)
      this.#violate("a state does not go back", `${where} after ${before.state}`);
    this.#states.set(key, { state, delivered });
    const disk = this.#parties.get(name)?.disk;
    switch (state) {
      case "waiting":
        if (disk?.records.get("outbox")?.has(id) !== true) this.#violate("what waits is on the disk", where);
        return;
      case "accepted":
        if (!this.entries(name, conversation).includes(id))
          this.#violate("what is accepted is on the server's disk", where);
        return;
      case "delivered":
        return this.#delivered(name, conversation, id);
      case "failed":
        if (!this.rows(name, conversation).some((row) => row.id === id && row.reason === event.reason))
          this.#violate("what has failed is on the disk, with the reason", where);
    }
  }

  #delivered(name: string, other: string, id: string): void {
    if (!this.rows(other, name).some((row) => row.id === id))
      this.#violate("what is delivered is on the recipient's disk", `${name} to ${other}: ${id}`);
  }

  #failed({ text, reason = "" }: Row, where: string): void {
    if (reason !== "no-such-user" || this.#byText.get(text)?.known !== false)
      this.#violate("nothing fails without a cause", `${where}: ${reason}`);
  }
}

/** Whether a line has a place in the log: what failed has not. */
export function inLog(row: Row): boolean {
  return row.state !== "failed";
}

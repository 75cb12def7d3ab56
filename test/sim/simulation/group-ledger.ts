// What was said in groups and who was in them when, by the server's disk; and whether each line of a group's conversation
// keeps to it. Must not know how anything comes to happen.

import type { DeviceId, LogId } from "../../../src/domain/id.ts";
import type { HeldLog } from "../../../src/store/server-memory-rows.ts";
import { decodeRules } from "../../../src/wire/rules.ts";
import { decodeTold } from "../../../src/wire/told.ts";
import { close, current, type GroupLog, isReentered, newLog, open, spellOf } from "./group-log.ts";
import type { Row, Said, Violate } from "./said.ts";

/** A person and their device. */
export interface Reader {
  readonly name: string;
  readonly device: DeviceId;
  /** Whether they want to leave this group. */
  leaves(log: LogId): boolean;
}

export class GroupLedger {
  readonly #violate: Violate;
  readonly #logs = new Map<LogId, GroupLog>();
  /** The newest message of a log that somebody has, by person and log. */
  readonly #last = new Map<string, number>();
  /** What of a log somebody has, in whatever way, by person and log. */
  readonly #have = new Map<string, Set<string>>();
  /** The message that an entry says again. */
  readonly #again = new Map<string, string>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  /** What the server's disk holds of a group. */
  stored(log: LogId, { head, entries, cursors, group }: HeldLog): void {
    const known = this.#logs.get(log) ?? newLog();
    if (!this.#logs.has(log)) for (const device of cursors.keys()) open(known, device, 0);
    this.#logs.set(log, known);
    for (const { seq, id, kind, body } of entries) {
      if (seq <= known.head) continue;
      if (kind === "message") {
        const message = this.#again.get(id) ?? id;
        known.messages.push({ seq, id: message });
        if (!known.seqOf.has(message)) known.seqOf.set(message, seq);
      }
      const told = kind === "commit" ? decodeTold(body)?.told : undefined;
      for (const device of told?.removed ?? []) close(known, device, seq);
      for (const device of told?.added ?? []) {
        close(known, device, seq - 1);
        open(known, device, seq);
        if (!cursors.has(device))
          this.#violate("who is let in is in the log", `${device} in ${log} at ${seq}`);
      }
    }
    known.head = head;
    for (const device of cursors.keys())
      if (current(known, device) === undefined)
        this.#violate("nobody is in a log whom no commit let in", `${device} in ${log}`);
    for (const device of known.spells.keys()) if (!cursors.has(device)) close(known, device, head);
    known.wasAnnouncement ||= group !== undefined && decodeRules(group.rules)?.announcement === true;
    known.wasClosed ||= group?.closed === true;
  }

  /** Where a device's present time in a group began; 0 for its founder, and where it is in none. */
  admittedAt(log: LogId, device: DeviceId): number {
    const known = this.#logs.get(log);
    return (known && current(known, device)?.from) ?? 0;
  }

  /** Whether an entry is for a device. */
  isFor(log: LogId, device: DeviceId, seq: number): boolean {
    const known = this.#logs.get(log);
    return known === undefined || spellOf(known, device, seq) !== undefined;
  }

  /** Whether a message, or what is said about one, was for a device that is in the group still. */
  isStillFor(log: LogId, device: DeviceId, id: string): boolean {
    const known = this.#logs.get(log);
    const from = (known && current(known, device)?.from) ?? Number.POSITIVE_INFINITY;
    return known?.messages.some((one) => one.id === id && one.seq > from) ?? false;
  }

  /** Whether somebody is in a group and was all the time, and could always write there. */
  isHome(log: LogId, reader: Reader): boolean {
    const known = this.#logs.get(log);
    if (known === undefined || known.wasAnnouncement || known.wasClosed || reader.leaves(log)) return false;
    return current(known, reader.device) !== undefined && known.spells.get(reader.device)?.length === 1;
  }

  /** How far somebody has come in a group: up to the first message that is theirs and that they do not have. */
  reached(log: LogId, { name, device }: Reader): number {
    const known = this.#logs.get(log);
    const spell = known?.spells.get(device)?.at(-1);
    if (known === undefined || spell === undefined) return 0;
    if (isReentered(known, device)) return Number.POSITIVE_INFINITY;
    const last = Math.max(spell.from, this.#last.get(`${name} ${log}`) ?? 0);
    const missing = this.#next(known, `${name} ${log}`, last);
    return missing === undefined || missing.seq > (spell.until ?? missing.seq) ? known.head : missing.seq - 1;
  }

  /** The last entry that was for a device that is in a group no more; 0 where it is, or never was. */
  endedAt(log: LogId, device: DeviceId): number {
    return this.#logs.get(log)?.spells.get(device)?.at(-1)?.until ?? 0;
  }

  seqOf(log: LogId, id: string): number | undefined {
    return this.#logs.get(log)?.seqOf.get(id);
  }

  wasClosed(log: LogId): boolean {
    return this.#logs.get(log)?.wasClosed ?? false;
  }

  /** How many have a message from the log itself, its sender left out. */
  having(log: LogId, id: string): number {
    return this.#logs.get(log)?.got.get(id)?.size ?? 0;
  }

  /** The devices for which a message was and that are in the group still. */
  stillFor(log: LogId, seq: number): DeviceId[] {
    const known = this.#logs.get(log);
    if (known === undefined) return [];
    return [...known.spells.keys()].filter((device) => {
      const spell = current(known, device);
      return spell !== undefined && spell.from < seq;
    });
  }

  /** The messages of a group, and what was said about them, in order. */
  idsOf(log: LogId): readonly string[] {
    return [...new Set(this.#logs.get(log)?.messages.map(({ id }) => id))];
  }

  /** The message that an entry says, perhaps again. */
  messageOf(entry: string): string {
    return this.#again.get(entry) ?? entry;
  }

  /** A message is on its way once more, as another entry. */
  saysAgain(entry: string, message: string): void {
    this.#again.set(entry, message);
  }

  /** Whether a device was taken out of some group and put in again: what it had not read by then is not for it. */
  hasReturned(device: DeviceId): boolean {
    return this.#logs.values().some((known) => isReentered(known, device));
  }

  /** Whether some device was, in this group: it comes back with new keys, and has what it may have missed sent again. */
  isReentered(log: LogId): boolean {
    return (
      this.#logs
        .get(log)
        ?.spells.values()
        .some((spells) => spells.length > 1) ?? false
    );
  }

  /** A line has come to a group's conversation on somebody's disk; it is neither a notice nor failed. */
  added(log: LogId, reader: Reader, row: Row, said: Said, where: string): void {
    const known = this.#logs.get(log);
    const first = known?.seqOf.get(row.id);
    if (known === undefined || first === undefined)
      return this.#violate("what is shown is on the server's disk", where);
    const key = `${reader.name} ${log}`;
    if (row.passedOnBy === undefined) this.#read(known, key, reader, log, row, said, where);
    else this.#handedOver(known, reader, row, first, where);
    const have = this.#have.get(key) ?? new Set();
    this.#have.set(key, have.add(row.id));
  }

  /** Somebody has had what was said about a message, and what comes of it. */
  had(log: LogId, reader: Reader, { id, by }: { readonly id: string; readonly by: string }): void {
    const known = this.#logs.get(log);
    if (known === undefined || !known.seqOf.has(id)) return;
    const key = `${reader.name} ${log}`;
    this.#inTurn(known, key, reader, log, id, by, `${reader.name}: what is said in ${log} as ${id}`);
    const have = this.#have.get(key) ?? new Set();
    this.#have.set(key, have.add(id));
  }

  #read(
    known: GroupLog,
    key: string,
    reader: Reader,
    log: LogId,
    { id }: Row,
    said: Said,
    where: string,
  ): void {
    this.#inTurn(known, key, reader, log, id, said.from, where);
    if (said.from === reader.name) return;
    const got = known.got.get(id) ?? new Set();
    known.got.set(id, got.add(reader.name));
  }

  #inTurn(
    known: GroupLog,
    key: string,
    reader: Reader,
    log: LogId,
    id: string,
    by: string,
    where: string,
  ): void {
    const mine = known.messages.find((one) => one.id === id && spellOf(known, reader.device, one.seq));
    const spell = mine && spellOf(known, reader.device, mine.seq);
    if (mine === undefined || spell === undefined)
      return this.#violate("nobody reads what was said while they were not in the group", where);
    const last = this.#last.get(key) ?? 0;
    // Who is leaving reads nothing more, and is told all the same what became of the last that they wrote.
    const isAlone = by === reader.name && reader.leaves(log);
    const next = this.#next(known, key, Math.max(last, spell.from));
    if (next?.id !== id && !isAlone && !isReentered(known, reader.device))
      this.#violate("a conversation has the order of its log", `${where} (${mine.seq} after ${last})`);
    this.#last.set(key, Math.max(last, next?.id === id ? next.seq : mine.seq));
  }

  /** The next message of a log after `seq` that somebody does not have. */
  #next(
    { messages }: GroupLog,
    key: string,
    after: number,
  ): { readonly seq: number; readonly id: string } | undefined {
    const have = this.#have.get(key);
    return messages.find(({ seq, id }) => seq > after && have?.has(id) !== true);
  }

  /** A message did not go. */
  failed(log: LogId | undefined, { name, device }: Reader, row: Row, where: string): void {
    const known = log === undefined ? undefined : this.#logs.get(log);
    if (known?.seqOf.has(row.id)) this.#violate("what has arrived has not failed", `${where}: ${row.reason}`);
    const isIn = known !== undefined && current(known, device) !== undefined;
    switch (row.reason) {
      case "not-in-group":
        return;
      case "announcement":
        if (known?.wasAnnouncement === true) return;
        break;
      case "group-closed":
        if (known?.wasClosed === true) return;
        break;
      default:
    }
    this.#violate("nothing fails without a cause", `${where}: ${row.reason}, ${name} ${isIn ? "in" : "out"}`);
  }

  #handedOver(known: GroupLog, { name, device }: Reader, row: Row, seq: number, where: string): void {
    if (row.passedOnBy === name || row.own !== (row.sender === name))
      this.#violate("what is handed over is so by somebody else", where);
    const spell = current(known, device);
    if (spell !== undefined && seq > spell.from)
      this.#violate("what is handed over was said before", `${where} (${seq} after ${spell.from})`);
  }
}

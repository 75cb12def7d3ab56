// What people are shown, by their programs and on their disks, held against what was said, at the moment it is shown.
// Must not know how anything comes to happen.

import type { ClientEvent, MessageState } from "../../../src/client/events.ts";
import type { LogId } from "../../../src/domain/id.ts";
import type { Ledger } from "./ledger.ts";
import { inLog, type Row, type Said, type Violate } from "./said.ts";

const RANKS: Record<MessageState, number> = { waiting: 0, accepted: 1, delivered: 2, failed: 3 };

export class ShownLedger {
  readonly #books: Ledger;
  readonly #violate: Violate;
  readonly #states = new Map<string, { state: MessageState; delivered: number }>();
  readonly #shown = new Set<string>();

  constructor(books: Ledger, violate: Violate) {
    this.#books = books;
    this.#violate = violate;
  }

  /** Somebody's program tells its user something. */
  told(name: string, event: ClientEvent): void {
    switch (event.type) {
      case "message": {
        const { id, conversation, notice } = event.message;
        if (notice !== undefined) return;
        if (this.#shown.has(`${name} ${id}`)) this.#violate("a message is shown once", `${name}: ${id}`);
        this.#shown.add(`${name} ${id}`);
        const key = conversation.startsWith("@") ? `@${this.#books.sayings.saidAs(id)?.log}` : conversation;
        if (!this.#books.rows(name, key).some((row) => row.id === id))
          this.#violate("what is shown is on the disk", `${name}: ${id}`);
        return;
      }
      case "changed": {
        const { change, message } = event;
        const isSame = this.#books.sayings.saidIn(message)?.id === message.id;
        if (!isSame) this.#violate("what is told of a message is about it", `${name}: ${message.id}`);
        if (change.kind === "undone" || change.own) return;
        return this.#books.remarks.told(name, message.id, change.kind, change.by);
      }
      case "read":
        return this.#books.reads.told(name, event.conversation, event.id, event.position);
      case "state":
        if (this.#books.remarks.isSilent(event.id))
          this.#violate("what has no line has no state", `${name}: ${event.id}`);
        return this.#state(name, event);
      case "missing":
        if (this.#books.groups.hasReturned(this.#books.partyOf(name)?.device ?? "")) return;
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

  /** A new line on somebody's disk. */
  added(name: string, key: string, position: number, row: Row, rows: readonly Row[]): void {
    const where = `${name} with ${key} at ${position}: ${row.text.slice(0, 60)}`;
    if (position !== rows.length + 1) this.#violate("a conversation has no holes", where);
    if (row.notice !== undefined) {
      if (row.notice.kind === "attack") this.#violate("nobody is accused", where);
      return;
    }
    const said = this.#books.sayings.saidIn(row);
    if (
      said === undefined ||
      said.from !== row.sender ||
      said.answers !== row.replyTo ||
      said.to.startsWith("@") !== key.startsWith("@")
    )
      return this.#violate("what is shown was said, by whom and to whom it says", where);
    if (row.own !== (name === said.from) || !row.trusted || (said.id ?? row.id) !== row.id)
      this.#violate("what is shown was said, by whom and to whom it says", where);
    if (rows.some(({ id, notice }) => id === row.id && notice === undefined))
      this.#violate("a message is in its conversation once", where);
    if (key.startsWith("@")) return this.#addedToGroup(name, key.slice(1), row, said, where);
    if (![said.from, said.to].includes(key))
      this.#violate("what is shown was said, by whom and to whom it says", where);
    if (!inLog(row)) return this.#failed(row, where);
    if (this.#books.entries(name, key)[rows.filter(inLog).length] !== row.id)
      this.#violate("a conversation has the order of its log", where);
    this.#keepsOrder(rows, row, said, where);
    if (row.state === "delivered") this.#delivered(name, key, row.id, 1);
  }

  #addedToGroup(name: string, log: LogId, row: Row, said: Said, where: string): void {
    const party = this.#books.partyOf(name);
    if (party === undefined) throw new Error("ledger: somebody unknown");
    // What was written to a group that one is not in is kept under its name.
    if (log.startsWith("?")) return this.#books.groups.failed(undefined, party, row, where);
    if ((said.log ?? log) !== log)
      this.#violate("what is shown was said, by whom and to whom it says", where);
    said.log = log;
    if (!inLog(row)) return this.#books.groups.failed(log, party, row, where);
    this.#books.groups.added(log, party, row, said, where);
    if (row.passedOnBy !== undefined) return;
    const before = this.#books.rows(name, `@${log}`).filter(({ passedOnBy }) => passedOnBy === undefined);
    // What was said before one came is sent again for others, and comes late to whoever was not there for it.
    const { groups } = this.#books;
    const isEarlier = (groups.seqOf(log, row.id) ?? 0) < groups.admittedAt(log, party.device);
    if (!isEarlier) this.#keepsOrder(before, row, said, where);
    this.#delivered(name, `@${log}`, row.id, row.delivered ?? 0);
  }

  #keepsOrder(rows: readonly Row[], row: Row, said: Said, where: string): void {
    const last = rows.findLast((one) => inLog(one) && one.notice === undefined && one.sender === row.sender);
    const before = last === undefined ? undefined : this.#books.sayings.saidIn(last);
    // A file is told of once it has been read.
    if (before?.file !== undefined || said.file !== undefined) return;
    if (before !== undefined && before.n > said.n)
      this.#violate("what one person wrote keeps its order", `${where} after ${before.n}`);
  }

  /** A line on somebody's disk is another than it was. */
  changed(name: string, key: string, row: Row, before: Row): void {
    const where = `${name} with ${key}: ${row.text.slice(0, 60)} ${before.state} to ${row.state}`;
    if (row.id !== before.id || row.notice?.kind !== before.notice?.kind)
      this.#violate("a line of a conversation stays what it is", where);
    const back = RANKS[row.state ?? "accepted"] < RANKS[before.state ?? "accepted"];
    if (back && !this.#books.groups.isReentered(key.slice(1)))
      this.#violate("a state does not go back", where);
    const party = this.#books.partyOf(name);
    if (row.state === "failed") {
      if (!key.startsWith("@")) this.#failed(row, where);
      else if (party !== undefined) this.#books.groups.failed(key.slice(1), party, row, where);
    }
    this.#delivered(name, key, row.id, row.delivered ?? 0);
  }

  #state(name: string, event: Extract<ClientEvent, { type: "state" }>): void {
    const { id, conversation, state, delivered } = event;
    const where = `${name} with ${conversation}: ${id} ${state}`;
    const stateKey = `${name} ${id}`;
    const before = this.#states.get(stateKey) ?? { state: "waiting", delivered: 0 };
    this.#states.set(stateKey, { state, delivered });
    const disk = this.#books.partyOf(name)?.disk;
    const sealedFor = () => sealedIn(disk?.records.get("outbox")?.get(id));
    const log = this.#books.sayings.saidAs(id)?.log ?? sealedFor();
    const key = conversation.startsWith("@") ? `@${log}` : conversation;
    const back = RANKS[state] < RANKS[before.state] || (state !== "failed" && delivered < before.delivered);
    if (back && !this.#books.groups.isReentered(key.slice(1)))
      this.#violate("a state does not go back", `${where} after ${before.state}`);
    if (state !== "failed") this.#delivered(name, key, id, delivered);
    switch (state) {
      case "waiting":
        if (disk?.records.get("outbox")?.has(id) !== true) this.#violate("what waits is on the disk", where);
        return;
      case "accepted":
      case "delivered": {
        const there = conversation.startsWith("@")
          ? log !== undefined && this.#books.isStored(log, id)
          : this.#books.entries(name, conversation).includes(id);
        if (!there) this.#violate("what is accepted is on the server's disk", where);
        return;
      }
      case "failed":
        if (![...(disk?.conversations.values() ?? [])].some((rows) => hasFailed(rows, id, event.reason)))
          this.#violate("what has failed is on the disk, with the reason", where);
    }
  }

  /** It has reached so many. */
  #delivered(name: string, key: string, id: string, count: number): void {
    if (count === 0) return;
    const truth = key.startsWith("@")
      ? this.#books.groups.having(key.slice(1), id)
      : Number(this.#books.rows(key, name).some((row) => row.id === id));
    if (count > truth)
      this.#violate(
        "what is delivered is on the recipient's disk",
        `${name} to ${key}: ${id}, ${count} not ${truth}`,
      );
  }

  #failed({ id, text, reason = "" }: Row, where: string): void {
    if (reason !== "no-such-user" || this.#books.sayings.saidIn({ id, text })?.known !== false)
      this.#violate("nothing fails without a cause", `${where}: ${reason}`);
  }
}

/** The log that a message in an outbox was encrypted for. */
function sealedIn(record: Uint8Array | undefined): LogId | undefined {
  if (record === undefined) return undefined;
  const { sealed }: { sealed?: { log: LogId } } = JSON.parse(Buffer.from(record).toString());
  return sealed?.log;
}

function hasFailed(rows: ReadonlyMap<number, Uint8Array>, id: string, reason: string | undefined): boolean {
  return [...rows.values()].some((value) => {
    const row: Row = JSON.parse(Buffer.from(value).toString());
    return row.id === id && row.reason === reason;
  });
}

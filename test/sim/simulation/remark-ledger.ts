// What was said about messages in a simulation, and what becomes of each line by it; held against every write, and in the
// end against the order of the logs. Must not know how anything comes to happen.

import type { LogId } from "../../../src/domain/id.ts";
import type { VaultDisk } from "../../../src/store/vault-memory.ts";
import type { Ledger } from "./ledger.ts";
import { inLog, type Row, type Said, type Violate } from "./said.ts";

/** What lies in an outbox without being a message. */
export interface Silent {
  readonly id: string;
  readonly fold: string;
  readonly remark?: {
    readonly type: "reaction" | "edit" | "delete";
    readonly to: string;
    readonly emoji?: string;
    readonly text?: string;
  };
  readonly read?: string;
  readonly entry?: string;
  readonly position?: number;
  readonly sealed?: { readonly log: LogId };
}

/** Somebody has said something about a message. */
export interface Remark {
  readonly id: string;
  readonly by: string;
  readonly to: string;
  /** What its conversation is known by. */
  readonly fold: string;
  readonly type: "reaction" | "edit" | "delete";
  readonly emoji: string | undefined;
  readonly text: string;
}

/** What a line says. */
export type Words = Pick<Row, "text" | "edited" | "deleted" | "reactions">;

/** The line after it, where it counts. */
export function after(words: Words, { type, by, emoji, text }: Remark, said: Said): Words {
  if (words.deleted === true) return words;
  const { reactions = [] } = words;
  if (type === "reaction") {
    if (reactions.find((one) => one.by === by)?.emoji === emoji) return words;
    const others = reactions.filter((one) => one.by !== by);
    return { ...words, reactions: emoji === undefined ? others : [...others, { emoji, by }] };
  }
  if (said.file !== undefined || by !== said.from) return words;
  return type === "edit" ? { ...words, text, edited: true } : { text: "", deleted: true };
}

/** `ordered`: reactions in the order in which they came. */
export function written({ text, edited, deleted, reactions = [] }: Words, ordered: boolean): string {
  const all = reactions.map(({ by, emoji }) => `${by} ${emoji}`);
  return JSON.stringify([text, edited ?? false, deleted ?? false, ordered ? all : all.sort()]);
}

export class RemarkLedger {
  readonly #books: Ledger;
  readonly #violate: Violate;
  readonly #made = new Map<string, Remark>();
  readonly #reads = new Set<string>();
  /** Of each person: what they have had, by its id, and what they have had about a message, in order. */
  readonly #had = new Map<string, Remark[]>();
  /** What lay in somebody's outbox last. */
  readonly #items = new Map<string, Silent>();
  /** What each person's lines are to say, by what they have had. */
  readonly #words = new Map<string, Words>();
  /** The same that somebody was told of, of a kind and by whom. */
  readonly #told = new Map<string, number>();

  constructor(books: Ledger, violate: Violate) {
    this.#books = books;
    this.#violate = violate;
  }

  /** Whether an entry has no line of its own. */
  isSilent(id: string): boolean {
    return this.#made.has(id) || this.#reads.has(id);
  }

  isRemark(id: string): boolean {
    return this.#made.has(id);
  }

  hasHad(name: string, id: string): boolean {
    return this.#had.get(name)?.some((one) => one.id === id) ?? false;
  }

  /** It lies in somebody's outbox. */
  kept(name: string, item: Silent): readonly string[] {
    const { id, fold, remark, read, position } = item;
    if (read !== undefined) this.#reads.add(id);
    if (remark === undefined) return [];
    const { type, to, emoji, text = "" } = remark;
    if (!this.#made.has(id)) this.#made.set(id, { id, by: name, to, fold, type, emoji, text });
    this.#items.set(`${name} ${id}`, item);
    return position === undefined ? [] : this.#has(name, id);
  }

  /** It does so no more: everyone has it, or it did not go. Answers the message it was about, where it counts. */
  dropped(name: string, id: string): readonly string[] {
    const item = this.#items.get(`${name} ${id}`);
    if (item === undefined) return [];
    this.#items.delete(`${name} ${id}`);
    const { sealed, entry = id } = item;
    return sealed !== undefined && this.#books.isStored(sealed.log, entry) ? this.#has(name, id) : [];
  }

  /** What came is marked as seen. */
  seen(name: string, key: string): readonly string[] {
    const [, id = ""] = key.split(" ");
    return this.#made.has(id) ? this.#has(name, id) : [];
  }

  #has(name: string, id: string): readonly string[] {
    const remark = this.#made.get(id);
    if (remark === undefined || this.hasHad(name, id)) return [];
    this.#had.set(name, [...(this.#had.get(name) ?? []), remark]);
    const log = this.#books.logOf(id);
    const party = this.#books.partyOf(name);
    if (log !== undefined && party !== undefined) this.#books.groups.had(log, party, remark);
    return [remark.to];
  }

  /** Somebody's disk is as it was once. */
  putBack(name: string, disk: VaultDisk): void {
    const seen = new Set([...(disk.records.get("seen")?.keys() ?? [])].map((key) => key.split(" ")[1]));
    const had = this.#had.get(name)?.filter(({ id, by }) => by === name || seen.has(id)) ?? [];
    this.#had.set(name, had);
    for (const key of this.#words.keys()) if (key.startsWith(`${name} `)) this.#words.delete(key);
  }

  /** A transaction is on somebody's disk, in which these lines are new or something about them was. */
  wrote(name: string, disk: VaultDisk, touched: ReadonlyMap<string, readonly [key: string, row: Row]>): void {
    for (const [id, [key, row]] of touched) {
      const said = this.#books.sayings.saidAs(id);
      if (said === undefined || row.notice !== undefined) continue;
      const where = `${name} with ${key}: ${said.n}`;
      this.#isExplained(row, said, where);
      const had = this.#had.get(name)?.filter(({ to }) => to === id) ?? [];
      const isOrdered = !key.startsWith("@") || !this.#books.groups.isReentered(key.slice(1));
      // What is handed over is as it then is; what is sent again is without its words where it was deleted.
      const isLater = row.passedOnBy !== undefined || (!isOrdered && row.text === "");
      const base = this.#words.get(`${name} ${id}`) ?? (isLater ? row : first(said));
      this.#words.set(`${name} ${id}`, base);
      const right = written(
        had.reduce((words, one) => after(words, one, said), base),
        isOrdered,
      );
      const party = this.#books.partyOf(name);
      // Who is out of a group is told that the rest did not go.
      const isOut = party === undefined || (key.startsWith("@") && party.leaves(key.slice(1)));
      if (inLog(row) && !isOut && written(row, isOrdered) !== right)
        this.#violate("a line says what was said of it", `${where}: ${written(row, isOrdered)} for ${right}`);
      if (row.deleted === true) this.#isGone(disk, said, where);
    }
  }

  /** Whether all that a line says is from those who may. */
  #isExplained(row: Row, said: Said, where: string): void {
    // As most do: in its author's first words, and nobody has spoken of it.
    if (row.text === said.text && written(row, true) === written(first(said), true)) return;
    const about = [...this.#made.values()].filter(({ to }) => to === row.id);
    const own = (type: Remark["type"]) => about.some((one) => one.type === type && one.by === said.from);
    const isHis = row.text === "" ? own("delete") : this.#books.sayings.authorOf(row.text) === said.from;
    if (!isHis || (row.edited === true && !own("edit")) || (row.deleted === true && !own("delete")))
      this.#violate("nobody changes what another one wrote", `${where}: ${written(row, true)}`);
    const { reactions = [] } = row;
    const isMade = ({ by, emoji }: { by: string; emoji: string }) =>
      about.some((one) => one.type === "reaction" && one.by === by && one.emoji === emoji);
    if (!reactions.every(isMade) || new Set(reactions.map(({ by }) => by)).size < reactions.length)
      this.#violate("a reaction is from whom it says, one of each", `${where}: ${written(row, true)}`);
  }

  /** No word of it is left there. */
  #isGone(disk: VaultDisk, said: Said, where: string): void {
    const words = `${this.#books.sayings.marker} ${said.n} `;
    for (const [table, records] of disk.records)
      for (const [key, value] of records)
        if (Buffer.from(value.buffer, value.byteOffset, value.length).includes(words))
          this.#violate("a deleted text is gone", `${where}: in ${table} ${key}`);
    for (const [key, rows] of disk.conversations)
      for (const [position, value] of rows)
        if (Buffer.from(value.buffer, value.byteOffset, value.length).includes(words))
          this.#violate("a deleted text is gone", `${where}: with ${key} at ${position}`);
  }

  /** Somebody's program tells its user that another one has said something about a message. */
  told(name: string, id: string, kind: string, by: string): void {
    const key = `${name} ${id} ${kind} ${by}`;
    const times = (this.#told.get(key) ?? 0) + 1;
    this.#told.set(key, times);
    const type = { reaction: "reaction", edited: "edit", deleted: "delete" }[kind];
    const all = [...this.#made.values()].filter((one) => one.to === id && one.by === by && one.type === type);
    if (times > all.length)
      this.#violate("what is said of a message counts once", `${key}: ${times} times for ${all.length}`);
  }

  /** What was kept to be said of messages that stand in their logs, and is in none; in a group, by who is there still. */
  lost(): readonly Remark[] {
    return [...this.#made.values()].filter(({ id, by, fold, to }) => {
      if (this.#books.logOf(id) !== undefined) return false;
      if (!fold.startsWith("@")) return this.#books.entries(by, fold).includes(to);
      const log = fold.slice(1);
      const party = this.#books.partyOf(by);
      return party !== undefined && this.#books.groups.isHome(log, party) && this.#books.logOf(to) === log;
    });
  }

  /** Whether its author has wanted a message deleted that others may have had. */
  isDeleted(said: Said): boolean {
    return [...this.#made.values()].some(
      ({ type, by, to }) => type === "delete" && by === said.from && to === said.id,
    );
  }

  /** What a line began as on somebody's disk. */
  baseOf(name: string, message: string): Words | undefined {
    return this.#words.get(`${name} ${message}`);
  }

  /** All about a message that stands in a log, in the order of that. */
  inOrder(log: LogId, message: string): readonly Remark[] {
    return this.#books.logIds(log).flatMap((id) => {
      const remark = this.#made.get(id);
      return remark?.to === message ? [remark] : [];
    });
  }
}

function first({ sent, text }: Said): Words {
  return { text: sent ?? text };
}

// The conversations as this device shows them: rows in the order of their logs, what was shown, what was not.
// Must not know how messages come or go.

import type { MessageId } from "../domain/id.ts";
import { mentions } from "../domain/mention.ts";
import { parseName } from "../domain/name.ts";
import type { ClientStore, VaultWrite } from "../ports.ts";
import { isGroupKey } from "./conversation-record.ts";
import { type Conversation, type HistoryQuery, type Message, MOST_UNREAD } from "./events.ts";
import { type At, at, type Place, place } from "./place-record.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import { decodeRow, encodeRow } from "./row.ts";

/** A row by the id of its message. */
export interface Found {
  readonly message: Message;
  readonly position: number;
  readonly by?: Uint8Array;
}

/** What a step is about to write and the disk does not have yet. */
export interface Unwritten {
  row(key: string, position: number): Uint8Array | undefined;
}

/** Rows read at once where a whole conversation is gone through, at the most. */
const PAGE = 200;
/** The same where the newest are looked at. */
const FEW = 20;
/** Rows that are looked through for an id where an earlier version has written them. */
const LOOKED_THROUGH = 1000;
/** Ids that are remembered beside the disk, which may not have them yet. */
const REMEMBERED = 10_000;

export class Timeline {
  readonly #store: ClientStore;
  readonly #places = new Map<string, Place>();
  /** How a row is shown; `key`: of its conversation. */
  readonly #shownAs: (message: Message, key: string) => Message;
  readonly #recent = new Map<string, At>();

  constructor(store: ClientStore, shownAs: (message: Message, key: string) => Message = (row) => row) {
    this.#store = store;
    this.#shownAs = shownAs;
    for (const { key, value } of store.all("place")) this.#places.set(key, decodeRecord(place, value));
  }

  /**
   * Gives the message the next position of its conversation, which is known by `key`. Call once per message, in the order
   * of the log. `by`: see Found.
   */
  add(
    message: Message,
    key: string,
    by?: Uint8Array,
  ): { message: Message; position: number; writes: VaultWrite[] } {
    const { conversation } = message;
    const before = this.#places.get(key) ?? {
      v: 1 as const,
      name: conversation,
      next: 1,
      shown: 0,
      listed: 1,
    };
    const position = before.next;
    const after = {
      ...before,
      // A group may have another name by now.
      name: isGroupKey(key) ? conversation : before.name,
      next: position + 1,
      listed: before.listed ?? position,
    };
    this.#places.set(key, after);
    const writes = [
      ...(message.notice === undefined
        ? this.#list(message, key, by === undefined ? { position } : { position, by })
        : []),
      write(key, message, position),
      // Made when it is written: of many in one step only the last is (see Step).
      {
        put: "place" as const,
        key,
        get value() {
          return encodeRecord(after);
        },
      },
    ];
    return { message: { ...message, position }, position, writes };
  }

  /** The newest rows of a conversation, newest first, at most `limit`. */
  newest(key: string, limit: number): Message[] {
    const rows: Message[] = [];
    for (const message of this.#newestFirst(key, PAGE)) {
      if (rows.length >= limit) break;
      rows.push(message);
    }
    return rows;
  }

  /** The message of this id, as it is kept. `unwritten`: what is not on disk yet. */
  find(key: string, id: MessageId, unwritten?: Unwritten): Found | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    const name = `${key} ${id}`;
    const record = this.#recent.get(name) ?? this.#at(name);
    if (record !== undefined) {
      const { position, by } = record;
      const message = this.#row(key, position, unwritten);
      if (message === undefined) return undefined;
      return {
        message: { ...message, conversation: place.name },
        position,
        ...(by === undefined ? {} : { by }),
      };
    }
    if (place.listed === 1) return undefined;
    let left = LOOKED_THROUGH;
    for (const message of this.#newestFirst(key, PAGE, place.listed)) {
      if (message.id === id && message.notice === undefined)
        return { message, position: message.position ?? 0 };
      if ((left -= 1) === 0) break;
    }
    return undefined;
  }

  /** Puts another message in the place of one. */
  replace(key: string, { position }: Pick<Found, "position">, message: Message): VaultWrite {
    return write(key, message, position);
  }

  /** Forgets what was given out but not written, after a transaction that failed. */
  reload(): void {
    this.#places.clear();
    this.#recent.clear();
    for (const { key, value } of this.#store.all("place")) this.#places.set(key, decodeRecord(place, value));
  }

  /** The row at a position, changed. */
  change(key: string, position: number, change: Partial<Message>): VaultWrite[] {
    const row = this.#row(key, position);
    return row === undefined ? [] : [write(key, { ...row, ...change }, position)];
  }

  /** The newest rows that fit the query, oldest first. */
  history({ with: name, search, before, limit }: HistoryQuery): Message[] {
    const words = (search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const named = name === undefined ? [...this.#places.keys()] : this.keysOf(name);
    // Positions of several groups that had one name are in no common order.
    const keys = before === undefined ? named : named.slice(-1);
    const size = words.length > 0 ? PAGE : Math.max(1, Math.min(limit, PAGE));
    const found = keys.flatMap((key) => {
      const rows: Message[] = [];
      for (const message of this.#newestFirst(key, size, before)) {
        if (rows.length >= limit) break;
        if (message.notice !== undefined && words.length > 0) continue;
        const text = message.text.toLowerCase();
        if (words.every((word) => text.includes(word))) rows.push(this.#shownAs(message, key));
      }
      return rows.reverse();
    });
    // Several conversations have no common order but time; within each the order of its log stays.
    if (keys.length > 1) found.sort((a, b) => a.sentAt - b.sentAt);
    return found.slice(-limit);
  }

  unread(): Message[] {
    const found: Message[] = [];
    for (const [key, { shown, next }] of this.#places) {
      if (shown >= next - 1) continue;
      const rows: Message[] = [];
      for (const message of this.#newestFirst(key, PAGE)) {
        if ((message.position ?? 0) <= shown) break;
        if (!message.own) rows.push(this.#shownAs(message, key));
      }
      found.push(...rows.reverse());
    }
    return found;
  }

  /** The newest first. `me`: who is mentioned in them, or not. */
  conversations(me: string): Conversation[] {
    const found = [...this.#places].map(([key, { name, shown }]): Conversation => {
      let [newestAt, unread, mentioned] = [0, 0, false];
      for (const message of this.#newestFirst(key, FEW)) {
        newestAt = Math.max(newestAt, message.sentAt);
        if ((message.position ?? 0) <= shown || unread === MOST_UNREAD) break;
        if (message.own || message.notice !== undefined) continue;
        unread += 1;
        mentioned ||= mentions(message.text, me) || this.#shownAs(message, key).replyTo?.own === true;
      }
      return { name, unread, mentioned, shown, newestAt };
    });
    return found.sort((a, b) => b.newestAt - a.newestAt);
  }

  /** All up to there was shown. `owes`: the other person is to be told, if something of theirs is among what is new. */
  shown(conversation: string, position: number, owes = false): VaultWrite[] {
    const key = this.keysOf(conversation).at(-1) ?? "";
    const before = this.#places.get(key);
    if (before === undefined || position <= before.shown) return [];
    const shown = Math.min(position, before.next - 1);
    const owed = owes && !isGroupKey(key) ? this.#newestOfTheirs(key, before.shown, shown) : undefined;
    return this.#put(key, { ...before, shown, ...(owed === undefined ? {} : { owed }) });
  }

  /** What the other people are yet to be told that it was shown. */
  owed(): { readonly key: string; readonly name: string; readonly upTo: MessageId }[] {
    return [...this.#places].flatMap(([key, { name, owed }]) =>
      owed === undefined ? [] : [{ key, name, upTo: owed }],
    );
  }

  /** Nothing is owed there any more. */
  settled(key: string): VaultWrite[] {
    const { owed: _, ...after } = this.#places.get(key) ?? {};
    return "v" in after ? this.#put(key, after) : [];
  }

  /** Up to which position the other person has read what this device's user wrote. */
  readBy(key: string): number {
    return this.#places.get(key)?.readBy ?? 0;
  }

  /** They have read up to there, which is beyond what was known. */
  read(key: string, readBy: number): VaultWrite[] {
    const before = this.#places.get(key);
    return before === undefined ? [] : this.#put(key, { ...before, readBy });
  }

  /** The conversations of this name, whatever its case: several groups may have had it, the latest last. */
  keysOf(name: string): string[] {
    const parsed = parseName(name.startsWith("@") ? name.slice(1) : name);
    if (!name.startsWith("@")) return [parsed.ok ? parsed.fold : name];
    return [...this.#places]
      .filter(([key, place]) => isGroupKey(key) && isNamed(place.name, name))
      .map(([key]) => key);
  }

  #put(key: string, after: Place): VaultWrite[] {
    this.#places.set(key, after);
    return [{ put: "place", key, value: encodeRecord(after) }];
  }

  /** The newest message between these positions that came from the other person, under the key they are known by. */
  #newestOfTheirs(key: string, after: number, upTo: number): MessageId | undefined {
    for (const { position = 0, own, notice, trusted, id } of this.#newestFirst(key, FEW, upTo + 1)) {
      if (position <= after) return undefined;
      if (!own && notice === undefined && trusted) return id;
    }
    return undefined;
  }

  /** Whoever has an id first keeps it: nobody can put a message of theirs in the place of another one. */
  #list({ id }: Message, key: string, record: Omit<At, "v">): VaultWrite[] {
    const name = `${key} ${id}`;
    if (this.#recent.has(name) || this.#store.get("at", name) !== undefined) return [];
    if (this.#recent.size >= REMEMBERED) this.#recent.clear();
    this.#recent.set(name, { v: 1, ...record });
    return [{ put: "at", key: name, value: encodeRecord({ v: 1, ...record }) }];
  }

  #at(name: string): At | undefined {
    const found = this.#store.get("at", name);
    return found === undefined ? undefined : decodeRecord(at, found);
  }

  #row(key: string, position: number, unwritten?: Unwritten): Message | undefined {
    const value = unwritten?.row(key, position);
    if (value !== undefined) return decodeRow({ position, value });
    const [found] = this.#store.history(key, position + 1, 1);
    return found?.position === position ? decodeRow(found) : undefined;
  }

  *#newestFirst(key: string, size: number, from = Number.MAX_SAFE_INTEGER): Generator<Message> {
    for (let before = from; ;) {
      const page = this.#store.history(key, before, size);
      const name = this.#places.get(key)?.name;
      for (const found of page) {
        const message = decodeRow(found);
        yield name === undefined ? message : { ...message, conversation: name };
      }
      const last = page.at(-1);
      if (last === undefined || page.length < size) return;
      before = last.position;
    }
  }
}

function write(key: string, message: Message, position: number): VaultWrite {
  return { history: key, position, value: encodeRow(message) };
}

function isNamed(group: string, name: string): boolean {
  const [one, other] = [parseName(group.slice(1)), parseName(name.slice(1))];
  return one.ok && other.ok ? one.fold === other.fold : group === name;
}

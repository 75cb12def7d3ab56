// The conversations as this device shows them: rows in the order of their logs, what was shown, what was not.
// Must not know how messages come or go.

import * as v from "valibot";
import { mentions } from "../domain/mention.ts";
import { parseName } from "../domain/name.ts";
import type { ClientStore, VaultWrite } from "../ports.ts";
import {
  type Conversation,
  type FailureReason,
  type HistoryQuery,
  isFailureReason,
  type Message,
  MOST_UNREAD,
} from "./events.ts";
import { isGroupKey } from "./conversation-record.ts";
import { groupNotice } from "./group-notice.ts";
import { decodeRecord, encodeRecord } from "./record.ts";

const failureReason = v.custom<FailureReason>((value) => typeof value === "string" && isFailureReason(value));

const row = v.object({
  v: v.literal(1),
  id: v.string(),
  conversation: v.string(),
  sender: v.string(),
  text: v.string(),
  sentAt: v.number(),
  queued: v.boolean(),
  trusted: v.boolean(),
  own: v.boolean(),
  state: v.exactOptional(v.picklist(["waiting", "accepted", "delivered", "failed"])),
  delivered: v.exactOptional(v.number()),
  of: v.exactOptional(v.number()),
  reason: v.exactOptional(failureReason),
  passedOnBy: v.exactOptional(v.string()),
  notice: v.exactOptional(groupNotice),
  file: v.exactOptional(v.object({ name: v.string(), size: v.number(), sha256: v.string() })),
});

/** Where a conversation stands: the next free position, and the one up to which all was shown. */
const place = v.object({ v: v.literal(1), name: v.string(), next: v.number(), shown: v.number() });
type Place = v.InferOutput<typeof place>;

/** Rows read at once where a whole conversation is gone through, at the most. */
const PAGE = 200;
/** The same where the newest are looked at. */
const FEW = 20;

export class Timeline {
  readonly #store: ClientStore;
  readonly #places = new Map<string, Place>();

  constructor(store: ClientStore) {
    this.#store = store;
    for (const { key, value } of store.all("place")) this.#places.set(key, decodeRecord(place, value));
  }

  /**
   * Gives the message the next position of its conversation, which is known by `key`. Call once per message, in the order
   * of the log.
   */
  add(message: Message, key: string): { message: Message; position: number; writes: VaultWrite[] } {
    const { conversation } = message;
    const before = this.#places.get(key) ?? { v: 1 as const, name: conversation, next: 1, shown: 0 };
    const position = before.next;
    // A group may have another name by now.
    const after = { ...before, name: isGroupKey(key) ? conversation : before.name, next: position + 1 };
    this.#places.set(key, after);
    const writes = [
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

  /** Forgets what was given out but not written, after a transaction that failed. */
  reload(): void {
    this.#places.clear();
    for (const { key, value } of this.#store.all("place")) this.#places.set(key, decodeRecord(place, value));
  }

  /** The row at a position, changed. */
  change(key: string, position: number, change: Partial<Message>): VaultWrite[] {
    const [found] = this.#store.history(key, position + 1, 1);
    if (found === undefined || found.position !== position) return [];
    return [write(key, { ...read(found), ...change }, position)];
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
        if (words.every((word) => text.includes(word))) rows.push(message);
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
        if (!message.own) rows.push(message);
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
        mentioned ||= mentions(message.text, me);
      }
      return { name, unread, mentioned, shown, newestAt };
    });
    return found.sort((a, b) => b.newestAt - a.newestAt);
  }

  shown(conversation: string, position: number): VaultWrite[] {
    const key = this.keysOf(conversation).at(-1) ?? "";
    const before = this.#places.get(key);
    if (before === undefined || position <= before.shown) return [];
    const after = { ...before, shown: Math.min(position, before.next - 1) };
    this.#places.set(key, after);
    return [{ put: "place", key, value: encodeRecord(after) }];
  }

  /** The conversations of this name, whatever its case: several groups may have had it, the latest last. */
  keysOf(name: string): string[] {
    const parsed = parseName(name.startsWith("@") ? name.slice(1) : name);
    if (!name.startsWith("@")) return [parsed.ok ? parsed.fold : name];
    return [...this.#places]
      .filter(([key, place]) => isGroupKey(key) && isNamed(place.name, name))
      .map(([key]) => key);
  }

  *#newestFirst(key: string, size: number, from = Number.MAX_SAFE_INTEGER): Generator<Message> {
    for (let before = from; ;) {
      const page = this.#store.history(key, before, size);
      const name = this.#places.get(key)?.name;
      for (const found of page) {
        const message = read(found);
        yield name === undefined ? message : { ...message, conversation: name };
      }
      const last = page.at(-1);
      if (last === undefined || page.length < size) return;
      before = last.position;
    }
  }
}

function write(key: string, message: Message, position: number): VaultWrite {
  const { position: _, ...rest } = message;
  return { history: key, position, value: encodeRecord({ v: 1, ...rest }) };
}

function read({ position, value }: { position: number; value: Uint8Array }): Message {
  const { v: _, ...message } = decodeRecord(row, value);
  return { ...message, position };
}

function isNamed(group: string, name: string): boolean {
  const [one, other] = [parseName(group.slice(1)), parseName(name.slice(1))];
  return one.ok && other.ok ? one.fold === other.fold : group === name;
}

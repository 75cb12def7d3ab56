// The conversations as this device shows them: rows in the order of their logs, what was shown, what was not.
// Must not know how messages come or go.

import * as v from "valibot";
import { parseName } from "../domain/name.ts";
import type { ClientStore, VaultWrite } from "../ports.ts";
import { isRefusalCode } from "../wire/refusal.ts";
import type { FailureReason, HistoryQuery, Message } from "./events.ts";
import { decodeRecord, encodeRecord } from "./record.ts";

const failureReason = v.custom<FailureReason>(
  (value) =>
    typeof value === "string" &&
    (isRefusalCode(value) ||
      value === "key-changed" ||
      value === "bad-key" ||
      value === "expired" ||
      value === "yourself"),
);

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
});

/** Where a conversation stands: the next free position, and the one up to which all was shown. */
const place = v.object({ v: v.literal(1), name: v.string(), next: v.number(), shown: v.number() });
type Place = v.InferOutput<typeof place>;

/** Rows read at once where a whole conversation is gone through. */
const PAGE = 200;

export class Timeline {
  readonly #store: ClientStore;
  readonly #places = new Map<string, Place>();

  constructor(store: ClientStore) {
    this.#store = store;
    for (const { key, value } of store.all("place")) this.#places.set(key, decodeRecord(place, value));
  }

  /** Gives the message the next position of its conversation. Call once per message, in the order of the log. */
  add(message: Message): { message: Message; position: number; writes: VaultWrite[] } {
    const key = foldOf(message.conversation);
    const before = this.#places.get(key) ?? { v: 1 as const, name: message.conversation, next: 1, shown: 0 };
    const position = before.next;
    const after = { ...before, next: position + 1 };
    this.#places.set(key, after);
    const writes = [write(message, position), { put: "place" as const, key, value: encodeRecord(after) }];
    return { message: { ...message, position }, position, writes };
  }

  /** Forgets what was given out but not written, after a transaction that failed. */
  reload(): void {
    this.#places.clear();
    for (const { key, value } of this.#store.all("place")) this.#places.set(key, decodeRecord(place, value));
  }

  /** The row at a position, changed. */
  change(conversation: string, position: number, change: Partial<Message>): VaultWrite[] {
    const [found] = this.#store.history(foldOf(conversation), position + 1, 1);
    if (found === undefined || found.position !== position) return [];
    return [write({ ...read(found), ...change }, position)];
  }

  /** The newest rows that fit the query, oldest first. */
  history({ with: name, search, limit }: HistoryQuery): Message[] {
    const words = (search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const keys = name === undefined ? [...this.#places.keys()] : [foldOf(name)];
    const found = keys.flatMap((key) => {
      const rows: Message[] = [];
      for (const message of this.#newestFirst(key)) {
        if (rows.length >= limit) break;
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
      for (const message of this.#newestFirst(key)) {
        if ((message.position ?? 0) <= shown) break;
        if (!message.own) rows.push(message);
      }
      found.push(...rows.reverse());
    }
    return found;
  }

  shown(conversation: string, position: number): VaultWrite[] {
    const key = foldOf(conversation);
    const before = this.#places.get(key);
    if (before === undefined || position <= before.shown) return [];
    const after = { ...before, shown: Math.min(position, before.next - 1) };
    this.#places.set(key, after);
    return [{ put: "place", key, value: encodeRecord(after) }];
  }

  *#newestFirst(key: string): Generator<Message> {
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const page = this.#store.history(key, before, PAGE);
      for (const found of page) yield read(found);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      before = last.position;
    }
  }
}

/** Conversations are found whatever the case of the name. */
function foldOf(name: string): string {
  const parsed = parseName(name);
  return parsed.ok ? parsed.fold : name;
}

function write(message: Message, position: number): VaultWrite {
  const { position: _, ...rest } = message;
  return { history: foldOf(message.conversation), position, value: encodeRecord({ v: 1, ...rest }) };
}

function read({ position, value }: { position: number; value: Uint8Array }): Message {
  const { v: _, ...message } = decodeRecord(row, value);
  return { ...message, position };
}

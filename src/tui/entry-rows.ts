// The rows that one entry of a conversation takes on a screen, with the line of a new day and the "new" line before it.
// Must not know which of them are seen.

import { widthOf, wrapped } from "./cells.ts";
import type { Entry, Room } from "./model.ts";
import type { Line } from "./spans.ts";
import type { Words } from "./words.ts";

/** As wide as the time and the space before a name. */
const INDENT = 6;

/** What rows depend on, beside the entry and the one before it. */
export interface Setting {
  readonly columns: number;
  readonly words: Words;
  readonly isOnline: boolean;
}

export interface EntryRows {
  readonly rows: readonly Line[];
  /** How many of them are lines that stand before it. */
  readonly rules: number;
}

interface Kept extends EntryRows {
  readonly like: string;
}

/** The rows of what has not changed are not made anew. */
const kept = new WeakMap<Entry, Kept>();

/** How many rows the entry at `at` takes. */
export function rowsOf(room: Room, at: number, setting: Setting): number {
  return entryRows(room, at, setting).rows.length;
}

/** The rows of the entry at `at`. */
export function entryRows(room: Room, at: number, { columns, words, isOnline }: Setting): EntryRows {
  const entry = room.entries[at];
  if (entry === undefined) return { rows: [], rules: 0 };
  const day = newDay(room, at, words);
  const isNew = beginsNew(room, at);
  const waits = entry.kind === "message" && entry.message.state === "waiting" && isOnline;
  const like = `${columns} ${day ?? ""} ${isNew} ${waits}`;
  const before = kept.get(entry);
  if (before?.like === like) return before;
  const lines = entry.kind === "aside" ? entry.lines : words.message(entry.message, isOnline);
  const rules = [
    ...(day === undefined ? [] : [rule(day, "dim", columns)]),
    ...(isNew ? [rule(words.newMessages, "mention", columns)] : []),
  ];
  const rows = [...rules, ...lines.flatMap((line) => wrapped(line, columns, INDENT))];
  const now = { like, rows, rules: rules.length };
  kept.set(entry, now);
  return now;
}

function newDay(room: Room, at: number, words: Words): string | undefined {
  const entry = room.entries[at];
  if (entry?.kind !== "message") return undefined;
  const today = words.day(entry.message.sentAt);
  for (let back = at - 1; back >= 0; back--) {
    const before = room.entries[back];
    if (before?.kind === "message") return words.day(before.message.sentAt) === today ? undefined : today;
  }
  return today;
}

/** The first message of somebody else's after what was read. */
function beginsNew(room: Room, at: number): boolean {
  if (room.newAfter === undefined || !isUnread(room, at)) return false;
  for (let back = at - 1; back >= 0; back--) {
    if (isUnread(room, back)) return false;
    const before = room.entries[back];
    if (before?.kind === "message" && (before.message.position ?? 0) > 0) return true;
  }
  return true;
}

function isUnread({ newAfter, entries }: Room, at: number): boolean {
  const entry = entries[at];
  if (newAfter === undefined || entry?.kind !== "message") return false;
  const { own, notice, position = 0 } = entry.message;
  return !own && notice === undefined && position > newAfter;
}

/** A line across, with a word in it. */
function rule(text: string, style: "dim" | "mention", columns: number): Line {
  const rest = Math.max(0, columns - widthOf(text) - 6);
  return [{ text: `──── ${text} ${"─".repeat(rest)}`, style }];
}

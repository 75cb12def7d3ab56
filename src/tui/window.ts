// Which rows of a conversation are seen, and what is when one scrolls: only what is seen is ever made into rows. Pure.
// Must not know how rows are drawn.

import { entryRows, type Setting } from "./entry-rows.ts";
import type { Anchor, Room } from "./model.ts";
import type { Line } from "./spans.ts";

export interface Window {
  /** From the top, at most `height`. */
  readonly rows: readonly Line[];
  /** The window shows the very first, or the very last, row of what is in memory. */
  readonly isAtTop: boolean;
  readonly isAtBottom: boolean;
  /** The newest position of what is seen. */
  readonly newest: number;
}

export function windowOf(room: Room, height: number, setting: Setting): Window {
  const { at, below } = place(room);
  const rows: Line[] = [];
  let newest = 0;
  let index = at;
  for (; index >= 0 && rows.length < height; index--) {
    const all = entryRows(room, index, setting);
    const seen = index === at ? all.slice(0, all.length - below) : all;
    // From below upwards: turned round at the end.
    rows.push(...seen.toReversed());
    const entry = room.entries[index];
    if (entry?.kind === "message") newest = Math.max(newest, entry.message.position ?? 0);
  }
  return {
    rows: rows.slice(0, height).reverse(),
    isAtTop: index < 0 && rows.length <= height,
    isAtBottom: at === room.entries.length - 1 && below === 0,
    newest,
  };
}

/** Where one is after so many rows up (negative: down). Undefined: at the bottom again. */
export function scrolled(room: Room, rows: number, height: number, setting: Setting): Anchor | undefined {
  let { at, below } = place(room);
  below += rows;
  // Up: never so far that the window would not be full.
  const most = Math.max(0, rowsAbove(room, at, height + below, setting) - height);
  below = Math.min(below, most);
  while (at > 0) {
    const size = entryRows(room, at, setting).length;
    if (below < size) break;
    below -= size;
    at -= 1;
  }
  while (below < 0 && at < room.entries.length - 1) {
    at += 1;
    below += entryRows(room, at, setting).length;
  }
  below = Math.max(0, below);
  const entry = room.entries[at];
  if (entry === undefined) return undefined;
  if (at === room.entries.length - 1 && below === 0 && room.below === "none") return undefined;
  return { id: entry.id, below };
}

/** Rows from the entry at `at` upwards, counted no further than `enough`. */
function rowsAbove(room: Room, at: number, enough: number, setting: Setting): number {
  let rows = 0;
  for (let index = at; index >= 0 && rows < enough; index--) rows += entryRows(room, index, setting).length;
  return Math.min(rows, enough);
}

function place({ anchor, entries }: Room): { at: number; below: number } {
  const last = { at: entries.length - 1, below: 0 };
  if (anchor === undefined) return last;
  const at = entries.findLastIndex(({ id }) => id === anchor.id);
  return at < 0 ? last : { at, below: anchor.below };
}

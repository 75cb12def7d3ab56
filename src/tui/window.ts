// Which rows of a conversation are seen, and what is when one scrolls: only what is seen is ever made into rows. Pure.
// Must not know how rows are drawn.

import { entryRows, rowsOf, type Setting } from "./entry-rows.ts";
import type { Anchor, Room } from "./model.ts";
import type { Line } from "./spans.ts";

export interface Window {
  /** From the top, at most `height`. */
  readonly rows: readonly Line[];
  /** The entry that each row is of; undefined: a line between two of them. */
  readonly owners: readonly (string | undefined)[];
  /** The window shows the very first, or the very last, row of what is in memory. */
  readonly isAtTop: boolean;
  readonly isAtBottom: boolean;
  /** The newest position of what is seen. */
  readonly newest: number;
}

export function windowOf(room: Room, height: number, setting: Setting): Window {
  const { at, below } = place(room);
  const rows: Line[] = [];
  const owners: (string | undefined)[] = [];
  let newest = 0;
  let index = at;
  for (; index >= 0 && rows.length < height; index--) {
    const { rows: all, rules } = entryRows(room, index, setting);
    const seen = index === at ? all.slice(0, all.length - below) : all;
    // From below upwards: turned round at the end.
    rows.push(...seen.toReversed());
    const entry = room.entries[index];
    owners.push(...seen.map((_, row) => (row < rules ? undefined : entry?.id)).reverse());
    if (entry?.kind === "message") newest = Math.max(newest, entry.message.position ?? 0);
  }
  return {
    rows: rows.slice(0, height).reverse(),
    owners: owners.slice(0, height).reverse(),
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
    const size = rowsOf(room, at, setting);
    if (below < size) break;
    below -= size;
    at -= 1;
  }
  while (below < 0 && at < room.entries.length - 1) {
    at += 1;
    below += rowsOf(room, at, setting);
  }
  below = Math.max(0, below);
  const entry = room.entries[at];
  if (entry === undefined) return undefined;
  if (at === room.entries.length - 1 && below === 0 && room.below === "none") return undefined;
  return { id: entry.id, below };
}

/** Where one is, had one but to see the entry at `at`: as near as can be. */
export function revealing(room: Room, at: number, height: number, setting: Setting): Anchor | undefined {
  const size = rowsOf(room, at, setting);
  const now = place(room);
  const id = room.entries[at]?.id ?? "";
  if (at > now.at || (at === now.at && now.below > 0 && size <= height))
    return { id, below: Math.max(0, size - height) };
  let rows = -now.below;
  for (let index = at; index <= now.at; index++) rows += rowsOf(room, index, setting);
  return rows <= height ? room.anchor : scrolled(room, rows - height, height, setting);
}

/** Where one stays though more is written below. */
export function pinned(room: Room): Anchor | undefined {
  const last = room.entries.at(-1);
  return room.anchor ?? (last === undefined ? undefined : { id: last.id, below: 0 });
}

/** The opposite: at the very end one goes along with what is written. `pin`: what was the end before. */
export function unpinned({ anchor, entries, below }: Room, pin: string | undefined): Anchor | undefined {
  const isEnd = anchor?.id === pin || anchor?.id === entries.at(-1)?.id;
  return isEnd && anchor?.below === 0 && below === "none" ? undefined : anchor;
}

/** Rows from the entry at `at` upwards, counted no further than `enough`. */
function rowsAbove(room: Room, at: number, enough: number, setting: Setting): number {
  let rows = 0;
  for (let index = at; index >= 0 && rows < enough; index--) rows += rowsOf(room, index, setting);
  return Math.min(rows, enough);
}

function place({ anchor, entries }: Room): { at: number; below: number } {
  const last = { at: entries.length - 1, below: 0 };
  if (anchor === undefined) return last;
  const at = entries.findLastIndex(({ id }) => id === anchor.id);
  return at < 0 ? last : { at, below: anchor.below };
}

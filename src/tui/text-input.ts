// What is being typed: text with a cursor in it, edited as in a shell. Pure.
// Must not know which keys do what, nor how it is drawn.

import { clustersOf, widthOf } from "./cells.ts";
import type { Line } from "./spans.ts";

export interface TextInput {
  readonly text: string;
  /** In UTF-16 units, between characters as a reader counts them. */
  readonly cursor: number;
}

export const EMPTY: TextInput = { text: "", cursor: 0 };

export type Edit =
  | "left"
  | "right"
  | "word-left"
  | "word-right"
  | "line-start"
  | "line-end"
  | "line-up"
  | "line-down"
  | "erase-left"
  | "erase-right"
  | "erase-word-left"
  | "erase-word-right"
  | "erase-to-start"
  | "erase-to-end"
  | "new-line";

export function inserted({ text, cursor }: TextInput, more: string): TextInput {
  return { text: text.slice(0, cursor) + more + text.slice(cursor), cursor: cursor + more.length };
}

export function typed(text: string): TextInput {
  return { text, cursor: text.length };
}

export function edited(input: TextInput, edit: Edit): TextInput {
  const { text, cursor } = input;
  const to = (place: number) => ({ text, cursor: place });
  const without = (from: number, until: number) => ({
    text: text.slice(0, from) + text.slice(until),
    cursor: from,
  });
  switch (edit) {
    case "left":
      return to(before(text, cursor));
    case "right":
      return to(after(text, cursor));
    case "word-left":
      return to(wordBefore(text, cursor));
    case "word-right":
      return to(wordAfter(text, cursor));
    case "line-start":
      return to(lineStart(text, cursor));
    case "line-end":
      return to(lineEnd(text, cursor));
    case "line-up":
      return to(onLine(text, cursor, -1));
    case "line-down":
      return to(onLine(text, cursor, 1));
    case "erase-left":
      return without(before(text, cursor), cursor);
    case "erase-right":
      return without(cursor, after(text, cursor));
    case "erase-word-left":
      return without(wordBefore(text, cursor), cursor);
    case "erase-word-right":
      return without(cursor, wordAfter(text, cursor));
    case "erase-to-start":
      return without(lineStart(text, cursor), cursor);
    case "erase-to-end":
      return without(cursor, lineEnd(text, cursor));
    case "new-line":
      return inserted(input, "\n");
  }
}

/** Whether the cursor is on the first line, or on the last. */
export function isAtEdge({ text, cursor }: TextInput, edge: "first" | "last"): boolean {
  return edge === "first" ? lineStart(text, cursor) === 0 : lineEnd(text, cursor) === text.length;
}

export interface InputRows {
  readonly rows: readonly Line[];
  readonly cursor: { readonly column: number; readonly row: number };
}

/**
 * The rows that the text takes, at most `most` of them with the cursor's among them, and where the cursor is in them. What
 * was pasted may be anything: a tab is shown as one space, and a control character as its picture.
 */
export function inputRows({ text, cursor }: TextInput, columns: number, most: number): InputRows {
  const rows: string[] = [""];
  let at = 0;
  let column = 0;
  let found = { column: 0, row: 0 };
  for (const cluster of clustersWithin(text)) {
    const shown = shownAs(cluster);
    const width = cluster === "\n" ? 0 : widthOf(shown);
    // What fills the last column stays there; the cursor after it needs one more.
    if (column + width > columns - 1) {
      rows.push("");
      column = 0;
    }
    if (at <= cursor) found = { column, row: rows.length - 1 };
    if (cluster === "\n") {
      rows.push("");
      column = 0;
    } else {
      rows[rows.length - 1] += shown;
      column += width;
    }
    at += cluster.length;
  }
  if (at <= cursor) found = { column, row: rows.length - 1 };
  const top = Math.max(0, Math.min(found.row - most + 1 + Math.floor(most / 2), rows.length - most));
  const shown = rows.slice(top, top + most).map((text): Line => [{ text }]);
  return { rows: shown, cursor: { column: found.column, row: found.row - top } };
}

function shownAs(cluster: string): string {
  if (cluster === "\t") return " ";
  const code = cluster.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(PICTURES + code);
  if (code === 0x7f) return DELETE_PICTURE;
  return code >= 0x80 && code < 0xa0 ? "\ufffd" : (clustersOf(cluster)[0] ?? "");
}

/** Unicode's "Control Pictures": that of a character of C0, and that of DEL. */
const PICTURES = 0x2400;
const DELETE_PICTURE = "\u2421";
const CLUSTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function* clustersWithin(text: string): Generator<string> {
  for (const { segment } of CLUSTERS.segment(text)) yield segment;
}

function before(text: string, cursor: number): number {
  return cursor === 0 ? 0 : (CLUSTERS.segment(text).containing(cursor - 1)?.index ?? 0);
}

function after(text: string, cursor: number): number {
  const found = CLUSTERS.segment(text).containing(cursor);
  return found === undefined ? text.length : found.index + found.segment.length;
}

function wordBefore(text: string, cursor: number): number {
  const left = text.slice(0, cursor);
  return left.length - (/\S*\s*$/.exec(left)?.[0].length ?? 0);
}

function wordAfter(text: string, cursor: number): number {
  return cursor + (/^\s*\S*/.exec(text.slice(cursor))?.[0].length ?? 0);
}

function lineStart(text: string, cursor: number): number {
  return cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

function lineEnd(text: string, cursor: number): number {
  const end = text.indexOf("\n", cursor);
  return end < 0 ? text.length : end;
}

/** The same place, in characters, on the line above or below. */
function onLine(text: string, cursor: number, by: 1 | -1): number {
  const start = lineStart(text, cursor);
  const characters = clustersOf(text.slice(start, cursor)).length;
  const line = by < 0 ? lineStart(text, start - 1) : lineEnd(text, cursor) + 1;
  if ((by < 0 && start === 0) || line > text.length) return cursor;
  let place = line;
  const end = lineEnd(text, line);
  for (let n = 0; n < characters && place < end; n++) place = after(text, place);
  return Math.min(place, end);
}

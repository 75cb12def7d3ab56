// The whole screen as rows of text: a function of the model, the size of the window and the words. Pure.
// Must not know the terminal.

import { commandRows } from "./command-rows.ts";
import { cut, fitted, lineWidth, spread, wrapped } from "./cells.ts";
import { chosenLine, pointedOut } from "./chosen-rows.ts";
import type { Setting } from "./entry-rows.ts";
import { layoutOf, type Layout } from "./layout.ts";
import { listRows } from "./list-rows.ts";
import {
  chosenIn,
  type Composing,
  currentRoom,
  type Found,
  isGroup,
  type Model,
  NOBODY,
  type Room,
} from "./model.ts";
import { panelRows } from "./panel-rows.ts";
import type { Line } from "./spans.ts";
import { inputRows } from "./text-input.ts";
import { revealing, type Window, windowOf } from "./window.ts";
import type { Words } from "./words.ts";

export interface Screen {
  /** As many as the window has, each as wide as it is, or less. */
  readonly rows: readonly Line[];
  /** Where the cursor stands, from 0: also what an input method writes at. */
  readonly cursor: { readonly column: number; readonly row: number };
  readonly window: Window;
  /** Rows in which messages are seen. */
  readonly height: number;
}

export function isOnline({ status }: Model): boolean {
  return status.state === "online" || status.state === "catching-up";
}

export function settingOf(model: Model, words: Words): Setting {
  return { columns: layoutOf(model.columns, model.rows).main, words, isOnline: isOnline(model) };
}

export function screenOf(model: Model, words: Words): Screen {
  const layout = layoutOf(model.columns, model.rows);
  const room = currentRoom(model);
  const bottom = bottomRows(model, layout, words);
  const height = Math.max(1, layout.rows - bottom.rows.length - 2);
  const chosen = model.panel === undefined ? chosenIn(model) : undefined;
  const window = chosenWindow(room, chosen, height, settingOf(model, words));
  const isChosen = (row: number) => chosen !== undefined && window.owners[row] === chosen.message.id;
  const messages = window.rows.map((line, row) => (isChosen(row) ? pointedOut(line) : line));
  const panel =
    model.panel === undefined ? undefined : panelRows(model, model.panel, layout.main, height, words);
  const middle = panel?.rows ?? (messages.length === 0 ? beginning(model, layout, words) : messages);
  const main = [headingRow(model, layout, words), ...filled(middle, height, panel === undefined)];
  const list = layout.list === 0 ? [] : listRows(model, layout.list, main.length + bottom.rows.length, words);
  const beside = [...main, ...bottom.rows].map((row, at) => [...(list[at] ?? []), ...row]);
  const top = panel?.cursor;
  const first = chosen?.chosen.step === "palette" ? -1 : window.owners.indexOf(chosen?.message.id ?? "");
  const cursor =
    first >= 0
      ? { column: layout.list, row: 1 + height - messages.length + first }
      : top === undefined
        ? { column: layout.list + bottom.cursor.column, row: main.length + bottom.cursor.row }
        : { column: layout.list + top.column, row: 1 + top.row };
  return { rows: [...beside, statusRow(model, layout, words)], cursor, window, height };
}

/** Whatever has changed around it, the chosen message is seen. */
function chosenWindow(room: Room, chosen: Found | undefined, height: number, setting: Setting): Window {
  const window = windowOf(room, height, setting);
  if (chosen === undefined || window.owners.includes(chosen.message.id)) return window;
  return windowOf({ ...room, anchor: revealing(room, chosen.at, height, setting) }, height, setting);
}

/** The name and how they are there, what was written elsewhere where no list shows it. */
function headingRow(model: Model, { main, list }: Layout, words: Words): Line {
  const room = currentRoom(model);
  const others = [...model.rooms].filter(([key]) => key !== model.current).map(([, other]) => other);
  const unread = others.reduce((sum, other) => sum + other.unread, 0);
  const right =
    unread > 0 && list === 0
      ? words.elsewhere(
          unread,
          others.some(({ marked }) => marked),
        )
      : [];
  const online = isGroup(room.name) ? undefined : model.people.get(model.current)?.online;
  return spread(words.heading(room.name, online, model.writing.has(model.current)), right, main);
}

/** What is typed, what is said of the last key, files on their way, and that there is more below. */
function bottomRows(
  model: Model,
  { main, input, rows }: Layout,
  words: Words,
): { readonly rows: readonly Line[]; readonly cursor: Screen["cursor"] } {
  const room = currentRoom(model);
  const prompt: Line = [{ text: words.prompt(room.name), style: "bold" }];
  const shortened = cut(prompt, Math.max(4, Math.floor(main / 3)));
  const inset = lineWidth(shortened);
  const typed = inputRows(room.input, main - inset, input);
  const inputs = typed.rows.map((row, at): Line => [
    ...(at === 0 ? shortened : [{ text: " ".repeat(inset) }]),
    ...row,
  ]);
  const chosen = chosenIn(model);
  const more = room.anchor === undefined || chosen !== undefined ? [] : [words.moreBelow];
  const { hint } = model;
  const said = hint === undefined ? [] : rows < 16 ? [hint] : wrapped(hint, main, 2).slice(0, 3);
  const hints = [...commandRows(model, main, rows, words), ...said];
  const isKeys = model.panel === undefined && hints.length === 0;
  const keys = chosen === undefined || !isKeys ? [] : [chosenLine(chosen, main, words)];
  const bars = model.bar === undefined ? [] : [model.bar];
  const composing = room.composing === undefined ? [] : [composingRow(room.composing, main, words)];
  const above = [...more, ...bars, ...hints, ...keys, ...composing].map((line) => cut(line, main));
  const isPicking = chosen?.chosen.step === "palette" && model.panel === undefined;
  const picked = above.length - composing.length - 1;
  const cursor = isPicking
    ? { column: Math.min(main - 1, lineWidth(above[picked] ?? [])), row: picked }
    : { column: inset + typed.cursor.column, row: above.length + typed.cursor.row };
  return { rows: [...above, ...inputs], cursor };
}

function composingRow(composing: Composing, columns: number, words: Words): Line {
  const { what, back } = words.composing(composing);
  return spread(what, back, columns);
}

function statusRow(model: Model, { columns, list }: Layout, words: Words): Line {
  const isShort = list === 0;
  const room = currentRoom(model);
  const apart: Line = [{ text: " · " }];
  const safety =
    model.current === NOBODY
      ? []
      : [...apart, ...words.safety(room.name, model.people.get(model.current)?.trust, isShort)];
  const line = [
    { text: " " },
    ...words.who(model.me, model.className, isShort),
    ...apart,
    ...words.connection(model.status, isShort),
    ...safety,
  ];
  return fitted(line, columns).map(({ text, style }) => ({
    text,
    style: style === "alarm" ? style : "inverse",
  }));
}

/** What stands where nothing was written yet. */
function beginning(model: Model, { main }: Layout, words: Words): Line[] {
  const room = currentRoom(model);
  const isAlone = ![...model.people.values()].some(({ online }) => online);
  const lines = model.current === NOBODY ? words.firstSteps(isAlone) : words.emptyRoom(room.name);
  return lines.flatMap((line) => wrapped(line, main, 0));
}

/** Messages stand at the bottom, a panel at the top. */
function filled(rows: readonly Line[], height: number, atBottom: boolean): readonly Line[] {
  const missing = Array.from({ length: Math.max(0, height - rows.length) }, (): Line => []);
  return atBottom ? [...missing, ...rows] : [...rows.slice(0, height), ...missing];
}

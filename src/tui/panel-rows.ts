// What lies over the messages: the help, an answer, the switcher, the search. Pure.
// Must not know which keys work in it.

import { cut, fitted, lineWidth, widthOf, wrapped } from "./cells.ts";
import { chosenHelp, keyHelp } from "./key-table.ts";
import { type Listed, listed, type Model, type Panel } from "./model.ts";
import type { Line } from "./spans.ts";
import { inputRows } from "./text-input.ts";
import type { Words } from "./words.ts";

export interface PanelRows {
  readonly rows: readonly Line[];
  /** Where one types in it. */
  readonly cursor?: { readonly column: number; readonly row: number };
}

export function panelRows(
  model: Model,
  panel: Panel,
  columns: number,
  height: number,
  words: Words,
): PanelRows {
  switch (panel.kind) {
    case "text": {
      const all = panel.lines.flatMap((line) => wrapped(line, columns, 4));
      const room = height - 1;
      const top = Math.max(0, Math.min(panel.top, all.length - room));
      const isAll = all.length <= room;
      const share = isAll ? "" : ` ${Math.round((100 * (top + room)) / all.length)} %`;
      const title = titleRow(`${panel.title}${share}`, words.closes, columns);
      return { rows: [title, ...all.slice(top, top + room)] };
    }
    case "switcher": {
      const matches = switcherMatches(model, panel.input.text);
      const rows = matches.map(({ name, room }): Line => {
        const unread = room === undefined || room.unread === 0 ? "" : `  ${words.unreadMark(room)}`;
        return [{ text: words.shown(name) }, { text: unread, style: "bold" }];
      });
      return chooser(words.switcher.title, panel, rows, words.switcher.none, columns, height);
    }
    case "search": {
      const rows = (panel.found ?? []).map((message) => words.found(message));
      const { how, none: nothing, goesOn } = words.search;
      const none = panel.found === undefined ? how : panel.isDone ? nothing : goesOn;
      return chooser(words.search.title, panel, rows, none, columns, height);
    }
  }
}

/** Rows that a panel of text has beyond its first. */
export function panelLength(lines: readonly Line[], columns: number): number {
  return lines.reduce((sum, line) => sum + wrapped(line, columns, 4).length, 0);
}

/** The lines of the help screen. */
export function helpLines(words: Words): Line[] {
  const { topics, deeds, chosen, more } = words.help;
  const keys = keyHelp();
  const width = Math.max(...keys.map(([, key]) => widthOf(key)));
  const line = (key: string, what: string): Line => [
    { text: `  ${key}${" ".repeat(width - widthOf(key))}  `, style: "bold" },
    { text: what },
  ];
  return [
    ...keys.map(([topic, key]) => line(key, topics[topic])),
    [],
    [{ text: chosen }],
    ...chosenHelp().map(([topic, key]) => line(key, deeds[topic])),
    [],
    ...more,
  ];
}

/** Who is meant by a few letters: names that begin with them before those that have them in order somewhere. */
export function switcherMatches(model: Model, typed: string): readonly Listed[] {
  const wanted = typed.normalize("NFKC").toLowerCase().replace(/^@/, "");
  const ranked = listed(model).flatMap((one) => {
    const name = one.name.toLowerCase().replace(/^@/, "");
    const rank = name.startsWith(wanted)
      ? 0
      : name.includes(wanted)
        ? 1
        : hasInOrder(name, wanted)
          ? 2
          : undefined;
    return rank === undefined ? [] : [{ one, rank }];
  });
  // What is unread first, where nothing was typed.
  const unread = ({ room }: Listed) => (wanted === "" && (room?.unread ?? 0) > 0 ? 0 : 1);
  return ranked.sort((a, b) => a.rank - b.rank || unread(a.one) - unread(b.one)).map(({ one }) => one);
}

function hasInOrder(name: string, letters: string): boolean {
  let from = 0;
  for (const letter of letters) {
    const at = name.indexOf(letter, from);
    if (at < 0) return false;
    from = at + letter.length;
  }
  return true;
}

function chooser(
  title: string,
  { input, chosen }: Extract<Panel, { readonly input: unknown }>,
  rows: readonly Line[],
  none: string,
  columns: number,
  height: number,
): PanelRows {
  const heading: Line = [{ text: `${title} `, style: "bold" }];
  const inset = lineWidth(heading);
  const typed = inputRows(input, columns - inset, 1);
  const room = height - 2;
  const from = Math.max(0, Math.min(chosen - Math.floor(room / 2), rows.length - room));
  const shown = rows.slice(from, from + room).map((row, at): Line => {
    if (from + at !== chosen) return [{ text: "  " }, ...cut(row, columns - 2)];
    return fitted([{ text: "▸ " }, ...row], columns).map(({ text }) => ({ text, style: "inverse" as const }));
  });
  const empty: Line[] = rows.length === 0 ? wrapped([{ text: none, style: "dim" }], columns, 0) : [];
  return {
    rows: [[...heading, ...(typed.rows[0] ?? [])], [], ...shown, ...empty],
    cursor: { column: inset + typed.cursor.column, row: 0 },
  };
}

function titleRow(title: string, closes: string, columns: number): Line {
  const right = ` ${closes}`;
  const left = fitted([{ text: title, style: "bold" }], Math.max(0, columns - widthOf(right)));
  return cut([...left, { text: right, style: "dim" }], columns);
}

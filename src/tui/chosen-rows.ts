// How a chosen message is told from the others, and the line that says what can be done with it. Pure.
// Must not know in which words it says so, nor how any of it is done.

import { printable } from "../domain/text.ts";
import { clustersOf, cut, lineWidth, widthOf } from "./cells.ts";
import { type ChosenTopic, chosenHelp } from "./key-table.ts";
import type { Found } from "./model.ts";
import { cannot, OFFERED } from "./possible.ts";
import type { Line, Span } from "./spans.ts";
import type { Words } from "./words.ts";

/** As wide as a time: what stands there is shown inverse, so that it is seen without colours. */
const BAR = 5;
const POINTER = "▸";

/** A row of the chosen message. */
export function pointedOut(row: Line): Line {
  const [before, after] = parted(row);
  const text = before + " ".repeat(Math.max(0, BAR - widthOf(before)));
  const bar: Span = { text, style: "inverse" };
  const [next, ...rest] = after;
  // Between the time and the name; where the row only goes on, the bar is enough.
  if (next === undefined || !next.text.startsWith(" ") || before.trim() === "") return [bar, ...after];
  return [bar, { text: POINTER, style: "bold" }, { ...next, text: next.text.slice(1) }, ...rest];
}

/** The first columns as text, and what follows them. */
function parted(row: Line): [string, Line] {
  let before = "";
  let used = 0;
  for (const [at, { text, style }] of row.entries()) {
    const clusters = clustersOf(text);
    for (const [place, cluster] of clusters.entries()) {
      if (used >= BAR)
        return [before, [{ text: clusters.slice(place).join(""), style }, ...row.slice(at + 1)]];
      before += cluster;
      used += widthOf(cluster);
    }
  }
  return [before, []];
}

/** What can be done now, in one line. */
export function chosenLine({ chosen, message }: Found, columns: number, words: Words): Line {
  const { asked, palette, typed, deeds } = words.chosen;
  if (chosen.step === "asked") return fittingParts(asked, columns);
  if (chosen.step === "palette" && chosen.typed.text === "") return fittingParts(palette(OFFERED), columns);
  // Of a long text its end is seen: where one types. What was pasted may be anything.
  if (chosen.step === "palette")
    return [
      ...typed,
      { text: endOf(printable(chosen.typed.text, { lines: false }), columns - lineWidth(typed) - 1) },
    ];
  const can = (topic: ChosenTopic) =>
    topic === "back" || topic === "move" || cannot(topic, message) === undefined;
  const parts = chosenHelp()
    .filter(([topic]) => can(topic))
    .map(([topic, key]): Line => [
      { text: key, style: "bold" },
      { text: ` ${deeds[topic]}`, style: "dim" },
    ]);
  return fittingParts(parts, columns);
}

function endOf(text: string, columns: number): string {
  let shown = "";
  for (const cluster of clustersOf(text).reverse()) {
    if (widthOf(cluster + shown) > columns) break;
    shown = cluster + shown;
  }
  return shown;
}

/** The first of the parts, cut if it must be, then those that fit whole; where they do not all fit, closer together. */
function fittingParts(parts: readonly Line[], columns: number): Line {
  const [first = [], ...more] = parts;
  const all = parts.reduce((sum, part) => sum + lineWidth(part) + 2, -2);
  const gap: Span = { text: all <= columns ? "  " : " " };
  const line = [...cut(first, columns)];
  for (const part of more)
    if (lineWidth(line) + gap.text.length + lineWidth(part) <= columns) line.push(gap, ...part);
  return line;
}

// The commands that what is typed may become, shown above it while it is typed. Pure.
// Must not know which commands there are.

import { cut, wrapped } from "./cells.ts";
import { chosenIn, currentRoom, type Model } from "./model.ts";
import type { Line } from "./spans.ts";
import type { Words } from "./words.ts";

/** Of a window of so many rows they take a third, and three at any rate. */
export function commandRows(model: Model, columns: number, rows: number, words: Words): readonly Line[] {
  const { text } = currentRoom(model).input;
  if (model.panel !== undefined || chosenIn(model) !== undefined || !text.startsWith("/")) return [];
  const { each, names } = words.commands(text);
  const most = Math.max(3, Math.floor(rows / 3));
  const whole = each.flatMap((line) => wrapped(line, columns, 2));
  if (whole.length <= most) return whole;
  return each.length <= most
    ? each.map((line) => cut(line, columns))
    : wrapped(names, columns, 0).slice(0, most);
}

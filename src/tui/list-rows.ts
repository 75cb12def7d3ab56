// The list of conversations at the left, and of who else is here. Pure.
// Must not know what a click there does, only which row is whose.

import { fitted, spread } from "./cells.ts";
import { isGroup, type Listed, listed, type Model } from "./model.ts";
import type { Line, Span } from "./spans.ts";
import type { Words } from "./words.ts";

/** Something was said there about what was written, and nothing new. */
const STIRRED = "*";
const EDGE: Span = { text: "│ ", style: "dim" };

/** So many rows, each `columns` wide with the edge. */
export function listRows(model: Model, columns: number, rows: number, words: Words): readonly Line[] {
  const slots = listSlots(model, rows);
  return Array.from({ length: rows }, (_, at): Line => {
    const slot = slots[at];
    const line = slot === undefined ? [] : rowOf(model, slot, columns - EDGE.text.length, words);
    return [...fitted(line, columns - EDGE.text.length), EDGE];
  });
}

/** Whose the row of the list is; undefined: nobody's. */
export function listedAt(model: Model, rows: number, row: number): Listed | undefined {
  const slot = listSlots(model, rows)[row];
  return typeof slot === "object" ? slot : undefined;
}

type Slot = Listed | "heading" | "others" | "gap";

/** What stands in each row. Where not all fit, those around the present one do. */
function listSlots(model: Model, rows: number): readonly Slot[] {
  const all = listed(model);
  const others = all.filter(({ room }) => room === undefined);
  const slots: Slot[] = all.filter(({ room }) => room !== undefined);
  if (others.length > 0) slots.push(...(slots.length > 0 ? (["gap"] as const) : []), "others", ...others);
  const at = slots.findIndex((slot) => typeof slot === "object" && slot.key === model.current);
  const room = rows - 1;
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), slots.length - room));
  return ["heading", ...slots.slice(from, from + room)];
}

function rowOf(model: Model, slot: Slot, columns: number, words: Words): Line {
  if (slot === "gap") return [];
  if (slot === "heading") return [{ text: ` ${words.listHeading}`, style: "dim" }];
  if (slot === "others") return [{ text: ` ${words.othersHeading}`, style: "dim" }];
  const { key, name, room } = slot;
  const isHere = model.people.get(key)?.online === true;
  const dot: Span = isGroup(name)
    ? { text: " " }
    : isHere
      ? { text: "●", style: "good" }
      : { text: "○", style: "dim" };
  const unread = room?.unread ?? 0;
  const waiting = `${room?.marked === true ? "!" : ""}${unread > 0 ? words.unreadMark({ unread }) : ""}`;
  const mark = waiting === "" && room?.stirred === true ? STIRRED : waiting;
  const style =
    room?.marked === true ? "mention" : unread > 0 ? "bold" : room === undefined ? "dim" : undefined;
  const count: Line = mark === "" ? [] : [{ text: `${mark} `, style: mark === STIRRED ? "dim" : style }];
  const shown = words.shown(name);
  if (key !== model.current)
    return spread([{ text: " " }, dot, { text: " " }, { text: shown, style }], count, columns);
  return fitted(spread([{ text: ` ${dot.text} ${shown}` }], count, columns), columns).map(({ text }) => ({
    text,
    style: "inverse" as const,
  }));
}

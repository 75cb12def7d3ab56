// Choosing a message: which one is, and how one goes from one to the next. Pure.
// Must not know the keys, nor what may be done with it.

import { chosenIn, currentRoom, type Model, NOBODY, type Room, withRoom } from "./model.ts";
import { screenOf, settingOf } from "./screen.ts";
import { EMPTY } from "./text-input.ts";
import { pinned, revealing, unpinned, windowOf } from "./window.ts";
import type { Words } from "./words.ts";

/** The newest message; where there is none, that is said. */
export function newestChosen(model: Model, words: Words): Model {
  const { entries } = currentRoom(model);
  const at = entries.findLastIndex((_, at) => isChoosable(entries, at));
  if (model.current === NOBODY || at < 0) return { ...model, hint: words.chosen.cannot("none") };
  return choosing(model, at, words);
}

/** The message with this id, if it is one that can be chosen. */
export function chosenById(model: Model, id: string, words: Words): Model {
  const { entries } = currentRoom(model);
  const at = entries.findLastIndex((entry) => entry.id === id);
  return isChoosable(entries, at) ? choosing(model, at, words) : model;
}

/** The id of the message that stands in this row of the screen, if it is one that can be chosen. */
export function choosableAt(model: Model, row: number, words: Words): string | undefined {
  const { window, height } = screenOf(model, words);
  // Below the heading, at the bottom of its place.
  const id = window.owners[row - 1 - (height - window.rows.length)];
  const { entries } = currentRoom(model);
  const at = entries.findLastIndex((entry) => entry.id === id);
  return isChoosable(entries, at) ? id : undefined;
}

export function moved(model: Model, by: 1 | -1 | "first" | "last", words: Words): Model {
  const found = chosenIn(model);
  if (found === undefined) return model;
  const { entries } = currentRoom(model);
  const step = by === "first" || by === 1 ? 1 : -1;
  let at = by === "first" ? 0 : by === "last" ? entries.length - 1 : found.at + step;
  while (at >= 0 && at < entries.length && !isChoosable(entries, at)) at += step;
  if (at >= 0 && at < entries.length) return choosing(model, at, words);
  // Beyond the last that can be chosen one sees what else stands there, and what is further on is read.
  return seeing(choosing(model, found.at, words), Math.max(0, Math.min(at, entries.length - 1)), words);
}

/** After the window has moved: what is chosen is what one sees, and nothing is asked about it any more. */
export function stillSeen(model: Model, words: Words): Model {
  const found = chosenIn(model);
  if (found === undefined) return { ...model, chosen: undefined };
  const calm = { ...found.chosen, step: "chosen" as const, typed: EMPTY };
  const still = withRoom({ ...model, chosen: calm }, model.current, (room) => ({
    ...room,
    anchor: pinned(room),
  }));
  const { owners } = windowOf(currentRoom(still), screenOf(still, words).height, settingOf(still, words));
  if (owners.includes(calm.id)) return still;
  const { entries } = currentRoom(still);
  const places = owners
    .flatMap((id) => (id === undefined ? [] : [entries.findLastIndex((entry) => entry.id === id)]))
    .filter((at) => isChoosable(entries, at));
  // The nearest one.
  const at = (places[0] ?? 0) > found.at ? places[0] : places.at(-1);
  const id = at === undefined ? undefined : entries[at]?.id;
  return id === undefined ? still : { ...still, chosen: { ...calm, id } };
}

/** One writes again. */
export function left(model: Model): Model {
  const { chosen } = model;
  if (chosen === undefined) return model;
  const free = withRoom(model, model.current, (room) => ({ ...room, anchor: unpinned(room, chosen.pin) }));
  return { ...free, chosen: undefined };
}

function choosing(model: Model, at: number, words: Words): Model {
  const { entries, anchor } = currentRoom(model);
  const id = entries[at]?.id ?? "";
  const last = anchor === undefined ? entries.at(-1)?.id : undefined;
  const pin = model.chosen === undefined ? last : model.chosen.pin;
  return seeing({ ...model, chosen: { id, step: "chosen", typed: EMPTY, pin } }, at, words);
}

function seeing(model: Model, at: number, words: Words): Model {
  const { height } = screenOf(model, words);
  const setting = settingOf(model, words);
  return withRoom(model, model.current, (room) => {
    const anchor = revealing(room, at, height, setting);
    return { ...room, anchor: pinned({ ...room, anchor }) };
  });
}

/** Messages alone, and of one's own those that the client has given an id. */
function isChoosable(entries: Room["entries"], at: number): boolean {
  const entry = entries[at];
  return entry?.kind === "message" && entry.message.notice === undefined && !entry.id.startsWith(" ");
}

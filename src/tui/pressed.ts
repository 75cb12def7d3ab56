// What a key means → what the screen shows, and what is to be done about it. Pure.
// Must not know the client, nor how anything is done.

import type { Message } from "../client/events.ts";
import { left, moved, newestChosen, stillSeen } from "./chosen.ts";
import { takenBack } from "./composing.ts";
import { confirmed, deedDone, offered, palettePicked } from "./deeds.ts";
import { entered, recalled } from "./entered.ts";
import type { KeyIntent, Where } from "./key-table.ts";
import { chosenIn, currentRoom, keyOf, listed, type Model, type Panel, withRoom } from "./model.ts";
import { helpLines, panelLength, switcherMatches } from "./panel-rows.ts";
import { screenOf, settingOf } from "./screen.ts";
import { edited, EMPTY, inserted, isAtEdge, type TextInput } from "./text-input.ts";
import { scrolled } from "./window.ts";
import type { Words } from "./words.ts";
import type { Remark } from "./world.ts";

/** What a key leads to outside of the screen. */
export type Effect =
  /** `answered`: the message that it answers, where it is one itself. */
  | { readonly do: "enter"; readonly text: string; readonly answered?: Message }
  | { readonly do: "remark"; readonly remark: Remark }
  | { readonly do: "complete"; readonly input: TextInput }
  | { readonly do: "find"; readonly words: string }
  | { readonly do: "jump"; readonly message: Message }
  /** To what this one answers. */
  | { readonly do: "answered"; readonly message: Message }
  | { readonly do: "copy"; readonly text: string }
  | { readonly do: "leave" | "redraw" | "suspend" };

export interface Pressed {
  readonly model: Model;
  readonly effect?: Effect;
}

const WHEEL_ROWS = 3;

/** What the keys are for. */
export function whereOf(model: Model): Where {
  if (model.panel !== undefined) return "list";
  return chosenIn(model)?.chosen.step ?? "writing";
}

/** Text goes where one types: into the list that lies over the messages, the reactions, or the conversation. */
export function wroteText(before: Model, text: string): Model {
  if (whereOf(before) === "palette")
    return withInput({ ...before, hint: undefined }, (input) => inserted(input, text.replaceAll("\n", " ")));
  const model = left(before);
  const { panel } = model;
  if (panel !== undefined && panel.kind !== "text") {
    const input = inserted(panel.input, text.replaceAll("\n", " "));
    return { ...model, panel: { ...panel, input, chosen: 0 } };
  }
  const calm = { ...model, panel: undefined, isInterrupted: false, hint: undefined };
  return withRoom(calm, model.current, (room) => ({ ...room, input: inserted(room.input, text) }));
}

export function pressed(before: Model, intent: KeyIntent, words: Words): Pressed {
  // What was chosen may have gone from memory.
  const still = chosenIn(before) === undefined ? left(before) : before;
  const model: Model = { ...still, hint: undefined, isInterrupted: false };
  const room = currentRoom(model);
  switch (intent.do) {
    case "edit":
      return { model: withInput(model, (input) => edited(input, intent.edit)) };
    case "send":
      return entered(model);
    case "complete":
      return { model, effect: { do: "complete", input: room.input } };
    case "older-line":
      if (!isAtEdge(room.input, "first"))
        return { model: withInput(model, (input) => edited(input, "line-up")) };
      return { model: recalled(model, 1) };
    case "newer-line":
      if (!isAtEdge(room.input, "last"))
        return { model: withInput(model, (input) => edited(input, "line-down")) };
      return { model: recalled(model, -1) };
    case "scroll":
      return { model: scrolledBy(model, intent.by, words) };
    case "switcher": {
      const input = inputOf(model);
      if (input.cursor < input.text.length)
        return { model: withInput(model, (input) => edited(input, "erase-to-end")) };
      return { model: { ...left(model), panel: { kind: "switcher", input: EMPTY, chosen: 0 } } };
    }
    case "search":
      return {
        model: {
          ...left(model),
          panel: { kind: "search", input: EMPTY, chosen: 0, found: undefined, isDone: false },
        },
      };
    case "help":
      return {
        model: {
          ...model,
          panel: { kind: "text", title: words.help.title, lines: helpLines(words), top: 0 },
        },
      };
    case "next-unread": {
      const next = [...model.rooms].find(
        ([key, { unread, marked }]) => key !== model.current && (unread > 0 || marked),
      );
      return { model: next === undefined ? model : opened(model, next[1].name) };
    }
    case "pick": {
      const one = listed(model)[intent.number - 1];
      return { model: one === undefined ? model : opened(model, one.name) };
    }
    case "back":
      return { model: wentBack(model) };
    case "choose":
      return { model: chosen(model, intent.by, words) };
    case "take":
      return model.panel === undefined ? palettePicked(model, words) : taken(model);
    case "choose-message":
      return { model: newestChosen(model, words) };
    case "move":
      return { model: moved(model, intent.by, words) };
    case "reply":
    case "react":
    case "edit-message":
    case "delete-message":
    case "jump":
    case "copy":
      return deedDone(model, intent.do, words);
    case "confirm":
      return confirmed(model);
    case "offered":
      return offered(model, intent.number);
    case "suspend":
      return { model, effect: { do: "suspend" } };
    case "clear":
      return cleared(before, words);
    case "leave":
      if (room.input.text !== "") return { model: withInput(model, (input) => edited(input, "erase-right")) };
      return { model, effect: { do: "leave" } };
    case "redraw":
      return { model, effect: { do: "redraw" } };
    default: {
      const never: never = intent;
      throw new Error(`pressed: no such intent ${String(never)}`);
    }
  }
}

/** The conversation is what one sees and writes to from now on. */
export function opened(before: Model, name: string): Model {
  const key = keyOf(name);
  const model = left(before);
  // What was new there has been seen.
  const seen =
    key === model.current
      ? model
      : withRoom(model, model.current, (room) => ({ ...room, newAfter: undefined }));
  const there = withRoom(seen, key, (room) => ({
    ...room,
    name: room.name === "" ? name : room.name,
    unread: 0,
    marked: false,
    stirred: false,
  }));
  return { ...there, current: key, panel: undefined, recalled: undefined };
}

/** The place of this message is at the bottom of the window. */
export function anchoredAt(model: Model, key: string, id: string): Model {
  return withRoom(model, key, (room) => ({ ...room, anchor: { id, below: 0 } }));
}

/** One step: what lies over it, what is asked, the choosing, what is composed; then to the newest. */
function wentBack(model: Model): Model {
  const { panel, chosen } = model;
  if (panel !== undefined) return { ...model, panel: undefined };
  if (chosen !== undefined)
    return chosen.step === "chosen" ? left(model) : { ...model, chosen: { ...chosen, step: "chosen" } };
  const isComposing = currentRoom(model).composing !== undefined;
  return withRoom(model, model.current, (room) =>
    isComposing ? takenBack(room) : { ...room, anchor: undefined },
  );
}

function scrolledBy(model: Model, by: Extract<KeyIntent, { do: "scroll" }>["by"], words: Words): Model {
  const { height } = screenOf(model, words);
  const page = Math.max(1, height - 2);
  const rows = {
    "page-up": page,
    "page-down": -page,
    "wheel-up": WHEEL_ROWS,
    "wheel-down": -WHEEL_ROWS,
    top: Number.MAX_SAFE_INTEGER / 4,
    bottom: -Number.MAX_SAFE_INTEGER / 4,
  }[by];
  const { panel } = model;
  const setting = settingOf(model, words);
  if (panel?.kind === "text") {
    const most = Math.max(0, panelLength(panel.lines, setting.columns) - (height - 1));
    return { ...model, panel: { ...panel, top: Math.max(0, Math.min(most, panel.top - rows)) } };
  }
  if (panel !== undefined) return chosen(model, rows > 0 ? -1 : 1, words);
  const after = withRoom(model, model.current, (room) => {
    // The newest may not be in memory: it is read anew.
    if (by === "bottom" && room.below !== "none")
      return { ...room, entries: [], above: "unread", below: "none", anchor: undefined };
    return { ...room, anchor: scrolled(room, rows, height, setting) };
  });
  if (model.chosen === undefined) return after;
  const seen = stillSeen(after, words);
  return by === "top" || by === "bottom" ? moved(seen, by === "top" ? "first" : "last", words) : seen;
}

function chosen(model: Model, by: 1 | -1, words: Words): Model {
  const { panel } = model;
  if (panel === undefined) return model;
  if (panel.kind === "text") return scrolledBy(model, by > 0 ? "wheel-down" : "wheel-up", words);
  const last = choices(model, panel) - 1;
  const next = Math.max(0, Math.min(last, panel.chosen + by));
  return { ...model, panel: { ...panel, chosen: next } };
}

function choices(model: Model, panel: Exclude<Panel, { kind: "text" }>): number {
  if (panel.kind === "switcher") return switcherMatches(model, panel.input.text).length;
  return panel.found?.length ?? 0;
}

function taken(model: Model): Pressed {
  const { panel } = model;
  if (panel === undefined || panel.kind === "text") return { model: { ...model, panel: undefined } };
  if (panel.kind === "switcher") {
    const one = switcherMatches(model, panel.input.text)[panel.chosen];
    return { model: one === undefined ? model : opened(model, one.name) };
  }
  const message = panel.found?.[panel.chosen];
  if (message === undefined) return { model, effect: { do: "find", words: panel.input.text } };
  return { model: { ...model, panel: undefined }, effect: { do: "jump", message } };
}

/** Ctrl-C takes away what is there, and where nothing is, leaves the second time. */
function cleared(model: Model, words: Words): Pressed {
  const calm = { ...model, hint: undefined, isInterrupted: false };
  const isComposing = currentRoom(model).composing !== undefined;
  if (model.panel !== undefined || model.chosen !== undefined || isComposing)
    return { model: wentBack(calm) };
  if (currentRoom(model).input.text !== "") return { model: withInput(calm, () => EMPTY) };
  if (model.isInterrupted) return { model, effect: { do: "leave" } };
  return { model: { ...calm, isInterrupted: true, hint: words.leaveAgain } };
}

function inputOf(model: Model): TextInput {
  const { panel, chosen } = model;
  if (chosen !== undefined) return chosen.typed;
  return panel !== undefined && panel.kind !== "text" ? panel.input : currentRoom(model).input;
}

function withInput(model: Model, change: (input: TextInput) => TextInput): Model {
  const { panel, chosen } = model;
  if (panel === undefined && chosen !== undefined)
    return { ...model, chosen: { ...chosen, typed: change(chosen.typed) } };
  if (panel !== undefined && panel.kind !== "text") {
    const input = change(panel.input);
    const found =
      panel.kind === "search" && input.text !== panel.input.text ? { found: undefined, isDone: false } : {};
    return { ...model, panel: { ...panel, ...found, input, chosen: 0 } };
  }
  return withRoom(model, model.current, (room) => ({ ...room, input: change(room.input) }));
}

// The Enter key, and what was entered before. Pure.
// Must not know what a command means.

import { checkText } from "../domain/text.ts";
import { emptied, isCommand } from "./composing.ts";
import { currentRoom, type Model, withRoom } from "./model.ts";
import type { Pressed } from "./pressed.ts";
import { typed } from "./text-input.ts";

/** What was typed is remembered so far back. */
const MOST_TYPED = 200;

/** What is typed goes where it is meant for: as the next message or a command, an answer, or other words. */
export function entered(model: Model): Pressed {
  const { input, composing } = currentRoom(model);
  const { text } = input;
  if (text.trim() === "") return { model };
  const lines = [...model.typed.filter((line) => line !== text).slice(1 - MOST_TYPED), text];
  const remembered = { ...model, typed: lines, recalled: undefined };
  const isAside = composing?.kind === "reply" && isCommand(text);
  // What is refused stays what it is: entered once more it would be a message of its own.
  const isKept = composing !== undefined && !isAside && checkText(text) !== "ok";
  const gone = isKept ? remembered : withRoom(remembered, model.current, emptied);
  if (composing === undefined) return { model: gone, effect: { do: "enter", text } };
  const { message } = composing;
  if (composing.kind === "edit") {
    const isSame = text === message.text;
    return {
      model: gone,
      ...(isSame ? {} : { effect: { do: "remark", remark: { do: "edit", message, text } } }),
    };
  }
  if (!isAside) return { model: gone, effect: { do: "enter", text, answered: message } };
  // One goes on answering after it.
  const still = withRoom(gone, model.current, (room) => ({ ...room, composing }));
  return { model: still, effect: { do: "enter", text } };
}

/** A line that was entered before; beyond the newest, what one was typing. */
export function recalled(model: Model, by: 1 | -1): Model {
  const { recalled, typed: lines } = model;
  const back = (recalled?.back ?? 0) + by;
  if (back < 0 || back > lines.length) return model;
  const draft = recalled?.draft ?? currentRoom(model).input;
  const input = back === 0 ? draft : typed(lines.at(-back) ?? "");
  const shown = withRoom(model, model.current, (room) => ({ ...room, input }));
  return { ...shown, recalled: back === 0 ? undefined : { back, draft } };
}

// What the input is for: the next message, an answer, or other words for a message that stands there. Pure.
// Must not know the keys, nor how anything is sent.

import type { Message } from "../client/events.ts";
import { type Composing, type Model, type Room, withRoom } from "./model.ts";
import { EMPTY, typed } from "./text-input.ts";

export function answering(model: Model, message: Message): Model {
  return withRoom(model, model.current, (room) => ({
    ...takenBack(room),
    composing: { kind: "reply", message },
  }));
}

/** Its words are in the input; what was there comes back afterwards. */
export function rewording(model: Model, message: Message): Model {
  const begun = withRoom(model, model.current, (before) => {
    const room = takenBack(before);
    return {
      ...room,
      input: typed(message.text),
      composing: { kind: "edit", message, draft: room.input },
    };
  });
  return { ...begun, recalled: undefined };
}

/** The input is for the next message again. */
export function takenBack(room: Room): Room {
  const { composing, input } = room;
  return { ...room, composing: undefined, input: composing?.kind === "edit" ? composing.draft : input };
}

/** What was typed has gone. */
export function emptied(room: Room): Room {
  return takenBack({ ...room, input: EMPTY, anchor: undefined, newAfter: undefined });
}

/** The message as it is now, where it is the one that is answered or put in other words. */
export function reworded(composing: Composing | undefined, now: Message): Composing | undefined {
  return composing?.message.id === now.id ? { ...composing, message: now } : composing;
}

/** Whether a line is a command though an answer is being written. What begins with `//` is text. */
export function isCommand(text: string): boolean {
  return text.startsWith("/") && !text.startsWith("//");
}

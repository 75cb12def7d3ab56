// What is done with the message that is chosen: what the screen shows then, and what is to be done about it. Pure.
// Must not know the keys, nor how anything is done.

import { isReaction } from "../domain/reaction.ts";
import { chosenById, left } from "./chosen.ts";
import { answering, rewording } from "./composing.ts";
import type { Deed } from "./key-table.ts";
import { chosenIn, type Model } from "./model.ts";
import { cannot, OFFERED } from "./possible.ts";
import type { Pressed } from "./pressed.ts";
import { EMPTY } from "./text-input.ts";
import type { Words } from "./words.ts";

/** What cannot be done is said, and nothing else. */
export function deedDone(model: Model, deed: Deed, words: Words): Pressed {
  const found = chosenIn(model);
  if (found === undefined) return { model };
  const { message, chosen } = found;
  const why = cannot(deed, message);
  if (why !== undefined) return { model: { ...model, hint: words.chosen.cannot(why) } };
  switch (deed) {
    case "reply":
      return { model: answering(left(model), message) };
    case "edit-message":
      return { model: rewording(left(model), message) };
    case "delete-message":
      return { model: { ...model, chosen: { ...chosen, step: "asked" } } };
    case "react":
      return { model: { ...model, chosen: { ...chosen, step: "palette", typed: EMPTY } } };
    case "copy":
      return { model, effect: { do: "copy", text: message.text } };
    case "jump": {
      const there = chosenById(model, message.replyTo?.id ?? "", words);
      return there === model ? { model, effect: { do: "answered", message } } : { model: there };
    }
  }
}

/** It is to be deleted indeed. */
export function confirmed(model: Model): Pressed {
  const found = chosenIn(model);
  if (found === undefined) return { model };
  return { model: left(model), effect: { do: "remark", remark: { do: "delete", message: found.message } } };
}

/** One of the reactions that are offered, from 1; with 0 one's own is taken back. */
export function offered(model: Model, number: number): Pressed {
  return reacted(model, OFFERED[number - 1]);
}

/** The reaction that was typed. */
export function palettePicked(model: Model, words: Words): Pressed {
  const emoji = model.chosen?.typed.text.trim() ?? "";
  if (!isReaction(emoji)) return { model: { ...model, hint: words.chosen.cannot("no-reaction") } };
  return reacted(model, emoji);
}

function reacted(model: Model, emoji: string | undefined): Pressed {
  const found = chosenIn(model);
  if (found === undefined) return { model };
  return {
    model: left(model),
    effect: { do: "remark", remark: { do: "react", message: found.message, emoji } },
  };
}

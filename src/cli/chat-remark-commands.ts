// What is typed about a message that stands there already: a reply, a reaction, other words, its deletion.
// Must not know which message is meant.

import { isReaction } from "../domain/reaction.ts";
import type { Command } from "./chat-words.ts";

/** `back`: 1 is the last message of the others, or of one's own where it is to be changed; 2 the one before it. */
export type RemarkIntent =
  | { readonly do: "reply"; readonly back: number; readonly text: string }
  /** Undefined: the reaction is taken back. */
  | { readonly do: "react"; readonly back: number; readonly emoji: string | undefined }
  | { readonly do: "edit"; readonly back: number; readonly text: string }
  | { readonly do: "delete"; readonly back: number };

const NONE = "none";

export const remarkCommands: readonly (readonly [string, Command<RemarkIntent>])[] = [
  [
    "reply",
    command("/reply [^2] TEXT", "answer the last message here; ^2 the one before it", (back, text) =>
      text.trim() === "" ? undefined : { do: "reply", back, text },
    ),
  ],
  [
    "react",
    command(`/react [^2] EMOJI|${NONE}`, "react to the last message here", (back, typed) => {
      const emoji = typed.trim();
      if (emoji === NONE) return { do: "react", back, emoji: undefined };
      return isReaction(emoji) ? { do: "react", back, emoji } : undefined;
    }),
  ],
  [
    "edit",
    command("/edit [^2] TEXT", "put your last message here in other words", (back, text) =>
      text.trim() === "" ? undefined : { do: "edit", back, text },
    ),
  ],
  [
    "delete",
    command("/delete [^2]", "delete your last message here; others may have kept it", (back, rest) =>
      rest.trim() === "" ? { do: "delete", back } : undefined,
    ),
  ],
];

function command(
  usage: string,
  what: string,
  parse: (back: number, rest: string) => RemarkIntent | undefined,
): Command<RemarkIntent> {
  return {
    usage,
    what,
    words: [],
    parse: (rest) => {
      const [all = "", back = "1"] = /^\s*\^([1-9][0-9]{0,2})(?:\s|$)/.exec(rest) ?? [];
      return parse(Number(back), rest.slice(all.length));
    },
  };
}

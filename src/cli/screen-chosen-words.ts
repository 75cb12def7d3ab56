// What the full-screen chat says while a message is chosen, answered or put in other words.
// Must not know where on the screen it stands, nor which keys there are.

import type { Message } from "../client/events.ts";
import type { ChosenTopic } from "../tui/key-table.ts";
import type { Composing } from "../tui/model.ts";
import type { Cannot } from "../tui/possible.ts";
import type { Line } from "../tui/spans.ts";
import type { Words } from "../tui/words.ts";
import { fileText } from "./wording-files.ts";
import { firstWords, quotedText } from "./wording-remarks.ts";

/** On the help screen. All that follows fits 40 columns, or is in parts. */
export const CHOSEN_HELP: Record<ChosenTopic, string> = {
  reply: "reply to it",
  react: "react to it; so does +",
  "edit-message": "put it in other words, if it is yours",
  "delete-message": "delete it, if it is yours",
  back: "write again; so does q",
  jump: "go to what it answers",
  copy: "copy its text, where the terminal lets programs",
  move: "to another; so do k and j, a click, Home and End",
};

const DEEDS: Record<ChosenTopic, string> = {
  reply: "reply",
  react: "react",
  "edit-message": "edit",
  "delete-message": "delete",
  back: "back",
  jump: "what it answers",
  copy: "copy",
  move: "move",
};

const CANNOT: Record<Cannot, string> = {
  none: "There is no message here to choose yet.",
  deleted: "It was deleted.",
  "not-own": "Only your own messages can be changed.",
  file: "It tells of a file; only texts change.",
  "no-reply": "It answers no other message.",
  "not-here": "What it answers is not here.",
  "no-reaction": "One emoji or one letter, nothing longer.",
};

export const chosenWords: Words["chosen"] = {
  deeds: DEEDS,
  cannot: (why) => dim(CANNOT[why]),
  asked: [
    [{ text: "d again deletes; others may have kept it", style: "mention" }],
    dim("any other key does not"),
  ],
  palette: (offered) => [
    offered.flatMap((emoji, at): Line => [
      { text: `${at === 0 ? "" : " "}${at + 1}`, style: "bold" },
      { text: ` ${emoji}` },
    ]),
    [{ text: "0", style: "bold" }, ...dim(" none")],
    dim("or type one"),
    dim("Esc back"),
  ],
  typed: [{ text: "React with: " }],
  copied: (isTaken) => dim(isTaken ? "Copied, if this terminal lets programs." : "It cannot be copied here."),
};

export function composingText({ kind, message }: Composing): ReturnType<Words["composing"]> {
  const text =
    kind === "reply" ? `↪ to ${quotedText(asQuoted(message))}` : `✎ editing "${firstWords(message.text)}"`;
  return { what: [{ text, style: "mention" }], back: dim("Esc takes back") };
}

/** A message of a file holds its name alone. */
function asQuoted(message: Message): Message {
  const { file } = message;
  return file === undefined ? message : { ...message, text: fileText(file) };
}

function dim(text: string): Line {
  return [{ text, style: "dim" }];
}

// Replies, reactions, edits and deletions in words. What others wrote is made safe to show here.
// Must not know where the words stand.

import type { Message } from "../client/events.ts";
import type { Change, Quoted, Reaction } from "../client/remark-view.ts";
import { printable } from "../domain/text.ts";

const FIRST_WORDS = 32;

/** Where a block of code begins or ends. */
const FENCES = /^[ \t]*```.*\n?/gm;

/** The beginning of a text, in one line. */
export function firstWords(text: string): string {
  const chars = [...printable(text.replace(FENCES, "").trim(), { lines: false })];
  return chars.length <= FIRST_WORDS ? chars.join("") : `${chars.slice(0, FIRST_WORDS - 1).join("")}…`;
}

/** `bob: "Is the lab open?"` */
export function quotedText({ sender, own, text, deleted }: Quoted): string {
  if (sender === undefined) return "a message that is not here";
  const who = own === true ? "you" : shown(sender);
  return deleted === true ? `a deleted message of ${who}` : `${who}: "${firstWords(text ?? "")}"`;
}

export function deletedText({ sender, own }: Pick<Message, "sender" | "own">): string {
  return `deleted by ${own ? "you" : shown(sender)}; others may have kept it`;
}

/** What somebody has read is what one has written to them. */
export function readText(conversation: string): string {
  return `${shown(conversation)} has read it`;
}

/** `👍 2  ❤️ bob`: how many, and of one who it is. */
export function reactionsText(reactions: readonly Reaction[]): string {
  const by = new Map<string, string[]>();
  for (const { emoji, by: name } of reactions) by.set(emoji, [...(by.get(emoji) ?? []), name]);
  return [...by]
    .map(([emoji, names]) => {
      const [one = ""] = names;
      return `${printable(emoji, { lines: false })} ${names.length === 1 ? shown(one) : names.length}`;
    })
    .join("  ");
}

/** What has become of a message, in one line. */
export function changeText(
  { conversation, sender, own, text }: Message,
  change: Exclude<Change, { kind: "undone" }>,
): string {
  const where = conversation.startsWith("@") ? ` in ${shown(conversation)}` : "";
  const who = change.own ? "you" : shown(change.by);
  switch (change.kind) {
    case "edited":
      return `${who} edited a message${where}: ${printable(text, { lines: false })}`;
    case "deleted":
      return `${who} deleted a message${where}; others may have kept it`;
    case "reaction": {
      const whose = own ? "you" : shown(sender);
      const about = `${whose}${where}: "${firstWords(text)}"`;
      if (change.emoji === undefined) return `${who} took back a reaction to ${about}`;
      return `${who} reacted ${printable(change.emoji, { lines: false })} to ${about}`;
    }
  }
}

/** What did not go, at the beginning of a sentence. */
export function undoneText(what: Extract<Change, { kind: "undone" }>["what"]): string {
  return { reaction: "your reaction was not sent", edit: "your edit was not sent", delete: "not deleted" }[
    what
  ];
}

function shown(name: string): string {
  return printable(name, { lines: false });
}

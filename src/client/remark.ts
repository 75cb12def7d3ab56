// What is said about a message afterwards: a reaction, other words by its author, its deletion; and what each makes of it.
// Pure. Must not know how it travels, nor where messages are kept.

import * as v from "valibot";
import type { MessageId } from "../domain/id.ts";
import { isReaction } from "../domain/reaction.ts";
import type { Message } from "./events.ts";
import type { Change } from "./remark-view.ts";

export type Remark =
  /** `to`: the message it is about. Without an emoji the one that was there is taken back. */
  | { readonly type: "reaction"; readonly to: MessageId; readonly emoji?: string }
  | { readonly type: "edit"; readonly to: MessageId; readonly text: string }
  | { readonly type: "delete"; readonly to: MessageId };

export const emoji = v.pipe(v.string(), v.check(isReaction));

/** As it is kept. */
export const remark = v.variant("type", [
  v.object({ type: v.literal("reaction"), to: v.string(), emoji: v.exactOptional(emoji) }),
  v.object({ type: v.literal("edit"), to: v.string(), text: v.string() }),
  v.object({ type: v.literal("delete"), to: v.string() }),
]);

/**
 * The message after it, or undefined where it changes nothing. `by`: a name, of which there is one in a conversation.
 * Whether they may is asked before.
 */
export function remarked(message: Message, what: Remark, by: string): Message | undefined {
  if (message.notice !== undefined || message.deleted === true) return undefined;
  const { reactions = [], ...rest } = message;
  switch (what.type) {
    case "reaction": {
      const before = reactions.find((one) => one.by === by);
      if (before?.emoji === what.emoji) return undefined;
      const others = reactions.filter((one) => one.by !== by);
      const after = what.emoji === undefined ? others : [...others, { emoji: what.emoji, by }];
      return after.length === 0 ? rest : { ...rest, reactions: after };
    }
    case "edit":
      if (message.file !== undefined || message.text === what.text) return undefined;
      return { ...message, text: what.text, edited: true };
    case "delete": {
      if (message.file !== undefined) return undefined;
      const { edited: _, ...bare } = rest;
      return { ...bare, text: "", deleted: true };
    }
  }
}

/** How it is told. */
export function changeOf(what: Remark, by: string, own: boolean): Change {
  switch (what.type) {
    case "reaction":
      return { kind: "reaction", by, own, ...(what.emoji === undefined ? {} : { emoji: what.emoji }) };
    case "edit":
      return { kind: "edited", by, own };
    case "delete":
      return { kind: "deleted", by, own };
  }
}

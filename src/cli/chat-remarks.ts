// Which message is meant by a command about one, and what is asked of the client about it.
// Must not know what was typed, nor the screen.

import type { Face, Message } from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import type { RemarkIntent } from "./chat-remark-commands.ts";

/** Messages that are looked through for it. */
const LOOKED_THROUGH = 1000;

/** The message that is so many back: of the others, or of one's own texts, which alone can be changed. */
export async function meant(
  face: Face,
  conversation: string,
  { do: what, back }: RemarkIntent,
): Promise<Message | undefined> {
  const isOwn = what === "edit" || what === "delete";
  const messages = await face.history({ with: conversation, limit: LOOKED_THROUGH });
  return messages
    .filter(({ own, notice, deleted }) => own === isOwn && notice === undefined && deleted !== true)
    .filter(({ file }) => !isOwn || file === undefined)
    .at(-back);
}

/** Why it does not go; undefined: it does. */
export async function remark(
  face: Face,
  conversation: string,
  intent: Exclude<RemarkIntent, { do: "reply" }>,
): Promise<FailureReason | "offline" | undefined> {
  const found = await meant(face, conversation, intent);
  if (found === undefined) return "no-such-message";
  const asked = await perform(face, found, intent);
  return asked.ok ? undefined : asked.reason;
}

function perform(
  face: Face,
  { conversation, id }: Message,
  intent: Exclude<RemarkIntent, { do: "reply" }>,
): ReturnType<Face["react"]> {
  switch (intent.do) {
    case "react":
      return face.react(conversation, id, ...(intent.emoji === undefined ? [] : [intent.emoji]));
    case "edit":
      return face.edit(conversation, id, intent.text);
    case "delete":
      return face.remove(conversation, id);
  }
}

// What is said about messages in the full-screen chat: by a command, and about the one that was chosen with keys.
// Must not know what was typed or pressed.

import type { Face, Message } from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import { checkText } from "../domain/text.ts";
import type { Desk, Remark } from "../tui/world.ts";
import { refusedLine } from "./chat-notices.ts";
import type { RemarkIntent } from "./chat-remark-commands.ts";
import { meant, remark } from "./chat-remarks.ts";
import { troubleOf } from "./chat-trouble.ts";
import { SCREEN_LOOK, screenLines } from "./screen-words.ts";
import { textText } from "./wording.ts";

/** `write`: sends an answer. */
export async function remarkTyped(
  face: Face,
  to: string,
  intent: RemarkIntent,
  desk: Desk,
  write: (text: string, answered: Message) => void,
): Promise<void> {
  if (intent.do !== "reply") return sayRefused(await remark(face, to, intent), to, desk);
  const answered = await meant(face, to, intent);
  if (answered === undefined) return sayRefused("no-such-message", to, desk);
  write(intent.text, answered);
}

export async function remarkChosen(face: Face, about: Remark, desk: Desk): Promise<void> {
  const { conversation: to } = about.message;
  const asked = await perform(face, about);
  if (!asked.ok) sayRefused(asked.reason, to, desk);
}

/** Whether it may be sent; if not, that is said. */
export function isFit(text: string, desk: Desk): boolean {
  const checked = checkText(text);
  if (checked === "ok") return true;
  desk.say(screenLines([refusedLine(SCREEN_LOOK, textText(checked, Buffer.byteLength(text)))]));
  return false;
}

function perform(face: Face, about: Remark): ReturnType<Face["react"]> {
  const { conversation, id } = about.message;
  switch (about.do) {
    case "react":
      return face.react(conversation, id, ...(about.emoji === undefined ? [] : [about.emoji]));
    case "edit":
      return face.edit(conversation, id, about.text);
    case "delete":
      return face.remove(conversation, id);
  }
}

function sayRefused(reason: FailureReason | "offline" | undefined, to: string, desk: Desk): void {
  if (reason !== undefined) desk.say(screenLines([refusedLine(SCREEN_LOOK, troubleOf(reason, to))]), to);
}

// Messages, what has happened in groups, and how far one's own messages have come, for people and for programs.
// Must not know how they came, nor where lines go.

import type { GroupNotice, Message, MessageState } from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import type { Change } from "../client/remark-view.ts";
import { printable } from "../domain/text.ts";
import { isoTime, localTime, type Output } from "./output.ts";
import { isGroup } from "./typed-names.ts";
import { reasonText } from "./wording.ts";
import { fileText } from "./wording-files.ts";
import { groupNoticeText } from "./wording-groups.ts";
import { changeText, deletedText, quotedText, reactionsText } from "./wording-remarks.ts";

/** Tells a message, or what has happened. `me`: who reads it; `more`: further fields of a message in JSON. */
export function tellMessage(out: Output, message: Message, me: string, more: object = {}): void {
  const { notice, conversation, sentAt } = message;
  if (notice === undefined) {
    if (out.json) out.object({ ...messageObject(message), ...more });
    else out.print(messageLine(message));
  } else if (out.json) for (const object of noticeObjects(message, notice)) out.object(object);
  else out.print(`${localTime(sentAt)} * ${groupNoticeText(notice, conversation, me)}`);
}

export function messageObject(message: Message): object {
  const { id, conversation, sender, text, sentAt, queued, trusted, passedOnBy, file } = message;
  return {
    type: "message",
    id,
    conversation,
    sender,
    text,
    sentAt: isoTime(sentAt),
    queued,
    ...(trusted ? {} : { trusted: false }),
    ...(passedOnBy === undefined ? {} : { passedOnBy }),
    ...(file === undefined ? {} : { file }),
    ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo.id }),
    ...(message.reactions === undefined ? {} : { reactions: message.reactions }),
    ...(message.edited === undefined ? {} : { edited: message.edited }),
    ...(message.deleted === undefined ? {} : { deleted: message.deleted }),
    ...(message.read === undefined ? {} : { read: message.read }),
  };
}

/** Tells what has become of a message that was told already. */
export function tellChange(out: Output, message: Message, change: Change): void {
  if (change.kind === "undone") return; // nothing has
  if (out.json) out.object(changeObject(message, change));
  else out.print(`${localTime(message.sentAt)} * ${changeText(message, change)}`);
}

/** `id`: of the message it is about; `by`: who did it. Without an emoji the reaction was taken back. */
function changeObject(
  { id, conversation, sender, text }: Message,
  change: Exclude<Change, { kind: "undone" }>,
): object {
  const about = { type: change.kind, id, conversation, sender, by: change.by };
  switch (change.kind) {
    case "edited":
      return { ...about, text };
    case "deleted":
      return about;
    case "reaction":
      return { ...about, emoji: change.emoji ?? null };
  }
}

/** What has happened in a group: one object for each person it is about. */
export function noticeObjects({ conversation, sentAt }: Message, notice: GroupNotice): object[] {
  const base = { type: notice.kind, conversation };
  const when = { sentAt: isoTime(sentAt) };
  switch (notice.kind) {
    case "joined":
    case "left":
    case "impostor":
      return notice.names.map((name) => ({ ...base, name, ...when }));
    case "added":
    case "removed":
    case "admin":
    case "not-admin":
      return notice.names.map((name) => ({ ...base, name, by: notice.by, ...when }));
    case "renamed":
      return [{ ...base, before: notice.name, by: notice.by, ...when }];
    case "announcement":
    case "open":
      return [{ ...base, on: notice.on, by: notice.by, ...when }];
    case "closed":
    case "attack":
      return [{ ...base, by: notice.by, ...when }];
    case "out":
      return [{ ...base, ...when }];
  }
}

/**
 * `2026-11-23 14:02 bob: text`, in a group `… @class2024 bob: text`, further lines of the text indented; marks what
 * needs to be known.
 */
export function messageLine(message: Message): string {
  const { conversation, sender, text, sentAt, queued, trusted, own, state } = message;
  const { passedOnBy, replyTo, reactions, edited, deleted } = message;
  const [name, where] = [sender, conversation].map((one) => printable(one, { lines: false }));
  const who = own ? `${name} to ${where}` : isGroup(conversation) ? `${where} ${name}` : name;
  const marks = [
    ...(trusted ? [] : ["KEY NOT ACCEPTED"]),
    ...(queued ? ["waited for you"] : []),
    ...(passedOnBy === undefined ? [] : [`passed on by ${printable(passedOnBy, { lines: false })}`]),
    ...(replyTo === undefined ? [] : [`to ${quotedText(replyTo)}`]),
    ...(edited === true ? ["edited"] : []),
    ...(reactions === undefined ? [] : [reactionsText(reactions)]),
    ...(own && state !== undefined ? [stateText({ ...message, state })] : []),
  ];
  const mark = marks.length === 0 ? "" : ` [${marks.join(", ")}]`;
  const { file } = message;
  const words = deleted === true ? deletedText(message) : printable(text, { lines: true });
  const said = file === undefined ? words : `file ${fileText(file)}`;
  const lines = said.split("\n").join("\n    ");
  return `${localTime(sentAt)} ${who}${mark}: ${lines}`;
}

/** How far a message of one's own has come. */
export interface SentState {
  readonly conversation: string;
  readonly state: MessageState;
  readonly delivered?: number | undefined;
  readonly of?: number | undefined;
  readonly reason?: FailureReason | undefined;
  readonly read?: true | undefined;
}

/** The fields that say so in JSON. Of a group, `of - delivered` tells how many it is queued for. */
export function stateObject({ conversation, state, delivered = 0, of = 1, reason }: SentState): object {
  const said = reason === undefined ? undefined : reasonText(reason);
  return {
    state,
    delivered,
    of,
    ...(state === "accepted" && !isGroup(conversation) ? { queuedFor: [conversation] } : {}),
    ...(said === undefined ? {} : { reason, problem: said.line, hint: hintText(said.hint, conversation) }),
  };
}

/** The same in words. */
export function stateText({ conversation, state, delivered = 0, of = 1, reason, read }: SentState): string {
  const name = printable(conversation, { lines: false });
  const inGroup = isGroup(conversation);
  switch (state) {
    case "waiting":
      return "kept here, not on the server yet";
    case "accepted": {
      const queued = inGroup ? `${of - delivered}` : name;
      return delivered > 0 || inGroup
        ? `delivered ${delivered} of ${of}, queued for ${queued}`
        : `accepted, queued for ${queued}`;
    }
    case "delivered":
      if (read === true) return "read";
      return of === 1 && !inGroup ? "delivered" : `delivered ${delivered} of ${of}`;
    case "failed": {
      if (reason === undefined) return "failed";
      const { line, hint } = reasonText(reason);
      return `failed: ${line}; ${hintText(hint, name)}`;
    }
  }
}

/** A hint names the person or the group it is about. */
export function hintText(hint: string, name: string): string {
  return hint.replaceAll("NAME", name);
}

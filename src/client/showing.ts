// A message as faces see it: with what it answers, and with what this device's user has said of it and the server does
// not have yet. Must not know who sees it.

import type { Message } from "./events.ts";
import { asMessage, isMessage } from "./outbox.ts";
import { remarked } from "./remark.ts";
import type { Quoted } from "./remark-view.ts";
import type { ClientState } from "./state.ts";
import type { Unwritten } from "./timeline.ts";

type Known = Pick<ClientState, "outbox" | "timeline" | "profile">;

/** Characters of a message that is answered. */
const BEGINNING = 200;

/** `key`: what its conversation is known by. */
export function shownAs(state: Known, message: Message, key: string, unwritten?: Unwritten): Message {
  const now = withRead(state, withRemarks(state, message, key), key);
  if (now.replyTo === undefined) return now;
  return { ...now, replyTo: quoted(state, now.replyTo.id, key, unwritten) };
}

/** Whether the other person has read it, where it is one's own. */
function withRead({ timeline }: Known, message: Message, key: string): Message {
  const { own, position = Number.POSITIVE_INFINITY, notice, state } = message;
  const isRead = own && notice === undefined && state !== "failed" && position <= timeline.readBy(key);
  return isRead ? { ...message, read: true } : message;
}

function withRemarks({ outbox, profile }: Known, message: Message, key: string): Message {
  return outbox
    .remarksOn(key, message.id)
    .reduce((now, remark) => remarked(now, remark, profile.name) ?? now, message);
}

function quoted(state: Known, id: string, key: string, unwritten?: Unwritten): Quoted {
  const { outbox, timeline, profile } = state;
  const item = outbox.get(id);
  const waits = item?.fold === key && item.position === undefined && isMessage(item);
  const row = waits ? asMessage(item, profile.name) : timeline.find(key, id, unwritten)?.message;
  if (row === undefined) return { id };
  const { sender, own, text, deleted } = withRemarks(state, row, key);
  if (deleted === true) return { id, sender, own, deleted };
  return { id, sender, own, text: text.slice(0, BEGINNING).toWellFormed() };
}

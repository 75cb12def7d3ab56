// The last messages of a group for those who come into it, as one sealed message of the epoch that begins with them.
// Must not know how it travels.

import { LOG_ID_BYTES } from "../domain/direct-log.ts";
import { MAX_CONTENT, seal } from "../mls/message.ts";
import type { Conversation } from "../mls/state.ts";
import { encodeContent, type HandedOver, MOST_REACTIONS } from "./content.ts";
import type { HeldGroup } from "./conversation-record.ts";
import type { Message } from "./events.ts";
import { groupIdOf } from "./other-person.ts";
import type { ClientState } from "./state.ts";

/** Bytes of texts at most; what does not fit is left out, the oldest first. */
const MOST = MAX_CONTENT - 16 * 1024;
/** Beside the text of each. */
const AROUND = 200;

export interface Handed {
  readonly conversation: Conversation;
  readonly id: string;
  /** As it goes into an inbox: the log's id, then the message. */
  readonly body: Uint8Array;
}

/** `pending`: the state after the commit that adds them. Undefined when there is nothing to hand over. */
export async function handOver(
  state: ClientState,
  held: HeldGroup,
  pending: Conversation,
  most: number,
): Promise<Handed | undefined> {
  const messages = most === 0 ? [] : lastMessages(state, held, most);
  if (messages.length === 0) return undefined;
  const id = state.messageId();
  const content = encodeContent({ type: "history", id, messages });
  if (content.length > MAX_CONTENT) return undefined; // cannot be: JSON would have to make far more of the texts
  const { conversation, message } = await seal(pending, content, Buffer.from(id));
  const log = groupIdOf(held.log);
  return { conversation, id, body: new Uint8Array(Buffer.concat([log.subarray(0, LOG_ID_BYTES), message])) };
}

/** Oldest first. */
function lastMessages(state: ClientState, held: HeldGroup, most: number): HandedOver[] {
  const messages: HandedOver[] = [];
  let size = 0;
  // Notices, files and what has not come through stand between them.
  for (const row of state.timeline.newest(held.fold, 2 * most + 50)) {
    if (
      row.notice !== undefined ||
      row.file !== undefined ||
      row.deleted === true ||
      row.state === "waiting" ||
      row.state === "failed"
    )
      continue;
    const message = handedOver(row);
    // JSON makes more of some characters.
    size += Buffer.byteLength(JSON.stringify(message)) + AROUND;
    if (messages.length >= most || size > MOST) break;
    messages.push(message);
  }
  return messages.reverse();
}

/** As it is now: with its last words, and without what was taken back. */
function handedOver({ id, sender, sentAt, text, replyTo, edited, reactions }: Message): HandedOver {
  return {
    id,
    sender,
    sentAt,
    text,
    ...(replyTo === undefined ? {} : { replyTo: replyTo.id }),
    ...(edited === undefined ? {} : { edited }),
    ...(reactions === undefined ? {} : { reactions: reactions.slice(0, MOST_REACTIONS) }),
  };
}

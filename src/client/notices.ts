// What happened in a group as a line of its conversation.
// Must not know how it came about.

import type { MessageId } from "../domain/id.ts";
import type { GroupNotice, Message } from "./events.ts";

/** `id`: of the entry that brought it; `time`: when, ms since 1970. */
export function noticeMessage(
  conversation: string,
  id: MessageId,
  time: number,
  notice: GroupNotice,
): Message {
  return {
    id,
    conversation,
    sender: "by" in notice ? notice.by : "",
    text: "",
    sentAt: time,
    queued: false,
    trusted: true,
    own: false,
    notice,
  };
}

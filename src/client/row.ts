// One row of a conversation as it is kept: a message, or what has happened.
// Must not know where rows lie, nor their order.

import * as v from "valibot";
import type { Message } from "./events.ts";
import { type FailureReason, isFailureReason } from "./failure-reason.ts";
import { groupNotice } from "./group-notice.ts";
import { decodeRecord, encodeRecord } from "./record.ts";

const failureReason = v.custom<FailureReason>((value) => typeof value === "string" && isFailureReason(value));

const row = v.object({
  v: v.literal(1),
  id: v.string(),
  conversation: v.string(),
  sender: v.string(),
  text: v.string(),
  sentAt: v.number(),
  queued: v.boolean(),
  trusted: v.boolean(),
  own: v.boolean(),
  state: v.exactOptional(v.picklist(["waiting", "accepted", "delivered", "failed"])),
  delivered: v.exactOptional(v.number()),
  of: v.exactOptional(v.number()),
  reason: v.exactOptional(failureReason),
  passedOnBy: v.exactOptional(v.string()),
  notice: v.exactOptional(groupNotice),
  file: v.exactOptional(v.object({ name: v.string(), size: v.number(), sha256: v.string() })),
  /** An id: what that message says now stands in its own row. */
  replyTo: v.exactOptional(v.string()),
  reactions: v.exactOptional(v.array(v.object({ emoji: v.string(), by: v.string() }))),
  edited: v.exactOptional(v.boolean()),
  deleted: v.exactOptional(v.boolean()),
});

export function encodeRow(message: Message): Uint8Array {
  // What the other one has read stands beside the rows.
  const { position: _, read: __, replyTo, ...rest } = message;
  return encodeRecord({ v: 1, ...rest, ...(replyTo === undefined ? {} : { replyTo: replyTo.id }) });
}

export function decodeRow({
  position,
  value,
}: {
  readonly position: number;
  readonly value: Uint8Array;
}): Message {
  const { v: _, replyTo, ...message } = decodeRecord(row, value);
  return { ...message, ...(replyTo === undefined ? {} : { replyTo: { id: replyTo } }), position };
}

/** What a conversation's line says of a file. */
export function rowOf(file: {
  readonly name: string;
  readonly size: number;
  readonly sha256: Uint8Array;
}): NonNullable<Message["file"]> {
  return { name: file.name, size: file.size, sha256: Buffer.from(file.sha256).toString("hex") };
}

// What an MLS message holds: u16 header length | header (JSON) | the text, UTF-8. Big-endian. Pure.
// Must not know how it is encrypted or shown.

import * as v from "valibot";
import type { MessageId } from "../domain/id.ts";
import { checkText } from "../domain/text.ts";

export interface Content {
  /** The id its entry has, so that the server cannot exchange one for another. */
  readonly id: MessageId;
  /** The id of the message that this one says once more, because it may not have been readable. */
  readonly again?: MessageId;
  /** When it was written, by the sender's clock; ms since 1970. */
  readonly sentAt: number;
  readonly text: string;
}

const header = v.object({
  v: v.literal(1),
  type: v.literal("text"),
  id: v.pipe(v.string(), v.length(22)),
  again: v.exactOptional(v.pipe(v.string(), v.length(22))),
  sentAt: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(8.64e15)),
});

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeContent({ text, ...rest }: Content): Uint8Array {
  const head = Buffer.from(JSON.stringify({ v: 1, type: "text", ...rest }));
  const size = Buffer.alloc(2);
  size.writeUInt16BE(head.length);
  return Buffer.concat([size, head, Buffer.from(text)]);
}

/** The content, or undefined when it is not of this form (the sender's fault, or a newer version's). */
export function decodeContent(bytes: Uint8Array): Content | undefined {
  if (bytes.length < 2) return undefined;
  const end = 2 + ((bytes[0] ?? 0) << 8) + (bytes[1] ?? 0);
  if (end > bytes.length) return undefined;
  try {
    const parsed = v.safeParse(header, JSON.parse(utf8.decode(bytes.subarray(2, end))));
    const text = utf8.decode(bytes.subarray(end));
    if (!parsed.success || checkText(text) === "too-large") return undefined;
    const { v: _, type: __, ...rest } = parsed.output;
    return { ...rest, text };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined; // not JSON, not UTF-8
    throw error;
  }
}

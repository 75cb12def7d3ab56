// What an MLS message holds: u16 header length | header (JSON) | the text, UTF-8. Big-endian. Pure.
// In the text's place: of a file its description, for newcomers the list of earlier messages (JSON both). Must not know
// how it is shown.

import * as v from "valibot";
import type { MessageId } from "../domain/id.ts";
import { MAX_HISTORY } from "../domain/group-rules.ts";
import { decodeFileDescription, encodeFileDescription, type FileDescription } from "../files/description.ts";
import { parseName } from "../domain/name.ts";
import { checkText } from "../domain/text.ts";

/** A message somebody wrote. */
export interface Text {
  readonly type: "text";
  /** The id its entry has, so that the server cannot exchange one for another. */
  readonly id: MessageId;
  /** The id of the message that this one says once more, because it may not have been readable. */
  readonly again?: MessageId;
  /** When it was written, by the sender's clock; ms since 1970. */
  readonly sentAt: number;
  readonly text: string;
}

/** What was said before, for those who were not there; by the word of the member who hands it over. */
export interface History {
  readonly type: "history";
  readonly id: MessageId;
  readonly messages: readonly HandedOver[];
}

/** A message that tells of a file. */
export interface File extends Omit<Text, "type" | "text"> {
  readonly type: "file";
  readonly file: FileDescription;
}

export interface HandedOver {
  readonly id: MessageId;
  /** Who wrote it: a name. */
  readonly sender: string;
  readonly sentAt: number;
  readonly text: string;
}

export type Content = Text | File | History;

const id = v.pipe(v.string(), v.length(22));
const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(8.64e15));

const textHeader = v.object({
  v: v.literal(1),
  type: v.literal("text"),
  id,
  again: v.exactOptional(id),
  sentAt: time,
});
const fileHeader = v.object({ ...textHeader.entries, type: v.literal("file") });
const historyHeader = v.object({ v: v.literal(1), type: v.literal("history"), id });
const header = v.variant("type", [textHeader, fileHeader, historyHeader]);

const handedOver = v.pipe(
  v.array(
    v.object({
      id,
      sender: v.pipe(
        v.string(),
        v.check((name) => parseName(name).ok),
      ),
      sentAt: time,
      text: v.pipe(
        v.string(),
        v.check((text) => checkText(text) === "ok"),
      ),
    }),
  ),
  v.maxLength(MAX_HISTORY),
);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeContent(content: Content): Uint8Array {
  const [fields, rest] = parts(content);
  const head = Buffer.from(JSON.stringify({ v: 1, ...fields }));
  const size = Buffer.alloc(2);
  size.writeUInt16BE(head.length);
  return Buffer.concat([size, head, Buffer.from(rest)]);
}

function parts(content: Content): [object, string] {
  switch (content.type) {
    case "text": {
      const { text, ...fields } = content;
      return [fields, text];
    }
    case "file": {
      const { file, ...fields } = content;
      return [fields, JSON.stringify(encodeFileDescription(file))];
    }
    case "history": {
      const { messages, ...fields } = content;
      return [fields, JSON.stringify(messages)];
    }
  }
}

/** The content, or undefined when it is not of this form (the sender's fault, or a newer version's). */
export function decodeContent(bytes: Uint8Array): Content | undefined {
  if (bytes.length < 2) return undefined;
  const end = 2 + ((bytes[0] ?? 0) << 8) + (bytes[1] ?? 0);
  if (end > bytes.length) return undefined;
  try {
    const parsed = v.safeParse(header, JSON.parse(utf8.decode(bytes.subarray(2, end))));
    const rest = utf8.decode(bytes.subarray(end));
    if (!parsed.success) return undefined;
    const { v: _, ...fields } = parsed.output;
    if (fields.type === "text") {
      return checkText(rest) === "too-large" ? undefined : { ...fields, text: rest };
    }
    if (fields.type === "file") {
      const file = decodeFileDescription(JSON.parse(rest));
      return file === undefined ? undefined : { ...fields, file };
    }
    const messages = v.safeParse(handedOver, JSON.parse(rest));
    return messages.success ? { ...fields, messages: messages.output } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined; // not JSON, not UTF-8
    throw error;
  }
}

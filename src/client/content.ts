// What an MLS message holds: u16 header length | header (JSON) | the text, UTF-8. Big-endian. Pure.
// In the text's place: of a file its description, for newcomers the list of earlier messages (JSON both), of a reaction,
// a deletion or a read receipt nothing. Must not know how it is shown.

import * as v from "valibot";
import type { MessageId } from "../domain/id.ts";
import { MAX_HISTORY } from "../domain/group-rules.ts";
import { decodeFileDescription, encodeFileDescription, type FileDescription } from "../files/description.ts";
import { parseName } from "../domain/name.ts";
import { checkText } from "../domain/text.ts";
import { emoji, type Remark } from "./remark.ts";
import type { Reaction } from "./remark-view.ts";

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
  /** The message of the same conversation that this one answers. */
  readonly replyTo?: MessageId;
}

/** What is said about another message: it has no place of its own among them. */
export type Remarking = Omit<Text, "type" | "text" | "replyTo"> & Remark;

/** All that the other one wrote, up to the message of this id, was shown to the sender. It has no place among the messages. */
export interface ReadUpTo extends Omit<Text, "type" | "text" | "replyTo"> {
  readonly type: "read";
  readonly upTo: MessageId;
}

/** Of a type that a newer version has made. */
export interface Unknown {
  readonly type: "unknown";
  readonly id: MessageId;
}

/** What was said before, for those who were not there; by the word of the member who hands it over. */
export interface History {
  readonly type: "history";
  readonly id: MessageId;
  readonly messages: readonly HandedOver[];
}

/** A message that tells of a file. */
export interface File extends Omit<Text, "type" | "text" | "replyTo"> {
  readonly type: "file";
  readonly file: FileDescription;
}

export interface HandedOver {
  readonly id: MessageId;
  /** Who wrote it: a name. */
  readonly sender: string;
  readonly sentAt: number;
  readonly text: string;
  readonly replyTo?: MessageId;
  readonly edited?: boolean;
  readonly reactions?: readonly Reaction[];
}

/** What a device's user sends. */
export type Written = Text | File | Remarking | ReadUpTo;

export type Content = Written | History | Unknown;

const id = v.pipe(v.string(), v.length(22));
const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(8.64e15));

const one = v.literal(1);
const common = { v: one, id, again: v.exactOptional(id), sentAt: time };
const header = v.variant("type", [
  v.object({ ...common, type: v.literal("text"), replyTo: v.exactOptional(id) }),
  v.object({ ...common, type: v.literal("file") }),
  v.object({ ...common, type: v.literal("reaction"), to: id, emoji: v.exactOptional(emoji) }),
  v.object({ ...common, type: v.literal("edit"), to: id }),
  v.object({ ...common, type: v.literal("delete"), to: id }),
  v.object({ ...common, type: v.literal("read"), upTo: id }),
  v.object({ v: one, type: v.literal("history"), id }),
]);
const TYPES: ReadonlySet<string> = new Set(["text", "file", "reaction", "edit", "delete", "read", "history"]);
const unknownHeader = v.object({
  v: one,
  type: v.pipe(
    v.string(),
    v.check((type) => !TYPES.has(type)),
  ),
  id,
});

const name = v.pipe(
  v.string(),
  v.check((name) => parseName(name).ok),
);
/** Of more than that many only the first are passed on. */
export const MOST_REACTIONS = 32;

const handedOver = v.pipe(
  v.array(
    v.object({
      id,
      sender: name,
      sentAt: time,
      text: v.pipe(
        v.string(),
        v.check((text) => checkText(text) === "ok"),
      ),
      replyTo: v.exactOptional(id),
      edited: v.exactOptional(v.boolean()),
      reactions: v.exactOptional(v.pipe(v.array(v.object({ emoji, by: name })), v.maxLength(MOST_REACTIONS))),
    }),
  ),
  v.maxLength(MAX_HISTORY),
);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeContent(content: Exclude<Content, Unknown>): Uint8Array {
  const [fields, rest] = parts(content);
  const head = Buffer.from(JSON.stringify({ v: 1, ...fields }));
  const size = Buffer.alloc(2);
  size.writeUInt16BE(head.length);
  return Buffer.concat([size, head, Buffer.from(rest)]);
}

function parts(content: Exclude<Content, Unknown>): [object, string] {
  switch (content.type) {
    case "text":
    case "edit": {
      const { text, ...fields } = content;
      return [fields, text];
    }
    case "reaction":
    case "delete":
    case "read":
      return [content, ""];
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
    const head: unknown = JSON.parse(utf8.decode(bytes.subarray(2, end)));
    const newer = v.safeParse(unknownHeader, head);
    if (newer.success) return { type: "unknown", id: newer.output.id };
    const parsed = v.safeParse(header, head);
    const rest = utf8.decode(bytes.subarray(end));
    if (!parsed.success) return undefined;
    const { v: _, ...fields } = parsed.output;
    switch (fields.type) {
      case "text":
      case "edit":
        return checkText(rest) === "too-large" ? undefined : { ...fields, text: rest };
      case "file": {
        const file = decodeFileDescription(JSON.parse(rest));
        return file === undefined ? undefined : { ...fields, file };
      }
      case "reaction":
      case "delete":
      case "read":
        return fields;
      case "history": {
        const messages = v.safeParse(handedOver, JSON.parse(rest));
        return messages.success ? { ...fields, messages: messages.output } : undefined;
      }
    }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined; // not JSON, not UTF-8
    throw error;
  }
}

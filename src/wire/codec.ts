// Messages to frames and back. Pure. Must not know what is done about a message.

import * as v from "valibot";
import { requestId } from "./fields.ts";
import { isAck, isAppend } from "./frequent.ts";
import { encodeFrame, type Frame, frameParts } from "./frame.ts";
import { CLIENT_MESSAGES, type ClientMessage, SERVER_MESSAGES, type ServerMessage } from "./messages.ts";
import type { RefusalCode } from "./refusal.ts";

export type Decoded<M> =
  | { readonly ok: true; readonly message: M; readonly body: Uint8Array }
  /** `re` is there when the request could be told, so that it can be answered. */
  | { readonly ok: false; readonly code: RefusalCode; readonly re?: number };

export function decodeClientMessage(frame: Frame): Decoded<ClientMessage> {
  const header = parseHeader(frame.header);
  if (header === undefined) return { ok: false, code: "malformed" };
  if (isAppend(header) || isAck(header)) return { ok: true, message: header, body: frame.body };
  if (!isKey(CLIENT_MESSAGES, header.t)) return { ok: false, code: "unknown-type", ...request(header) };
  const parsed = v.safeParse(CLIENT_MESSAGES[header.t], header);
  if (!parsed.success) return { ok: false, code: "malformed", ...request(header) };
  return { ok: true, message: parsed.output, body: frame.body };
}

export function decodeServerMessage(frame: Frame): Decoded<ServerMessage> {
  const header = parseHeader(frame.header);
  if (header === undefined) return { ok: false, code: "malformed" };
  if (!isKey(SERVER_MESSAGES, header.t)) return { ok: false, code: "unknown-type", ...request(header) };
  const parsed = v.safeParse(SERVER_MESSAGES[header.t], header);
  if (!parsed.success) return { ok: false, code: "malformed", ...request(header) };
  return { ok: true, message: parsed.output, body: frame.body };
}

export function encodeMessage(message: ClientMessage | ServerMessage, body?: Uint8Array): Uint8Array {
  return encodeFrame(JSON.stringify(message), body);
}

/** As `encodeMessage`, in the parts in which a link takes a frame. */
export function messageParts(
  message: ClientMessage | ServerMessage,
  body?: Uint8Array,
): [Uint8Array, Uint8Array?] {
  return frameParts(JSON.stringify(message), body);
}

/** Cuts a body into parts of the given sizes; undefined unless they fill it exactly. */
export function splitBody(body: Uint8Array, sizes: readonly number[]): Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    if (size > body.length - at) return undefined;
    parts.push(body.subarray(at, at + size));
    at += size;
  }
  return at === body.length ? parts : undefined;
}

interface Header {
  readonly t: string;
  readonly re?: unknown;
}

function parseHeader(text: string): Header | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isHeader(value) ? value : undefined;
}

function isHeader(value: unknown): value is Header {
  return typeof value === "object" && value !== null && "t" in value && typeof value.t === "string";
}

function request(header: Header): { re?: number } {
  return v.is(requestId, header.re) ? { re: header.re } : {};
}

function isKey<T extends object>(table: T, key: string): key is string & keyof T {
  return Object.hasOwn(table, key);
}

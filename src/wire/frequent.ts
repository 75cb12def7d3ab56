// The two messages that come with every line of talk, checked by hand: their schemas cost several times as much.
// Must accept exactly what the schemas of messages.ts accept; a test holds them to each other.

import type { ClientMessage } from "./messages.ts";

type Typed = { readonly t: string };

const LOG_ID = /^(?:[\w-]{32}|[\w-]{43})$/;
const MESSAGE_ID = /^[\w-]{22}$/;

export function isAck(header: Typed): header is Extract<ClientMessage, { t: "ack" }> {
  return (
    header.t === "ack" && "log" in header && is(LOG_ID, header.log) && "seq" in header && isWhole(header.seq)
  );
}

export function isAppend(header: Typed): header is Extract<ClientMessage, { t: "append" }> {
  if (header.t !== "append" || !("re" in header && "log" in header && "id" in header && "epoch" in header))
    return false;
  if ("cursor" in header && !isWhole(header.cursor)) return false;
  return isWhole(header.re) && is(LOG_ID, header.log) && is(MESSAGE_ID, header.id) && isWhole(header.epoch);
}

function is(pattern: RegExp, value: unknown): value is string {
  return typeof value === "string" && pattern.test(value);
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

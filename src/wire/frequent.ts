// The messages that come and go with every line of talk, by hand: schemas and JSON.stringify cost several times as much.
// Must accept and write exactly what messages.ts and codec.ts do; a test holds them to each other.

import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId } from "../domain/id.ts";
import { encodeFrame } from "./frame.ts";
import type { ClientMessage, ServerMessage } from "./messages.ts";

type Typed = { readonly t: string };

const LOG_ID = /^(?:[\w-]{32}|[\w-]{43})$/;
const MESSAGE_ID = /^[\w-]{22}$/;
const BLOB_ID = /^[\w-]{32}$/;

export function isAck(header: Typed): header is Extract<ClientMessage, { t: "ack" }> {
  return (
    header.t === "ack" && "log" in header && is(LOG_ID, header.log) && "seq" in header && isWhole(header.seq)
  );
}

export function isAppend(header: Typed): header is Extract<ClientMessage, { t: "append" }> {
  if (header.t !== "append" || !("re" in header && "log" in header && "id" in header && "epoch" in header))
    return false;
  if ("cursor" in header && !isWhole(header.cursor)) return false;
  if ("blob" in header && !is(BLOB_ID, header.blob)) return false;
  return isWhole(header.re) && is(LOG_ID, header.log) && is(MESSAGE_ID, header.id) && isWhole(header.epoch);
}

/** The frame of an entry. Its ids are base64url, as `isAppend` and the schemas saw to: nothing in them needs escaping. */
export function encodeEntry({ log, seq, id, sender, kind, epoch, time, body }: Entry): Uint8Array {
  return encodeFrame(
    `{"t":"entry","log":"${log}","seq":${seq},"id":"${id}","sender":"${sender}","kind":"${kind}","epoch":${epoch},"time":${time}}`,
    body,
  );
}

/** The frame of the answer to an append or a commit. */
export function encodeAccepted(answer: Omit<Extract<ServerMessage, { t: "accepted" }>, "t">): Uint8Array {
  const { re, seq, time, of, stands } = answer;
  return encodeFrame(
    `{"t":"accepted","re":${re},"seq":${seq},"time":${time},"of":${of}${stands === true ? ',"stands":true' : ""}}`,
  );
}

/** The frame of a receipt. */
export function encodeReceipt(receipt: Omit<Extract<ServerMessage, { t: "receipt" }>, "t">): Uint8Array {
  const { log, device, seq, expired } = receipt;
  const beyond = expired === undefined ? "" : `,"expired":${expired}`;
  return encodeFrame(`{"t":"receipt","log":"${log}","device":"${device}","seq":${seq}${beyond}}`);
}

/** The frame of receipts that were gathered: at most MAX_CURSORS. */
export function encodeReceipts(
  log: LogId,
  cursors: readonly { readonly device: DeviceId; readonly to: number }[],
): Uint8Array {
  const pairs = cursors.map(({ device, to }) => `["${device}",${to}]`).join(",");
  return encodeFrame(`{"t":"receipts","log":"${log}","cursors":[${pairs}]}`);
}

function is(pattern: RegExp, value: unknown): value is string {
  return typeof value === "string" && pattern.test(value);
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

// Which log a conversation of two people has: told by their identity keys alone, so that both find the same one.
// Must not know names: a person with a new key is a new conversation.

import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { encodeId, type LogId } from "./id.ts";

/** Bytes of a conversation's log id, which are its MLS group id too (RFC 9420 §8.1). */
export const LOG_ID_BYTES = 24;

/** The log of the two people with these identity keys (32 bytes each, in either order). */
export function directLog(one: Uint8Array, other: Uint8Array): LogId {
  const [low, high] = Buffer.compare(one, other) <= 0 ? [one, other] : [other, one];
  const hash = sha256(concatBytes(utf8ToBytes("classchat direct 1"), low, high));
  return encodeId(hash.subarray(0, LOG_ID_BYTES));
}

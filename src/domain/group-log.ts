// Which log a group has: told by a number that its creator has drawn, so that nobody can take the log that is two people's.
// Must not know names or members.

import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { LOG_ID_BYTES } from "./direct-log.ts";
import { encodeId, type LogId } from "./id.ts";

/** Bytes that a creator draws. */
export const NONCE_BYTES = 16;

/** The log of the group of this nonce; its MLS group id too (RFC 9420 §8.1). */
export function groupLog(nonce: Uint8Array): LogId {
  return encodeId(sha256(concatBytes(utf8ToBytes("classchat group 1"), nonce)).subarray(0, LOG_ID_BYTES));
}

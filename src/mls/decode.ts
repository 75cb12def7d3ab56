// The way in for bytes from others: sizes first, then ts-mls's decoder with everything it may throw kept here.
// Must not know what a message means.

import { decodeMlsMessage } from "ts-mls";
import type { MLSMessage } from "ts-mls";
import { type Outcome, refuse } from "./outcome.ts";

/** Bytes at most of an application message, as it travels. */
export const MESSAGE_LIMIT = 128 * 1024;
/** Bytes at most of a commit, a Welcome or a GroupInfo: room for a tree of two thousand members. */
export const HANDSHAKE_LIMIT = 1024 * 1024;
export const KEY_PACKAGE_LIMIT = 4 * 1024;

/**
 * Decodes an MLSMessage (RFC 9420 §6) that fills `bytes` to the end. The result shares no memory with `bytes`.
 */
export function decodeExactly(bytes: Uint8Array, limit: number): Outcome<{ message: MLSMessage }> {
  if (bytes.length > limit) return refuse("too-large");
  let decoded: [MLSMessage, number] | undefined;
  try {
    decoded = decodeMlsMessage(new Uint8Array(bytes), 0);
  } catch {
    return refuse("malformed");
  }
  if (decoded === undefined) return refuse("malformed");
  const [message, length] = decoded;
  return length === bytes.length ? { ok: true, message } : refuse("malformed");
}

/**
 * Runs a step of ts-mls or of a primitive over data from others; undefined when it threw. They throw plain Errors
 * and TypeErrors for bad input, so that what is thrown cannot be told apart further; nothing was changed by it.
 */
export async function guarded<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch {
    return undefined;
  }
}

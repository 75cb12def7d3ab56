// The sealed part of an entry's body, without the framing of MLS that stands before it in the clear.
// Must not know keys, nor what is sealed.

import { LOG_ID_BYTES } from "../domain/direct-log.ts";
import type { Entry } from "../domain/entry.ts";
import { decodeExactly, HANDSHAKE_LIMIT, MESSAGE_LIMIT } from "../mls/decode.ts";

/**
 * The bytes of an entry that only its recipients can open: `ciphertext` of a PrivateMessage (RFC 9420 §6.3.1),
 * `encrypted_group_info` of a Welcome (§12.4.3.1). Throws when the body is neither.
 */
export function ciphertextOf({ kind, body }: Pick<Entry, "kind" | "body">): Uint8Array {
  const decoded =
    kind === "welcome"
      ? decodeExactly(body.subarray(LOG_ID_BYTES), HANDSHAKE_LIMIT)
      : decodeExactly(body, MESSAGE_LIMIT);
  if (decoded.ok) {
    const { message } = decoded;
    if (message.wireformat === "mls_private_message") return message.privateMessage.ciphertext;
    if (message.wireformat === "mls_welcome") return message.welcome.encryptedGroupInfo;
  }
  throw new Error(`demo: a ${kind} that is not MLS`);
}

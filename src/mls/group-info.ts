// A GroupInfo with its tree as it travels (RFC 9420 §12.4.3): an MLSMessage, compressed where it is a group's, for each
// newcomer fetches it and a fifth of a leaf is said by others already. Must not know who joins by it.

import { zstdDecompressSync } from "node:zlib";
import { encodeMlsMessage } from "ts-mls";
import type { GroupInfo } from "ts-mls";
import { decodeExactly, HANDSHAKE_LIMIT } from "./decode.ts";
import { type Outcome, refuse } from "./outcome.ts";

/** What a Zstandard frame begins with (RFC 8878 §3.1.1); an MLSMessage begins with its version, 0x0001. */
const ZSTD = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);

/** A GroupInfo as bytes: a Zstandard frame, or the MLSMessage as it is. */
export function encodeGroupInfo(groupInfo: GroupInfo, compressed: boolean): Uint8Array {
  const message = encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
  return compressed ? new Uint8Array(Bun.zstdCompressSync(message)) : message;
}

/** The GroupInfo in bytes from others, of either form. The result shares no memory with `bytes`. */
export function decodeGroupInfo(bytes: Uint8Array): Outcome<{ groupInfo: GroupInfo }> {
  const plain = decompressed(bytes);
  if (plain === undefined) return refuse("malformed");
  const decoded = decodeExactly(plain, HANDSHAKE_LIMIT);
  if (!decoded.ok) return decoded;
  const { message } = decoded;
  return message.wireformat === "mls_group_info"
    ? { ok: true, groupInfo: message.groupInfo }
    : refuse("malformed");
}

function decompressed(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length > HANDSHAKE_LIMIT || Buffer.compare(bytes.subarray(0, ZSTD.length), ZSTD) !== 0)
    return bytes;
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: HANDSHAKE_LIMIT });
  } catch {
    return undefined; // not whole, or more than it may come to
  }
}

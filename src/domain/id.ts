// The identifiers of the system and how they are written: base64url without padding.
// Must not know where they are used.

/** A conversation's or an inbox's log. A conversation: 24 bytes, 32 characters. An inbox: its device's id. */
export type LogId = string;
/** A device's raw Ed25519 public key: 32 bytes, 43 characters. */
export type DeviceId = string;
/** Chosen by the sender: 16 random bytes, 22 characters. */
export type MessageId = string;
/** A file's sealed chunks on the server. Chosen by the sender: 24 random bytes, 32 characters. */
export type BlobId = string;

/** Bytes as base64url without padding. */
export function encodeId(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The bytes behind an id of `length` bytes, or undefined when it is none. */
export function decodeId(id: string, length: number): Uint8Array | undefined {
  if (id.length !== Math.ceil((length * 4) / 3)) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(id, { alphabet: "base64url", lastChunkHandling: "loose" });
    // Only the one canonical spelling, so that an id can be compared as a string.
    return bytes.length === length && encodeId(bytes) === id ? bytes : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

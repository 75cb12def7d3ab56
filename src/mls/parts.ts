// Byte strings one behind another, each with its length, behind a version: the layout of what this room saves.
// Must not know what they hold.

import type { Decoder } from "ts-mls";

/** The version this program writes, and the only one it reads. */
export const VERSION = 1;

/** Parts behind a version: u8 version, then for each u32 length | bytes. */
export function pack(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(1 + parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  let at = 1;
  for (const part of parts) {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

/** Reads parts one by one, each a copy. */
export function unpack(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 1;
  return {
    more: () => at < bytes.length,
    next(): Uint8Array {
      const end = at + 4 + view.getUint32(at);
      if (end > bytes.length) throw new RangeError("saved conversation: cut short");
      const part = new Uint8Array(bytes.subarray(at + 4, end));
      at = end;
      return part;
    },
    end() {
      if (at !== bytes.length) throw new RangeError("saved conversation: too long");
    },
  };
}

/** The one value that fills `bytes`; throws when it is not there. */
export function whole<T>(decode: Decoder<T>, bytes: Uint8Array): T {
  const decoded = decode(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length)
    throw new Error("saved conversation: a part does not read");
  return decoded[0];
}

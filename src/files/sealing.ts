// The chunks of a file under its key: ChaCha20-Poly1305 in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár
// 2015; as age has it). Must not know where chunks come from or go to.

import { CHUNK, CHUNK_TAG } from "../domain/chunks.ts";

/** Bytes of a file's key, random for each file. */
export const FILE_KEY_BYTES = 32;

/** A file's key, ready for use. Calls may overlap: the native cipher works on several chunks at once. */
export interface FileKey {
  /** A chunk's bytes (CHUNK of them, fewer in the last) sealed for its place. They must not change meanwhile. */
  seal(index: number, last: boolean, bytes: Uint8Array): Promise<Uint8Array>;
  /** What was sealed for exactly this place under this key; undefined for anything else. */
  open(index: number, last: boolean, sealed: Uint8Array): Promise<Uint8Array | undefined>;
}

const CIPHER = "ChaCha20-Poly1305";
const NONCE_BYTES = 12;
/** Where the counter's low 32 bits lie: the eleven bytes before the last one are the counter, big-endian. */
const COUNTER_AT = 7;

/** Throws a RangeError for a key that has not FILE_KEY_BYTES bytes: the caller's bug. */
export async function fileKey(bytes: Uint8Array): Promise<FileKey> {
  if (bytes.length !== FILE_KEY_BYTES) throw new RangeError(`a file's key has ${FILE_KEY_BYTES} bytes`);
  const key = await crypto.subtle.importKey("raw-secret", new Uint8Array(bytes), CIPHER, false, [
    "encrypt",
    "decrypt",
  ]);
  return {
    async seal(index, last, bytes) {
      checkChunk(index, last, bytes);
      return new Uint8Array(await crypto.subtle.encrypt(at(index, last), key, owned(bytes)));
    },

    async open(index, last, sealed) {
      if (sealed.length < CHUNK_TAG || sealed.length > CHUNK + CHUNK_TAG) return undefined;
      try {
        return new Uint8Array(await crypto.subtle.decrypt(at(index, last), key, owned(sealed)));
      } catch (error) {
        // Web Cryptography §25.2: what does not authenticate is an OperationError.
        if (error instanceof DOMException && error.name === "OperationError") return undefined;
        throw error;
      }
    },
  };
}

/** The key is this file's alone, so counting may begin at zero: no nonce is used twice. */
function at(index: number, last: boolean): { name: string; iv: Uint8Array<ArrayBuffer> } {
  const iv = new Uint8Array(NONCE_BYTES);
  new DataView(iv.buffer).setUint32(COUNTER_AT, index);
  iv[NONCE_BYTES - 1] = last ? 1 : 0;
  return { name: CIPHER, iv };
}

/** A file has one way to be cut: only the last chunk is shorter, and it is empty in an empty file alone. */
function checkChunk(index: number, last: boolean, bytes: Uint8Array): void {
  if (!Number.isInteger(index) || index < 0 || index > 0xffffffff) throw new RangeError(`chunk ${index}`);
  const fits = last ? bytes.length <= CHUNK && (bytes.length > 0 || index === 0) : bytes.length === CHUNK;
  if (!fits) throw new RangeError(`chunk of ${bytes.length} bytes`);
}

function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}

// The file in which a person moves: a head that says how the passphrase makes its key, then sealed chunks, of which none
// can be cut off, changed or moved. Pure. Must not know what is in it.

import { createHash, hkdfSync, timingSafeEqual } from "node:crypto";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import * as v from "valibot";
import { type Argon2Settings, argon2 } from "./key-header.ts";

export interface Head {
  readonly argon2: Argon2Settings;
  /** Tells another passphrase from a damaged file. */
  readonly check: Uint8Array;
  /** All of it as it stands in the file; the chunks are bound to it. */
  readonly bytes: Uint8Array;
}

export type ReadHead =
  | { readonly ok: true; readonly head: Head }
  | { readonly ok: false; readonly why: "other" | "newer" | "damaged" };

/** Of plain text in each chunk but the last. */
export const CHUNK = 64 * 1024;
export const SEALED_CHUNK = CHUNK + 16;
/** Longer than any head. */
export const HEAD_LIMIT = 1024;

const MAGIC = new TextEncoder().encode("ClassChat identity\n");
const VERSION = 1;
const CHECK = 16;
const SUM = 8;
/** MAGIC | version u16 | length of the settings u16. */
const FIXED = MAGIC.length + 4;

const settings = v.object({
  argon2,
  check: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
});

/** `key`: 32 bytes, of the passphrase by these settings. */
export function newHead(by: Argon2Settings, key: Uint8Array): Head {
  const check = subkey(key, "check").subarray(0, CHECK);
  const text = new TextEncoder().encode(JSON.stringify({ argon2: by, check: check.toHex() }));
  const start = new Uint8Array(FIXED);
  start.set(MAGIC);
  new DataView(start.buffer).setUint16(MAGIC.length, VERSION);
  new DataView(start.buffer).setUint16(MAGIC.length + 2, text.length);
  const body = Buffer.concat([start, text]);
  return { argon2: by, check, bytes: Buffer.concat([body, sha256(body).subarray(0, SUM)]) };
}

/** `start`: the file's first HEAD_LIMIT bytes, or all of it. */
export function readHead(start: Uint8Array): ReadHead {
  if (!MAGIC.every((byte, i) => start[i] === byte)) return { ok: false, why: "other" };
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length < FIXED) return { ok: false, why: "damaged" };
  if (view.getUint16(MAGIC.length) > VERSION) return { ok: false, why: "newer" };
  const end = FIXED + view.getUint16(MAGIC.length + 2);
  const bytes = start.slice(0, end + SUM);
  const isWhole =
    bytes.length === end + SUM &&
    Buffer.compare(sha256(bytes.subarray(0, end)).subarray(0, SUM), bytes.subarray(end)) === 0;
  if (!isWhole) return { ok: false, why: "damaged" };
  const parsed = v.safeParse(settings, json(bytes.subarray(FIXED, end)));
  if (!parsed.success) return { ok: false, why: "damaged" };
  const { argon2: by, check } = parsed.output;
  return { ok: true, head: { argon2: by, check: Uint8Array.fromHex(check), bytes } };
}

export function isKeyOf(head: Head, key: Uint8Array): boolean {
  return timingSafeEqual(subkey(key, "check").subarray(0, CHECK), head.check);
}

/** What is in `parts`, sealed in chunks. */
export function* sealChunks(parts: Iterable<Uint8Array>, head: Head, key: Uint8Array): Generator<Uint8Array> {
  const box = boxOf(head, key);
  const held = new Uint8Array(CHUNK);
  let [length, index] = [0, 0];
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      // A full one leaves when more comes: only then is it known not to be the last.
      if (length === CHUNK) {
        yield box(index++, false).encrypt(held);
        length = 0;
      }
      const taken = part.subarray(at, at + CHUNK - length);
      held.set(taken, length);
      length += taken.length;
      at += taken.length;
    }
  }
  yield box(index, true).encrypt(held.subarray(0, length));
}

/** Opens one chunk after the other: of SEALED_CHUNK bytes, but for the last. Undefined for a chunk that is not that one. */
export function chunkOpener(
  head: Head,
  key: Uint8Array,
): (chunk: Uint8Array, isLast: boolean) => Uint8Array | undefined {
  const box = boxOf(head, key);
  let index = 0;
  return (chunk, isLast) => {
    try {
      return box(index++, isLast).decrypt(chunk);
    } catch {
      // It throws on a wrong tag and on less bytes than a tag has.
      return undefined;
    }
  };
}

/** The STREAM construction: the nonce holds the chunk's number and whether it is the last. The key is this file's own. */
function boxOf(head: Head, key: Uint8Array) {
  const sealKey = subkey(key, "seal");
  const associated = sha256(head.bytes);
  return (index: number, isLast: boolean) => {
    const nonce = new Uint8Array(12);
    nonce[0] = isLast ? 1 : 0;
    new DataView(nonce.buffer).setBigUint64(4, BigInt(index));
    return chacha20poly1305(sealKey, nonce, associated);
  };
}

function subkey(key: Uint8Array, use: "seal" | "check"): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, new Uint8Array(0), `classchat identity 1 ${use}`, 32));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// SHA-256, HMAC and HKDF on the platform's own primitives, synchronously.
// Must not know what is hashed. A test holds each call against its @noble/hashes twin.

import { timingSafeEqual } from "node:crypto";

/** Bytes of a SHA-256 digest, of an HMAC tag and of an HKDF pseudorandom key. */
export const HASH_LENGTH = 32;

export function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(data).digest());
}

export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256", key).update(data).digest());
}

/** Whether `tag` is the HMAC of `data`, compared in constant time. */
export function verifyHmac(key: Uint8Array, tag: Uint8Array, data: Uint8Array): boolean {
  return tag.length === HASH_LENGTH && timingSafeEqual(hmac(key, data), tag);
}

/** HKDF-Extract (RFC 5869 §2.2). */
export function extract(salt: Uint8Array, ikm: Uint8Array): Uint8Array {
  return hmac(salt, ikm);
}

/** HKDF-Expand (RFC 5869 §2.3) to `length` bytes; throws over 255 blocks. */
export function expand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const blocks = Math.ceil(length / HASH_LENGTH);
  if (blocks > 255) throw new RangeError("hkdf: too much asked for");
  const out = new Uint8Array(blocks * HASH_LENGTH);
  let block = new Uint8Array();
  for (let i = 1; i <= blocks; i++) {
    const hasher = new Bun.CryptoHasher("sha256", prk);
    block = new Uint8Array(hasher.update(block).update(info).update(Uint8Array.of(i)).digest());
    out.set(block, (i - 1) * HASH_LENGTH);
  }
  return out.subarray(0, length);
}

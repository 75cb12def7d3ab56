// Ed25519 and X25519 on the platform's own primitives, with raw 32-byte keys at the door.
// Must not know MLS or HPKE. A test holds each call against its @noble/curves twin.

import { createPrivateKey, createPublicKey, diffieHellman, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

export const KEY_LENGTH = 32;
const SIGNATURE_LENGTH = 64;

// RFC 8410: PKCS #8 and SubjectPublicKeyInfo around a raw key; the last OID byte names the curve.
const X25519 = 0x6e;
const ED25519 = 0x70;
const pkcs8 = (curve: number) =>
  Buffer.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, curve, 4, 0x22, 4, 0x20);
const spki = (curve: number) => Buffer.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, curve, 3, 0x21, 0);

/** An Ed25519 signature (64 bytes) by a 32-byte seed. */
export function ed25519Sign(secret: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, secretKey(ED25519, secret)));
}

/** Whether an Ed25519 signature holds; false for keys and signatures of any other length. */
export function ed25519Verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false;
  return verify(null, message, publicKey(ED25519, key), signature);
}

/** The Ed25519 public key of a seed. */
export function ed25519Public(secret: Uint8Array): Uint8Array {
  return rawPublic(secretKey(ED25519, secret));
}

/** The X25519 public key of a private key. */
export function x25519Public(secret: Uint8Array): Uint8Array {
  return rawPublic(secretKey(X25519, secret));
}

/** The X25519 shared secret; throws when it would be all zero (RFC 9180 §7.1.4). */
export function x25519(secret: Uint8Array, key: Uint8Array): Uint8Array {
  const shared = new Uint8Array(
    diffieHellman({ privateKey: secretKey(X25519, secret), publicKey: publicKey(X25519, key) }),
  );
  if (shared.every((byte) => byte === 0)) throw new Error("x25519: the shared secret is zero");
  return shared;
}

// RFC 7748 §6.1: the points of small order (0, 1, the two of order 8, p-1, p, p+1), little-endian.
const SMALL_ORDER = new Set([
  "00".repeat(32),
  "01" + "00".repeat(31),
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ec" + "ff".repeat(30) + "7f",
  "ed" + "ff".repeat(30) + "7f",
  "ee" + "ff".repeat(30) + "7f",
]);

/** Whether something can be encrypted to this X25519 key at all. */
export function isUsableX25519(key: Uint8Array): boolean {
  if (key.length !== KEY_LENGTH) return false;
  const masked = new Uint8Array(key);
  masked[31] = (masked[31] ?? 0) & 0x7f; // RFC 7748 §5: the top bit is not looked at
  return !SMALL_ORDER.has(masked.toHex());
}

// The y coordinates of the points of small order on edwards25519 (1, -1, 0 and the two of order 8), little-endian.
const SMALL_ORDER_Y = new Set([
  "01" + "00".repeat(31),
  "ec" + "ff".repeat(30) + "7f",
  "00".repeat(32),
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);
/** Above this a coordinate has a second spelling (RFC 8032 §5.1.3): 2^255 - 19, but for its first byte. */
const FIELD_END = "ff".repeat(30) + "7f";

/**
 * Whether a signature by this Ed25519 key says something: it is spelt in the one way, and not of small order, under
 * which signatures hold for any text. The platform looks at neither.
 */
export function isUsableEd25519(key: Uint8Array): boolean {
  if (key.length !== KEY_LENGTH) return false;
  const y = new Uint8Array(key);
  y[31] = (y[31] ?? 0) & 0x7f; // the top bit is x's sign
  const hex = y.toHex();
  return !SMALL_ORDER_Y.has(hex) && !((y[0] ?? 0) >= 0xed && hex.slice(2) === FIELD_END);
}

function secretKey(curve: number, raw: Uint8Array): KeyObject {
  if (raw.length !== KEY_LENGTH) throw new RangeError("curve25519: length of a secret key");
  return createPrivateKey({ key: Buffer.concat([pkcs8(curve), raw]), format: "der", type: "pkcs8" });
}

// The length is looked at here: the platform reads a longer SubjectPublicKeyInfo as if its end were not there.
function publicKey(curve: number, raw: Uint8Array): KeyObject {
  if (raw.length !== KEY_LENGTH) throw new RangeError("curve25519: length of a public key");
  return createPublicKey({ key: Buffer.concat([spki(curve), raw]), format: "der", type: "spki" });
}

function rawPublic(secret: KeyObject): Uint8Array {
  return new Uint8Array(
    createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-KEY_LENGTH),
  );
}

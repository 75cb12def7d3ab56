// Signatures in minisign's format (jedisct1.github.io/minisign): read, checked, and put together for whoever signs.
// Must not know files, secret keys, or what is signed.

import { ed25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";

export interface PublicKey {
  /** 8 bytes, drawn with the key: they tell keys apart, and prove nothing. */
  readonly id: Uint8Array;
  /** Raw Ed25519, 32 bytes. */
  readonly key: Uint8Array;
}

/** What a signature is wrong by. */
export type SignatureFault =
  | "not-a-signature" // no such file, or cut short
  | "old-kind" // signed without hashing first ("Ed"), which is not made any more
  | "other-key" // by the key's number
  | "wrong" // what was signed is not what is here, or another key of the same number signed it
  | "comment"; // the trusted comment was changed

export type Checked =
  | { readonly ok: true; readonly comment: string }
  | { readonly ok: false; readonly why: SignatureFault; readonly id?: Uint8Array };

/** Longer than any that minisign makes. */
export const SIGNATURE_LIMIT = 4096;

const ID = 8;
const KEY = 32;
const SIGNATURE = 64;
/** The algorithms, as their two letters: a key's, and that of a signature over BLAKE2b-512. */
const PLAIN = [0x45, 0x64] as const; // "Ed"
const HASHED = [0x45, 0x44] as const; // "ED"
const TRUSTED = "trusted comment: ";
const UNTRUSTED = "untrusted comment: ";
const RULES = { zip215: false };

/** The key as one line of base64, or as the file that minisign writes; undefined for anything else. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const lines = text
    .trim()
    .split("\n")
    .map((line) => line.trim());
  const [first = "", second] = lines;
  const line = second === undefined ? first : first.startsWith(UNTRUSTED) ? second : "";
  const bytes = lines.length > 2 ? undefined : decode64(line, 2 + ID + KEY);
  if (bytes === undefined || !startsAs(bytes, PLAIN)) return undefined;
  return { id: bytes.slice(2, 2 + ID), key: bytes.slice(2 + ID) };
}

/** One line of base64. */
export function formatPublicKey({ id, key }: PublicKey): string {
  return Uint8Array.of(...PLAIN, ...id, ...key).toBase64();
}

/** The file that minisign reads. */
export function publicKeyFile(key: PublicKey): string {
  return `${UNTRUSTED}minisign public key ${keyNumber(key.id)}\n${formatPublicKey(key)}\n`;
}

/** A key's number as minisign shows it: 16 digits. */
export function keyNumber(id: Uint8Array): string {
  return id.toReversed().toHex().toUpperCase();
}

/** What stands under an Ed25519 signature of `message`. */
export function prehashed(message: Uint8Array): Uint8Array {
  return blake2b(message, { dkLen: 64 });
}

/**
 * The file beside a signed one. `sign` is Ed25519 with the secret half of the key of this `id`; the comment is one line
 * and signed along.
 */
export function formatSignature(
  message: Uint8Array,
  { id, comment }: { readonly id: Uint8Array; readonly comment: string },
  sign: (bytes: Uint8Array) => Uint8Array,
): string {
  if (/[\r\n]/.test(comment)) throw new RangeError("a comment is one line");
  const signature = sign(prehashed(message));
  const overall = sign(Uint8Array.of(...signature, ...new TextEncoder().encode(comment)));
  const line = Uint8Array.of(...HASHED, ...id, ...signature).toBase64();
  return `${UNTRUSTED}signature by key ${keyNumber(id)}\n${line}\n${TRUSTED}${comment}\n${overall.toBase64()}\n`;
}

/** Whether `file` is a signature of `message` by `key`; then what its trusted comment says. */
export function checkSignature(message: Uint8Array, file: string, { id, key }: PublicKey): Checked {
  const lines = file.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const [untrusted = "", line = "", trusted = "", last = ""] = lines;
  const bytes = decode64(line, 2 + ID + SIGNATURE);
  const overall = decode64(last, SIGNATURE);
  const isShaped = lines.length === 4 && untrusted.startsWith(UNTRUSTED) && trusted.startsWith(TRUSTED);
  if (!isShaped || bytes === undefined || overall === undefined) return { ok: false, why: "not-a-signature" };
  if (startsAs(bytes, PLAIN)) return { ok: false, why: "old-kind" };
  if (!startsAs(bytes, HASHED)) return { ok: false, why: "not-a-signature" };
  const by = bytes.slice(2, 2 + ID);
  if (!by.every((byte, i) => byte === id[i])) return { ok: false, why: "other-key", id: by };
  const signature = bytes.slice(2 + ID);
  if (!verified(signature, prehashed(message), key)) return { ok: false, why: "wrong" };
  const comment = trusted.slice(TRUSTED.length);
  const covered = Uint8Array.of(...signature, ...new TextEncoder().encode(comment));
  return verified(overall, covered, key) ? { ok: true, comment } : { ok: false, why: "comment" };
}

function verified(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, key, RULES);
  } catch {
    // It throws on bytes that are no point of the curve.
    return false;
  }
}

function startsAs(bytes: Uint8Array, [first, second]: readonly [number, number]): boolean {
  return bytes[0] === first && bytes[1] === second;
}

/** Canonical base64 of exactly `length` bytes. */
function decode64(text: string, length: number): Uint8Array | undefined {
  // Of the right length it has no white space, which would be passed over.
  if (text.length !== 4 * Math.ceil(length / 3)) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
    return bytes.length === length ? bytes : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// How two people compare keys by eye or by voice: a safety number for a pair, a fingerprint for one key.
// Must not know where keys come from or how the result is shown.

import { createHash } from "node:crypto";

/** One side of a comparison: the name as both write it, and the Ed25519 identity key. */
export interface Party {
  readonly name: string;
  readonly identity: Uint8Array;
}

const VERSION = "ClassChat safety number v1";
/** As in Signal's numeric fingerprints: it makes a search for a colliding key dear. */
const ITERATIONS = 5200;

/**
 * The safety number of two people: 60 digits in 12 groups of 5, the same whoever computes it. Each half is 30 digits
 * of an iterated SHA-512 over key and name (Signal, "Numeric fingerprint"); the halves are in ascending order.
 */
export function safetyNumber(a: Party, b: Party): string {
  const digits = [half(a), half(b)].sort().join("");
  return (digits.match(/.{5}/g) ?? []).join(" ");
}

/** A key's fingerprint: the first 128 bits of its SHA-256, 32 hex digits in groups of 4. */
export function fingerprint(key: Uint8Array): string {
  const hex = createHash("sha256").update(key).digest("hex").slice(0, 32);
  return (hex.match(/.{4}/g) ?? []).join(" ");
}

function half({ name, identity }: Party): string {
  let digest = createHash("sha512").update(VERSION).update(identity).update(name, "utf8").digest();
  for (let i = 1; i < ITERATIONS; i++) digest = createHash("sha512").update(digest).update(identity).digest();
  let digits = "";
  for (let at = 0; at < 30; at += 5) {
    // 40 bits of the hash for each five digits: the bias of the remainder is below 1 in 10 million.
    digits += String(digest.readUIntBE(at, 5) % 100_000).padStart(5, "0");
  }
  return digits;
}

// The one MLS cipher suite of ClassChat, 0x0003, as ts-mls asks for it: native primitives, @noble/ciphers for sealing.
// Must not draw randomness from anywhere but its argument.

import type { CiphersuiteImpl } from "ts-mls";
import { ed25519Public, ed25519Sign, ed25519Verify, KEY_LENGTH } from "./curve25519.ts";
import { makeHpke } from "./hpke.ts";
import { expand, extract, HASH_LENGTH, hmac, sha256, verifyHmac } from "./kdf.ts";

export const SUITE = "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519" as const;

/** The suite with its source of randomness; what every conversation is made with. */
export type MlsProvider = CiphersuiteImpl;

/**
 * Suite 0x0003 (RFC 9420 §17.1). All randomness, HPKE's ephemeral keys included, comes from `random`, which must be
 * unpredictable outside simulations: the same bytes give the same messages.
 */
export function mlsProvider(random: (n: number) => Uint8Array): MlsProvider {
  return {
    name: SUITE,
    rng: { randomBytes: random },
    hpke: makeHpke(random),
    hash: {
      digest: async (data) => sha256(data),
      mac: async (key, data) => hmac(key, data),
      verifyMac: async (key, tag, data) => verifyHmac(key, tag, data),
    },
    kdf: {
      size: HASH_LENGTH,
      extract: async (salt, ikm) => extract(salt, ikm),
      expand: async (prk, info, length) => expand(prk, info, length),
    },
    signature: {
      sign: async (secret, message) => ed25519Sign(secret, message),
      verify: async (key, message, signature) => ed25519Verify(key, message, signature),
      async keygen() {
        const signKey = random(KEY_LENGTH);
        return { signKey, publicKey: ed25519Public(signKey) };
      },
    },
  };
}

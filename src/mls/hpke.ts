// HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256) + HKDF-SHA256 + ChaCha20-Poly1305: what suite 0x0003 asks.
// Must not know MLS beyond the shape ts-mls gives to its crypto provider.

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { Hpke, PrivateKey, PublicKey } from "ts-mls";
import { KEY_LENGTH, x25519, x25519Public } from "./curve25519.ts";
import { expand, extract, HASH_LENGTH } from "./kdf.ts";

const NONCE_LENGTH = 12;
const EMPTY = new Uint8Array();
const utf8 = new TextEncoder();
// RFC 9180 §4.1 and §5.1: KEM 0x0020, KDF 0x0001, AEAD 0x0003.
const KEM_SUITE = Uint8Array.of(...utf8.encode("KEM"), 0x00, 0x20);
const HPKE_SUITE = Uint8Array.of(...utf8.encode("HPKE"), 0x00, 0x20, 0x00, 0x01, 0x00, 0x03);

/** HPKE as ts-mls asks for it; ephemeral and new keys come from `random`. Rejects on keys and ciphertexts that fail. */
export function makeHpke(random: (n: number) => Uint8Array): Hpke {
  const encapsulate = (key: PublicKey) => {
    const ephemeral = random(KEY_LENGTH);
    const enc = x25519Public(ephemeral);
    return { enc, shared: kemSecret(x25519(ephemeral, rawKey(key)), enc, rawKey(key)) };
  };
  const decapsulate = (key: PrivateKey, enc: Uint8Array) =>
    kemSecret(x25519(rawKey(key), enc), enc, x25519Public(rawKey(key)));
  return {
    keyLength: KEY_LENGTH,
    nonceLength: NONCE_LENGTH,
    async seal(publicKey, plaintext, info, aad = EMPTY) {
      const { enc, shared } = encapsulate(publicKey);
      const { key, nonce } = keySchedule(shared, info);
      return { enc, ct: chacha20poly1305(key, nonce, aad).encrypt(plaintext) };
    },
    async open(privateKey, kemOutput, ciphertext, info, aad = EMPTY) {
      const { key, nonce } = keySchedule(decapsulate(privateKey, kemOutput), info);
      return chacha20poly1305(key, nonce, aad).decrypt(ciphertext);
    },
    async exportSecret(publicKey, context, length, info) {
      const { enc, shared } = encapsulate(publicKey);
      return {
        enc,
        secret: labeledExpand(HPKE_SUITE, keySchedule(shared, info).exporter, "sec", context, length),
      };
    },
    async importSecret(privateKey, context, kemOutput, length, info) {
      const { exporter } = keySchedule(decapsulate(privateKey, kemOutput), info);
      return labeledExpand(HPKE_SUITE, exporter, "sec", context, length);
    },
    async encryptAead(key, nonce, aad, plaintext) {
      return chacha20poly1305(key, nonce, aad ?? EMPTY).encrypt(plaintext);
    },
    async decryptAead(key, nonce, aad, ciphertext) {
      return chacha20poly1305(key, nonce, aad ?? EMPTY).decrypt(ciphertext);
    },
    async generateKeyPair() {
      return keyPair(random(KEY_LENGTH));
    },
    async deriveKeyPair(ikm) {
      // RFC 9180 §7.1.3
      const prk = labeledExtract(KEM_SUITE, EMPTY, "dkp_prk", ikm);
      return keyPair(labeledExpand(KEM_SUITE, prk, "sk", EMPTY, KEY_LENGTH));
    },
    importPrivateKey: async (raw) => privateKeyOf(raw),
    importPublicKey: async (raw) => publicKeyOf(raw),
    exportPrivateKey: async (key) => rawKey(key),
    exportPublicKey: async (key) => rawKey(key),
  };
}

// ts-mls carries keys as CryptoKey and never looks inside; here they carry their raw bytes.
const ALGORITHM = { name: "X25519" };

function privateKeyOf(raw: Uint8Array): PrivateKey {
  const key = {
    type: "private" as const,
    algorithm: ALGORITHM,
    extractable: true,
    usages: [],
    raw: checked(raw),
  };
  return key;
}

function publicKeyOf(raw: Uint8Array): PublicKey {
  const key = {
    type: "public" as const,
    algorithm: ALGORITHM,
    extractable: true,
    usages: [],
    raw: checked(raw),
  };
  return key;
}

function keyPair(secret: Uint8Array): { privateKey: PrivateKey; publicKey: PublicKey } {
  return { privateKey: privateKeyOf(secret), publicKey: publicKeyOf(x25519Public(secret)) };
}

function checked(raw: Uint8Array): Uint8Array {
  if (raw.length !== KEY_LENGTH) throw new RangeError("hpke: length of a key");
  return raw;
}

function rawKey(key: PrivateKey | PublicKey): Uint8Array {
  if (!("raw" in key) || !(key.raw instanceof Uint8Array))
    throw new TypeError("hpke: a key of another provider");
  return key.raw;
}

// RFC 9180 §4.1: ExtractAndExpand over the shared point, bound to both public keys.
function kemSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const prk = labeledExtract(KEM_SUITE, EMPTY, "eae_prk", dh);
  return labeledExpand(KEM_SUITE, prk, "shared_secret", Buffer.concat([enc, recipient]), HASH_LENGTH);
}

// RFC 9180 §5.1, mode_base: no pre-shared key.
const PSK_ID_HASH = labeledExtract(HPKE_SUITE, EMPTY, "psk_id_hash", EMPTY);

function keySchedule(shared: Uint8Array, info: Uint8Array) {
  const infoHash = labeledExtract(HPKE_SUITE, EMPTY, "info_hash", info);
  const context = Buffer.concat([Uint8Array.of(0), PSK_ID_HASH, infoHash]);
  const secret = labeledExtract(HPKE_SUITE, shared, "secret", EMPTY);
  return {
    key: labeledExpand(HPKE_SUITE, secret, "key", context, KEY_LENGTH),
    nonce: labeledExpand(HPKE_SUITE, secret, "base_nonce", context, NONCE_LENGTH),
    exporter: labeledExpand(HPKE_SUITE, secret, "exp", context, HASH_LENGTH),
  };
}

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return extract(salt, Buffer.concat([utf8.encode("HPKE-v1"), suite, utf8.encode(label), ikm]));
}

function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const size = Uint8Array.of(length >> 8, length & 0xff);
  return expand(prk, Buffer.concat([size, utf8.encode("HPKE-v1"), suite, utf8.encode(label), info]), length);
}

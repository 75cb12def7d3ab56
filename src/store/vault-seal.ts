// Seals and opens the rows of a vault: sub-keys, hashed names, authenticated encryption bound to a row's place.
// Must not know where the rows are kept.

import { hkdfSync } from "node:crypto";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { type Random, StoreFailure, type VaultTable } from "../ports.ts";

export const VAULT_KEY_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
const NAME_LENGTH_BYTES = 2;

/** What a row is of. The numbers are written in vaults: they are only ever added to. */
export const ROW_KINDS = {
  profile: 1,
  trust: 2,
  conversation: 3,
  group: 4,
  ratchet: 5,
  "key-package": 6,
  outbox: 7,
  place: 8,
  pending: 9,
  seen: 10,
  intent: 11,
  joining: 12,
  transfer: 13,
  at: 14,
  "history-name": 64,
  history: 65,
} as const satisfies Record<VaultTable | "history-name" | "history", number>;

export type RowKind = keyof typeof ROW_KINDS;

export interface Sealed {
  readonly name: string;
  readonly value: Uint8Array;
}

export interface Seal {
  /** 32 bytes that tell whether a vault was sealed with the same key, and nothing else about it. */
  readonly check: Uint8Array;
  /** HMAC-SHA-256 of a name: the same for the same kind and name, telling nothing without the key. */
  hash(kind: RowKind, name: string): Uint8Array;
  /** `position` is for history rows alone. */
  seal(kind: RowKind, hash: Uint8Array, content: Sealed, position?: number): Uint8Array;
  /** What was sealed for exactly this kind, hash and position; throws StoreFailure("corrupt") for anything else. */
  open(kind: RowKind, hash: Uint8Array, sealed: Uint8Array, position?: number): Sealed;
}

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The seal of a vault key (32 bytes; not kept). Rows are `nonce (24) | XChaCha20-Poly1305(name length u16 | name |
 * value)`; the additional data are the row's kind, hash and position, so that rows cannot change places.
 */
export function sealOf(key: Uint8Array, random: Random): Seal {
  if (key.length !== VAULT_KEY_BYTES) throw new RangeError(`a vault key has ${VAULT_KEY_BYTES} bytes`);
  const subkey = (use: string) =>
    new Uint8Array(hkdfSync("sha256", key, new Uint8Array(0), `classchat vault 1 ${use}`, 32));
  const sealKey = subkey("seal");
  const macKey = subkey("name");

  return {
    check: subkey("check"),

    hash(kind, name) {
      const mac = new Bun.CryptoHasher("sha256", macKey);
      return new Uint8Array(mac.update(Uint8Array.of(ROW_KINDS[kind])).update(name).digest());
    },

    seal(kind, hash, content, position) {
      // A random nonce of 192 bits needs no counter that a restored copy of the vault could turn back.
      const nonce = random(NONCE_BYTES);
      const box = xchacha20poly1305(sealKey, nonce, associatedData(kind, hash, position));
      return joined(nonce, box.encrypt(encodeSealed(content)));
    },

    open(kind, hash, sealed, position) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES + NAME_LENGTH_BYTES) throw new StoreFailure("corrupt");
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const box = xchacha20poly1305(sealKey, nonce, associatedData(kind, hash, position));
      try {
        return decodeSealed(box.decrypt(sealed.subarray(NONCE_BYTES)));
      } catch (error) {
        throw new StoreFailure("corrupt", error);
      }
    },
  };
}

function associatedData(kind: RowKind, hash: Uint8Array, position: number | undefined): Uint8Array {
  if (position === undefined) return joined(Uint8Array.of(ROW_KINDS[kind]), hash);
  const at = new Uint8Array(8);
  new DataView(at.buffer).setBigUint64(0, BigInt(position));
  return joined(Uint8Array.of(ROW_KINDS[kind]), hash, at);
}

function encodeSealed({ name, value }: Sealed): Uint8Array {
  const nameBytes = utf8.encode(name);
  const length = new Uint8Array(NAME_LENGTH_BYTES);
  // Throws on what does not fit instead of cutting it off.
  if (nameBytes.length > 0xffff) throw new RangeError("a vault key is a short string");
  new DataView(length.buffer).setUint16(0, nameBytes.length);
  return joined(length, nameBytes, value);
}

function decodeSealed(plain: Uint8Array): Sealed {
  const end = NAME_LENGTH_BYTES + new DataView(plain.buffer, plain.byteOffset).getUint16(0);
  if (end > plain.length) throw new RangeError("the name passes the row's end");
  return { name: text.decode(plain.subarray(NAME_LENGTH_BYTES, end)), value: plain.slice(end) };
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

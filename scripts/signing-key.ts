// The secret half of a release's key, in the file format of minisign's secret keys, with or without a passphrase.
// Must not know where the file lies, nor what is signed.

import { scryptSync } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";
import { keyNumber, type PublicKey } from "../src/files/minisign.ts";

export interface SigningKey extends PublicKey {
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

export type ReadKey =
  | { readonly ok: true; readonly key: SigningKey }
  | { readonly ok: false; readonly why: "not-a-key" | "passphrase-needed" | "wrong-passphrase" };

/** What libsodium calls "sensitive", in its own units; N = 2^20, r = 8, p = 1 to scrypt: 1 GiB, some seconds. */
const OPERATIONS = 33_554_432n;
const MEMORY = 1_073_741_824n;
const SCRYPT = { N: 2 ** 20, r: 8, p: 1, maxmem: 2 ** 31 - 1 } as const;
/** "Ed", then how the rest is sealed ("Sc": scrypt; two zeros: not), then how it is checked ("B2"). */
const ALGORITHM = [0x45, 0x64];
const SEALED = [0x53, 0x63];
const CHECKED = [0x42, 0x32];
const SALT = 32;
const HEAD = 6 + SALT + 16;
/** Number (8), seed (32), public key (32), checksum (32). */
const INNER = 8 + 64 + 32;

/** A new key from 8 + 32 (and, with a passphrase, 32 more) bytes of `random`: the file, and the key it holds. */
export function newSigningKey(
  random: (n: number) => Uint8Array,
  passphrase: string | undefined,
): { readonly file: string; readonly key: SigningKey } {
  const [id, seed] = [random(8), random(32)];
  const secret = Uint8Array.of(...seed, ...ed25519.getPublicKey(seed));
  const inner = Uint8Array.of(...id, ...secret, ...checksum(id, secret));
  const salt = passphrase === undefined ? new Uint8Array(SALT) : random(SALT);
  const [operations, memory] = passphrase === undefined ? [0n, 0n] : [OPERATIONS, MEMORY];
  const settings = Buffer.alloc(16);
  settings.writeBigUInt64LE(operations, 0);
  settings.writeBigUInt64LE(memory, 8);
  const kind = passphrase === undefined ? [0, 0] : SEALED;
  const rest = passphrase === undefined ? inner : mixed(inner, passphrase, salt);
  const line = Buffer.from([...ALGORITHM, ...kind, ...CHECKED, ...salt, ...settings, ...rest]).toString(
    "base64",
  );
  const what = passphrase === undefined ? "unencrypted" : "encrypted";
  return {
    file: `untrusted comment: minisign ${what} secret key ${keyNumber(id)}\n${line}\n`,
    key: signingKey(id, seed),
  };
}

/** Reads what `newSigningKey` or minisign wrote. */
export function readSigningKey(file: string, passphrase: string | undefined): ReadKey {
  const line = file.trim().split(/\r?\n/)[1] ?? "";
  const bytes = new Uint8Array(Buffer.from(line, "base64"));
  const has = (at: number, letters: readonly number[]) => letters.every((byte, i) => bytes[at + i] === byte);
  if (bytes.length !== HEAD + INNER || !has(0, ALGORITHM) || !has(4, CHECKED))
    return { ok: false, why: "not-a-key" };
  let inner = bytes.slice(HEAD);
  const isSealed = has(2, SEALED);
  if (isSealed) {
    const settings = Buffer.from(bytes.slice(6 + SALT, HEAD));
    const isUsual = settings.readBigUInt64LE(0) === OPERATIONS && settings.readBigUInt64LE(8) === MEMORY;
    if (!isUsual) return { ok: false, why: "not-a-key" };
    if (passphrase === undefined) return { ok: false, why: "passphrase-needed" };
    inner = mixed(inner, passphrase, bytes.slice(6, 6 + SALT));
  } else if (!has(2, [0, 0])) return { ok: false, why: "not-a-key" };
  const [id, secret] = [inner.slice(0, 8), inner.slice(8, 72)];
  const isWhole = Buffer.compare(checksum(id, secret), inner.slice(72)) === 0;
  if (!isWhole) return { ok: false, why: isSealed ? "wrong-passphrase" : "not-a-key" };
  return { ok: true, key: signingKey(id, secret.slice(0, 32)) };
}

function signingKey(id: Uint8Array, seed: Uint8Array): SigningKey {
  return { id, key: ed25519.getPublicKey(seed), sign: (bytes) => ed25519.sign(bytes, seed) };
}

function checksum(id: Uint8Array, secret: Uint8Array): Uint8Array {
  return blake2b(Uint8Array.of(...ALGORITHM, ...id, ...secret), { dkLen: 32 });
}

/** Sealed or opened: the same either way. */
function mixed(inner: Uint8Array, passphrase: string, salt: Uint8Array): Uint8Array<ArrayBuffer> {
  const stream = scryptSync(passphrase, salt, INNER, SCRYPT);
  return Uint8Array.from(inner, (byte, i) => byte ^ (stream[i] ?? 0));
}

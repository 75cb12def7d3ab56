// Owns the self-signed Ed25519 certificate that carries a key through TLS: a DER builder, bytes in and PEM out.
// Must not know sockets or files. Nobody reads the certificate's words: the key alone is the peer's name.

import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import type { Random } from "../ports.ts";

export interface Certificate {
  /** The private key, PEM PKCS #8. A secret. */
  readonly key: string;
  /** The certificate, PEM X.509. */
  readonly cert: string;
  /** The raw Ed25519 public key, 32 bytes: what a peer pins. */
  readonly publicKey: Uint8Array;
}

/** Bytes of an Ed25519 seed and of an Ed25519 public key (RFC 8032 §5.1.5). */
const KEY_BYTES = 32;

// X.690 tags.
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const EXPLICIT_0 = 0xa0;

/** PrivateKeyInfo up to the seed (RFC 8410 §7). */
const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");
/** SubjectPublicKeyInfo up to the key (RFC 8410 §4). */
const SPKI_PREFIX = Uint8Array.fromHex("302a300506032b6570032100");

const ED25519 = der(SEQUENCE, der(OBJECT_IDENTIFIER, Uint8Array.fromHex("2b6570")));
const COMMON_NAME = der(OBJECT_IDENTIFIER, Uint8Array.fromHex("550403"));
const NAME = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, ascii("classchat")))));
// A pinned key does not expire, and a lab machine's clock may be wrong by years (RFC 5280 §4.1.2.5).
const VALIDITY = der(
  SEQUENCE,
  der(UTC_TIME, ascii("700101000000Z")),
  der(GENERALIZED_TIME, ascii("99991231235959Z")),
);
const VERSION_3 = der(EXPLICIT_0, der(INTEGER, Uint8Array.of(2)));

/** A new key: the 32-byte Ed25519 seed everything else follows from. A secret. */
export function generateKey(random: Random): { readonly seed: Uint8Array } {
  return { seed: random(KEY_BYTES) };
}

/**
 * The self-signed X.509 v3 certificate (RFC 5280, RFC 8410) of a 32-byte Ed25519 seed. The same seed always gives
 * the same bytes. Throws RangeError on a seed of another length.
 */
export function certificateOf(seed: Uint8Array): Certificate {
  if (seed.length !== KEY_BYTES) throw new RangeError(`an Ed25519 seed has ${KEY_BYTES} bytes`);
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const publicKey = new Uint8Array(spki.subarray(SPKI_PREFIX.length));

  const serial = createHash("sha256").update(publicKey).digest().subarray(0, 16);
  // Positive and without a leading zero byte, as DER has it (RFC 5280 §4.1.2.2).
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const tbs = der(SEQUENCE, VERSION_3, der(INTEGER, serial), ED25519, NAME, VALIDITY, NAME, spki);
  const signature = der(BIT_STRING, Uint8Array.of(0), sign(null, tbs, privateKey));
  return {
    key: pem("PRIVATE KEY", pkcs8),
    cert: pem("CERTIFICATE", der(SEQUENCE, tbs, ED25519, signature)),
    publicKey,
  };
}

/** The raw 32-byte key in an Ed25519 SubjectPublicKeyInfo (DER), or undefined when it holds another kind of key. */
export function ed25519KeyOf(spki: Uint8Array): Uint8Array | undefined {
  if (spki.length !== SPKI_PREFIX.length + KEY_BYTES) return undefined;
  if (!SPKI_PREFIX.every((byte, i) => spki[i] === byte)) return undefined;
  return new Uint8Array(spki.subarray(SPKI_PREFIX.length));
}

/** One DER value: tag, definite length, contents (X.690 §8.1, §10.1). */
function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  if (length > 0xffff) throw new RangeError("a DER value of more than 65,535 bytes");
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...size), ...contents]);
}

function ascii(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** RFC 7468 §2: base64 in lines of 64. */
function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

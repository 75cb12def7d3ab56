// A person's identity key and the credential by which it vouches for a device: made, and checked.
// Must not know MLS, so that the server may use it.

import { parseName } from "../domain/name.ts";
import { ed25519Public, ed25519Sign, ed25519Verify, isUsableEd25519 } from "./curve25519.ts";

/** An Ed25519 key pair; `secret` is the seed. 32 bytes each. */
export interface Identity {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

/** What an identity key says of one device. Keys are raw Ed25519 public keys, 32 bytes. */
export interface Credential {
  /** As shown: a good name in its NFKC form. */
  readonly name: string;
  /** The person. */
  readonly identity: Uint8Array;
  /** The device's TLS key. */
  readonly device: Uint8Array;
  /** The device's MLS signature key. */
  readonly signatureKey: Uint8Array;
}

const VERSION = 1;
const KEY = 32;
const SIGNATURE = 64;
/** 32 characters, four bytes each at most. */
const MAX_NAME = 128;
const DOMAIN = new TextEncoder().encode("ClassChat credential v1\0");

/** A new identity (or any other Ed25519 key pair) from 32 bytes of `random`. */
export function generateIdentity(random: (n: number) => Uint8Array): Identity {
  const secret = random(KEY);
  return { secret, public: ed25519Public(secret) };
}

/**
 * The credential of a device, signed by its owner's identity key:
 * version (1) | length of name (1) | name (UTF-8) | identity | device | signature key (32 each) | signature (64),
 * the signature over "ClassChat credential v1\0" and all that precedes it. Throws on what is no name or no key.
 */
export function issueCredential(identity: Identity, subject: Omit<Credential, "identity">): Uint8Array {
  const name = new TextEncoder().encode(subject.name);
  if (!isName(subject.name)) throw new RangeError("credential: not a name");
  if (subject.device.length !== KEY || subject.signatureKey.length !== KEY) {
    throw new RangeError("credential: length of a key");
  }
  const body = concat([
    Uint8Array.of(VERSION, name.length),
    name,
    identity.public,
    subject.device,
    subject.signatureKey,
  ]);
  return concat([body, ed25519Sign(identity.secret, concat([DOMAIN, body]))]);
}

/**
 * Reads a credential and checks its signature by RFC 8032 (no small-order or non-canonical keys).
 * Undefined when it is not one; the result shares no memory with `bytes`.
 */
export function readCredential(bytes: Uint8Array): Credential | undefined {
  const credential = parseCredential(bytes);
  if (credential === undefined) return undefined;
  const message = concat([DOMAIN, bytes.subarray(0, -SIGNATURE)]);
  const signature = new Uint8Array(bytes.subarray(-SIGNATURE));
  const { identity } = credential;
  // A group of three hundred has as many of them to be checked: the platform is ten times as quick as noble here.
  return isUsableEd25519(identity) && ed25519Verify(identity, message, signature) ? credential : undefined;
}

/** As readCredential, without its signature: for own credentials, and those that were read once and kept sealed. */
export function parseCredential(bytes: Uint8Array): Credential | undefined {
  const [version, nameLength] = bytes;
  if (version !== VERSION || nameLength === undefined || nameLength > MAX_NAME) return undefined;
  if (bytes.length !== 2 + nameLength + 3 * KEY + SIGNATURE) return undefined;
  const name = decodeName(bytes.subarray(2, 2 + nameLength));
  if (name === undefined || !isName(name)) return undefined;
  const key = (n: number) => {
    const start = 2 + nameLength + n * KEY;
    return new Uint8Array(bytes.subarray(start, start + KEY));
  };
  return { name, identity: key(0), device: key(1), signatureKey: key(2) };
}

/** Whether both speak of one person's one device; the signature key may differ. */
export function sameDevice(a: Credential, b: Credential): boolean {
  return samePerson(a, b) && equal(a.device, b.device);
}

/** Whether both speak of one person: the same name under the same identity key. */
export function samePerson(a: Credential, b: Credential): boolean {
  return a.name === b.name && equal(a.identity, b.identity);
}

function isName(name: string): boolean {
  const parsed = parseName(name);
  return parsed.ok && parsed.name === name;
}

function decodeName(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

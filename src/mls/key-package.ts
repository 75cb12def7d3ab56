// KeyPackages (RFC 9420 §10): making one for a device, reading those of others before they are added.
// Must not know where they are kept or how often one was handed out.

import { encodeMlsMessage, generateKeyPackageWithKey } from "ts-mls";
import type { KeyPackage, LeafNode, PrivateKeyPackage } from "ts-mls";
import { verifyKeyPackage, makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { leafCredential } from "./authentication.ts";
import { isUsableX25519, KEY_LENGTH } from "./curve25519.ts";
import { decodeExactly, guarded, KEY_PACKAGE_LIMIT } from "./decode.ts";
import { type Credential, parseCredential } from "./identity.ts";
import { type Outcome, refuse } from "./outcome.ts";
import { type MlsProvider, SUITE } from "./provider.ts";
import { knowsRules, RULES_EXTENSION } from "./rules-extension.ts";

/** A device's part in every conversation: its credential, and the seed of the signature key named in it. */
export interface Device {
  readonly credential: Uint8Array;
  readonly signatureSecret: Uint8Array;
}

/** Both halves of a KeyPackage; `private` is to be kept sealed until a Welcome has been joined with it. */
export interface MadeKeyPackage {
  /** KeyPackageRef, hex. */
  readonly id: string;
  /** An MLSMessage of wire format mls_key_package. */
  readonly public: Uint8Array;
  readonly private: Uint8Array;
  readonly lastResort: boolean;
}

const DAY = 24 * 60 * 60 * 1000;
const LIFETIME = 90 * DAY;
/** Clocks differ: a package is good from a day before it was made. */
const LEEWAY = DAY;
/** last_resort_key_package, RFC 9420's registry of extension types. */
const LAST_RESORT = 0x000a;
const PRIVATE_VERSION = 1;

/** A new KeyPackage of a device, good for 90 days from `now` (ms). */
export async function makeKeyPackage(
  mls: MlsProvider,
  device: Device,
  { now, lastResort }: { readonly now: number; readonly lastResort: boolean },
): Promise<MadeKeyPackage> {
  const { publicPackage, privatePackage } = await generate(mls, device, now, lastResort);
  return {
    id: await keyPackageId(mls, publicPackage),
    public: encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage: publicPackage }),
    private: new Uint8Array(
      Buffer.concat([
        Uint8Array.of(PRIVATE_VERSION),
        privatePackage.initPrivateKey,
        privatePackage.hpkePrivateKey,
      ]),
    ),
    lastResort,
  };
}

/** A KeyPackage in ts-mls's own form, for a leaf that is never handed out (a creator's, an external joiner's). */
export async function generate(
  mls: MlsProvider,
  device: Device,
  now: number,
  lastResort: boolean,
): Promise<{ publicPackage: KeyPackage; privatePackage: PrivateKeyPackage }> {
  const credential = parseCredential(device.credential);
  if (credential === undefined) throw new Error("key package: the device's own credential does not read");
  return generateKeyPackageWithKey(
    { credentialType: "basic", identity: device.credential },
    {
      versions: ["mls10"],
      ciphersuites: [SUITE],
      extensions: [LAST_RESORT, RULES_EXTENSION],
      proposals: [],
      credentials: ["basic"],
    },
    { notBefore: seconds(now - LEEWAY), notAfter: seconds(now + LIFETIME) },
    lastResort ? [{ extensionType: LAST_RESORT, extensionData: new Uint8Array() }] : [],
    { signKey: device.signatureSecret, publicKey: credential.signatureKey },
    mls,
  );
}

/** What a KeyPackage says. `expires` in ms. */
export interface ReadKeyPackage {
  readonly id: string;
  readonly credential: Credential;
  readonly expires: number;
  readonly lastResort: boolean;
}

/** Reads another device's KeyPackage and checks everything in it at `now` (ms): RFC 9420 §10.1, §7.3. */
export async function readKeyPackage(
  mls: MlsProvider,
  bytes: Uint8Array,
  now: number,
): Promise<Outcome<ReadKeyPackage>> {
  const parsed = parseKeyPackage(bytes, now);
  if (!parsed.ok) return parsed;
  const { keyPackage, credential } = parsed;
  const { leafNode } = keyPackage;
  const signed = await guarded(
    async () =>
      (await verifyLeafNodeSignatureKeyPackage(leafNode, mls.signature)) &&
      (await verifyKeyPackage(keyPackage, mls.signature)),
  );
  if (signed !== true) return refuse("undecryptable");
  return {
    ok: true,
    id: await keyPackageId(mls, keyPackage),
    credential,
    expires: Number(leafNode.lifetime.notAfter) * 1000,
    lastResort: keyPackage.extensions.some((e) => e.extensionType === LAST_RESORT),
  };
}

/** As readKeyPackage, without its two signatures: ts-mls checks them when the package is added. */
export function parseKeyPackage(
  bytes: Uint8Array,
  now: number,
): Outcome<{ keyPackage: KeyPackage; credential: Credential }> {
  const message = decodeExactly(bytes, KEY_PACKAGE_LIMIT);
  if (!message.ok) return message;
  if (message.message.wireformat !== "mls_key_package") return refuse("malformed");
  const { keyPackage } = message.message;
  const leaf = keyPackage.leafNode;
  if (keyPackage.version !== "mls10" || keyPackage.cipherSuite !== SUITE || !isCapable(leaf, false)) {
    return refuse("unsupported");
  }
  if (!keyPackage.extensions.every((e) => e.extensionType === LAST_RESORT)) return refuse("unsupported");
  if (!isUsableX25519(keyPackage.initKey) || !isUsableX25519(leaf.hpkePublicKey)) return refuse("malformed");
  if (Buffer.compare(keyPackage.initKey, leaf.hpkePublicKey) === 0) return refuse("duplicate-key");
  const credential = leafCredential(leaf);
  if (credential === undefined) return refuse("credential-mismatch");
  const { notBefore, notAfter } = leaf.lifetime;
  if (notAfter - notBefore > seconds(LIFETIME + LEEWAY) || notBefore > notAfter) return refuse("malformed");
  if (seconds(now) < notBefore || seconds(now) > notAfter) return refuse("expired");
  return { ok: true, keyPackage, credential };
}

/** Entries in each list of a leaf's capabilities at most: a leaf stays in the tree that everybody keeps. */
const MAX_CAPABILITIES = 64;

/**
 * Whether a leaf can be in a conversation of ours, with rules or without: our suite, our credentials, and nothing that
 * others would have to know.
 */
export function isCapable(leaf: LeafNode, withRules: boolean): boolean {
  const { versions, ciphersuites, credentials } = leaf.capabilities;
  return (
    Object.values(leaf.capabilities).every((list) => list.length <= MAX_CAPABILITIES) &&
    leaf.extensions.length === 0 &&
    (!withRules || knowsRules(leaf)) &&
    versions.includes("mls10") &&
    ciphersuites.includes(SUITE) &&
    credentials.includes("basic")
  );
}

/** The KeyPackageRef (RFC 9420 §5.2), hex. */
async function keyPackageId(mls: MlsProvider, keyPackage: KeyPackage): Promise<string> {
  return (await makeKeyPackageRef(keyPackage, mls.hash)).toHex();
}

/** Puts both halves of an own package together again; throws on bytes makeKeyPackage did not make. */
export function reunite(
  device: Device,
  made: Pick<MadeKeyPackage, "public" | "private">,
): { keyPackage: KeyPackage; privateKeys: PrivateKeyPackage } {
  const decoded = decodeExactly(made.public, KEY_PACKAGE_LIMIT);
  const secret = new Uint8Array(made.private);
  if (!decoded.ok || decoded.message.wireformat !== "mls_key_package")
    throw new Error("key package: not one");
  if (secret[0] !== PRIVATE_VERSION || secret.length !== 1 + 2 * KEY_LENGTH)
    throw new Error("key package: private half");
  return {
    keyPackage: decoded.message.keyPackage,
    privateKeys: {
      initPrivateKey: secret.slice(1, 1 + KEY_LENGTH),
      hpkePrivateKey: secret.slice(1 + KEY_LENGTH),
      signaturePrivateKey: new Uint8Array(device.signatureSecret),
    },
  };
}

function seconds(ms: number): bigint {
  return BigInt(Math.floor(ms / 1000));
}

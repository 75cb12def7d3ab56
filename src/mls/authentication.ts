// Who a leaf is: the credential in it, bound to its signature key; and the settings every conversation runs under.
// Must not know which people are trusted: that is the caller's.

import type { ClientConfig, Credential as LeafCredential, LeafNode } from "ts-mls";
import { type Credential, parseCredential, readCredential } from "./identity.ts";
import { sha256 } from "./kdf.ts";

/** Old epochs whose messages can still be opened. */
export const EPOCHS_KEPT = 4;
/** Messages of one sender that may be missing before one that is opened. */
export const FORWARD_STEPS = 2000;
const GENERATIONS_KEPT = 64;

// Checking a credential costs a slow signature check, and the same people are in many trees: the outcome depends on
// the bytes alone, so that those that hold are remembered, the oldest forgotten first.
const MEMORY = 4096;
const remembered = new Map<string, Credential>();

function readRemembered(bytes: Uint8Array): Credential | undefined {
  const digest = sha256(bytes).toHex();
  const known = remembered.get(digest);
  if (known !== undefined) return known;
  const credential = readCredential(bytes);
  if (credential === undefined) return undefined;
  for (const oldest of remembered.keys()) {
    if (remembered.size < MEMORY) break;
    remembered.delete(oldest);
  }
  remembered.set(digest, credential);
  return credential;
}

/** The credential of a leaf with this signature key; undefined when it does not hold or is of another key. */
export function boundCredential(
  credential: LeafCredential,
  signatureKey: Uint8Array,
): Credential | undefined {
  if (credential.credentialType !== "basic" || !("identity" in credential)) return undefined;
  const read = readRemembered(credential.identity);
  return read !== undefined && Buffer.compare(read.signatureKey, signatureKey) === 0 ? read : undefined;
}

const ofLeaf = new WeakMap<LeafNode, Credential>();

/** The credential in a leaf; undefined when it does not hold or is not bound to the leaf's signature key. */
export function leafCredential(leaf: LeafNode): Credential | undefined {
  const known = ofLeaf.get(leaf);
  if (known !== undefined) return known;
  const credential = boundCredential(leaf.credential, leaf.signaturePublicKey);
  if (credential !== undefined) ofLeaf.set(leaf, credential);
  return credential;
}

/** Takes the credential of a leaf that was validated, then kept sealed, without its slow check. False if it is none. */
export function recallLeafCredential(leaf: LeafNode): boolean {
  if (leaf.credential.credentialType !== "basic" || !("identity" in leaf.credential)) return false;
  const credential = parseCredential(leaf.credential.identity);
  if (credential === undefined) return false;
  ofLeaf.set(leaf, credential);
  return true;
}

function representSameDevice(a: LeafNode, b: LeafNode): boolean {
  const [first, second] = [leafCredential(a), leafCredential(b)];
  return first !== undefined && second !== undefined && Buffer.compare(first.device, second.device) === 0;
}

/** The settings of every conversation, with the length to which the next private message is padded. */
export function clientConfig(padUntilLength: number): ClientConfig {
  return {
    keyRetentionConfig: {
      retainKeysForGenerations: GENERATIONS_KEPT,
      retainKeysForEpochs: EPOCHS_KEPT,
      maximumForwardRatchetSteps: FORWARD_STEPS,
    },
    // Lifetimes are checked by whoever commits, against its own clock: receivers with other clocks must agree.
    lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
    paddingConfig: { kind: "padUntilLength", padUntilLength },
    // "The same client" (RFC 9420 §12.2) is the same device here, whatever its signature key.
    keyPackageEqualityConfig: {
      compareKeyPackages: (a, b) => representSameDevice(a.leafNode, b.leafNode),
      compareKeyPackageToLeafNode: (a, b) => representSameDevice(a.leafNode, b),
    },
    authService: {
      validateCredential: async (credential, signatureKey) =>
        boundCredential(credential, signatureKey) !== undefined,
    },
  };
}

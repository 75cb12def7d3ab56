// Statements by which a member says that it leaves: nobody can commit its own removal (RFC 9420 §12.2), so that others
// do it, and show this. Must not decide whether it is removed.

import type { RatchetTree } from "ts-mls";
import { leafCredential } from "./authentication.ts";
import { ed25519Sign, ed25519Verify } from "./curve25519.ts";
import { type Credential, parseCredential } from "./identity.ts";
import type { Device } from "./key-package.ts";
import { type Conversation, reveal } from "./state.ts";
import { leafAt, leaves, type Member } from "./tree.ts";

const VERSION = 1;
const KEY = 32;
/** Bytes of a statement: version (1) | device key (32) | signature (64). */
export const STATEMENT_LENGTH = 1 + KEY + 64;
/** Statements looked at in one commit at most. */
const MAX_STATEMENTS = 1024;
const DOMAIN = new TextEncoder().encode("ClassChat leave v1\0");

/**
 * This device's statement that it leaves the group: its signature key's signature over "ClassChat leave v1\0" | group
 * id | encryption key of its present leaf. Of no use in another group, nor once the leaf has changed, as it has when
 * the device is added again. Throws when this device is no member.
 */
export function leaveStatement(conversation: Conversation, device: Device): Uint8Array {
  const { state } = reveal(conversation);
  const leaf = leafAt(state.ratchetTree, state.privatePath.leafIndex);
  const own = parseCredential(device.credential);
  if (leaf === undefined || own === undefined || state.groupActiveState.kind !== "active")
    throw new Error("mls: who leaves is no member");
  const signature = ed25519Sign(
    device.signatureSecret,
    signed(state.groupContext.groupId, leaf.hpkePublicKey),
  );
  return new Uint8Array(Buffer.concat([Uint8Array.of(VERSION), own.device, signature]));
}

/** Whose statement this is; undefined when it does not hold in the group as it now is. */
export function leaverOf(conversation: Conversation, statement: Uint8Array): Member | undefined {
  const { state } = reveal(conversation);
  return statementOf(state.ratchetTree, state.groupContext.groupId, statement);
}

/** Whose statement this is, held against a tree; undefined when it does not hold there. */
export function statementOf(
  tree: RatchetTree,
  groupId: Uint8Array,
  statement: Uint8Array,
): Member | undefined {
  if (statement.length !== STATEMENT_LENGTH || statement[0] !== VERSION) return undefined;
  const device = statement.subarray(1, 1 + KEY);
  for (const [leaf, node] of leaves(tree)) {
    const credential = leafCredential(node);
    // A device has one leaf.
    if (credential === undefined || Buffer.compare(credential.device, device) !== 0) continue;
    const signature = new Uint8Array(statement.subarray(1 + KEY));
    const holds = ed25519Verify(node.signaturePublicKey, signed(groupId, node.hpkePublicKey), signature);
    return holds ? { leaf, credential } : undefined;
  }
  return undefined;
}

/** The members whose statements, one after the other, hold against a tree; each once. What does not hold is passed over. */
export function leaversIn(tree: RatchetTree, groupId: Uint8Array, statements: Uint8Array): Credential[] {
  const leavers = new Map<number, Credential>();
  const end = Math.min(statements.length, MAX_STATEMENTS * STATEMENT_LENGTH);
  for (let at = 0; at + STATEMENT_LENGTH <= end; at += STATEMENT_LENGTH) {
    const member = statementOf(tree, groupId, statements.subarray(at, at + STATEMENT_LENGTH));
    if (member !== undefined) leavers.set(member.leaf, member.credential);
  }
  return [...leavers.values()];
}

function signed(groupId: Uint8Array, encryptionKey: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([DOMAIN, groupId, encryptionKey]));
}

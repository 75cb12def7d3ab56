// What may be in a tree once only: devices, and the keys of leaves and nodes.
// Must not know commits, only what they take out of a tree and put into it.

import type { LeafNode, RatchetTree } from "ts-mls";
import { isUsableX25519 } from "./curve25519.ts";
import type { Credential } from "./identity.ts";
import type { MlsRefusal } from "./outcome.ts";
import { leaves, membersOf } from "./tree.ts";

/** A device has one leaf. `gone` by leaf index. */
export function deviceClash(
  tree: RatchetTree,
  gone: ReadonlyMap<number, Credential>,
  newcomers: readonly Credential[],
): MlsRefusal | undefined {
  if (newcomers.length === 0) return undefined;
  const devices = new Set<string>();
  for (const { leaf, credential } of membersOf(tree))
    if (!gone.has(leaf)) devices.add(credential.device.toHex());
  for (const { device } of newcomers) {
    const hex = device.toHex();
    if (devices.has(hex)) return "already-member";
    devices.add(hex);
  }
  return undefined;
}

/**
 * RFC 9420 §7.3, §7.6, §12.4.3.1: keys are unique in the tree. A commit that breaks it is processed by those inside,
 * but makes a group that nobody can join any more.
 */
export function keyClash(
  tree: RatchetTree,
  gone: ReadonlyMap<number, Credential>,
  committer: number | "external",
  newLeaves: readonly LeafNode[],
  path: readonly { readonly hpkePublicKey: Uint8Array }[],
): MlsRefusal | undefined {
  const encryption = new Set<string>();
  const signature = new Set<string>();
  for (const node of tree) {
    if (node === undefined) continue;
    encryption.add((node.nodeType === "leaf" ? node.leaf : node.parent).hpkePublicKey.toHex());
  }
  for (const [index, leaf] of leaves(tree)) {
    if (!gone.has(index) && index !== committer) signature.add(leaf.signaturePublicKey.toHex());
  }
  for (const { signaturePublicKey } of newLeaves) {
    const hex = signaturePublicKey.toHex();
    if (signature.has(hex)) return "duplicate-key";
    signature.add(hex);
  }
  for (const { hpkePublicKey } of [...newLeaves, ...path]) {
    if (!isUsableX25519(hpkePublicKey)) return "malformed";
    const hex = hpkePublicKey.toHex();
    if (encryption.has(hex)) return "duplicate-key";
    encryption.add(hex);
  }
  return undefined;
}

// The leaves of a ratchet tree and who sits in them.
// Must not change a tree or check one: what is asked here was validated before.

import type { LeafNode, RatchetTree } from "ts-mls";
import { leafCredential } from "./authentication.ts";
import type { Credential } from "./identity.ts";

/** A member's place in the tree and who it is. */
export interface Member {
  readonly leaf: number;
  readonly credential: Credential;
}

// A tree never changes, and each message of a group asks who is in it.
const knownMembers = new WeakMap<RatchetTree, readonly Member[]>();

/** The members of a tree whose leaves have been validated: the same array for the same tree. */
export function membersOf(tree: RatchetTree): readonly Member[] {
  const known = knownMembers.get(tree);
  if (known !== undefined) return known;
  const members: Member[] = [];
  for (const [leaf, node] of leaves(tree)) {
    const credential = leafCredential(node);
    if (credential === undefined) throw new Error("mls: a validated tree holds a leaf without a credential");
    members.push({ leaf, credential });
  }
  knownMembers.set(tree, members);
  return members;
}

/** Who sits at a leaf index; throws when nobody does. */
export function credentialAt(tree: RatchetTree, leaf: number): Credential {
  const node = leafAt(tree, leaf);
  const credential = node && leafCredential(node);
  if (credential === undefined) throw new Error("mls: nobody at a leaf of a validated tree");
  return credential;
}

/** The leaf at a leaf index; undefined when it is blank or outside the tree. */
export function leafAt(tree: RatchetTree, leaf: number): LeafNode | undefined {
  const node = Number.isInteger(leaf) && leaf >= 0 && 2 * leaf < tree.length ? tree[2 * leaf] : undefined;
  return node?.nodeType === "leaf" ? node.leaf : undefined;
}

/** The leaves that are not blank, by leaf index. */
export function* leaves(tree: RatchetTree): Generator<[number, LeafNode]> {
  for (let index = 0; index < tree.length; index += 2) {
    const node = tree[index];
    if (node?.nodeType === "leaf") yield [index / 2, node.leaf];
  }
}

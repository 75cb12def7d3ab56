// What a commit may hold, checked on its contents before ts-mls applies it: proposals are applied there before the
// confirmation tag is checked, and what it does not look at would let a peer evict, hang or impersonate.
// Must not know secrets or change anything.

import type { Commit, KeyPackage, LeafNode, Proposal, ProposalOrRef, RatchetTree } from "ts-mls";
import { leafCredential } from "./authentication.ts";
import { isUsableX25519 } from "./curve25519.ts";
import { type Credential, sameDevice, samePerson } from "./identity.ts";
import { isCapable } from "./key-package.ts";
import { type MlsRefusal, type Outcome, refuse } from "./outcome.ts";
import { SUITE } from "./provider.ts";
import { leafAt, leaves, type Member, membersOf } from "./tree.ts";

/** Proposals in one commit at most. */
const MAX_PROPOSALS = 1024;
/** RFC 9420 §7.8: a path is as long as the tree is high, and a tree has at most 2^32 leaves. */
const MAX_PATH = 32;

/** A member's leaf index, or somebody outside the group. */
export type Committer = number | "external";

/** What a commit would do. */
export interface Change {
  readonly committer: Credential;
  /** The committer was outside and lets itself in (RFC 9420 §12.4.3.2). */
  readonly external: boolean;
  readonly added: readonly Credential[];
  readonly removed: readonly Credential[];
}

/** Whether a change is one that may be made. It must be a pure function, the same on every member's device. */
export type Rule = (change: Change, members: readonly Member[]) => boolean;

/** The rule unless another is given: from outside, only people who are members already let a device in. */
export const membersOnly: Rule = (change, members) =>
  !change.external || members.some((member) => samePerson(member.credential, change.committer));

/** What the proposals of a commit come to; `gone` by leaf index. */
interface Proposed {
  readonly adds: readonly KeyPackage[];
  readonly added: readonly Credential[];
  readonly gone: ReadonlyMap<number, Credential>;
}

/**
 * Checks the contents of a commit by the member at leaf `committer`, or from outside, against the tree it applies to:
 * RFC 9420 §12.2 and §12.4.2 as far as ts-mls does not, and that every leaf stays the person it was. `gone` are the
 * removed, by leaf index.
 */
export function inspectCommit(
  tree: RatchetTree,
  committer: Committer,
  commit: Commit,
  rule: Rule,
): Outcome<{ change: Change; gone: ReadonlyMap<number, Credential> }> {
  const proposed = inspectProposals(tree, committer, commit.proposals);
  if (!proposed.ok) return proposed;
  const { adds, added, gone } = proposed;
  if (commit.path === undefined && (gone.size > 0 || adds.length === 0)) return refuse("malformed");
  const committing = committerCredential(tree, committer, commit, gone);
  if (!committing.ok) return committing;
  if (commit.path !== undefined) {
    const { leafNode, nodes } = commit.path;
    if (nodes.length > MAX_PATH) return refuse("malformed");
    const newLeaves = [...adds.map((add) => add.leafNode), leafNode];
    const fault = keyClash(tree, gone, committer, newLeaves, nodes);
    if (fault !== undefined) return refuse(fault);
  }
  const change = {
    committer: committing.credential,
    external: committer === "external",
    added,
    removed: [...gone.values()],
  };
  return rule(change, membersOf(tree)) ? { ok: true, change, gone } : refuse("forbidden");
}

/** Checks the proposals of a commit alone: what a committer can know before it makes the path. */
export function inspectProposals(
  tree: RatchetTree,
  committer: Committer,
  proposals: readonly ProposalOrRef[],
): Outcome<Proposed> {
  if (proposals.length > MAX_PROPOSALS) return refuse("too-large");
  const adds: KeyPackage[] = [];
  const removes: number[] = [];
  let externalInits = 0;
  for (const entry of proposals) {
    // Nobody sends proposals on their own here, so that nothing can be referred to.
    if (entry.proposalOrRefType !== "proposal") return refuse("forbidden");
    const { proposal } = entry;
    if (isKind(proposal, "add")) adds.push(proposal.add.keyPackage);
    else if (isKind(proposal, "remove")) removes.push(proposal.remove.removed);
    else if (isKind(proposal, "external_init")) externalInits += 1;
    else return refuse("forbidden");
  }
  if (externalInits !== (committer === "external" ? 1 : 0)) return refuse("forbidden");
  if (committer === "external" && (adds.length > 0 || removes.length > 1)) return refuse("forbidden");
  const gone = removedLeaves(tree, removes);
  if (gone === undefined) return refuse("no-such-member");
  if (committer !== "external" && gone.has(committer)) return refuse("forbidden-removal");
  const added: Credential[] = [];
  for (const keyPackage of adds) {
    const fault = addFault(keyPackage);
    if (fault !== undefined) return refuse(fault);
    const credential = leafCredential(keyPackage.leafNode);
    if (credential === undefined) return refuse("credential-mismatch");
    added.push(credential);
  }
  const newLeaves = adds.map((add) => add.leafNode);
  const fault =
    adds.length > 0
      ? (clash(tree, gone, added) ?? keyClash(tree, gone, committer, newLeaves, []))
      : undefined;
  return fault === undefined ? { ok: true, adds, added, gone } : refuse(fault);
}

function isKind<K extends "add" | "remove" | "external_init">(
  proposal: Proposal,
  kind: K,
): proposal is Extract<Proposal, { proposalType: K }> {
  return proposal.proposalType === kind;
}

function removedLeaves(tree: RatchetTree, removes: readonly number[]): Map<number, Credential> | undefined {
  const gone = new Map<number, Credential>();
  for (const index of removes) {
    const leaf = leafAt(tree, index);
    const credential = leaf === undefined ? undefined : leafCredential(leaf);
    if (credential === undefined || gone.has(index)) return undefined;
    gone.set(index, credential);
  }
  return gone;
}

/** Who commits; with a path, the leaf in it has to be that person's and device's. */
function committerCredential(
  tree: RatchetTree,
  committer: Committer,
  { path }: Commit,
  gone: ReadonlyMap<number, Credential>,
): Outcome<{ credential: Credential }> {
  if (path !== undefined && !isCapable(path.leafNode)) return refuse("unsupported");
  const inPath = path === undefined ? undefined : leafCredential(path.leafNode);
  if (path !== undefined && inPath === undefined) return refuse("credential-mismatch");
  if (committer === "external") {
    if (inPath === undefined) return refuse("malformed");
    if (![...gone.values()].every((removed) => samePerson(removed, inPath)))
      return refuse("forbidden-removal");
    const fault = clash(tree, gone, [inPath]);
    return fault === undefined ? { ok: true, credential: inPath } : refuse(fault);
  }
  const leaf = leafAt(tree, committer);
  const before = leaf === undefined ? undefined : leafCredential(leaf);
  if (before === undefined) return refuse("not-a-member");
  if (inPath !== undefined && !sameDevice(before, inPath)) return refuse("credential-mismatch");
  return { ok: true, credential: inPath ?? before };
}

function addFault(keyPackage: KeyPackage): MlsRefusal | undefined {
  if (keyPackage.version !== "mls10" || keyPackage.cipherSuite !== SUITE) return "unsupported";
  if (!isCapable(keyPackage.leafNode)) return "unsupported";
  return isUsableX25519(keyPackage.initKey) ? undefined : "malformed";
}

/** A device has one leaf. */
function clash(
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
function keyClash(
  tree: RatchetTree,
  gone: ReadonlyMap<number, Credential>,
  committer: Committer,
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

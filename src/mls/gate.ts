// What a commit may hold, checked on its contents before ts-mls applies it: proposals are applied there before the
// confirmation tag is checked, and what it does not look at would let a peer evict, hang or impersonate.
// Must not know secrets or change anything.

import type {
  ClientState,
  Commit,
  GroupContextExtensions,
  KeyPackage,
  Proposal,
  ProposalOrRef,
} from "ts-mls";
import { leafCredential } from "./authentication.ts";
import { isUsableX25519 } from "./curve25519.ts";
import { type Credential, sameDevice, samePerson } from "./identity.ts";
import { isCapable } from "./key-package.ts";
import { leaversIn } from "./leaving.ts";
import { type MlsRefusal, type Outcome, refuse } from "./outcome.ts";
import { SUITE } from "./provider.ts";
import { rulesIn } from "./rules-extension.ts";
import { leafAt, leaves, type Member, membersOf } from "./tree.ts";
import { deviceClash, keyClash } from "./uniqueness.ts";

/** Proposals in one commit at most. */
const MAX_PROPOSALS = 1024;
/** RFC 9420 §7.8: a path is as long as the tree is high, and a tree has at most 2^32 leaves. */
const MAX_PATH = 32;

/** Leaves of a tree at most: what is over it could be neither sent nor saved. */
const MAX_LEAVES = 2048;

/** What a commit applies to. */
export type Epoch = Pick<ClientState, "ratchetTree" | "groupContext">;

/** A member's leaf index, or somebody outside the group. */
export type Committer = number | "external";

/** What a commit would do. */
export interface Change {
  readonly committer: Credential;
  /** The committer was outside and lets itself in (RFC 9420 §12.4.3.2); it is not among the added. */
  readonly external: boolean;
  readonly added: readonly Credential[];
  readonly removed: readonly Credential[];
  /** When it sets the group's rules, if to the same again. */
  readonly rules?: { readonly before: Uint8Array; readonly after: Uint8Array };
  /** The members whose statements that they leave are shown by it, and hold; removed or not. */
  readonly leaving: readonly Credential[];
}

/**
 * Whether a change is one that may be made, by those who are members and the rules that hold before it (undefined in a
 * conversation without rules). It must be a pure function, the same on every member's device.
 */
export type Rule = (change: Change, members: readonly Member[], rules: Uint8Array | undefined) => boolean;

/** The rule unless another is given: from outside, only people who are members already let a device in. */
export const membersOnly: Rule = (change, members) =>
  !change.external || members.some((member) => samePerson(member.credential, change.committer));

/** What the proposals of a commit come to; `gone` by leaf index, `rules` when they are set. */
export interface Proposed {
  readonly adds: readonly KeyPackage[];
  readonly added: readonly Credential[];
  readonly gone: ReadonlyMap<number, Credential>;
  readonly rules: Change["rules"];
}

/**
 * Checks the contents of a commit by the member at leaf `committer`, or from outside, against the epoch it applies to:
 * RFC 9420 §12.2 and §12.4.2 as far as ts-mls does not, and that every leaf stays the person it was. `gone` are the
 * removed, by leaf index.
 */
export function inspectCommit(
  epoch: Epoch,
  committer: Committer,
  { commit, authenticatedData }: { readonly commit: Commit; readonly authenticatedData: Uint8Array },
  rule: Rule,
): Outcome<{ change: Change; gone: ReadonlyMap<number, Credential> }> {
  const { ratchetTree: tree } = epoch;
  const proposed = inspectProposals(epoch, committer, commit.proposals);
  if (!proposed.ok) return proposed;
  const { adds, gone, rules } = proposed;
  if (commit.path === undefined && (gone.size > 0 || rules !== undefined || adds.length === 0))
    return refuse("malformed");
  const committing = committerCredential(epoch, committer, commit, gone);
  if (!committing.ok) return committing;
  if (commit.path !== undefined) {
    const { leafNode, nodes } = commit.path;
    if (nodes.length > MAX_PATH) return refuse("malformed");
    const newLeaves = [...adds.map((add) => add.leafNode), leafNode];
    const fault = keyClash(tree, gone, committer, newLeaves, nodes);
    if (fault !== undefined) return refuse(fault);
  }
  const change = changeOf(epoch, committer, committing.credential, proposed, authenticatedData);
  const allowed = rule(change, membersOf(tree), rulesIn(epoch.groupContext.extensions));
  return allowed ? { ok: true, change, gone } : refuse("forbidden");
}

/** What a commit does, by its proposals. Statements stand in the authenticated data of a group's members alone. */
export function changeOf(
  { ratchetTree, groupContext }: Epoch,
  from: Committer,
  committer: Credential,
  { added, gone, rules }: Proposed,
  authenticatedData: Uint8Array,
): Change {
  const none = from === "external" || rulesIn(groupContext.extensions) === undefined;
  return {
    committer,
    external: from === "external",
    added,
    removed: [...gone.values()],
    ...(rules === undefined ? {} : { rules }),
    leaving: none ? [] : leaversIn(ratchetTree, groupContext.groupId, authenticatedData),
  };
}

/** Checks the proposals of a commit alone: what a committer can know before it makes the path. */
export function inspectProposals(
  { ratchetTree: tree, groupContext }: Epoch,
  committer: Committer,
  proposals: readonly ProposalOrRef[],
): Outcome<Proposed> {
  if (proposals.length > MAX_PROPOSALS) return refuse("too-large");
  const adds: KeyPackage[] = [];
  const removes: number[] = [];
  const contexts: GroupContextExtensions[] = [];
  let externalInits = 0;
  for (const entry of proposals) {
    // Nobody sends proposals on their own here, so that nothing can be referred to.
    if (entry.proposalOrRefType !== "proposal") return refuse("forbidden");
    const { proposal } = entry;
    if (isKind(proposal, "add")) adds.push(proposal.add.keyPackage);
    else if (isKind(proposal, "remove")) removes.push(proposal.remove.removed);
    else if (isKind(proposal, "group_context_extensions")) contexts.push(proposal.groupContextExtensions);
    else if (isKind(proposal, "external_init")) externalInits += 1;
    else return refuse("forbidden");
  }
  if (externalInits !== (committer === "external" ? 1 : 0)) return refuse("forbidden");
  if (committer === "external" && (adds.length > 0 || removes.length > 1 || contexts.length > 0))
    return refuse("forbidden");
  const before = rulesIn(groupContext.extensions);
  const after = newRules(before, contexts);
  if (!after.ok) return after;
  const gone = removedLeaves(tree, removes);
  if (gone === undefined) return refuse("no-such-member");
  if (committer !== "external" && gone.has(committer)) return refuse("forbidden-removal");
  const entering = adds.length + externalInits;
  if (entering > 0 && [...leaves(tree)].length - gone.size + entering > MAX_LEAVES)
    return refuse("too-large");
  const added: Credential[] = [];
  for (const keyPackage of adds) {
    const fault = addFault(keyPackage, before !== undefined);
    if (fault !== undefined) return refuse(fault);
    const credential = leafCredential(keyPackage.leafNode);
    if (credential === undefined) return refuse("credential-mismatch");
    added.push(credential);
  }
  const newLeaves = adds.map((add) => add.leafNode);
  const fault =
    adds.length > 0
      ? (deviceClash(tree, gone, added) ?? keyClash(tree, gone, committer, newLeaves, []))
      : undefined;
  return fault === undefined ? { ok: true, adds, added, gone, rules: after.rules } : refuse(fault);
}

function isKind<K extends "add" | "remove" | "external_init" | "group_context_extensions">(
  proposal: Proposal,
  kind: K,
): proposal is Extract<Proposal, { proposalType: K }> {
  return proposal.proposalType === kind;
}

/** A group's context goes from rules to rules, a direct conversation's stays without (RFC 9420 §12.1.7). */
function newRules(
  before: Uint8Array | undefined,
  contexts: readonly GroupContextExtensions[],
): Outcome<Pick<Proposed, "rules">> {
  const [context, another] = contexts;
  if (context === undefined) return { ok: true, rules: undefined };
  const after = rulesIn(context.extensions);
  if (before === undefined || after === undefined || another !== undefined) return refuse("forbidden");
  return { ok: true, rules: { before, after } };
}

function removedLeaves(
  tree: Epoch["ratchetTree"],
  removes: readonly number[],
): Map<number, Credential> | undefined {
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
  { ratchetTree: tree, groupContext }: Epoch,
  committer: Committer,
  { path }: Commit,
  gone: ReadonlyMap<number, Credential>,
): Outcome<{ credential: Credential }> {
  const withRules = rulesIn(groupContext.extensions) !== undefined;
  if (path !== undefined && !isCapable(path.leafNode, withRules)) return refuse("unsupported");
  const inPath = path === undefined ? undefined : leafCredential(path.leafNode);
  if (path !== undefined && inPath === undefined) return refuse("credential-mismatch");
  if (committer === "external") {
    if (inPath === undefined) return refuse("malformed");
    if (![...gone.values()].every((removed) => samePerson(removed, inPath)))
      return refuse("forbidden-removal");
    const fault = deviceClash(tree, gone, [inPath]);
    return fault === undefined ? { ok: true, credential: inPath } : refuse(fault);
  }
  const leaf = leafAt(tree, committer);
  const before = leaf === undefined ? undefined : leafCredential(leaf);
  if (before === undefined) return refuse("not-a-member");
  if (inPath !== undefined && !sameDevice(before, inPath)) return refuse("credential-mismatch");
  return { ok: true, credential: inPath ?? before };
}

function addFault(keyPackage: KeyPackage, withRules: boolean): MlsRefusal | undefined {
  if (keyPackage.version !== "mls10" || keyPackage.cipherSuite !== SUITE) return "unsupported";
  if (!isCapable(keyPackage.leafNode, withRules)) return "unsupported";
  return isUsableX25519(keyPackage.initKey) ? undefined : "malformed";
}

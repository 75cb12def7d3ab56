// Changes of a group: making a commit that waits for the server's word, processing those of others.
// Must not decide what may be changed beyond the caller's rule, nor send anything.

import {
  createCommit,
  emptyPskIndex,
  encodeMlsMessage,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import type {
  ClientState,
  KeyPackage,
  PrivateMessage,
  Proposal,
  ProposalOrRef,
  PublicMessage,
  Welcome,
} from "ts-mls";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { consumeRatchet } from "ts-mls/secretTree.js";
import { clientConfig } from "./authentication.ts";
import { decodeExactly, guarded, HANDSHAKE_LIMIT } from "./decode.ts";
import { type Change, changeOf, inspectCommit, inspectProposals, membersOnly, type Rule } from "./gate.ts";
import { parseKeyPackage } from "./key-package.ts";
import { statementOf } from "./leaving.ts";
import { openPrivate, placeFault } from "./message.ts";
import { type Outcome, refuse } from "./outcome.ts";
import { paddedLength } from "./padding.ts";
import { contextExtensions, rulesIn } from "./rules-extension.ts";
import { type Conversation, conceal, groupInfo, type Interior, reveal } from "./state.ts";
import { credentialAt } from "./tree.ts";

/** What to change: with nothing, this device's own keys are renewed. */
export interface Intent {
  /** KeyPackages of the devices to add. */
  readonly add?: readonly Uint8Array[];
  /** Leaf indexes. */
  readonly remove?: readonly number[];
  /** The group's new rules. */
  readonly rules?: Uint8Array;
  /** Of members who leave; shown to all. One that does not hold is left out. */
  readonly statements?: readonly Uint8Array[];
  /** ms; KeyPackages have to be good at this time. */
  readonly now: number;
}

/** A commit that waits. */
export interface Committed {
  /** The present epoch without the key used for this commit: to be written down before it is sent. */
  readonly conversation: Conversation;
  /** The epoch after it: takes the other's place once the server has taken the commit, else is dropped. */
  readonly pending: Conversation;
  readonly commit: Uint8Array;
  /** One for each that was added, in that order, with what is for that one alone; a group's are without the tree. */
  readonly welcomes: readonly Uint8Array[];
  /** Of the epoch after it. */
  readonly groupInfo: Uint8Array;
  /** What the others see it do. */
  readonly change: Change;
}

/**
 * Makes a commit (RFC 9420 §12.4.1), sent as a PrivateMessage, with the proposals in it. Nothing changes until the
 * server has taken it: another one may come first, and is then processed on `conversation`. After a failure to send,
 * the same bytes are sent again. Refuses as a whole when one KeyPackage or leaf index does not do. Throws when the
 * rules are none, or over MAX_RULES.
 */
export async function commit(conversation: Conversation, intent: Intent): Promise<Outcome<Committed>> {
  const interior = reveal(conversation);
  const { mls, state } = interior;
  if (state.groupActiveState.kind !== "active") return refuse("not-a-member");
  const add: KeyPackage[] = [];
  for (const bytes of intent.add ?? []) {
    const parsed = parseKeyPackage(bytes, intent.now);
    if (!parsed.ok) return parsed;
    add.push(parsed.keyPackage);
  }
  const made = await commitProposals(interior, { ...intent, add });
  if (!made.ok) return made;
  const own = 2 * state.privatePath.leafIndex;
  // ts-mls seals the commit without moving the ratchet on: a second commit in this epoch would use the key again.
  const { newTree } = await consumeRatchet(state.secretTree, own, "commit", mls);
  const pending = conceal({ mls, state: made.state, moved: new Set() });
  const { welcome } = made;
  return {
    ok: true,
    conversation: conceal({ ...interior, state: { ...state, secretTree: newTree } }),
    pending,
    commit: made.commit,
    // Each is sealed to one KeyPackage (RFC 9420 §12.4.3.1), in the order of the additions.
    welcomes: welcome?.secrets.map((secret) => encodeWelcome({ ...welcome, secrets: [secret] })) ?? [],
    groupInfo: await groupInfo(pending),
    change: made.change,
  };
}

/** What such a commit would be to the others, without making it: the signatures of KeyPackages are not looked at. */
export function changeBy(conversation: Conversation, intent: Intent): Outcome<{ change: Change }> {
  const { state } = reveal(conversation);
  const add: KeyPackage[] = [];
  for (const bytes of intent.add ?? []) {
    const parsed = parseKeyPackage(bytes, intent.now);
    if (!parsed.ok) return parsed;
    add.push(parsed.keyPackage);
  }
  const own = state.privatePath.leafIndex;
  const inspected = inspectProposals(state, own, inline(proposalsFor({ ...intent, add })));
  if (!inspected.ok) return inspected;
  const data = new Uint8Array(Buffer.concat(intent.statements ?? []));
  return {
    ok: true,
    change: changeOf(state, own, credentialAt(state.ratchetTree, own), inspected, data),
  };
}

/** A Welcome as it travels. */
export function encodeWelcome(welcome: Welcome): Uint8Array {
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome });
}

/** The commit of these proposals and the state after it, checked as a receiver would. */
export async function commitProposals(
  { mls, state }: Interior,
  intent: Omit<Intent, "add" | "now"> & { readonly add: readonly KeyPackage[] },
): Promise<
  Outcome<{ state: ClientState; commit: Uint8Array; welcome: Welcome | undefined; change: Change }>
> {
  const { add, statements = [] } = intent;
  const { ratchetTree, groupContext } = state;
  const extraProposals = proposalsFor(intent);
  const own = state.privatePath.leafIndex;
  const inspected = inspectProposals(state, own, inline(extraProposals));
  if (!inspected.ok) return inspected;
  const holds = (bytes: Uint8Array) => statementOf(ratchetTree, groupContext.groupId, bytes) !== undefined;
  const authenticatedData = new Uint8Array(Buffer.concat(statements.filter(holds)));
  // Those who are added to a group ask for its tree, which all others share: it is most of a Welcome's bytes.
  const ratchetTreeExtension = rulesIn(groupContext.extensions) === undefined;
  const make = () =>
    createCommit(
      { state: { ...state, clientConfig: clientConfig(paddedLength(0)) }, cipherSuite: mls },
      { extraProposals, ratchetTreeExtension, authenticatedData },
    );
  // Only the packages of others can be at fault, by now in their signatures; anything else that is thrown is a bug.
  const made = add.length > 0 ? await guarded(make) : await make();
  if (made === undefined) return refuse("undecryptable");
  const change = changeOf(state, own, credentialAt(ratchetTree, own), inspected, authenticatedData);
  const { newState, commit: message, welcome } = made;
  return { ok: true, state: newState, commit: encodeMlsMessage(message), welcome, change };
}

function proposalsFor({
  add,
  remove = [],
  rules,
}: Pick<Intent, "remove" | "rules"> & { readonly add: readonly KeyPackage[] }): Proposal[] {
  const proposals: Proposal[] = [
    ...remove.map((removed) => ({ proposalType: "remove" as const, remove: { removed } })),
    ...add.map((keyPackage) => ({ proposalType: "add" as const, add: { keyPackage } })),
  ];
  if (rules === undefined) return proposals;
  const groupContextExtensions = { extensions: contextExtensions(rules) };
  return [...proposals, { proposalType: "group_context_extensions", groupContextExtensions }];
}

function inline(proposals: readonly Proposal[]): ProposalOrRef[] {
  return proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal }));
}

/**
 * Processes another's commit (RFC 9420 §12.4.2): a member's PrivateMessage, or the PublicMessage of somebody who lets
 * itself in. The committer's own commit is not processed: its pending conversation takes the place of this one.
 */
export async function processCommit(
  conversation: Conversation,
  bytes: Uint8Array,
  rule: Rule = membersOnly,
): Promise<Processed> {
  const interior = reveal(conversation);
  if (interior.state.groupActiveState.kind !== "active") return refuse("not-a-member");
  const decoded = decodeExactly(bytes, HANDSHAKE_LIMIT);
  if (!decoded.ok) return decoded;
  const { message } = decoded;
  if (message.wireformat === "mls_private_message")
    return processMembers(interior, message.privateMessage, rule);
  if (message.wireformat === "mls_public_message")
    return processExternal(interior, message.publicMessage, rule);
  return refuse("unsupported");
}

type Processed = Outcome<{ conversation: Conversation } & Change>;

async function processMembers(interior: Interior, message: PrivateMessage, rule: Rule): Promise<Processed> {
  const { mls, state } = interior;
  const opened = await openPrivate(interior, message, "commit");
  if (!opened.ok) return opened;
  if (opened.content.contentType !== "commit") return refuse("unsupported");
  const inspected = inspectCommit(state, opened.sender, opened.content, rule);
  if (!inspected.ok) return inspected;
  const applied = await guarded(() => processPrivateMessage(state, message, emptyPskIndex, mls));
  if (applied === undefined) return refuse("undecryptable");
  // A removed member learns nothing of the next epoch: what it keeps is the last one it was in.
  const removed = applied.newState.groupActiveState.kind === "removedFromGroup";
  const next = removed ? gone(opened.interior.state) : applied.newState;
  return processed(interior, next, inspected.change);
}

async function processExternal(interior: Interior, message: PublicMessage, rule: Rule): Promise<Processed> {
  const { mls, state } = interior;
  const { content } = message;
  const misplaced = placeFault(state, content);
  if (misplaced !== undefined) return refuse(misplaced);
  // Members' commits are private, so that nobody outside learns who changed what.
  if (content.contentType !== "commit" || content.sender.senderType !== "new_member_commit") {
    return refuse("unsupported");
  }
  const inspected = inspectCommit(state, "external", content, rule);
  if (!inspected.ok) return inspected;
  if (inspected.gone.has(state.privatePath.leafIndex)) {
    // Another state of this device, or another device of its owner, took its place: the next epoch is not for this one.
    const { membershipKey } = state.keySchedule;
    const signed = await guarded(() =>
      unprotectPublicMessage(membershipKey, state.groupContext, state.ratchetTree, message, mls),
    );
    if (signed === undefined) return refuse("undecryptable");
    return processed(interior, gone(state), inspected.change);
  }
  const applied = await guarded(() => processPublicMessage(state, message, emptyPskIndex, mls));
  return applied === undefined
    ? refuse("undecryptable")
    : processed(interior, applied.newState, inspected.change);
}

function gone(state: ClientState): ClientState {
  return { ...state, groupActiveState: { kind: "removedFromGroup" } };
}

function processed({ mls }: Interior, state: ClientState, change: Change): Processed {
  return { ok: true, conversation: conceal({ mls, state, moved: new Set() }), ...change };
}

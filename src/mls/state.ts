// The value that stands for one device's part in one MLS group, and what may be asked of it without changing it.
// Must not give its secrets away: they are reachable inside this room alone, through `reveal`.

import type { ClientState, GroupContext } from "ts-mls";
import { createGroupInfoWithExternalPub } from "ts-mls";
import { encodeGroupInfo } from "./group-info.ts";
import { leafCredential } from "./authentication.ts";
import { type Credential, samePerson } from "./identity.ts";
import { ratchetTreeBytes } from "./node-bytes.ts";
import type { MlsRefusal } from "./outcome.ts";
import { type MlsProvider, SUITE } from "./provider.ts";
import { rulesIn } from "./rules-extension.ts";
import { leaves, type Member, membersOf } from "./tree.ts";

/**
 * One device's state in one group at one moment. Immutable: every step answers a new one. Two steps from one value
 * would use one key twice, so that the caller holds a mutex for each conversation, writes the new value down before
 * it sends what was made with it, and never goes back to an older one (RFC 9420 §9.1, §16.8).
 */
export interface Conversation {
  /** The group id. */
  readonly id: Uint8Array;
  readonly epoch: number;
}

/** What is behind a Conversation. */
export interface Interior {
  readonly mls: MlsProvider;
  readonly state: ClientState;
  /** Old epochs whose ratchets have moved since the last commit: what `saveRatchet` has to write of them. */
  readonly moved: ReadonlySet<bigint>;
}

const interiors = new WeakMap<Conversation, Interior>();

/** A Conversation around its interior. */
export function conceal(interior: Interior): Conversation {
  const { groupId, epoch } = interior.state.groupContext;
  // The server counts epochs as numbers; contextFault keeps groups away from their end.
  const conversation = Object.freeze({ id: new Uint8Array(groupId), epoch: Number(epoch) });
  interiors.set(conversation, interior);
  return conversation;
}

/**
 * Why a group described by others is not the group `id`, or not one of ours; undefined when it is. A direct
 * conversation has no context extension, a group the rules alone: `rulesOf` tells which it is.
 */
export function contextFault(context: GroupContext, id: Uint8Array): MlsRefusal | undefined {
  if (Buffer.compare(context.groupId, id) !== 0) return "wrong-group";
  if (context.version !== "mls10" || context.cipherSuite !== SUITE) return "unsupported";
  if (context.extensions.length > 0 && rulesIn(context.extensions) === undefined) return "unsupported";
  return context.epoch < BigInt(Number.MAX_SAFE_INTEGER) ? undefined : "malformed";
}

/** The interior of a Conversation; throws for an object that is none. */
export function reveal(conversation: Conversation): Interior {
  const interior = interiors.get(conversation);
  if (interior === undefined) throw new TypeError("mls: not a conversation");
  return interior;
}

/**
 * The rules of a group, as they stand in its context; undefined in a direct conversation. The same array, which must
 * not be changed, until a commit sets them.
 */
export function rulesOf(conversation: Conversation): Uint8Array | undefined {
  return rulesIn(reveal(conversation).state.groupContext.extensions);
}

/** Everyone in the group, by leaf index; the same array until a commit changes the tree. */
export function members(conversation: Conversation): readonly Member[] {
  return membersOf(reveal(conversation).state.ratchetTree);
}

/** Whether somebody is in the group now: the keys of old epochs open what was sealed by those who have gone since. */
export function isIn(conversation: Conversation, person: Credential): boolean {
  for (const [, leaf] of leaves(reveal(conversation).state.ratchetTree)) {
    const credential = leafCredential(leaf);
    if (credential !== undefined && (credential === person || samePerson(credential, person))) return true;
  }
  return false;
}

/** The leaf index of this device. */
export function ownLeaf(conversation: Conversation): number {
  return reveal(conversation).state.privatePath.leafIndex;
}

/** Whether this device is (still) a member: false once a commit that removes it has been processed. */
export function isActive(conversation: Conversation): boolean {
  return reveal(conversation).state.groupActiveState.kind === "active";
}

/**
 * The GroupInfo of the current epoch, the tree in it, for those who join from outside (RFC 9420 §12.4.3). In a
 * group about 270 bytes a member.
 */
export async function groupInfo(conversation: Conversation): Promise<Uint8Array> {
  const { mls, state } = reveal(conversation);
  const tree = { extensionType: "ratchet_tree" as const, extensionData: ratchetTreeBytes(state.ratchetTree) };
  const info = await createGroupInfoWithExternalPub(state, [tree], mls);
  return encodeGroupInfo(info, rulesIn(state.groupContext.extensions) !== undefined);
}

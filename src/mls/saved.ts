// A conversation as bytes and back, in two parts: `group` changes with each commit, `ratchet` with each message.
// Must not know where they are kept; they hold secrets, and are to be sealed there.

import type { ClientState, EpochReceiverData, RatchetTree, SecretTree } from "ts-mls";
import { decodeGroupContext, groupContextEncoder } from "ts-mls/groupContext.js";
import { decodeKeySchedule, keyScheduleEncoder } from "ts-mls/keySchedule.js";
import { decodePrivateKeyPath, privateKeyPathEncoder } from "ts-mls/privateKeyPath.js";
import { decodeSecretTree, secretTreeEncoder } from "ts-mls/secretTree.js";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { clientConfig } from "./authentication.ts";
import type { Device } from "./key-package.ts";
import { type Outcome, refuse } from "./outcome.ts";
import { pack, unpack, VERSION, whole } from "./parts.ts";
import type { MlsProvider } from "./provider.ts";
import { treesFromBytes, treesToBytes } from "./saved-trees.ts";
import { type Conversation, conceal, reveal } from "./state.ts";

/** What `saveGroup` and `saveRatchet` answered for one conversation, or a later `ratchet` of the same epoch. */
export interface Saved {
  readonly group: Uint8Array;
  readonly ratchet: Uint8Array;
}

/**
 * The part that changes with each commit. It is written, together with the other part, after each step that answers
 * another epoch or a conversation that is no longer active.
 */
export function saveGroup(conversation: Conversation): Uint8Array {
  const { state } = reveal(conversation);
  const past = [...state.historicalReceiverData.values()];
  return pack([
    encode(groupContextEncoder)(state.groupContext),
    encode(keyScheduleEncoder)(state.keySchedule),
    encode(privateKeyPathEncoder)(state.privatePath),
    state.confirmationTag,
    Uint8Array.of(state.groupActiveState.kind === "active" ? 1 : 0),
    treesToBytes([state.ratchetTree, ...past.map((epoch) => epoch.ratchetTree)]),
    ...past.flatMap((epoch) => [
      encode(groupContextEncoder)(epoch.groupContext),
      epoch.senderDataSecret,
      epoch.resumptionPsk,
      encode(secretTreeEncoder)(epoch.secretTree),
    ]),
  ]);
}

/** The part that changes with each message: the ratchets of those who have sent, and of old epochs what has moved. */
export function saveRatchet(conversation: Conversation): Uint8Array {
  const { state, moved } = reveal(conversation);
  const past = [...state.historicalReceiverData].filter(([epoch]) => moved.has(epoch));
  return pack([
    uint64(state.groupContext.epoch),
    encode(secretTreeEncoder)(state.secretTree),
    ...past.flatMap(([epoch, data]) => [uint64(epoch), encode(secretTreeEncoder)(data.secretTree)]),
  ]);
}

/**
 * The conversation that was saved, for the device that saved it; it goes on just as that one. "unsupported" for a
 * newer version, "malformed" for anything else that is not two parts of one epoch. Shares no memory with its input.
 */
export function load(
  mls: MlsProvider,
  device: Device,
  saved: Saved,
): Outcome<{ conversation: Conversation }> {
  if (saved.group[0] !== VERSION || saved.ratchet[0] !== VERSION) return refuse("unsupported");
  try {
    return { ok: true, conversation: parse(mls, device, saved) };
  } catch {
    return refuse("malformed");
  }
}

function parse(mls: MlsProvider, device: Device, saved: Saved): Conversation {
  const group = unpack(saved.group);
  const groupContext = whole(decodeGroupContext, group.next());
  const keySchedule = whole(decodeKeySchedule, group.next());
  const privatePath = whole(decodePrivateKeyPath, group.next());
  const confirmationTag = group.next();
  const active = group.next()[0] === 1;
  const [ratchetTree, ...pastTrees] = treesFromBytes(group.next());
  if (ratchetTree === undefined) throw new Error("saved conversation: no tree");
  const historicalReceiverData = new Map<bigint, EpochReceiverData>();
  for (const tree of pastTrees) {
    const context = whole(decodeGroupContext, group.next());
    historicalReceiverData.set(context.epoch, {
      groupContext: context,
      ratchetTree: tree,
      senderDataSecret: group.next(),
      resumptionPsk: group.next(),
      secretTree: secretTreeFor(tree, group.next()),
    });
  }
  group.end();

  const ratchet = unpack(saved.ratchet);
  if (uint64From(ratchet.next()) !== groupContext.epoch)
    throw new Error("saved conversation: parts of two epochs");
  const secretTree = secretTreeFor(ratchetTree, ratchet.next());
  const moved = new Set<bigint>();
  while (ratchet.more()) {
    const epoch = uint64From(ratchet.next());
    const data = historicalReceiverData.get(epoch);
    if (data === undefined) throw new Error("saved conversation: an unknown epoch");
    historicalReceiverData.set(epoch, {
      ...data,
      secretTree: secretTreeFor(data.ratchetTree, ratchet.next()),
    });
    moved.add(epoch);
  }
  const state: ClientState = {
    groupContext,
    keySchedule,
    privatePath,
    confirmationTag,
    ratchetTree,
    secretTree,
    historicalReceiverData,
    signaturePrivateKey: new Uint8Array(device.signatureSecret),
    unappliedProposals: {},
    groupActiveState: { kind: active ? "active" : "removedFromGroup" },
    clientConfig: clientConfig(0),
  };
  return conceal({ mls, state, moved });
}

function secretTreeFor(tree: RatchetTree, bytes: Uint8Array): SecretTree {
  const secrets = whole(decodeSecretTree, bytes);
  // A member that leaves can make the tree smaller only with a new epoch, whose secret tree fits it.
  if (secrets.leafWidth !== (tree.length + 1) / 2)
    throw new Error("saved conversation: a secret tree of another size");
  return secrets;
}

function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

function uint64From(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);
}

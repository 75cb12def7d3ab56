// Application messages: sealing this device's, opening those of others, of this epoch and the few before it.
// Must not know what a message says.

import { createApplicationMessage, encodeMlsMessage } from "ts-mls";
import type { ClientState, EpochReceiverData, FramedContent, PrivateMessage, SecretTree } from "ts-mls";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { clientConfig, FORWARD_STEPS, leafCredential } from "./authentication.ts";
import { decodeExactly, guarded, MESSAGE_LIMIT } from "./decode.ts";
import type { Credential } from "./identity.ts";
import { type MlsRefusal, type Outcome, refuse } from "./outcome.ts";
import { paddedLength } from "./padding.ts";
import { type Conversation, conceal, type Interior, reveal } from "./state.ts";
import { leafAt } from "./tree.ts";

/** Bytes of content in one message at most: 64 KiB of text and what is said around it. */
export const MAX_CONTENT = 80 * 1024;
/** What MLS puts beside the content inside the ciphertext: two lengths and a signature (RFC 9420 §6.3.1). */
const FRAMING = 4 + 2 + 64;

/**
 * Seals `content` for the epoch's members (RFC 9420 §15), padded to a bucket; `aad` travels beside it, in the clear
 * but bound to it. The new conversation is written down before the message is sent. Throws when the content is over
 * MAX_CONTENT or this device is no member any more.
 */
export async function seal(
  conversation: Conversation,
  content: Uint8Array,
  aad: Uint8Array,
): Promise<{ conversation: Conversation; message: Uint8Array }> {
  if (content.length > MAX_CONTENT) throw new RangeError("mls: content over MAX_CONTENT");
  const interior = reveal(conversation);
  const padded = { ...interior.state, clientConfig: clientConfig(paddedLength(content.length + FRAMING)) };
  const { newState, privateMessage } = await createApplicationMessage(padded, content, interior.mls, aad);
  return {
    conversation: conceal({ ...interior, state: newState }),
    message: encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage }),
  };
}

/** A message that was opened. */
export interface Opened {
  readonly conversation: Conversation;
  readonly sender: Credential;
  readonly content: Uint8Array;
  readonly aad: Uint8Array;
}

/**
 * Opens another member's message. The new conversation is written down together with what was read, before the
 * message is acknowledged; each message can be opened once.
 */
export async function open(conversation: Conversation, message: Uint8Array): Promise<Outcome<Opened>> {
  const interior = reveal(conversation);
  const decoded = decodeExactly(message, MESSAGE_LIMIT);
  if (!decoded.ok) return decoded;
  if (decoded.message.wireformat !== "mls_private_message") return refuse("unsupported");
  const opened = await openPrivate(interior, decoded.message.privateMessage, "application");
  if (!opened.ok) return opened;
  const { content } = opened;
  if (content.contentType !== "application") return refuse("unsupported");
  return {
    ok: true,
    conversation: conceal(opened.interior),
    sender: opened.credential,
    content: new Uint8Array(content.applicationData),
    aad: new Uint8Array(content.authenticatedData),
  };
}

/** Why a message is not for this group's present epoch; undefined when it is. */
export function placeFault(
  { groupContext }: ClientState,
  { groupId, epoch }: { readonly groupId: Uint8Array; readonly epoch: bigint },
): MlsRefusal | undefined {
  if (Buffer.compare(groupId, groupContext.groupId) !== 0) return "wrong-group";
  if (epoch < groupContext.epoch) return "past-epoch";
  return epoch > groupContext.epoch ? "future-epoch" : undefined;
}

/** A PrivateMessage with its seal and signature checked; `interior` is without the key it used. */
interface OpenedPrivate {
  readonly interior: Interior;
  readonly sender: number;
  readonly credential: Credential;
  readonly content: FramedContent;
}

/** Opens a PrivateMessage (RFC 9420 §6.3). Everything that can be told before a key is derived is looked at first. */
export async function openPrivate(
  interior: Interior,
  message: PrivateMessage,
  kind: "application" | "commit",
): Promise<Outcome<OpenedPrivate>> {
  const { mls, state } = interior;
  if (message.contentType !== kind) return refuse("unsupported");
  const misplaced = placeFault(state, message);
  // Messages of old epochs are opened while their keys are kept; a commit belongs to the present one alone.
  const late = misplaced === "past-epoch" && kind === "application";
  const past = late ? state.historicalReceiverData.get(message.epoch) : undefined;
  if (misplaced !== undefined && past === undefined) return refuse(misplaced);
  const { ratchetTree, groupContext, secretTree } = past ?? state;
  const { senderDataSecret } = past ?? state.keySchedule;

  const senderData = await guarded(() => decryptSenderData(message, senderDataSecret, mls));
  if (senderData === undefined) return refuse("undecryptable");
  const leaf = leafAt(ratchetTree, senderData.leafIndex);
  const credential = leaf === undefined ? undefined : leafCredential(leaf);
  if (credential === undefined) return refuse("not-a-member");
  if (senderData.leafIndex === state.privatePath.leafIndex) return refuse("own-message");
  const spent = generationFault(secretTree, senderData.leafIndex, kind, senderData.generation);
  if (spent !== undefined) return refuse(spent);
  const { keyRetentionConfig } = state.clientConfig;
  const opened = await guarded(() =>
    unprotectPrivateMessage(
      senderDataSecret,
      message,
      secretTree,
      ratchetTree,
      groupContext,
      keyRetentionConfig,
      mls,
    ),
  );
  if (opened === undefined) return refuse("undecryptable");
  return {
    ok: true,
    interior:
      past === undefined
        ? { ...interior, state: { ...state, secretTree: opened.tree } }
        : moveOld(interior, message.epoch, { ...past, secretTree: opened.tree }),
    sender: senderData.leafIndex,
    credential,
    content: opened.content.content,
  };
}

function moveOld(interior: Interior, epoch: bigint, data: EpochReceiverData): Interior {
  const historicalReceiverData = new Map(interior.state.historicalReceiverData).set(epoch, data);
  return {
    ...interior,
    state: { ...interior.state, historicalReceiverData },
    moved: new Set(interior.moved).add(epoch),
  };
}

/** Whether a sender's key of this generation is used up, or too many steps away to be derived. */
function generationFault(
  tree: SecretTree,
  leaf: number,
  kind: "application" | "commit",
  generation: number,
): MlsRefusal | undefined {
  const node = tree.leaves[2 * leaf];
  const ratchet = kind === "application" ? node?.application : node?.handshake;
  const next = ratchet?.generation ?? 0;
  if (generation < next && ratchet?.unusedGenerations[generation] === undefined) return "replayed";
  return generation - next > FORWARD_STEPS ? "undecryptable" : undefined;
}

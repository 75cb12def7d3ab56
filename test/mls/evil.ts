// What a dishonest peer can do with ts-mls directly, for the tests of the gate and of the patch.
// Must not assert anything.

import { createCommit, emptyPskIndex, encodeMlsMessage, joinGroupExternal, processMessage } from "ts-mls";
import type {
  ClientConfig,
  ClientState,
  Extension,
  KeyPackage,
  LeafNode,
  Proposal,
  ProposalOrRef,
  PublicMessage,
} from "ts-mls";
import { createContentCommitSignature } from "ts-mls/framedContent.js";
import { signKeyPackage } from "ts-mls/keyPackage.js";
import { signLeafNodeKeyPackage } from "ts-mls/leafNode.js";
import { decodeMlsMessage } from "ts-mls/message.js";
import { clientConfig } from "../../src/mls/authentication.ts";
import { decodeGroupInfo } from "../../src/mls/group-info.ts";
import { generate } from "../../src/mls/key-package.ts";
import { type Conversation, groupInfo, reveal } from "../../src/mls/state.ts";
import { NOW, type Person, taken } from "./people.ts";

/** A commit with any proposals, by the member whose state this is, changed as `twist` says. */
export async function forgeCommit(
  from: Conversation,
  extraProposals: Proposal[],
  { publicly = false, twist = (state: ClientState) => state, authenticatedData = new Uint8Array() } = {},
): Promise<{ commit: Uint8Array; after: ClientState; welcome: Uint8Array | undefined }> {
  const { mls, state } = reveal(from);
  const made = await createCommit(
    { state: twist({ ...state, clientConfig: trusting() }), cipherSuite: mls },
    { extraProposals, wireAsPublicMessage: publicly, ratchetTreeExtension: true, authenticatedData },
  );
  const { welcome } = made;
  return {
    commit: encodeMlsMessage(made.commit),
    after: made.newState,
    welcome: welcome && encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome }),
  };
}

/** An external commit that removes the leaf at `victim`, whoever sits there; its own leaf bears `credential`. */
export async function forgeExternal(
  by: Person,
  into: Conversation,
  victim: number | undefined,
  credential = by.device.credential,
): Promise<PublicMessage> {
  const info = taken(decodeGroupInfo(await groupInfo(into)));
  const { publicPackage, privatePackage } = await generate(by.mls, by.device, NOW, false);
  const target = victim === undefined ? undefined : reveal(into).state.ratchetTree[2 * victim];
  const seat = target?.nodeType === "leaf" ? target.leaf.hpkePublicKey.toHex() : undefined;
  const config = {
    ...trusting(),
    keyPackageEqualityConfig: {
      compareKeyPackages: () => false,
      compareKeyPackageToLeafNode: (_: unknown, leaf: { hpkePublicKey: Uint8Array }) =>
        leaf.hpkePublicKey.toHex() === seat,
    },
  };
  const leafNode = {
    ...publicPackage.leafNode,
    credential: { credentialType: "basic" as const, identity: credential },
  };
  const joined = await joinGroupExternal(
    info.groupInfo,
    { ...publicPackage, leafNode },
    privatePackage,
    seat !== undefined,
    by.mls,
    undefined,
    config,
  );
  return joined.publicMessage;
}

/** The same external commit with other proposals, signed again by its sender; its confirmation tag does not hold. */
export async function resign(
  by: Person,
  into: Conversation,
  message: PublicMessage,
  proposals: Proposal[],
): Promise<Uint8Array> {
  const { content } = message;
  if (content.contentType !== "commit") throw new Error("no commit");
  const listed: ProposalOrRef[] = proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal }));
  const { framedContent, signature } = await createContentCommitSignature(
    reveal(into).state.groupContext,
    "mls_public_message",
    { ...content.commit, proposals: listed },
    { senderType: "new_member_commit" },
    new Uint8Array(),
    by.device.signatureSecret,
    by.mls.signature,
  );
  const auth = { contentType: "commit" as const, signature, confirmationTag: new Uint8Array(32) };
  return publicBytes({ ...message, content: framedContent, auth });
}

export function publicBytes(publicMessage: PublicMessage): Uint8Array {
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
}

export function proposalsOf({ content }: PublicMessage): Proposal[] {
  if (content.contentType !== "commit") throw new Error("no commit");
  return content.commit.proposals.flatMap((entry) =>
    entry.proposalOrRefType === "proposal" ? [entry.proposal] : [],
  );
}

/** Whether ts-mls alone, without the gate, takes a commit: what shows that it is the gate that refuses it. */
export async function takenWithoutGate(at: Conversation, bytes: Uint8Array): Promise<boolean> {
  const { mls, state } = reveal(at);
  const message = decodeMlsMessage(bytes, 0)?.[0];
  if (message?.wireformat !== "mls_public_message" && message?.wireformat !== "mls_private_message")
    return false;
  try {
    await processMessage(message, { ...state, clientConfig: trusting() }, emptyPskIndex, () => "accept", mls);
    return true;
  } catch {
    return false;
  }
}

/** A KeyPackage of `who` as a dishonest client would make it. */
export async function twisted(
  who: Person,
  twist: { leaf?: Partial<LeafNode>; initKey?: Uint8Array },
): Promise<KeyPackage> {
  const { publicPackage } = await generate(who.mls, who.device, NOW, false);
  const own = publicPackage.leafNode;
  const leafNode = await signLeafNodeKeyPackage(
    { ...own, ...twist.leaf, leafNodeSource: "key_package", lifetime: own.lifetime, extensions: [] },
    who.device.signatureSecret,
    who.mls.signature,
  );
  return signKeyPackage(
    { ...publicPackage, initKey: twist.initKey ?? publicPackage.initKey, leafNode },
    who.device.signatureSecret,
    who.mls.signature,
  );
}
/** Capabilities as before there were groups: without their extension. */
export const withoutRules = ({ capabilities }: LeafNode): Pick<LeafNode, "capabilities"> => ({
  capabilities: { ...capabilities, extensions: [0x000a] },
});
export const adding = (keyPackage: KeyPackage): Proposal => ({ proposalType: "add", add: { keyPackage } });
export const changingContext = (extensions: Extension[]): Proposal => ({
  proposalType: "group_context_extensions",
  groupContextExtensions: { extensions },
});
/** A KeyPackage as it travels. */
export const bytesOf = (keyPackage: KeyPackage) =>
  encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage });

function trusting(): ClientConfig {
  return {
    ...clientConfig(0),
    authService: { validateCredential: async () => true },
    keyPackageEqualityConfig: { compareKeyPackages: () => false, compareKeyPackageToLeafNode: () => false },
  };
}

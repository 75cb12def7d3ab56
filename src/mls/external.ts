// Joining from outside by an external commit (RFC 9420 §12.4.3.2): to come back after a lost state, or when nobody is
// online to add a device.
// Must not decide whether coming back is needed.

import { encodeMlsMessage, joinGroupExternal } from "ts-mls";
import type { GroupInfo } from "ts-mls";
import { ratchetTreeFromExtension, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { clientConfig, leafCredential } from "./authentication.ts";
import { commit } from "./commit.ts";
import { createConversation } from "./conversation.ts";
import { guarded } from "./decode.ts";
import type { Change } from "./gate.ts";
import { decodeGroupInfo } from "./group-info.ts";
import { type Credential, sameDevice } from "./identity.ts";
import { type Device, generate } from "./key-package.ts";
import { type Outcome, refuse } from "./outcome.ts";
import type { MlsProvider } from "./provider.ts";
import { rulesIn } from "./rules-extension.ts";
import { type Conversation, conceal, contextFault, groupInfo } from "./state.ts";
import { leafAt, membersOf } from "./tree.ts";

/** An external commit that waits for the server's word, as a commit of a member does. */
export interface JoinedExternally {
  readonly pending: Conversation;
  readonly commit: Uint8Array;
  /** Of the epoch after it. */
  readonly groupInfo: Uint8Array;
  /** What the members see it do. */
  readonly change: Change;
  /** The member who has described the group. */
  readonly signer: Credential;
}

/**
 * Makes the commit that lets this device into group `id`, described by a member's GroupInfo. With `resync` the device
 * has a leaf there, which the commit removes; without, it has none ("already-member" and "no-such-member" tell). The
 * members will take it if their rule does. Who they are, and by `rulesOf(pending)` what kind of conversation it is, is
 * for the caller to look at. `now` in ms.
 */
export async function joinExternally(
  mls: MlsProvider,
  device: Device,
  group: {
    readonly id: Uint8Array;
    readonly groupInfo: Uint8Array;
    readonly resync: boolean;
    readonly now: number;
  },
): Promise<Outcome<JoinedExternally>> {
  const decoded = decodeGroupInfo(group.groupInfo);
  if (!decoded.ok) return decoded;
  const info = decoded.groupInfo;
  const fault = contextFault(info.groupContext, group.id);
  if (fault !== undefined) return refuse(fault);

  const own = await generate(mls, device, group.now, false);
  const self = leafCredential(own.publicPackage.leafNode);
  if (self === undefined) throw new Error("mls: the device's own credential does not hold");
  const former = await guarded(async () => leavesOf(info, self));
  if (former === undefined) return refuse("malformed");
  if (former.length > 0 !== group.resync)
    return refuse(former.length > 0 ? "already-member" : "no-such-member");
  if (group.resync && membersIn(info).length === 1) {
    const { signaturePublicKey } = own.publicPackage.leafNode;
    return beginAnew(mls, device, { self, signaturePublicKey }, info, group.now);
  }
  const joined = await guarded(() =>
    joinGroupExternal(
      info,
      own.publicPackage,
      own.privatePackage,
      group.resync,
      mls,
      undefined,
      clientConfig(0),
    ),
  );
  if (joined === undefined) return refuse("undecryptable");
  const describing = leafAt(ratchetTreeFromExtension(info) ?? [], info.signer);
  const signer = describing && leafCredential(describing);
  if (signer === undefined) return refuse("not-a-member");
  const pending = conceal({ mls, state: joined.newState, moved: new Set() });
  return {
    ok: true,
    pending,
    commit: encodeMlsMessage({
      version: "mls10",
      wireformat: "mls_public_message",
      publicMessage: joined.publicMessage,
    }),
    groupInfo: await groupInfo(pending),
    change: { committer: self, external: true, added: [], removed: former, leaving: [] },
    signer,
  };
}

/**
 * Nobody else is in the group, so that nobody has to follow: it begins once more under the rules it had, with new keys and
 * a commit by which the server counts on. An external commit that empties the tree is more than ts-mls can make.
 */
async function beginAnew(
  mls: MlsProvider,
  device: Device,
  { self, signaturePublicKey }: { self: Credential; signaturePublicKey: Uint8Array },
  info: GroupInfo,
  now: number,
): Promise<Outcome<JoinedExternally>> {
  const { groupContext } = info;
  const tree = ratchetTreeFromExtension(info) ?? [];
  // By nobody's word but its own.
  const holds = await guarded(
    async () =>
      (await verifyGroupInfoSignature(info, signaturePublicKey, mls.signature)) &&
      Buffer.compare(await treeHashRoot(tree, mls.hash), groupContext.treeHash) === 0,
  );
  const rules = rulesIn(groupContext.extensions);
  if (holds !== true || rules === undefined) return refuse("undecryptable");
  const begun = await createConversation(mls, device, {
    id: groupContext.groupId,
    keyPackages: [],
    now,
    rules,
  });
  const made = begun.ok ? await commit(begun.conversation, { now }) : begun;
  return made.ok ? { ...made, signer: self } : made;
}

/** The leaf this device has in the group's tree, if it has one. */
function leavesOf(info: GroupInfo, self: Credential): Credential[] {
  return membersIn(info).filter((credential) => sameDevice(self, credential));
}

function membersIn(info: GroupInfo): Credential[] {
  return membersOf(ratchetTreeFromExtension(info) ?? []).map(({ credential }) => credential);
}

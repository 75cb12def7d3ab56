// How a conversation begins: made by one device, joined by others from its Welcome.
// Must not know where states are kept or how bytes travel.

import { createGroup, emptyPskIndex, joinGroup } from "ts-mls";
import type { GroupContext, KeyPackage, PrivateKeyPackage, RatchetTree, Welcome } from "ts-mls";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { clientConfig } from "./authentication.ts";
import { commitProposals, encodeWelcome } from "./commit.ts";
import { decodeExactly, guarded, HANDSHAKE_LIMIT } from "./decode.ts";
import { decodeGroupInfo } from "./group-info.ts";
import { type Device, generate, type MadeKeyPackage, parseKeyPackage, reunite } from "./key-package.ts";
import { type Outcome, refuse } from "./outcome.ts";
import { type MlsProvider, SUITE } from "./provider.ts";
import { contextExtensions } from "./rules-extension.ts";
import { type Conversation, conceal, contextFault, type Interior } from "./state.ts";

/** What a new conversation is made of. `id` is the group id, `keyPackages` others' devices, `now` in ms. */
export interface Beginning {
  /** Makes it a group with these rules. */
  readonly rules?: Uint8Array;
  readonly id: Uint8Array;
  readonly keyPackages: readonly Uint8Array[];
  readonly now: number;
}

/** `welcome` is for all that were added; undefined when nobody was. */
export interface Begun {
  readonly conversation: Conversation;
  readonly welcome: Uint8Array | undefined;
}

/**
 * Makes a group and adds everyone in one commit, which needs not be sent: nobody else is there to process it. The
 * conversation counts once the server has taken it. A group with rules may be of its creator alone, and is then at
 * epoch 0; else it is at epoch 1. Refuses as a whole when one KeyPackage does not do. Throws when the rules are none,
 * or over MAX_RULES.
 */
export async function createConversation(
  mls: MlsProvider,
  device: Device,
  { id, keyPackages, now, rules }: Beginning,
): Promise<Outcome<Begun>> {
  const added: KeyPackage[] = [];
  for (const bytes of keyPackages) {
    const parsed = parseKeyPackage(bytes, now);
    if (!parsed.ok) return parsed;
    added.push(parsed.keyPackage);
  }
  const { publicPackage, privatePackage } = await generate(mls, device, now, false);
  const group = await createGroup(
    new Uint8Array(id),
    publicPackage,
    privatePackage,
    rules === undefined ? [] : contextExtensions(rules),
    mls,
    clientConfig(0),
  );
  const alone: Interior = { mls, state: group, moved: new Set() };
  if (rules !== undefined && added.length === 0)
    return { ok: true, conversation: conceal(alone), welcome: undefined };
  const made = await commitProposals(alone, { add: added });
  if (!made.ok) return made;
  // Epoch 0 had one member: nothing can come from it any more.
  const state = { ...made.state, historicalReceiverData: new Map() };
  const welcome = made.welcome && encodeWelcome(made.welcome);
  return { ok: true, conversation: conceal({ mls, state, moved: new Set() }), welcome };
}

/** The KeyPackages a Welcome is for: KeyPackageRefs, hex; none when it is no Welcome. */
export function welcomeRefs(welcome: Uint8Array): string[] {
  const decoded = decodeWelcome(welcome);
  return decoded === undefined ? [] : decoded.secrets.map((secret) => secret.newMember.toHex());
}

/**
 * Joins the group `id` from a Welcome made for `keyPackage` (RFC 9420 §12.4.3.1). The KeyPackage is kept until the
 * conversation is written down, so that joining can be done again after a crash. Who made the group is not judged
 * here: the caller looks at the members before it trusts it, and at `rulesOf` for what kind of conversation it is.
 * A Welcome without the tree needs a GroupInfo of its epoch that has it, from whomever: "wrong-tree" when it is none.
 */
export async function joinConversation(
  mls: MlsProvider,
  device: Device,
  invitation: {
    readonly id: Uint8Array;
    readonly welcome: Uint8Array;
    readonly keyPackage: Pick<MadeKeyPackage, "public" | "private">;
    readonly groupInfo?: Uint8Array;
  },
): Promise<Outcome<{ conversation: Conversation }>> {
  if (invitation.welcome.length > HANDSHAKE_LIMIT) return refuse("too-large");
  const welcome = decodeWelcome(invitation.welcome);
  if (welcome === undefined) return refuse("malformed");
  if (welcome.cipherSuite !== SUITE) return refuse("unsupported");
  const { keyPackage, privateKeys } = reunite(device, invitation.keyPackage);
  const ref = await makeKeyPackageRef(keyPackage, mls.hash);
  if (!welcome.secrets.some((secret) => Buffer.compare(secret.newMember, ref) === 0))
    return refuse("no-key-package");

  // What the Welcome is for is looked at before the tree in it is decoded and validated.
  const info = await guarded(() => groupInfoOf(mls, welcome, ref, privateKeys));
  if (info === undefined) return refuse("undecryptable");
  const fault = contextFault(info.groupContext, invitation.id);
  if (fault !== undefined) return refuse(fault);
  const bare = !info.extensions.some(({ extensionType }) => extensionType === "ratchet_tree");
  const tree = bare ? await treeFor(mls, info.groupContext, invitation.groupInfo) : undefined;
  if (bare && tree === undefined) return refuse("wrong-tree");
  const state = await guarded(() =>
    joinGroup(welcome, keyPackage, privateKeys, emptyPskIndex, mls, tree, undefined, clientConfig(0)),
  );
  if (state === undefined) return refuse("undecryptable");
  return { ok: true, conversation: conceal({ mls, state, moved: new Set() }) };
}

function decodeWelcome(bytes: Uint8Array): Welcome | undefined {
  const decoded = decodeExactly(bytes, HANDSHAKE_LIMIT);
  return decoded.ok && decoded.message.wireformat === "mls_welcome" ? decoded.message.welcome : undefined;
}

async function groupInfoOf(mls: MlsProvider, welcome: Welcome, ref: Uint8Array, keys: PrivateKeyPackage) {
  const key = await mls.hpke.importPrivateKey(keys.initPrivateKey);
  const secrets = await decryptGroupSecrets(key, ref, welcome, mls.hpke);
  // No pre-shared keys are used here; RFC 9420 §8.4's psk_secret is then all zero.
  if (secrets === undefined || secrets.psks.length > 0) return undefined;
  return decryptGroupInfo(welcome, secrets.joinerSecret, new Uint8Array(mls.kdf.size), mls);
}

/** The tree in a GroupInfo of no trust, if it is the one with the hash that the Welcome vouches for (§7.8). */
async function treeFor(
  mls: MlsProvider,
  { treeHash }: GroupContext,
  bytes: Uint8Array | undefined,
): Promise<RatchetTree | undefined> {
  const decoded = bytes === undefined ? undefined : decodeGroupInfo(bytes);
  if (!decoded?.ok) return undefined;
  const { groupInfo } = decoded;
  return guarded(async () => {
    const tree = ratchetTreeFromExtension(groupInfo);
    const holds = tree && Buffer.compare(await treeHashRoot(tree, mls.hash), treeHash) === 0;
    return holds ? tree : undefined;
  });
}

// How conversations begin on this device: with somebody, over KeyPackages of theirs; or as a group of one.
// Must not know where they are kept or how the server is asked.

import { directLog } from "../domain/direct-log.ts";
import type { GroupRules } from "../domain/group-rules.ts";
import { encodeRules } from "../wire/rules.ts";
import { groupLog } from "../domain/group-log.ts";
import { encodeId } from "../domain/id.ts";
import { createConversation } from "../mls/conversation.ts";
import type { Refused } from "../mls/outcome.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { groupInfo } from "../mls/state.ts";
import { groupKey, type HeldDirect, type HeldGroup } from "./conversation-record.ts";
import { groupIdOf, type OtherPerson } from "./other-person.ts";
import type { ClientState } from "./state.ts";

/** A conversation with this person over these devices' KeyPackages; to be created on the server as `creating` says. */
export async function beginDirect(
  state: ClientState,
  mls: MlsProvider,
  peer: OtherPerson,
  packages: readonly { device: string; body: Uint8Array }[],
): Promise<{ ok: true; held: HeldDirect } | Refused> {
  const { conversations, time, profile } = state;
  const log = directLog(profile.identity.public, peer.identity);
  const id = groupIdOf(log);
  const keyPackages = packages.map(({ body }) => body);
  const begun = await createConversation(mls, conversations.device(), { id, keyPackages, now: time.now() });
  if (!begun.ok) return begun;
  if (begun.welcome === undefined) throw new Error("conversation: nobody was added");
  const welcome = Buffer.concat([id, begun.welcome]);
  const welcomes = packages.map(({ device }) => ({ device, id: state.messageId(), size: welcome.length }));
  const info = await groupInfo(begun.conversation);
  const body = new Uint8Array(Buffer.concat([...packages.map(() => welcome), info]));
  const creating = { welcomes, info: info.length, body };
  const { name, fold, identity } = peer;
  const held = { v: 1 as const, log, name, fold, identity, cursor: 0, creating, mls: begun.conversation };
  return { ok: true, held };
}

/** A group with this device alone in it; to be founded on the server as `founding` says. */
export async function beginGroup(
  state: ClientState,
  mls: MlsProvider,
  nonce: Uint8Array,
  rules: GroupRules,
  renewAt: number,
): Promise<{ ok: true; held: HeldGroup } | Refused> {
  const log = groupLog(nonce);
  const bytes = encodeRules(rules);
  const founding = { id: groupIdOf(log), keyPackages: [], now: state.time.now(), rules: bytes };
  const begun = await createConversation(mls, state.conversations.device(), founding);
  if (!begun.ok) return begun;
  const info = await groupInfo(begun.conversation);
  const body = new Uint8Array(Buffer.concat([bytes, info]));
  const held: HeldGroup = {
    v: 1,
    kind: "group",
    log,
    name: `@${rules.name}`,
    fold: groupKey(log),
    cursor: 0,
    renewAt,
    founding: { nonce: encodeId(nonce), rules: bytes.length, info: info.length, body },
    mls: begun.conversation,
  };
  return { ok: true, held };
}

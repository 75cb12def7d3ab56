// A Welcome without the tree, and the GroupInfo from which it is taken.

import { expect, test } from "bun:test";
import { zstdCompressSync } from "node:zlib";
import type { GroupInfo, RatchetTree } from "ts-mls";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { commit } from "../../src/mls/commit.ts";
import { joinConversation } from "../../src/mls/conversation.ts";
import { HANDSHAKE_LIMIT } from "../../src/mls/decode.ts";
import { decodeGroupInfo, encodeGroupInfo } from "../../src/mls/group-info.ts";
import { generate } from "../../src/mls/key-package.ts";
import { open, seal } from "../../src/mls/message.ts";
import { type Conversation, groupInfo, members } from "../../src/mls/state.ts";
import { GROUP_ID, keyPackage, NOW, person, ruledGroup, taken, text, utf8 } from "./people.ts";

const dave = person("dave");
const made = await keyPackage(dave);
const [alice] = (await ruledGroup(["alice", "bob", "carol"].map((name) => person(name)))) as [Conversation];
const added = taken(await commit(alice, { add: [made.public], now: NOW }));

async function join(info: Uint8Array | undefined): Promise<Conversation | string> {
  const [welcome] = added.welcomes;
  if (welcome === undefined) throw new Error("no welcome");
  const given = info === undefined ? {} : { groupInfo: info };
  const invitation = { id: GROUP_ID, welcome, keyPackage: made, ...given };
  const outcome = await joinConversation(dave.mls, dave.device, invitation);
  return outcome.ok ? outcome.conversation : outcome.refused;
}

/** The GroupInfo of the epoch, changed. */
function changed(change: (info: GroupInfo) => GroupInfo): Uint8Array {
  return encodeGroupInfo(change(taken(decodeGroupInfo(added.groupInfo)).groupInfo), true);
}

const withTree = (change: (tree: RatchetTree) => RatchetTree) =>
  changed((info) => ({
    ...info,
    extensions: info.extensions.map((extension) =>
      extension.extensionType === "ratchet_tree"
        ? { ...extension, extensionData: encodeRatchetTree(change(ratchetTreeFromExtension(info) ?? [])) }
        : extension,
    ),
  }));

test("with it, the joiner is in", async () => {
  const joined = await join(added.groupInfo);
  if (typeof joined === "string") throw new Error(joined);
  const names = members(joined).map(({ credential }) => credential.name);
  expect(names).toEqual(["alice", "bob", "carol", "dave"]);
  const sealed = await seal(joined, utf8("in"), new Uint8Array());
  expect(text(taken(await open(added.pending, sealed.message)).content)).toBe("in");
});

test("without it, with that of another epoch, or with none at all, it is told so", async () => {
  const later = taken(await commit(added.pending, { now: NOW }));
  for (const info of [
    undefined,
    await groupInfo(alice),
    later.groupInfo,
    added.commit,
    added.groupInfo.subarray(0, -1),
    zstdCompressSync(new Uint8Array(HANDSHAKE_LIMIT + 1)),
    utf8("garbage"),
    new Uint8Array(),
    new Uint8Array(HANDSHAKE_LIMIT + 1),
    changed((info) => ({ ...info, extensions: [] })),
  ]) {
    expect(await join(info)).toBe("wrong-tree");
  }
});

test("a tree that is not quite the one is not taken", async () => {
  const eve = person("eve");
  const { publicPackage } = await generate(eve.mls, eve.device, NOW, false);
  const seat = { nodeType: "leaf" as const, leaf: publicPackage.leafNode };
  for (const change of [
    (tree: RatchetTree) => tree.with(2, seat), // another in bob's place
    (tree: RatchetTree) => tree.with(4, undefined), // somebody fewer
    (tree: RatchetTree) => [...tree, undefined, seat], // somebody more
    (tree: RatchetTree) => tree.with(2, tree[4]).with(4, tree[2]), // other places
    (tree: RatchetTree) => tree.with(0, undefined), // who made the Welcome
    (tree: RatchetTree) => tree.slice(0, 1),
  ]) {
    expect(await join(withTree(change))).toBe("wrong-tree");
  }
});

test("nothing but the tree is believed of it", async () => {
  const lies = changed((info) => ({
    ...info,
    groupContext: {
      ...info.groupContext,
      groupId: utf8("another group"),
      epoch: 77n,
      extensions: [],
      treeHash: new Uint8Array(32),
    },
    signer: 1,
    signature: new Uint8Array(64),
    confirmationTag: new Uint8Array(32),
  }));
  const [honest, joined] = [await join(added.groupInfo), await join(lies)];
  if (typeof honest === "string" || typeof joined === "string") throw new Error("not joined");
  expect([joined.id, joined.epoch, members(joined)]).toEqual([honest.id, honest.epoch, members(honest)]);
  const sealed = await seal(added.pending, utf8("for the epoch"), new Uint8Array());
  expect(text(taken(await open(joined, sealed.message)).content)).toBe("for the epoch");
});

// Bytes of every kind that a peer or the server can send, changed a few thousand times: an answer each time, and
// never the change taken for the real thing.

import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { createConversation, joinConversation, welcomeRefs } from "../../src/mls/conversation.ts";
import { joinExternally } from "../../src/mls/external.ts";
import { readCredential } from "../../src/mls/identity.ts";
import { readKeyPackage } from "../../src/mls/key-package.ts";
import { leaveStatement } from "../../src/mls/leaving.ts";
import { open, seal } from "../../src/mls/message.ts";
import { type Conversation, groupInfo, members } from "../../src/mls/state.ts";
import { GROUP_ID, group, keyPackage, NOW, person, ruledGroup, taken, utf8 } from "./people.ts";

/** The `n`th change of some bytes: flipped, set, cut, stretched, or two places exchanged. */
function mutate(bytes: Uint8Array, n: number): Uint8Array {
  const [a = 0, b = 0, kind = 0, value = 0] = new Uint32Array(
    createHash("sha256").update(`fuzz ${n}`).digest().buffer.slice(0, 16),
  );
  // Every second one near the start, where the structure is.
  const at = (n % 2 === 0 ? a % 64 : a) % bytes.length;
  const out = new Uint8Array(bytes);
  switch (kind % 6) {
    case 0:
      out[at] = (out[at] ?? 0) ^ (1 << (value % 8));
      return out;
    case 1:
      out[at] = value;
      return out;
    case 2:
      return out.subarray(0, at);
    case 3:
      return new Uint8Array([
        ...out.subarray(0, at),
        ...new Uint8Array(value % 9).fill(b),
        ...out.subarray(at),
      ]);
    case 4:
      return new Uint8Array([
        ...out.subarray(0, at),
        ...out.subarray(Math.min(out.length, at + 1 + (value % 9))),
      ]);
    default:
      out.set([0xff, 0xff, 0xff, 0xff].slice(0, Math.min(4, out.length - at)), at);
      return out;
  }
}

async function everyMutationRefused(
  bytes: Uint8Array,
  times: number,
  take: (changed: Uint8Array) => Promise<{ readonly ok: boolean }>,
): Promise<void> {
  expect((await take(bytes)).ok).toBe(true);
  for (let n = 0; n < times; n++) {
    const changed = mutate(bytes, n);
    if (Buffer.compare(changed, bytes) === 0) continue;
    const outcome = await take(changed);
    if (outcome.ok) throw new Error(`mutation ${n} was taken`);
  }
}

const names = ["alice", "bob", "carol", "dave", "erin"].map((name) => person(name));
const [alice, bob] = (await group(names)) as [Conversation, Conversation];
const [bobs, eve] = [person("bob"), person("eve")];

test("application messages", async () => {
  const { message } = await seal(alice, utf8("hello"), utf8("aad"));
  await everyMutationRefused(message, 800, (changed) => open(bob, changed));
});

test("commits of members", async () => {
  const made = taken(await commit(alice, { remove: [4], add: [(await keyPackage(eve)).public], now: NOW }));
  await everyMutationRefused(made.commit, 500, (changed) => processCommit(bob, changed));
});

test("commits from outside", async () => {
  const join = { id: GROUP_ID, groupInfo: await groupInfo(alice), resync: false, now: NOW };
  const made = taken(await joinExternally(eve.mls, eve.device, join));
  await everyMutationRefused(made.commit, 500, (changed) => processCommit(bob, changed, () => true));
});

test("GroupInfos", async () => {
  const info = await groupInfo(alice);
  const join = { id: GROUP_ID, resync: false, now: NOW };
  await everyMutationRefused(info, 500, (changed) =>
    joinExternally(eve.mls, eve.device, { ...join, groupInfo: changed }),
  );
});

test("Welcomes", async () => {
  const made = await keyPackage(eve);
  const begun = taken(
    await createConversation(bobs.mls, bobs.device, { id: GROUP_ID, keyPackages: [made.public], now: NOW }),
  );
  await everyMutationRefused(begun.welcome ?? new Uint8Array(), 500, (changed) => {
    expect(Array.isArray(welcomeRefs(changed))).toBe(true);
    return joinConversation(eve.mls, eve.device, { id: GROUP_ID, welcome: changed, keyPackage: made });
  });
});

test("Welcomes without the tree, and the GroupInfos beside them", async () => {
  const [founder] = (await ruledGroup(names.slice(0, 2))) as [Conversation];
  const made = await keyPackage(eve);
  const { welcomes, groupInfo: info } = taken(await commit(founder, { add: [made.public], now: NOW }));
  const welcome = welcomes[0] ?? new Uint8Array();
  const join = { id: GROUP_ID, keyPackage: made };
  await everyMutationRefused(welcome, 300, (changed) =>
    joinConversation(eve.mls, eve.device, { ...join, welcome: changed, groupInfo: info }),
  );
  // Only the tree in a GroupInfo counts here: a change is refused, or leads to the same group.
  for (let n = 0; n < 300; n++) {
    const changed = { ...join, welcome, groupInfo: mutate(info, n) };
    const outcome = await joinConversation(eve.mls, eve.device, changed);
    if (!outcome.ok) expect(outcome.refused).toBe("wrong-tree");
    else expect(members(outcome.conversation).map((m) => m.credential.name)).toEqual(["alice", "bob", "eve"]);
  }
});

test("commits of groups, with new rules and a statement", async () => {
  const [founder, second] = (await ruledGroup(names.slice(0, 2))) as [Conversation, Conversation];
  const statements = [leaveStatement(second, bobs.device)];
  const made = taken(await commit(founder, { rules: utf8("new"), statements, now: NOW }));
  await everyMutationRefused(made.commit, 300, (changed) => processCommit(second, changed));
});

test("KeyPackages and credentials", async () => {
  const made = await keyPackage(eve);
  await everyMutationRefused(made.public, 800, (changed) => readKeyPackage(eve.mls, changed, NOW));
  await everyMutationRefused(eve.device.credential, 800, async (changed) => ({
    ok: readCredential(changed) !== undefined,
  }));
});

test("bytes that never were a message", async () => {
  for (let n = 0; n < 500; n++) {
    const bytes = eve.random(n % 97);
    // Half of them begin as an MLSMessage of some kind does.
    if (n % 2 === 0) bytes.set([0, 1, 0, 1 + (n % 5)].slice(0, bytes.length));
    for (const outcome of [
      await open(bob, bytes),
      await processCommit(bob, bytes),
      await readKeyPackage(eve.mls, bytes, NOW),
    ]) {
      expect(outcome.ok).toBe(false);
    }
  }
});

// What members of a group can rely on when one of them tries to split it with the server's honest help: by commits that
// only some can follow, by false descriptions of it, by Welcomes into groups of its own, by bytes that mean nothing.

import { expect, test } from "bun:test";
import { groupLog } from "../../src/domain/group-log.ts";
import { decodeId, encodeId } from "../../src/domain/id.ts";
import { commit as makeCommit } from "../../src/mls/commit.ts";
import { createConversation } from "../../src/mls/conversation.ts";
import { conceal, groupInfo, reveal, rulesOf } from "../../src/mls/state.ts";
import { decodeRules, encodeRules } from "../../src/wire/rules.ts";
import { encodeTold } from "../../src/wire/told.ts";
import { messageId } from "../server/hall.ts";
import {
  attacks,
  count,
  enter,
  expectTogether,
  infiltrated,
  GROUP,
  newcomer,
  notices,
  roll,
  texts,
} from "../sim/hostile/group.ts";
import { type Forged, Insider } from "../sim/hostile/insider.ts";
import { online } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";

const THREE = ["alice", "bob", "mallory"];
const FOUR = ["alice", "bob", "carla", "mallory"];
const FIVE = ["alice", "bob", "carla", "dave", "mallory"];

/** A commit whose path is of no use to those it was sealed to `nth`. */
async function splitting(mallory: Insider, nth: number): Promise<Forged> {
  await mallory.follow();
  const present = mallory.conversation;
  const { mls } = reveal(present);
  let sealed = 0;
  const seal: typeof mls.hpke.seal = async (...given) => {
    const made = await mls.hpke.seal(...given);
    return sealed++ === nth ? { ...made, ct: made.ct.map((byte) => byte ^ 1) } : made;
  };
  mallory.conversation = conceal({ ...reveal(present), mls: { ...mls, hpke: { ...mls.hpke, seal } } });
  const forged = await mallory.forge([]);
  mallory.conversation = present;
  return forged;
}

for (const names of [THREE, FOUR, FIVE])
  for (const nth of [0, 1])
    for (const withInfo of [true, false])
      test(`a commit whose path is of no use to some of ${names.length}, ${withInfo ? "described" : "not described"} (${nth}): all come together again`, async () => {
        const { room, mallory, honest } = await infiltrated(names);
        const { commit, info } = await splitting(mallory, nth);
        const described = withInfo ? { info } : {};
        expect(await mallory.commit({ commit, ...described })).toMatchObject({ t: "accepted" });
        await room.pass(90_000);
        await expectTogether(room, honest, names);
        // It comes to rest: nobody goes on taking the others' commits for attacks.
        expect(mallory.epoch).toBeLessThan(names.length + 15);
      });

test("hundreds of garbage messages stop nobody from reading on, and bring nobody to come back from outside", async () => {
  const { room, mallory, honest } = await infiltrated(THREE);
  const before = mallory.epoch;
  for (let i = 0; i < 300; i++) mallory.raw.tell(append(mallory), mallory.noise(200));
  await room.pass(5_000);
  expect(mallory.epoch).toBe(before);
  await expectTogether(room, honest, THREE);
});

test("messages of epochs to come and under the names of others stop nobody from reading on", async () => {
  const { room, mallory, honest } = await infiltrated(FOUR);
  const before = mallory.epoch;
  const { bytes } = await mallory.sealed("x");
  // MLSMessage: version, wire format (2 each), group id (1 + 24), epoch (8).
  for (let i = 1; i < 40; i++) mallory.raw.tell(append(mallory), bytes.with(36, i * 6));
  const present = mallory.conversation;
  for (const name of ["alice", "bob", "carla"]) {
    const { state } = reveal(present);
    const privatePath = { ...state.privatePath, leafIndex: mallory.leafOf(name) };
    mallory.conversation = conceal({ ...reveal(present), state: { ...state, privatePath } });
    for (let i = 0; i < 5; i++) await mallory.append((await mallory.sealed("in another's name")).bytes);
  }
  await room.pass(5_000);
  expect(mallory.epoch).toBe(before);
  for (const one of honest) expect(texts(one)).toEqual([]);
  await expectTogether(room, honest, FOUR);
});

test("thousands of commits that mean nothing: the server takes few, each member shows one line, and all go on", async () => {
  const { room, mallory, honest } = await infiltrated(THREE);
  const before = mallory.epoch;
  for (let i = 0; i < 3_000; i++) {
    const body = encodeTold({ added: [], removed: [] }, mallory.noise(50));
    const epoch = before + i;
    mallory.raw.tell(
      { t: "commit", log: mallory.log, id: messageId(), epoch, commit: body.length, info: 3 },
      Buffer.concat([body, mallory.noise(3)]),
    );
  }
  await room.pass(60_000);
  expect(mallory.epoch - before).toBeLessThan(70);
  for (const one of honest) expect(attacks(one).length).toBeLessThanOrEqual(3);
  await expectTogether(room, honest, THREE);
});

test("a false description of the group draws nobody into it, also where two members make it seem true: nobody is out, and no rule is another", async () => {
  const names = [...FOUR, "mallet"];
  const { room, log, person, mallory, honest } = await infiltrated(names);
  const mallet = await Insider.of(room, person("mallet"), log);
  const deceived = honest.filter(({ name }) => name !== "mallet");
  const bytes = rulesOf(mallory.conversation);
  const rules = bytes === undefined ? undefined : decodeRules(bytes);
  if (rules === undefined) throw new Error("no rules");
  const mine = encodeRules({ ...rules, admins: [encodeId(mallory.profile.identity.public)] });
  const { groupInfo: info } = await mallory.make({ remove: [mallory.leafOf("bob")], rules: mine });
  for (let i = 0; i < 3; i++) {
    await mallory.commit({ commit: mallory.noise(100), info });
    for (let j = 0; j < 5; j++) await (j % 2 === 0 ? mallet : mallory).append(mallory.noise(100));
    await room.pass(100);
    for (const one of deceived) {
      const listed = await one.face.members(GROUP.slice(1));
      expect(listed.ok && listed.value.map(({ name }) => name).sort()).toEqual(names.toSorted());
      expect(listed.ok && listed.value.filter(({ admin }) => admin).map(({ name }) => name)).toEqual([
        "alice",
      ]);
    }
    await room.pass(10_000);
  }
  await expectTogether(room, deceived, names);
});

test("commits that are void, and describe another group, to members who are to be shown again what they have read: all of them stay", async () => {
  const { room, mallory, honest, person } = await infiltrated(FOUR, {}, { bob: unacknowledged() });
  const { groupInfo: info } = await mallory.make({ remove: [mallory.leafOf("carla")] });
  for (let i = 0; i < 2; i++) {
    const { commit } = await mallory.make({ remove: [mallory.leafOf("carla")] });
    expect(await mallory.commit({ commit, info })).toMatchObject({ t: "accepted" });
    await room.pass(200);
  }
  const bob = person("bob");
  const commits = mallory.epoch;
  await bob.face.close();
  const again = { name: "bob", ...room.person("bob", { disk: bob.disk }) };
  await room.settle(() => again.events.some(online));
  const people = [...honest.filter((one) => one !== bob), again];
  await room.settle(() => people.every((one) => one === again || attacks(one).includes("mallory")));
  for (const one of people) expect(await roll(one)).toEqual(FOUR);
  expect(count(again, "missing")).toBe(0);
  // One renewal of somebody's, and nobody has come back from outside.
  await room.pass(10_000);
  expect(mallory.epoch - commits).toBeLessThanOrEqual(2);
  await expectTogether(room, people, FOUR);
});

test("a false description for whoever comes in from outside lasts until the others have renewed their keys", async () => {
  const { room, mallory, honest } = await infiltrated(THREE);
  const { commit } = await mallory.make({});
  expect(await mallory.commit({ commit, info: mallory.noise(500) })).toMatchObject({ t: "accepted" });
  const dave = await newcomer(room);
  await enter(room, dave);
  await expectTogether(room, [...honest, dave], [...THREE, "dave"]);
});

test("a Welcome to another group under this one's id, as the letter of a commit elsewhere: nobody is moved", async () => {
  const { room, mallory, honest } = await infiltrated(THREE);
  const now = room.clock.now();
  const nonce = mallory.noise(16);
  const own = groupLog(nonce);
  const admins = [encodeId(mallory.profile.identity.public)];
  const fields = { open: true, announcement: false, closed: false, history: 0, admins, barred: [] };
  const rules = encodeRules({ name: "mine", ...fields });
  const begin = async (id: Uint8Array, bytes: Uint8Array) => {
    const begun = await createConversation(mallory.mls, mallory.device, {
      id,
      keyPackages: [],
      now,
      rules: bytes,
    });
    if (!begun.ok) throw new Error(begun.refused);
    return begun.conversation;
  };
  const info = await groupInfo(await begin(decodeId(own, 24) ?? rules, rules));
  const sizes = { rules: rules.length, info: info.length };
  const founded = { t: "found", log: own, nonce: encodeId(nonce), ...sizes } as const;
  expect(await mallory.raw.ask(founded, Buffer.concat([rules, info]))).toMatchObject({ t: "created" });
  const elsewhere = async (epoch: number, letters: readonly { device: string; body: Uint8Array }[]) => {
    const body = encodeTold({ added: letters.map(({ device }) => device), removed: [] }, mallory.noise(20));
    const welcomes = letters.map(({ device, body: { length } }) => ({
      device,
      id: messageId(),
      size: length,
    }));
    const asked = {
      t: "commit",
      log: own,
      id: messageId(),
      epoch,
      commit: body.length,
      info: 3,
      welcomes,
    } as const;
    const parts = [body, mallory.noise(3), ...letters.map((letter) => letter.body)];
    return mallory.raw.ask(asked, Buffer.concat(parts));
  };
  for (let epoch = 0; epoch < 20; epoch++) await elsewhere(epoch, []);
  const fork = await begin(mallory.groupId, rulesOf(mallory.conversation) ?? rules);
  const made = await makeCommit(fork, { add: [await mallory.claim("bob")], now });
  if (!made.ok) throw new Error(made.refused);
  const body = Buffer.concat([mallory.groupId, made.welcomes[0] ?? rules]);
  await elsewhere(20, [{ device: mallory.deviceOf("bob"), body }]);
  await room.pass(30_000);
  await expectTogether(room, honest, THREE);
});

test("who is named as let in and is not, comes in by asking", async () => {
  const { room, mallory, honest } = await infiltrated(THREE);
  const dave = await newcomer(room);
  const [device] = room.durable.accounts.get("dave")?.devices ?? [];
  if (device === undefined) throw new Error("no dave");
  const told = { added: [device], removed: [] };
  const welcomes = [{ device, body: Buffer.concat([mallory.groupId, mallory.noise(100)]) }];
  const { commit, groupInfo: info } = await mallory.make({});
  expect(await mallory.commit({ told, commit, info, welcomes })).toMatchObject({ t: "accepted" });
  await room.settle(() => honest.every((one) => attacks(one).length > 0));
  await room.pass(30_000);
  await enter(room, dave);
  await expectTogether(room, [...honest, dave], [...THREE, "dave"]);
});

test("who is let into a group of the adder's own comes together with all others", async () => {
  const { room, mallory, honest } = await infiltrated(THREE);
  const dave = await newcomer(room);
  const [device] = room.durable.accounts.get("dave")?.devices ?? [];
  if (device === undefined) throw new Error("no dave");
  const made = await mallory.make({ add: [await mallory.claim("dave")] });
  const body = Buffer.concat([mallory.groupId, made.welcomes[0] ?? mallory.noise(1)]);
  const told = { added: [device], removed: [] };
  const bundle = { told, commit: mallory.noise(99), info: made.groupInfo, welcomes: [{ device, body }] };
  expect(await mallory.commit(bundle)).toMatchObject({ t: "accepted" });
  await room.settle(() => notices(dave).length > 0);
  await room.pass(60_000);
  await expectTogether(room, [...honest, dave], [...THREE, "dave"]);
});

function append(mallory: Insider) {
  return { t: "append", log: mallory.log, id: messageId(), epoch: mallory.epoch } as const;
}

/** The server does not learn what this client has read, and sends it once more on the next link. */
const unacknowledged = () => tap({ out: ({ t }) => (t === "ack" ? "drop" : "pass") });

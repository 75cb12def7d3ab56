// What members of a group can rely on when a modified client floods it, writes what it may not, forges who leaves, or
// hands newcomers a history that never was.

import { expect, test } from "bun:test";
import { issueCredential } from "../../src/mls/identity.ts";
import { makeKeyPackage } from "../../src/mls/key-package.ts";
import { STATEMENT_LENGTH } from "../../src/mls/leaving.ts";
import { mlsProvider } from "../../src/mls/provider.ts";
import { encodeTold } from "../../src/wire/told.ts";
import { messageId } from "../server/hall.ts";
import {
  attacks,
  change,
  enter,
  expectTogether,
  infiltrated,
  GROUP,
  newcomer,
  notices,
  roll,
  texts,
} from "../sim/hostile/group.ts";
import { byHand } from "../sim/hostile/insider.ts";
import { Liar, unruled } from "../sim/hostile/server.ts";
import { random } from "../sim/people.ts";

const THREE = ["alice", "bob", "mallory"];
const FOUR = ["alice", "bob", "carla", "mallory"];

test("a message where only admins write: the server refuses it, and where it does not, nobody shows it", async () => {
  const { room, mallory, honest, person } = await infiltrated(THREE, { announcement: true });
  const one = await mallory.sealed("spam");
  expect(await mallory.append(one.bytes, one.id)).toMatchObject({ t: "refused", code: "forbidden" });
  unruled(room);
  const two = await mallory.sealed("more spam");
  expect(await mallory.append(two.bytes, two.id)).toMatchObject({ t: "accepted" });
  await room.settle(() => honest.every((each) => attacks(each).length === 1));
  for (const each of honest) {
    expect(attacks(each)).toEqual(["mallory"]);
    expect(texts(each)).toEqual([]);
  }
  await person("alice").face.send(GROUP, "only I write here");
  await room.settle(() => texts(person("bob")).length === 1);
  expect(room.bugs).toEqual([]);
});

test("a removed member's messages: the server refuses them, and where it delivers them, nobody takes them for a member's", async () => {
  const liar = new Liar();
  const { room, log, mallory, person } = await infiltrated(THREE, {}, { bob: liar.tap });
  const late = await mallory.sealed("as if I were there");
  await change(room, person("alice"), { change: "remove", name: "mallory" });
  const bob = person("bob");
  await room.settle(() => notices(bob).some(({ kind }) => kind === "removed"));
  expect(await mallory.append(late.bytes, late.id)).toMatchObject({ t: "refused", code: "not-member" });
  const { seq, epoch, time } = liar.last("commit").message;
  const entry = {
    log,
    seq: seq + 1,
    id: late.id,
    sender: mallory.raw.id,
    kind: "message",
    epoch: epoch + 1,
    time,
  } as const;
  liar.say({ t: "entry", ...entry }, late.bytes);
  await room.settle(() => attacks(bob).length === 1);
  expect(attacks(bob)).toEqual(["mallory"]);
  expect(texts(bob)).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test("statements that others leave, forged, of another group or of an earlier time: nobody is taken out by them", async () => {
  const { room, mallory, honest, person } = await infiltrated(FOUR);
  const bob = mallory.leafOf("bob");
  const real = mallory.statement();
  const asBobs = new Uint8Array(real);
  asBobs.set(Buffer.from(mallory.deviceOf("bob"), "base64url"), 1);
  const forged = [asBobs, real, mallory.noise(STATEMENT_LENGTH)];
  for (const statement of forged) {
    const { commit, info } = await mallory.forge([{ proposalType: "remove", remove: { removed: bob } }], {
      authenticatedData: statement,
    });
    expect(await mallory.commit({ commit, info })).toMatchObject({ t: "accepted" });
  }
  await room.settle(() => honest.every((one) => attacks(one).length > 0));
  // What Carla said when she left is of no use once she is back.
  const carla = person("carla");
  let said: Uint8Array | undefined;
  const depart = room.store.depart.bind(room.store);
  room.store.depart = (log, device, statement) => ((said = statement), depart(log, device, statement));
  await carla.face.leaveGroup(GROUP.slice(1));
  await room.settle(() =>
    honest.every((one) => one === carla || notices(one).some(({ kind }) => kind === "left")),
  );
  await enter(room, carla);
  if (said === undefined) throw new Error("she has not left");
  await room.pass(60_000);
  await mallory.follow();
  const removal = { proposalType: "remove" as const, remove: { removed: mallory.leafOf("carla") } };
  const { commit, info } = await mallory.forge([removal], { authenticatedData: said });
  expect(await mallory.commit({ commit, info })).toMatchObject({ t: "accepted" });
  await room.pass(60_000);
  await expectTogether(room, honest, FOUR);
});

test("a leave in the name of another device is its sender's own alone", async () => {
  const { room, mallory, honest } = await infiltrated(FOUR);
  const others = mallory.noise(STATEMENT_LENGTH);
  others.set(Buffer.from(mallory.deviceOf("bob"), "base64url"), 1);
  expect(await mallory.raw.ask({ t: "leave", log: mallory.log }, others)).toMatchObject({ t: "left" });
  await room.pass(60_000);
  for (const one of honest) expect(await roll(one)).toContain("bob");
  await expectTogether(room, honest, FOUR);
});

test("ten thousand requests to be let in are refused after the first few, and others come in meanwhile", async () => {
  const { room, honest } = await infiltrated(THREE);
  const { raw, device } = await byHand(room, await newcomer(room, "eve"));
  const now = room.clock.now();
  const keyPackage = await makeKeyPackage(mlsProvider(random), device, { now, lastResort: false });
  for (let i = 0; i < 10_000; i++) raw.tell({ t: "join", name: "class2024" }, keyPackage.public);
  const dave = await newcomer(room);
  await enter(room, dave);
  const answers = raw.got.filter(({ message }) => message.t === "refused" || message.t === "entrance");
  const refused = answers.filter(({ message }) => message.t === "refused" && message.code === "too-many");
  expect(answers.length).toBe(10_000);
  expect(refused.length).toBeGreaterThan(9_900);
  await expectTogether(room, [...honest, dave], [...THREE, "dave", "eve"]);
});

test("one who asks under the name of a member keeps nobody out who asks at the same moment", async () => {
  const { room, honest } = await infiltrated(THREE);
  const { raw, profile } = await byHand(room, await newcomer(room, "eve"));
  const subject = { name: "Alice", device: profile.device.public, signatureKey: profile.signature.public };
  const credential = issueCredential(profile.identity, subject);
  const device = { credential, signatureSecret: profile.signature.secret };
  const now = room.clock.now();
  const taking = await makeKeyPackage(mlsProvider(random), device, { now, lastResort: false });
  const dave = await newcomer(room);
  raw.tell({ t: "join", name: "class2024" }, taking.public);
  await enter(room, dave);
  expect(room.clock.now() - now).toBeLessThan(3_000); // in the first round, by the first who was asked
  await expectTogether(room, [...honest, dave], [...THREE, "dave"]);
});

test("a commit that tells of thousands, or of nobody there is, is refused", async () => {
  const { room, mallory, honest } = await infiltrated(THREE);
  const device = () => Buffer.from(mallory.noise(32)).toString("base64url");
  const many = Array.from({ length: 1_300 }, device);
  const ask = (body: Uint8Array) =>
    mallory.raw.ask(
      { t: "commit", log: mallory.log, id: messageId(), epoch: mallory.epoch, commit: body.length, info: 1 },
      Buffer.concat([body, mallory.noise(1)]),
    );
  const codes: unknown[] = [];
  for (const told of [
    { added: many, removed: [] },
    { added: [], removed: many },
    { added: [], removed: [device()] },
    { added: [], removed: [mallory.raw.id] },
    { added: [], removed: [mallory.deviceOf("bob"), mallory.deviceOf("bob")] },
  ]) {
    const answer = await ask(encodeTold(told, mallory.noise(10)));
    codes.push(answer.t === "refused" ? answer.code : answer.t);
  }
  expect(codes).toEqual(["malformed", "malformed", "forbidden", "forbidden", "malformed"]);
  expect(await ask(Uint8Array.of(0xff, 0xff, 1))).toMatchObject({ t: "refused", code: "malformed" });
  expect(mallory.raw.ended).toBe(false);
  await expectTogether(room, honest, THREE);
});

test("commits for epochs that are past or to come are refused", async () => {
  const { room, mallory, honest } = await infiltrated(THREE);
  const { commit, groupInfo: info } = await mallory.make({});
  for (const epoch of [0, mallory.epoch - 1, mallory.epoch + 1, 1e9])
    if (epoch !== mallory.epoch)
      expect(await mallory.commit({ commit, info, epoch })).toMatchObject({
        t: "refused",
        code: "stale-epoch",
      });
  await expectTogether(room, honest, THREE);
  expect(honest.flatMap(attacks)).toEqual([]);
});

test("a history that never was is marked as passed on, by whom, and is no longer than the group's rules have it", async () => {
  const { room, mallory, honest } = await infiltrated(THREE, { history: 20 });
  const dave = await newcomer(room);
  const [device] = room.durable.accounts.get("dave")?.devices ?? [];
  if (device === undefined) throw new Error("no dave");
  const {
    commit,
    groupInfo: info,
    welcomes,
    pending,
  } = await mallory.make({ add: [await mallory.claim("dave")] });
  const never = Array.from({ length: 200 }, (_, i) => ({
    id: messageId(),
    sender: i % 2 === 0 ? "alice" : "dave",
    sentAt: i,
    text: `never said ${i}`,
  }));
  const history = await mallory.history(pending, never);
  const invited = welcomes.map((one) => ({ device, body: Buffer.concat([mallory.groupId, one]) }));
  const told = { added: [device], removed: [] };
  expect(await mallory.commit({ told, commit, info, welcomes: invited, history })).toMatchObject({
    t: "accepted",
  });
  await room.settle(() => texts(dave).length > 0);
  const rows = await dave.face.history({ with: GROUP, limit: 1_000 });
  const handed = rows.filter(({ notice }) => notice === undefined);
  expect(handed.length).toBe(20);
  expect(handed.every(({ passedOnBy }) => passedOnBy === "mallory")).toBe(true);
  await expectTogether(room, honest, [...THREE, "dave"]);
});

test("a history by one who is not in the group is nothing", async () => {
  const liar = new Liar();
  const { room, mallory, honest, person } = await infiltrated(THREE, {}, { bob: liar.tap });
  const history = await mallory.history(mallory.conversation, [
    { id: messageId(), sender: "alice", sentAt: 1, text: "never said" },
  ]);
  await change(room, person("alice"), { change: "remove", name: "mallory" });
  await room.settle(() => notices(person("bob")).some(({ kind }) => kind === "removed"));
  const { seq } = liar.last("welcome").message;
  const fields = { sender: mallory.raw.id, kind: "history", epoch: mallory.epoch, time: 1 } as const;
  const log = mallory.deviceOf("bob");
  liar.say({ t: "entry", log, seq: seq + 1, id: history.id, ...fields }, history.body);
  liar.say({ t: "entry", log, seq: seq + 2, id: messageId(), ...fields }, mallory.noise(300));
  await room.pass(1_000);
  expect(texts(person("bob"))).toEqual([]);
  await expectTogether(room, honest, ["alice", "bob"]);
});

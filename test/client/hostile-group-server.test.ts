// What members of a group can rely on when the server lies to one of them: it can withhold what it carries, but nobody is
// let in or taken out by its word, nothing is shown that nobody wrote, and once it is honest again all are together.

import { expect, test } from "bun:test";
import { encodeId } from "../../src/domain/id.ts";
import { createConversation } from "../../src/mls/conversation.ts";
import { generateIdentity, issueCredential } from "../../src/mls/identity.ts";
import { makeKeyPackage } from "../../src/mls/key-package.ts";
import { mlsProvider } from "../../src/mls/provider.ts";
import { groupInfo } from "../../src/mls/state.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { encodeRules } from "../../src/wire/rules.ts";
import { decodeTold, encodeTold } from "../../src/wire/told.ts";
import { messageId } from "../server/hall.ts";
import {
  attacks,
  change,
  count,
  enter,
  expectTogether,
  group,
  GROUP,
  type Named,
  notices,
  roll,
  texts,
} from "../sim/hostile/group.ts";
import { Liar } from "../sim/hostile/server.ts";
import { online, random } from "../sim/people.ts";
import type { Room } from "../sim/hostile/insider.ts";

const NAMES = ["alice", "bob", "carla"];

/** A group of three; the server lies to Bob, when it does. */
async function lied(rules: Parameters<typeof group>[1] = {}) {
  const liar = new Liar();
  const made = await group(NAMES, rules, { bob: liar.tap });
  const [alice, bob, carla] = ["alice", "bob", "carla"].map(made.person) as [Named, Named, Named];
  return { ...made, liar, alice, bob, carla };
}

/** The server is honest from now on, and all come in anew. */
async function honestAgain(room: Room, liar: Liar, people: readonly Named[]): Promise<void> {
  liar.change = undefined;
  for (const one of people) one.events.length = 0;
  room.net.cut();
  await room.settle(() => people.every(({ events }) => events.some(online)));
  await room.pass(60_000);
}

test("entries that come again, under their own numbers or others, are shown once and change nothing", async () => {
  const { room, liar, people, alice, bob } = await lied();
  await alice.face.send(GROUP, "once");
  await room.settle(() => texts(bob).includes("once"));
  const [said, committed, invited] = [liar.last("message"), liar.last("commit"), liar.last("welcome")];
  for (const { message, body } of [said, committed, invited, invited]) liar.say(message, body);
  for (const [i, { message, body }] of [said, committed, invited].entries())
    liar.say({ ...message, seq: message.seq + 5 + i, id: messageId() }, body);
  await room.pass(10_000);
  expect(texts(bob)).toEqual(["once"]);
  await honestAgain(room, liar, people);
  await expectTogether(room, people);
});

test("a commit that is withheld from one: it comes back by itself, and misses what it was not sent", async () => {
  const { room, liar, people, alice, bob } = await lied();
  let withheld = 0;
  liar.change = (message) =>
    message.t === "entry" && message.kind === "commit" && (withheld += 1) <= 2 ? "drop" : undefined;
  await change(room, alice, { change: "announcement", on: true });
  await change(room, alice, { change: "announcement", on: false });
  await room.settle(() => withheld > 0);
  liar.change = undefined;
  await expectTogether(room, people);
  expect(attacks(bob)).toEqual([]);
});

test("entries in another order: none is shown twice or under another's name, and all are together again", async () => {
  const { room, liar, people, alice, bob, carla } = await lied();
  let held: Uint8Array | undefined;
  liar.change = (message, body) => {
    if (message.t !== "entry") return undefined;
    const bytes = encodeMessage(message, body);
    if (held === undefined) {
      held = bytes;
      return "drop";
    }
    const swapped = [bytes, held];
    held = undefined;
    return swapped;
  };
  for (const text of ["1", "2", "3", "4"]) await alice.face.send(GROUP, text);
  await change(room, alice, { change: "rename", to: "class2024" });
  await room.pass(60_000);
  const shown = texts(bob).filter((text) => texts(carla).includes(text));
  expect(shown.length).toBe(new Set(shown).size);
  await honestAgain(room, liar, people);
  await expectTogether(room, people);
});

test("one is told something else of a commit than the others: it is shown there, and all come together", async () => {
  const { room, liar, people, alice, bob } = await lied();
  let told = 0;
  liar.change = (message, body) => {
    const decoded = message.t === "entry" && message.kind === "commit" ? decodeTold(body) : undefined;
    if (decoded === undefined || (told += 1) > 1) return undefined;
    return [
      encodeMessage(message, encodeTold({ ...decoded.told, removed: ["A".repeat(43)] }, decoded.commit)),
    ];
  };
  await change(room, alice, { change: "announcement", on: true });
  await change(room, alice, { change: "announcement", on: false });
  await room.pass(60_000);
  expect(attacks(bob).length).toBeGreaterThan(0);
  await expectTogether(room, people);
});

test("commits and messages that nobody made: shown as an attack or as missing, and nobody is out", async () => {
  const { room, liar, people, bob } = await lied();
  const { message } = liar.last("commit");
  for (let i = 1; i <= 4; i++) {
    const fields = { ...message, seq: message.seq + i, id: messageId(), epoch: message.epoch + i };
    const body = i % 2 === 0 ? random(300) : encodeTold({ added: [], removed: [] }, random(200));
    liar.say({ ...fields, kind: i === 4 ? "message" : "commit" }, body);
  }
  await room.pass(5_000);
  expect(texts(bob)).toEqual([]);
  expect(attacks(bob).length).toBeGreaterThan(0);
  await honestAgain(room, liar, people);
  await expectTogether(room, people);
});

test("somebody removed, to whom the server sends on, reads nothing of it", async () => {
  const { room, log, liar, alice, bob, carla } = await lied();
  await change(room, alice, { change: "remove", name: "bob" });
  await room.settle(() => notices(bob).some(({ kind }) => kind === "removed"));
  await alice.face.send(GROUP, "without bob");
  await room.settle(() => texts(carla).includes("without bob"));
  for (const entry of room.durable.logs.get(log)?.entries ?? []) {
    const { body, ...fields } = entry;
    liar.say({ t: "entry", ...fields }, body);
  }
  await room.pass(10_000);
  expect(texts(bob)).toEqual([]);
  await expectTogether(room, [alice, carla]);
});

test("the log of another group for a name: it is not taken for the one that was asked for", async () => {
  const { room, log, alice } = await lied();
  await alice.face.createGroup({ name: "other", open: true, announcement: false, history: 0 });
  const other = [...room.durable.logs].find(([id, { kind }]) => kind === "group" && id !== log)?.[0] ?? "";
  const liar = new Liar();
  const dave = { name: "dave", ...room.person("dave", { tap: liar.tap }) };
  await room.settle(() => dave.events.some(online));
  const info = room.durable.logs.get(other)?.info ?? new Uint8Array();
  const epoch = room.durable.logs.get(other)?.epoch ?? 0;
  liar.change = (message) =>
    message.t === "entrance" ? [encodeMessage({ ...message, log: other, epoch }, info)] : undefined;
  let outcome: unknown;
  void dave.face.joinGroup("class2024").then((value) => (outcome = value));
  await room.settle(() => outcome !== undefined);
  expect(outcome).toMatchObject({ ok: false, reason: "wrong-log" });
  expect(room.bugs).toEqual([]);
});

test("made-up places: a device that is told to come back does, and one that is told it is out says so", async () => {
  const { room, log, liar, people, bob } = await lied();
  for (const lie of [1e6, 0]) {
    liar.change = (message) =>
      message.t === "places"
        ? [
            encodeMessage({
              ...message,
              logs: message.logs.map(([id, epoch, head]) => [id, epoch + lie, head, lie]),
            }),
          ]
        : undefined;
    room.net.cut();
    await room.pass(60_000);
  }
  await honestAgain(room, liar, people);
  await expectTogether(room, people);
  liar.change = (message) =>
    message.t === "places"
      ? [encodeMessage({ ...message, logs: message.logs.filter(([id]) => id !== log) })]
      : undefined;
  room.net.cut();
  await room.settle(() => notices(bob).some(({ kind }) => kind === "out"));
  expect(room.bugs).toEqual([]);
});

test("made-up joiners and leavers: nobody is let in or taken out for them", async () => {
  const { room, log, liar, people, bob } = await lied();
  const mls = mlsProvider(random);
  const [identity, tls, signature] = [1, 2, 3].map(() => generateIdentity(random)) as [Key, Key, Key];
  const subject = { name: "eve", device: tls.public, signatureKey: signature.public };
  const device = { credential: issueCredential(identity, subject), signatureSecret: signature.secret };
  const made = await makeKeyPackage(mls, device, { now: room.clock.now(), lastResort: false });
  const epoch = room.durable.logs.get(log)?.epoch;
  const others = encodeId(random(32));
  const asked = (joins: { device: string; size: number }[], leaves: typeof joins, body: Uint8Array) =>
    liar.say({ t: "asked", log, joins, leaves }, body);
  asked([{ device: others, size: made.public.length }], [], made.public); // another device's KeyPackage
  asked([{ device: encodeId(tls.public), size: 50 }], [], made.public.slice(0, 50));
  asked([], [{ device: others, size: 97 }], random(97));
  asked([], [{ device: others, size: 97 }], random(3));
  // A device of nobody's: the server itself takes no commit that adds it.
  asked([{ device: encodeId(tls.public), size: made.public.length }], [], made.public);
  await room.pass(3_000);
  expect(room.durable.logs.get(log)?.epoch).toBe(epoch ?? -1);
  expect(await roll(bob)).toEqual(NAMES);
  await expectTogether(room, people);
});

test("a commit that the server says it has taken, and has not: its maker comes back by itself", async () => {
  const { room, liar, people, bob } = await lied();
  let lies = 0;
  liar.change = (message) => {
    if (message.t !== "accepted" || (lies += 1) > 1) return undefined;
    return [encodeMessage({ ...message, seq: message.seq + 1_000, of: 1_000_000 })];
  };
  await bob.face.send(GROUP, "am I heard?");
  await room.pass(60_000);
  await honestAgain(room, liar, people);
  await expectTogether(room, people);
});

test("receipts of devices that are none count for nothing; of real ones the server's word is all there is", async () => {
  const { room, log, liar, people, bob } = await lied();
  liar.change = (message) => (message.t === "receipt" || message.t === "receipts" ? "drop" : undefined);
  const { id } = await bob.face.send(GROUP, "who has it?");
  await room.pass(2_000);
  const made = Array.from({ length: 50 }, (): [string, number] => [encodeId(random(32)), 1e9]);
  liar.say({ t: "receipts", log, cursors: made });
  for (const [device, seq] of made) liar.say({ t: "receipt", log, device, seq });
  await room.pass(2_000);
  const [row] = (await bob.face.history({ with: GROUP, limit: 100 })).filter((line) => line.id === id);
  expect([row?.state, row?.delivered, row?.of]).toEqual(["accepted", 0, 2]);
  await honestAgain(room, liar, people);
  await expectTogether(room, people);
});

test("another tree than the Welcome's, or none: the newcomer does not take it, and comes in when it is sent the true one", async () => {
  const { room, log, alice, carla } = await lied();
  const stale = room.durable.logs.get(log)?.info ?? new Uint8Array();
  const liar = new Liar();
  const dave = { name: "dave", ...room.person("dave", { tap: liar.tap }) };
  await room.settle(() => dave.events.some(online));
  let lies = 0;
  liar.change = (message) =>
    message.t === "group" ? [encodeMessage(message, (lies += 1) % 2 === 0 ? random(80) : stale)] : undefined;
  void dave.face.joinGroup("class2024");
  await room.pass(30_000);
  expect(lies).toBeGreaterThan(0);
  expect(texts(dave)).toEqual([]);
  await honestAgain(room, liar, [dave]);
  await room.pass(30_000);
  if (!(await roll(alice)).includes("dave") || !(await dave.face.groups()).ok) await enter(room, dave);
  await expectTogether(room, [alice, carla, dave], [...NAMES, "dave"]);
});

test("a made-up group to come back into, with people of the right names: it is not taken", async () => {
  const { room, log, liar, people, bob } = await lied();
  const mls = mlsProvider(random);
  const [identity, tls, signature] = [1, 2, 3].map(() => generateIdentity(random)) as [Key, Key, Key];
  const subject = { name: "alice", device: tls.public, signatureKey: signature.public };
  const device = { credential: issueCredential(identity, subject), signatureSecret: signature.secret };
  const fields = { open: true, announcement: false, closed: false, history: 0, barred: [] };
  const rules = encodeRules({ name: "class2024", ...fields, admins: [encodeId(identity.public)] });
  const bobs = people.find(({ name }) => name === "bob");
  if (bobs === undefined) throw new Error("no bob");
  const published = liar.published.at(-1);
  if (published === undefined) throw new Error("bob has published nothing");
  const id = Buffer.from(log, "base64url");
  const now = room.clock.now();
  const begun = await createConversation(mls, device, { id, keyPackages: [published], now, rules });
  if (!begun.ok) throw new Error(begun.refused);
  const info = await groupInfo(begun.conversation);
  let asked = 0;
  liar.change = (message) => {
    if (message.t === "account") return [encodeMessage({ ...message, identity: encodeId(identity.public) })];
    if (message.t !== "group") return undefined;
    asked += 1;
    return [encodeMessage(message, info)];
  };
  const { seq, epoch } = liar.last("commit").message;
  liar.say({ t: "expired", log, seq: seq + 10, epoch: epoch + 10 });
  await room.pass(10_000);
  expect(asked).toBeGreaterThan(0);
  expect(await roll(bob)).toEqual(NAMES);
  const listed = await bob.face.members("class2024");
  expect(listed.ok && listed.value.some(({ trust }) => trust === "changed")).toBe(false);
  await honestAgain(room, liar, people);
  await expectTogether(room, people);
  expect(count(bob, "key-changed")).toBe(0);
});

type Key = ReturnType<typeof generateIdentity>;

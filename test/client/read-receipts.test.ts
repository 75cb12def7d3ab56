// What people can rely on when they want to know whether what they wrote was read, and when others want to know it of them.

import { expect, test } from "bun:test";
import { decodeContent, encodeContent } from "../../src/client/content.ts";
import type { Message } from "../../src/client/events.ts";
import { encodeRecord } from "../../src/client/record.ts";
import { classroom, message, online, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const isOn = (one: Person) =>
  one.events.findLast((event) => event.type === "status")?.status.state === "online";
const reads = (one: Person) => one.events.filter((event) => event.type === "read");

async function two() {
  const room = classroom({ clock: new VirtualClock() });
  const alice = room.person("alice");
  const bob = room.person("bob");
  await room.settle(() => isOn(alice) && isOn(bob));
  const say = async (from: Person, to: string, text: string) => {
    const { id } = await from.face.send(to, text);
    await room.net.quiet();
    return id;
  };
  return { room, alice, bob, say };
}

/** Everything that is there was shown, as a chat does it. */
async function look(person: Person, at: string, tell: boolean): Promise<void> {
  const [newest] = (await person.face.history({ with: at, limit: 1 })).slice(-1);
  await person.face.shown(at, newest?.position ?? 0, { tell });
}

const rows = async (person: Person, to: string): Promise<readonly Message[]> =>
  person.face.history({ with: to, limit: 100 });
const readIn = async (person: Person, to: string) =>
  (await rows(person, to)).filter(({ read }) => read === true).map(({ text }) => text);
const outbox = (person: Person) => person.disk.records.get("outbox")?.size ?? 0;

test("what was shown is told: all up to it is read, in both directions, and there is no message of it", async () => {
  const { room, alice, bob, say } = await two();
  await say(alice, "bob", "one");
  const id = await say(alice, "bob", "two");
  expect(await readIn(alice, "bob")).toEqual([]);
  await look(bob, "alice", true);
  await room.settle(() => reads(alice).length === 1);
  expect(reads(alice)).toEqual([{ type: "read", conversation: "bob", id, position: 2 }]);
  await say(alice, "bob", "three");
  expect(await readIn(alice, "bob")).toEqual(["one", "two"]);
  expect(await rows(alice, "bob")).toMatchObject([{ state: "delivered" }, {}, { state: "delivered" }]);
  await say(bob, "alice", "answer");
  await look(alice, "bob", true);
  await room.settle(() => reads(bob).length === 1);
  expect(await readIn(bob, "alice")).toEqual(["answer"]);
  // Nothing of it is seen but that.
  for (const [one, other] of [[alice, "bob"] as const, [bob, "alice"] as const]) {
    expect((await rows(one, other)).map(({ text }) => text)).toEqual(["one", "two", "three", "answer"]);
    expect(one.events.filter(({ type }) => type === "changed" || type === "missing")).toEqual([]);
    const own = new Set((await rows(one, other)).map(({ id }) => id));
    expect(one.events.every((event) => event.type !== "state" || own.has(event.id))).toBe(true);
    expect(outbox(one)).toBe(0);
  }
  expect(await alice.face.conversations()).toMatchObject([{ unread: 0 }]);
  expect(room.bugs).toEqual([]);
});

test("many that are shown one after the other are told together, and what was told is not told again", async () => {
  const { room, alice, bob, say } = await two();
  for (let n = 1; n <= 10; n++) {
    await say(alice, "bob", `${n}`);
    await look(bob, "alice", true);
  }
  await room.pass(60_000);
  expect(reads(alice).length).toBe(2);
  expect((await readIn(alice, "bob")).length).toBe(10);
  await look(bob, "alice", true);
  await say(bob, "alice", "mine");
  await look(bob, "alice", true); // nothing of hers is new
  await room.pass(60_000);
  expect(reads(alice).length).toBe(2);
  expect(room.bugs).toEqual([]);
});

test("what is read without telling is not told, then or later, by this or the next command", async () => {
  const { room, alice, bob, say } = await two();
  await say(alice, "bob", "secretly read");
  await look(bob, "alice", false);
  await room.pass(60_000);
  await look(bob, "alice", true); // it was shown before
  await room.pass(60_000);
  await bob.face.close();
  const again = room.person("bob", { disk: bob.disk });
  await room.settle(() => isOn(again));
  await room.pass(60_000);
  expect(reads(alice)).toEqual([]);
  expect(await readIn(alice, "bob")).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test("read without the server: told once it is there, and of all that only the last", async () => {
  const { room, alice, bob, say } = await two();
  for (const text of ["one", "two", "three"]) await say(alice, "bob", text);
  room.net.up = false;
  room.net.cut();
  await room.net.quiet();
  for (const { position = 0 } of await rows(bob, "alice")) {
    await bob.face.shown("alice", position, { tell: true });
    await room.pass(5_000);
  }
  expect(outbox(bob)).toBe(1);
  await bob.face.close();
  room.net.up = true;
  const again = room.person("bob", { disk: bob.disk });
  await room.settle(() => isOn(again) && isOn(alice));
  await room.settle(() => reads(alice).length > 0);
  await room.pass(60_000);
  expect(reads(alice).length).toBe(1);
  expect((await readIn(alice, "bob")).length).toBe(3);
  expect(outbox(again)).toBe(0);
  expect(room.bugs).toEqual([]);
});

test("who leaves at once after reading has told it", async () => {
  const { room, alice, bob, say } = await two();
  await say(alice, "bob", "one");
  await look(bob, "alice", true);
  await say(alice, "bob", "two");
  await look(bob, "alice", true);
  await bob.face.close();
  await room.net.quiet();
  expect(await readIn(alice, "bob")).toEqual(["one", "two"]);
  expect(room.bugs).toEqual([]);
});

test("in a group nobody is told who has read what", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await alice.face.createGroup({ name: "class", open: true, announcement: false, history: 10 });
  await bob.face.joinGroup("class");
  await alice.say("@class", "hello", "delivered");
  await bob.until(message("hello"));
  await look(bob, "@class", true);
  await bob.say("alice", "afterwards", "delivered");
  await room.net.quiet();
  expect(reads(alice)).toEqual([]);
  expect(await readIn(alice, "@class")).toEqual([]);
  expect(room.bugs).toEqual([]);
});

/** What a program that keeps no rules would send: it is put in the outbox of somebody who is away. */
function smuggle(person: Person, to: string, fold: string, read: string) {
  const kept = person.disk.records.get("outbox") ?? new Map<string, Uint8Array>();
  person.disk.records.set("outbox", kept);
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
  kept.set(id, encodeRecord({ v: 1, order: 1000 + kept.size, id, to, fold, text: "", read, sentAt: 1 }));
}

test("a program without manners: of groups, of what it wrote itself, of other conversations and of nothing", async () => {
  const room = classroom();
  const [alice, bob, carol] = [room.person("alice"), room.person("bob"), room.person("carol")];
  await Promise.all([alice, bob, carol].map((one) => one.until(online)));
  await alice.face.createGroup({ name: "class", open: true, announcement: false, history: 10 });
  await bob.face.joinGroup("class");
  const group = await alice.say("@class", "to all", "delivered");
  const first = await alice.say("bob", "first", "delivered");
  const second = await alice.say("bob", "second", "delivered");
  const other = await alice.say("carol", "between us", "delivered");
  const own = await bob.say("alice", "bob's own", "delivered");
  const log = [...(bob.disk.records.get("conversation")?.entries() ?? [])].find(([, value]) =>
    Buffer.from(value).toString().includes("@class"),
  );
  await bob.face.close();
  smuggle(bob, "@class", `@${log?.[0]}`, group);
  for (const id of [other, own, "A".repeat(22), group]) smuggle(bob, "alice", "alice", id);
  smuggle(bob, "alice", "alice", second);
  smuggle(bob, "alice", "alice", first); // not back
  const again = room.person("bob", { disk: bob.disk });
  await again.say("@class", "the last to all", "delivered");
  await again.say("alice", "the last", "delivered");
  await alice.until(message("the last"));
  expect(reads(alice)).toMatchObject([{ conversation: "bob", id: second }]);
  expect(await readIn(alice, "bob")).toEqual(["first", "second"]);
  expect(await readIn(alice, "@class")).toEqual([]);
  expect(await readIn(alice, "carol")).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test("hundreds of them count once, and leave nothing behind", async () => {
  const { room, alice, bob, say } = await two();
  const id = await say(alice, "bob", "once");
  await bob.face.close();
  for (let n = 0; n < 300; n++) smuggle(bob, "alice", "alice", n % 2 === 0 ? id : `${n}`.padStart(22, "A"));
  const size = () => [...alice.disk.records.values()].reduce((sum, { size }) => sum + size, 0);
  const before = size();
  const again = room.person("bob", { disk: bob.disk });
  await room.settle(() => isOn(again) && outbox(again) === 0);
  expect(reads(alice).length).toBe(1);
  expect(size()).toBe(before);
  expect(room.bugs).toEqual([]);
});

test("nobody whose key has changed is told anything, not even when it is accepted later", async () => {
  const { room, alice, bob, say } = await two();
  await say(bob, "alice", "from the key that is known");
  // Another key is met under the name.
  const pin = JSON.parse(Buffer.from(alice.disk.records.get("trust")?.get("bob") ?? []).toString());
  await alice.face.close();
  alice.disk.records.get("trust")?.set("bob", encodeRecord({ ...pin, changed: pin.identity }));
  const again = room.person("alice", { disk: alice.disk });
  await room.settle(() => isOn(again));
  await look(again, "bob", true);
  await room.pass(60_000);
  await again.face.trust("bob");
  await room.pass(60_000);
  expect(reads(bob)).toEqual([]);
  expect(outbox(again)).toBe(0);
  expect(room.bugs).toEqual([]);
});

test("what comes under a key that is not the known one is not told, and its word for what was read does not count", async () => {
  const { room, alice, bob, say } = await two();
  const mine = await say(alice, "bob", "mine");
  await alice.face.close();
  await bob.face.close();
  const pin = JSON.parse(Buffer.from(alice.disk.records.get("trust")?.get("bob") ?? []).toString());
  const another = new Uint8Array(32).fill(1);
  alice.disk.records.get("trust")?.set("bob", encodeRecord({ ...pin, identity: another }));
  smuggle(bob, "alice", "alice", mine);
  const [her, him] = [room.person("alice", { disk: alice.disk }), room.person("bob", { disk: bob.disk })];
  await room.settle(() => isOn(her) && isOn(him));
  await say(him, "alice", "who am I?");
  await room.settle(() => her.heard().includes("who am I?"));
  expect((await rows(her, "bob")).at(-1)).toMatchObject({ trusted: false });
  await look(her, "bob", true);
  await room.pass(60_000);
  expect(await readIn(her, "bob")).toEqual([]);
  expect([...reads(her), ...reads(him)]).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test("what it looks like inside the encryption, and what is not that", () => {
  const id = "A".repeat(22);
  const read = { type: "read", id, sentAt: 1, upTo: id } as const;
  expect(decodeContent(encodeContent(read))).toEqual(read);
  expect(decodeContent(encodeContent({ ...read, upTo: "short" }))).toBeUndefined();
});

// What two people can rely on when one sees that the other is writing.

import { expect, test } from "bun:test";
import { encodeMessage } from "../../src/wire/codec.ts";
import { classroom, message, type Person } from "../sim/people.ts";
import { type Rules, tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";
const writing = (person: Person) =>
  person.events.flatMap((event) => (event.type === "typing" ? [[event.conversation, event.on]] : []));

/** Alice and Bob, who have spoken; what Alice whispers is counted, what reaches Bob is as `rules` have it. */
async function two(rules: Rules = {}) {
  const clock = new VirtualClock();
  const room = classroom({ clock });
  const whispers: Uint8Array[] = [];
  const alice = room.person("alice", {
    tap: tap({
      out: (sent, body) => {
        if (sent.t === "whisper") whispers.push(body);
        return "pass";
      },
    }),
  });
  const bob = room.person("bob", { tap: tap(rules) });
  await room.settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "hello");
  await room.settle(() => bob.heard().length === 1);
  const rest = async (ms: number) => {
    clock.advance(ms);
    await room.net.quiet();
  };
  const type = async (person: Person, to: string) => {
    await person.face.typing(to);
    await room.net.quiet();
  };
  return { room, clock, alice, bob, whispers, rest, type };
}

test("the other sees it, and sees it end six seconds after the last key", async () => {
  const { room, alice, bob, rest, type } = await two();
  await type(alice, "bob");
  expect(writing(bob)).toEqual([["alice", true]]);
  await rest(4_000);
  await type(alice, "BOB");
  await rest(5_900);
  expect(writing(bob)).toEqual([["alice", true]]);
  await rest(100);
  expect(writing(bob)).toEqual([
    ["alice", true],
    ["alice", false],
  ]);
  expect(writing(alice)).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test("it ends with the message, and what is written after that is seen at once", async () => {
  const { alice, bob, room, rest, type } = await two();
  await type(alice, "bob");
  await alice.face.send("bob", "there?");
  await bob.until(message("there?"));
  expect(writing(bob).at(-1)).toEqual(["alice", false]);
  await rest(1);
  await type(alice, "bob");
  expect(writing(bob).at(-1)).toEqual(["alice", true]);
  expect(room.bugs).toEqual([]);
});

test("however fast somebody types, it is said once in three seconds, always in the same size", async () => {
  const { alice, bob, whispers, rest, type } = await two();
  for (let i = 0; i < 50; i++) await type(alice, "bob");
  expect(whispers).toHaveLength(1);
  await rest(3_000);
  await type(alice, "bob");
  expect(whispers.map(({ length }) => length)).toEqual([37, 37]);
  expect(writing(bob)).toEqual([["alice", true]]);
});

test("neither disk knows of it, and no key of the conversation is used up by it", async () => {
  const { alice, bob, room, type } = await two();
  const before = [alice, bob].map(({ disk }) =>
    JSON.stringify([...disk.records].map(([t, r]) => [t, [...r]])),
  );
  await type(alice, "bob");
  await type(bob, "alice");
  expect(writing(alice)).toEqual([["bob", true]]);
  const after = [alice, bob].map(({ disk }) =>
    JSON.stringify([...disk.records].map(([t, r]) => [t, [...r]])),
  );
  expect(after).toEqual(before);
  expect(room.bugs).toEqual([]);
});

test("nothing is said in a group, to whom one has never spoken, to nobody, or to oneself", async () => {
  const { alice, room, whispers, type } = await two();
  await alice.face.createGroup({ name: "class", open: true, announcement: false, history: 0 });
  await room.settle(() => true);
  for (const name of ["@class", "carol", "alice", "no name", "", "\u202e"]) await type(alice, name);
  expect(whispers).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test("whoever is away is not told later", async () => {
  const { alice, bob, room, type } = await two();
  await bob.face.close();
  await type(alice, "bob");
  const again = room.person("bob", { disk: bob.disk });
  await room.settle(() => isOnline(again));
  expect(writing(again)).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test("a server can neither make one up, nor send one back, nor show one twice", async () => {
  let fate: (log: string, sender: string, body: Uint8Array) => readonly Uint8Array[] = () => [];
  const own: Uint8Array[] = [];
  const { alice, bob, room, type, rest } = await two({
    out: (sent, body) => {
      if (sent.t === "whisper") own.push(body);
      return "pass";
    },
    in: (come, body) => (come.t === "whisper" ? fate(come.log, come.sender, body) : "pass"),
  });
  const frame = (log: string, sender: string, body: Uint8Array) =>
    encodeMessage({ t: "whisper", log, sender }, body);
  const altered = (body: Uint8Array) => body.with(body.length - 1, (body.at(-1) ?? 0) ^ 1);
  await type(bob, "alice");
  expect(own).toHaveLength(1);
  fate = (log, sender, body) => [
    ...own.map((said) => frame(log, sender, said)),
    frame(log, sender, new Uint8Array(37)),
    frame(log, sender, new Uint8Array(0)),
    frame(log, sender, altered(body)),
    frame(log, "A".repeat(43), body),
    frame("A".repeat(32), sender, body),
  ];
  await type(alice, "bob");
  expect(writing(bob)).toEqual([]);

  let kept: Uint8Array | undefined;
  fate = (log, sender, body) => [(kept = frame(log, sender, body))];
  await rest(3_000);
  await type(alice, "bob");
  await rest(6_000);
  expect(writing(bob)).toHaveLength(2);
  fate = () => (kept === undefined ? [] : [kept, kept]);
  await type(alice, "bob");
  expect(writing(bob)).toHaveLength(2);
  expect(room.bugs).toEqual([]);
});

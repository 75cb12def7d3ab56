// What a person can rely on from the client's model around the messages: who is here, what is unread, what is found,
// when it comes back by itself and when it does not.

import { expect, test } from "bun:test";
import { classroom, copyOf, type Person } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

/** For those that go through many cases: the machine may be a slow one. */
const LONG = 60_000;

const status = (person: Person) => person.events.findLast((event) => event.type === "status")?.status;
const isOnline = (person: Person) => status(person)?.state === "online";
const room = () => classroom({ clock: new VirtualClock() });

test("who comes and goes is told to those who are here", async () => {
  const { person, settle, pass } = room();
  const alice = person("alice");
  await settle(() => isOnline(alice));
  const bob = person("bob");
  await settle(() => alice.events.some((event) => event.type === "presence"));
  await bob.face.close();
  await pass(1_000);
  expect(alice.events.filter((event) => event.type === "presence" && event.name === "bob")).toEqual([
    { type: "presence", name: "bob", online: true },
    { type: "presence", name: "bob", online: false },
  ]);
});

test("what no face has shown is unread, also after a restart; what was shown is not", async () => {
  const { person, settle } = room();
  const alice = person("alice");
  const bob = person("bob");
  await settle(() => isOnline(alice) && isOnline(bob));
  for (const text of ["one", "two", "three"]) await alice.face.send("bob", text);
  await bob.face.send("alice", "mine");
  await settle(() => bob.heard().length === 3 && alice.heard().length === 1);
  const unread = await bob.face.unread();
  expect(unread.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  await bob.face.shown("BOB", 100); // no such conversation
  await bob.face.shown("Alice", unread[1]?.position ?? 0);
  await bob.face.close();
  const again = person("bob", { disk: bob.disk });
  expect((await again.face.unread()).map(({ text }) => text)).toEqual(["three"]);
  await again.face.shown("alice", unread[0]?.position ?? 0);
  expect((await again.face.unread()).map(({ text }) => text)).toEqual(["three"]);
  await again.face.shown("alice", 1_000_000);
  expect(await again.face.unread()).toEqual([]);
  await settle(() => isOnline(again));
  await alice.face.send("bob", "four");
  await settle(() => again.heard().length === 1);
  expect((await again.face.unread()).map(({ text }) => text)).toEqual(["four"]);
});

test("history is found by words in any case, in one conversation or in all, what still waits included", async () => {
  const { person, settle } = room();
  const alice = person("alice");
  const [bob, carol] = [person("bob"), person("carol")];
  await settle(() => [alice, bob, carol].every(isOnline));
  await alice.face.send("bob", "the Exam is on Monday");
  await alice.face.send("carol", "no exam for you");
  await settle(() => bob.heard().length === 1 && carol.heard().length === 1);
  await alice.face.close();
  const offline = person("alice", { disk: alice.disk, offline: true });
  await offline.face.send("bob", "EXAM room monday");
  const find = async (search: string, withName?: string) => {
    const rows = await offline.face.history({
      search,
      limit: 10,
      ...(withName === undefined ? {} : { with: withName }),
    });
    return rows.map(({ text }) => text);
  };
  expect(await find("exam")).toEqual(["the Exam is on Monday", "no exam for you", "EXAM room monday"]);
  expect(await find("monday exam", "BOB")).toEqual(["the Exam is on Monday", "EXAM room monday"]);
  expect(await find("nothing")).toEqual([]);
  expect(await offline.face.history({ limit: 2 })).toHaveLength(2);
  expect(await offline.face.history({ with: "nobody", limit: 2 })).toEqual([]);
});

test("a client that was taken over says so and does not come back; the newer one goes on", async () => {
  const { person, settle, pass, bugs } = room();
  const alice = person("alice");
  const bob = person("bob");
  await settle(() => isOnline(alice) && isOnline(bob));
  const newer = person("alice", { disk: copyOf(alice.disk) });
  await pass(600_000);
  expect(status(alice)).toEqual({ state: "offline", cause: { kind: "refused", code: "taken-over" } });
  expect(
    alice.events.filter((event) => event.type === "status" && event.status.state === "connecting"),
  ).toHaveLength(1);
  expect(isOnline(newer)).toBe(true);
  await newer.face.send("bob", "from there");
  await settle(() => bob.heard().length === 1);
  expect(bugs).toEqual([]);
});

test("a link that breaks comes back by itself, with pauses that grow while nobody is reached", async () => {
  const { person, settle, pass, net } = room();
  const alice = person("alice");
  await settle(() => isOnline(alice));
  net.up = false;
  net.cut();
  await pass(10 * 60_000);
  const pauses = alice.events.flatMap((event) =>
    event.type === "status" && event.status.state === "offline" ? [event.status.again ?? Number.NaN] : [],
  );
  expect(pauses.length).toBeGreaterThan(15);
  expect(pauses.length).toBeLessThan(200);
  pauses.forEach((pause, i) => expect(pause).toBeLessThanOrEqual(Math.min(250 * 2 ** i, 30_000)));
  net.up = true;
  await settle(() => isOnline(alice));
  net.cut();
  await net.quiet();
  const again = status(alice);
  expect(again?.state === "offline" && (again.again ?? Number.NaN) <= 250).toBe(true);
});

test("a server that has gone quiet is noticed, and one that is merely idle is not left", async () => {
  const { person, settle, pass } = room();
  let deaf = false;
  const alice = person("alice", { tap: tap({ in: () => (deaf ? "drop" : "pass") }) });
  await settle(() => isOnline(alice));
  const before = alice.events.length;
  await pass(10 * 60_000);
  expect(alice.events.slice(before).filter(({ type }) => type === "status")).toEqual([]);
  deaf = true;
  await settle(() => !isOnline(alice));
  deaf = false;
  await settle(() => isOnline(alice));
});

test("a name that is taken is refused for good, and said", async () => {
  const { person, settle, pass } = room();
  const alice = person("alice");
  await settle(() => isOnline(alice));
  const other = person("Alice");
  await settle(() => status(other)?.state === "offline");
  expect(status(other)).toEqual({ state: "offline", cause: { kind: "refused", code: "name-taken" } });
  const before = other.events.length;
  await pass(600_000);
  expect(other.events).toHaveLength(before);
});

test("a server's full disk: what is written waits, and goes out by itself when there is room", async () => {
  const { person, settle, pass, breakDisk, bugs } = room();
  const alice = person("alice");
  const bob = person("bob");
  await settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "before");
  await settle(() => bob.heard().length === 1);
  breakDisk("full");
  for (const text of ["one", "two"]) await alice.face.send("bob", text);
  await alice.face.send("carol", "nobody yet");
  await pass(20_000);
  expect(bob.heard()).toEqual(["before"]);
  breakDisk(undefined);
  await settle(() => bob.heard().length === 3);
  expect(bob.heard()).toEqual(["before", "one", "two"]);
  await settle(() => alice.events.some((event) => event.type === "state" && event.state === "failed"));
  expect(bugs).toEqual([]);
});

test(
  "a message written at whatever moment while another has just come to nothing goes out",
  async () => {
    for (let turns = 0; turns < 25; turns++) {
      const { person, settle, net } = room();
      const alice = person("alice");
      const bob = person("bob");
      await settle(() => isOnline(alice) && isOnline(bob));
      const sent = new Promise((resolve) => {
        alice.face.subscribe((event) => {
          if (event.type !== "state" || event.state !== "failed") return;
          let turn = Promise.resolve();
          for (let i = 0; i < turns; i++) turn = turn.then(() => undefined);
          resolve(turn.then(() => alice.face.send("bob", "to bob")));
        });
      });
      await alice.face.send("nobody", "to nobody");
      await sent;
      await net.quiet();
      expect([turns, bob.heard()]).toEqual([turns, ["to bob"]]);
    }
  },
  LONG,
);

// What a person is told while what waited for them comes: how many, how far it is, and when it is over.

import { expect, test } from "bun:test";
import { CatchingUp } from "../../src/client/catching-up.ts";
import type { ClientEvent, Status } from "../../src/client/events.ts";
import { classroom, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const statuses = (person: Person) =>
  person.events.flatMap((event) => (event.type === "status" ? [event.status] : []));
const isOnline = (person: Person) => statuses(person).at(-1)?.state === "online";

function counting() {
  const clock = new VirtualClock();
  const told: (Status | ClientEvent)[] = [];
  const catchingUp = new CatchingUp(clock, {
    status: (status) => void told.push(status),
    emit: (event) => void told.push(event),
    inTurn: (step) => step(),
  });
  return { clock, told, catchingUp };
}

const upTo = (done: number): Status => ({ state: "catching-up", className: "c", waiting: 1000, done });
const over = (waiting: number): (Status | ClientEvent)[] => [
  { state: "online", className: "c", waiting },
  { type: "caught-up", waited: waiting },
];

test("who comes back is told how many wait, then sees them in order, then is online", async () => {
  const room = classroom({ clock: new VirtualClock() });
  const alice = room.person("alice");
  const bob = room.person("bob");
  await room.settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "first");
  await room.settle(() => bob.heard().length === 1);
  await bob.face.close();
  const texts = Array.from({ length: 40 }, (_, i) => `message ${i}`);
  for (const text of texts) await alice.face.send("bob", text);
  await room.net.quiet();
  const again = room.person("bob", { disk: bob.disk });
  await room.settle(() => isOnline(again));
  const [connecting, ...rest] = statuses(again);
  expect(connecting).toEqual({ state: "connecting" });
  expect(rest[0]).toEqual({ state: "catching-up", className: "CSCE 513", waiting: 40, done: 0 });
  expect(rest.at(-1)).toEqual({ state: "online", className: "CSCE 513", waiting: 40 });
  expect(again.heard()).toEqual(texts);
  const kinds = again.events.map(({ type }) => type);
  expect(kinds.lastIndexOf("message")).toBeLessThan(kinds.indexOf("caught-up"));
  expect(room.bugs).toEqual([]);
});

test("one's own messages do not count as those that waited", async () => {
  const room = classroom({ clock: new VirtualClock() });
  const alice = room.person("alice");
  const bob = room.person("bob");
  await room.settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "one");
  await room.settle(() => bob.heard().length === 1);
  room.net.cut();
  await room.settle(() => isOnline(alice) && isOnline(bob));
  expect(statuses(alice).filter(({ state }) => state === "catching-up")).toEqual([]);
});

test("where nothing waits it is online once it is known that there is nothing else to read", () => {
  const { told, catchingUp, clock } = counting();
  catchingUp.begin("c", 0);
  expect(told).toEqual([]);
  catchingUp.level();
  expect(told).toEqual(over(0));
  expect(clock.pending).toBe(0);
});

test("how far it is, is told ten times a second at the most, however fast it goes", () => {
  const { told, catchingUp, clock } = counting();
  catchingUp.begin("c", 1000);
  catchingUp.level();
  for (let i = 0; i < 100; i++) {
    clock.advance(10);
    catchingUp.passed(5, 5);
  }
  expect(told).toEqual([0, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500].map(upTo));
  catchingUp.passed(500, 500);
  expect(told.slice(-2)).toEqual(over(1000));
  expect(clock.pending).toBe(0);
  catchingUp.passed(1, 1);
  expect(told).toHaveLength(13);
});

test("what came before the number was known counts too", () => {
  const { told, catchingUp } = counting();
  catchingUp.passed(3, 3);
  catchingUp.level();
  expect(told).toEqual([]);
  catchingUp.begin("c", 3);
  expect(told).toEqual(over(3));
});

test("what is not there to be read, such as a reaction, is waited for, and not said to have waited", () => {
  const { told, catchingUp } = counting();
  catchingUp.begin("c", 3);
  catchingUp.level();
  catchingUp.passed(3, 1);
  expect(told.slice(-2)).toEqual(over(1));
});

test("messages that were deleted while they waited do not keep it from ending", () => {
  const { told, catchingUp, clock } = counting();
  catchingUp.begin("c", 1000);
  for (let i = 0; i < 4; i++) {
    clock.advance(8_000);
    catchingUp.passed(1, 1);
  }
  expect(told.at(-1)).toEqual(upTo(4));
  clock.advance(20_000);
  expect(told.slice(-2)).toEqual(over(4));
});

test("a connection that ends leaves nothing behind", () => {
  const { told, catchingUp, clock } = counting();
  catchingUp.begin("c", 1000);
  catchingUp.stop();
  catchingUp.passed(1000, 1000);
  clock.advance(60_000);
  expect(told).toEqual([upTo(0)]);
  expect(clock.pending).toBe(0);
});

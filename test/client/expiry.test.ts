// What the server kept as long as it keeps anything: its sender is never told that it was delivered, and whoever comes
// too late is told that something is missing, and goes on.

import { expect, test } from "bun:test";
import type { ClientEvent, MessageState } from "../../src/client/events.ts";
import { classroom, copyOf, message, online, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const HOUR = 3_600_000;

const state = (id: string) => (event: ClientEvent) => event.type === "state" && event.id === id;
const lastState = (person: Person, id: string) => person.events.findLast(state(id));
const come = (person: Person, id: string, to: MessageState) =>
  person.events.some((event) => event.type === "state" && event.id === id && event.state === to);
const missing = (event: ClientEvent) => event.type === "missing";

/** Alice and bob have met in a room where entries are kept for two hours. */
async function met() {
  const room = classroom({ clock: new VirtualClock(), retention: 2 * HOUR });
  const alice = room.person("alice");
  const bob = room.person("bob");
  await room.settle(() => [alice, bob].every(({ events }) => events.some(online)));
  const said = async (who: Person, to: string, text: string) => {
    const { id } = await who.face.send(to, text);
    await room.settle(() => come(who, id, "accepted"));
    return id;
  };
  const first = await said(alice, "bob", "first");
  await said(bob, "alice", "reply");
  await room.settle(() => bob.heard().length === 1 && alice.heard().length === 1);
  await room.settle(() => come(alice, first, "delivered"));
  return { room, alice, bob, said };
}

test("a message that expired is failed for its sender, with the reason, and stays so when the other comes", async () => {
  const { room, alice, bob, said } = await met();
  await bob.face.close();
  const lost = await said(alice, "bob", "lost");
  await room.pass(1 * HOUR);
  const kept = await said(alice, "bob", "kept");
  expect(lastState(alice, lost)).toMatchObject({ state: "accepted" });
  await room.pass(1.5 * HOUR);
  expect(lastState(alice, lost)).toMatchObject({ state: "failed", reason: "expired", delivered: 0, of: 1 });
  expect(lastState(alice, kept)).toMatchObject({ state: "accepted" });

  const back = room.person("bob", { disk: bob.disk });
  await room.settle(() => back.events.some(message("kept")));
  await room.settle(() => come(alice, kept, "delivered"));
  expect(back.heard()).toEqual(["kept"]);
  expect(back.events.filter(missing)).toHaveLength(1);
  expect(back.events.findIndex(missing)).toBeLessThan(back.events.findIndex(message("kept")));
  expect(lastState(alice, lost)).toMatchObject({ state: "failed" });
  const shown = await alice.face.history({ with: "bob", limit: 9 });
  expect(shown.map(({ text, state, reason }) => [text, state, reason])).toEqual([
    ["first", "delivered", undefined],
    ["reply", undefined, undefined],
    ["lost", "failed", "expired"],
    ["kept", "delivered", undefined],
  ]);
  expect(room.bugs).toEqual([]);
});

test("a sender who was away meanwhile hears the truth: what was fetched in time, what was not", async () => {
  const { room, alice, bob, said } = await met();
  await bob.face.close();
  const fetched = await said(alice, "bob", "fetched");
  await alice.face.close();
  const again = room.person("bob", { disk: bob.disk });
  await room.settle(() => again.events.some(message("fetched")));
  await again.face.close();
  const alice2 = room.person("alice", { disk: alice.disk });
  await room.settle(() => alice2.events.some(online));
  const lost = await said(alice2, "bob", "lost");
  await alice2.face.close();
  await room.pass(4 * HOUR);
  // Bob comes first: his cursor goes over the gap before alice asks.
  const back = room.person("bob", { disk: bob.disk });
  await room.settle(() => back.events.some(missing));
  const alice3 = room.person("alice", { disk: alice.disk });
  await room.settle(() => alice3.events.some(state(lost)));
  expect(lastState(alice3, lost)).toMatchObject({ state: "failed", reason: "expired" });
  expect(lastState(alice2, fetched)).toMatchObject({ state: "delivered" });
  const next = await said(alice3, "bob", "next");
  await room.settle(() => back.events.some(message("next")));
  await room.settle(() => come(alice3, next, "delivered"));
  expect(room.bugs).toEqual([]);
});

test("whoever missed the keys, too, comes back by itself and can be written to and write", async () => {
  const { room, alice, bob, said } = await met();
  await bob.face.close();
  const copy = copyOf(alice.disk);
  await said(alice, "bob", "lost");
  await alice.face.close();
  // Alice's vault is put back from a copy: she comes back from outside, which is a commit that bob has not seen.
  const older = room.person("alice", { disk: copy });
  await room.settle(() => older.events.some(missing));
  await room.pass(4 * HOUR);
  const back = room.person("bob", { disk: bob.disk });
  await room.settle(() => back.events.some(missing));
  await said(back, "alice", "I am back");
  await room.settle(() => older.events.some(message("I am back")));
  await said(older, "bob", "welcome");
  await room.settle(() => back.events.some(message("welcome")));
  expect(room.bugs).toEqual([]);
});

test("a quota that is used up is told to the sender at once, and its text is not lost", async () => {
  const room = classroom({ clock: new VirtualClock(), quota: { entries: 3, bytes: 1e6 } });
  const alice = room.person("alice");
  const bob = room.person("bob");
  await room.settle(() => [alice, bob].every(({ events }) => events.some(online)));
  await bob.face.close();
  const ids: string[] = [];
  for (const text of ["one", "two", "three"]) ids.push((await alice.face.send("bob", text)).id);
  const last = ids.at(-1) ?? "";
  await room.settle(() => alice.events.some((event) => state(last)(event) && "reason" in event));
  // The Welcome waits for bob, too.
  expect(ids.map((id) => lastState(alice, id))).toMatchObject([
    { state: "accepted" },
    { state: "accepted" },
    { state: "failed", reason: "quota" },
  ]);
  const shown = await alice.face.history({ with: "bob", limit: 9 });
  expect(shown.find(({ text }) => text === "three")).toMatchObject({ state: "failed", reason: "quota" });
});

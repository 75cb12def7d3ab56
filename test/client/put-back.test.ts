// What a class can rely on when its server is put back from a copy and goes on, before everybody has come back to it: a log
// may then be as long as it was and hold as many commits, but others.

import { expect, test } from "bun:test";
import type { DurableMemory } from "../../src/store/server-memory.ts";
import { copyOfServer } from "../sim/copies.ts";
import {
  attacks,
  change,
  count,
  enter,
  expectTogether,
  group,
  GROUP,
  type Named,
} from "../sim/hostile/group.ts";
import { classroom, message, online, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

type Room = ReturnType<typeof classroom>;

/** A server with this disk, to which people come with the vaults they have. */
function putBack(durable: DurableMemory) {
  const room = classroom({ clock: new VirtualClock(), durable });
  const comes = async ({ name, disk }: Named): Promise<Named> => {
    const person = { name, ...room.person(name, { disk }) };
    await room.settle(() => person.events.some(online));
    return person;
  };
  return { room, comes };
}

async function says(room: Room, { face, events }: Person, to: string, text: string): Promise<void> {
  const { id } = await face.send(to, text);
  await room.settle(() =>
    events.some((event) => event.type === "state" && event.id === id && event.state === "accepted"),
  );
}

const close = async (...people: readonly Person[]) => {
  for (const { face } of people) await face.close();
};

for (const said of [0, 1, 5])
  test(`a group that went on without some, as far as they had been, and ${said} messages: they are back in it at once`, async () => {
    const { room, people, person, log } = await group(["alice", "bob", "carla"]);
    await room.pass(120_000);
    const copy = copyOfServer(room.durable);
    await change(room, person("alice"), { change: "rename", to: "other" });
    await says(room, person("alice"), "@other", "gone with the server");
    const others = [person("bob"), person("carla")];
    await room.settle(() => others.every((one) => one.heard().includes("gone with the server")));
    await close(...people);
    const again = putBack(copy);
    const bob = await again.comes(person("bob"));
    for (let n = 0; n < said; n++) await says(again.room, bob, GROUP, `on my own ${n}`);
    const there = [bob, await again.comes(person("alice")), await again.comes(person("carla"))];
    await expectTogether(again.room, there);
    const commits = again.room.durable.logs.get(log)?.epoch ?? 0;
    await again.room.pass(60_000);
    for (const one of there) expect(attacks(one)).toEqual([]);
    expect(again.room.durable.logs.get(log)?.epoch).toBe(commits);
  });

test("two people: what one wrote to the server that had gone back reaches the other, in the place of what is there no more", async () => {
  const first = classroom({ clock: new VirtualClock() });
  const [alice, bob] = ["alice", "bob"].map((name) => ({ name, ...first.person(name) }));
  if (alice === undefined || bob === undefined) throw new Error("nobody");
  await first.settle(() => [alice, bob].every(({ events }) => events.some(online)));
  await says(first, alice, "bob", "before");
  await first.settle(() => bob.events.some(message("before")));
  await first.pass(1_000);
  const copy = copyOfServer(first.durable);
  await says(first, alice, "bob", "gone with the server");
  await first.settle(() => bob.events.some(message("gone with the server")));
  await first.pass(1_000);
  await close(alice, bob);
  const { room, comes } = putBack(copy);
  const alice2 = await comes(alice);
  await says(room, alice2, "bob", "instead");
  const bob2 = await comes(bob);
  await room.settle(() => bob2.events.some(message("instead")));
  await says(room, bob2, "alice", "an answer");
  await room.settle(() => alice2.events.some(message("an answer")));
  expect(room.bugs).toEqual([]);
});

test("who was alone in a group goes on with it, and lets others in", async () => {
  const { room, person } = await group(["alice"]);
  const copy = copyOfServer(room.durable);
  await change(room, person("alice"), { change: "announcement", on: true });
  await close(person("alice"));
  const again = putBack(copy);
  const alice = await again.comes(person("alice"));
  const bob = { name: "bob", ...again.room.person("bob") };
  await again.room.settle(() => bob.events.some(online));
  await enter(again.room, bob);
  await expectTogether(again.room, [alice, bob]);
  expect(count(alice, "missing")).toBe(1);
});

test("who has left while nobody was there to take them out comes in again by themselves", async () => {
  const { room, person } = await group(["alice", "bob"]);
  const [alice, bob] = [person("alice"), person("bob")];
  await close(alice);
  expect(await bob.face.leaveGroup(GROUP)).toMatchObject({ ok: true });
  await enter(room, bob);
  const again = { name: "alice", ...room.person("alice", { disk: alice.disk }) };
  await room.settle(() => again.events.some(online));
  await expectTogether(room, [again, bob]);
  expect(attacks(again)).toEqual([]);
});

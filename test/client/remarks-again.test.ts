// What is sent again for one who came back with new keys: what was deleted meanwhile, and what cannot go any more.

import { expect, test } from "bun:test";
import { change, group, GROUP, type Named } from "../sim/hostile/group.ts";
import type { Room } from "../sim/hostile/insider.ts";
import { message, online } from "../sim/people.ts";

/** Alice and Bob have talked while Carla was away; then she comes without her keys. */
async function talked(talk: (room: Room, alice: Named, id: string) => Promise<void>) {
  const { room, person } = await group(["alice", "bob", "carla"]);
  const [alice, bob, carla] = [person("alice"), person("bob"), person("carla")];
  await room.pass(5_000);
  await carla.face.close();
  const { id } = await alice.face.send(GROUP, "while away");
  await room.settle(() => bob.events.some(message("while away")));
  await room.pass(1_000);
  await talk(room, alice, id);
  await room.pass(1_000);
  carla.disk.records.get("ratchet")?.clear();
  return { room, alice, bob, carla, id };
}

test("what was deleted and is sent again for one who came back is never shown there as an empty message", async () => {
  const { room, carla, id } = await talked(async (_, { face }, it) => void (await face.remove(GROUP, it)));
  const again = room.person("carla", { disk: carla.disk });
  await room.settle(() => again.events.some(online));
  await room.settle(() => again.events.some((event) => event.type === "message" && event.message.id === id));
  const shown = again.events.flatMap((event) =>
    event.type === "message" && event.message.id === id ? [event.message] : [],
  );
  expect(shown.map(({ text, deleted }) => [text, deleted])).toEqual([["", true]]);
  expect(room.bugs).toEqual([]);
});

test("what some have, and was to go again for one who came back, has not failed when its author is put out before", async () => {
  const { room, alice, bob, carla, id } = await talked(async (its, author) => {
    await change(its, author, { change: "admin", name: "bob" });
    await author.face.close();
  });
  const again = room.person("carla", { disk: carla.disk });
  await room.settle(() => again.events.some((event) => event.type === "missing"));
  await change(room, bob, { change: "remove", name: "alice" });
  const back = room.person("alice", { disk: alice.disk });
  await room.settle(() => back.events.some((event) => event.type === "caught-up"));
  await room.pass(5_000);
  const [row] = (await back.face.history({ with: GROUP, limit: 50 })).filter((one) => one.id === id);
  expect([row?.state, row?.delivered, row?.of, row?.reason]).toEqual(["accepted", 1, 2, undefined]);
  expect(back.disk.records.get("outbox")?.size ?? 0).toBe(0);
  expect(room.bugs).toEqual([]);
});

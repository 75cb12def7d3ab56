// What two people can rely on when the server has freed the name of one of them.

import { expect, test } from "bun:test";
import { classroom, message, online } from "../sim/people.ts";

async function talkedAndFreed() {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await alice.say("bob", "before", "delivered");
  await bob.say("alice", "also before", "delivered");
  await bob.face.close();
  await room.store.unregister("bob");
  return { room, alice, bob };
}

test("somebody whose name was freed comes back with the same keys, and is written to as before", async () => {
  const { room, alice, bob } = await talkedAndFreed();
  const again = room.person("bob", { disk: bob.disk });
  await again.until(online);
  await alice.say("bob", "after", "delivered");
  expect(again.heard()).toEqual(["after"]);
  await again.say("alice", "also after", "delivered");
  expect(alice.heard()).toEqual(["also before", "also after"]);
  expect(room.bugs).toEqual([]);
});

test("whoever comes back may also be the first to write", async () => {
  const { room, alice, bob } = await talkedAndFreed();
  const again = room.person("bob", { disk: bob.disk });
  await again.until(online);
  await again.say("alice", "I am back", "delivered");
  await alice.until(message("I am back"));
  await alice.say("bob", "welcome back", "delivered");
  expect(again.heard()).toEqual(["welcome back"]);
  expect(room.bugs).toEqual([]);
});

test("a new key under a freed name is told loudly, and nothing goes to it until it is accepted", async () => {
  const { room, alice } = await talkedAndFreed();
  const impostor = room.person("bob");
  await impostor.until(online);
  const { id } = await alice.face.send("bob", "for bob's eyes");
  const failed = await alice.until(
    (event) => event.type === "state" && event.id === id && event.state === "failed",
  );
  expect(failed).toMatchObject({ reason: "key-changed" });
  await alice.until((event) => event.type === "key-changed" && event.name === "bob");
  expect(impostor.heard()).toEqual([]);
  expect(await alice.face.trust("bob")).toMatchObject({ ok: true, value: { trust: "pinned" } });
  await alice.say("bob", "hello new bob", "delivered");
  expect(impostor.heard()).toEqual(["hello new bob"]);
  expect(room.bugs).toEqual([]);
});

test("what a new key writes under a known name is marked as not trusted", async () => {
  const { room, alice } = await talkedAndFreed();
  const impostor = room.person("bob");
  await impostor.until(online);
  await impostor.face.send("alice", "it is me, bob");
  const event = await alice.until(message("it is me, bob"));
  expect(event).toMatchObject({ message: { sender: "bob", trusted: false } });
  expect(alice.events.some((one) => one.type === "key-changed")).toBe(true);
});

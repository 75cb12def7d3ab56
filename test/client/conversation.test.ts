// What two people can rely on, with the real cores of client and server and no socket or disk between them.

import { expect, test } from "bun:test";
import { classroom, message, online } from "../sim/people.ts";

test("what one person writes the other reads, and the writer learns that it was delivered", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await alice.say("bob", "hello bob", "delivered");
  expect(bob.heard()).toEqual(["hello bob"]);
  await bob.say("alice", "hello alice", "delivered");
  expect(alice.heard()).toEqual(["hello alice"]);
  expect(room.bugs).toEqual([]);
});

test("messages of both directions stand in the same order on both sides", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await alice.say("bob", "first", "delivered");
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      Promise.all([alice.say("bob", `a${i}`, "delivered"), bob.say("alice", `b${i}`, "delivered")]),
    ),
  );
  const texts = async (person: typeof alice) =>
    (await person.face.history({ limit: 100 })).map(({ text }) => text);
  expect((await texts(alice)).length).toBe(61);
  expect(await texts(alice)).toEqual(await texts(bob));
  expect(room.bugs).toEqual([]);
});

test("both write first at the same moment: one conversation comes of it, and nothing is lost", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await Promise.all([alice.say("bob", "from alice", "delivered"), bob.say("alice", "from bob", "delivered")]);
  expect(bob.heard()).toEqual(["from alice"]);
  expect(alice.heard()).toEqual(["from bob"]);
  expect([...room.durable.logs.values()].filter((log) => log.kind === "direct").length).toBe(1);
  expect(room.bugs).toEqual([]);
});

test("who is away finds the messages on return, in order, marked as having waited", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await bob.face.close();
  for (const text of ["one", "two", "three"]) await alice.say("bob", text);
  const again = room.person("bob", { disk: bob.disk });
  const caughtUp = await again.until((event) => event.type === "caught-up");
  expect(caughtUp).toEqual({ type: "caught-up", waited: 3 });
  expect(again.heard()).toEqual(["one", "two", "three"]);
  expect(again.events.every((event) => event.type !== "message" || event.message.queued)).toBe(true);
  await alice.until((event) => event.type === "state" && event.state === "delivered");
  expect(room.bugs).toEqual([]);
});

test("a message written without the server is kept and goes out when it is back", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  room.net.up = false;
  room.net.cut();
  await alice.until((event) => event.type === "status" && event.status.state === "offline");
  await alice.face.send("bob", "written offline");
  await alice.face.close();
  room.net.up = true;
  room.person("alice", { disk: alice.disk });
  await bob.until(message("written offline"));
  expect(room.bugs).toEqual([]);
});

test("the sender learns of a delivery that happened while the sender was away", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await bob.face.close();
  await alice.say("bob", "see you");
  await alice.face.close();
  const bobAgain = room.person("bob", { disk: bob.disk });
  await bobAgain.until(message("see you"));
  const aliceAgain = room.person("alice", { disk: alice.disk });
  await aliceAgain.until((event) => event.type === "state" && event.state === "delivered");
  const [row] = await aliceAgain.face.history({ with: "bob", limit: 1 });
  expect(row).toMatchObject({ text: "see you", state: "delivered", delivered: 1, of: 1 });
});

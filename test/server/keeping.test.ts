// What the server keeps for those who are away: how long, how much of one person's, and what is told about the rest.

import { expect, test } from "bun:test";
import { append, create, hall, messageId, person, text } from "./hall.ts";
import { directLog } from "../../src/domain/direct-log.ts";

const HOUR = 3_600_000;

/** A room where entries are kept for two hours, and its two people; bob leaves. */
async function bobAway() {
  const room = hall(undefined, { retention: 2 * HOUR });
  const { a, b, bob, log } = await room.pair();
  b.ack(b.id, 1);
  b.pipes?.client.close();
  await room.net.quiet();
  /** Time goes on as it does, with links that are heard of now and then. */
  const pass = async (hours: number) => {
    for (let minutes = 0; minutes < hours * 60; minutes++) {
      room.clock.advance(60_000);
      a.tell({ t: "ping" });
      await room.net.quiet();
    }
  };
  return { room, a, bob, log, pass };
}

test("what nobody fetched within the retention is gone; its sender is told, and so is whoever comes too late", async () => {
  const { room, a, bob, log, pass } = await bobAway();
  await a.ask(append(log), text("one"));
  await a.ask(append(log), text("two"));
  await pass(1);
  await a.ask(append(log), text("three"));
  await pass(1.5);
  expect(a.all("expired")).toEqual([{ t: "expired", log, seq: 2, epoch: 1 }]);
  expect(await a.ask({ t: "cursors", log })).toMatchObject({ expired: 2 });

  const b = await room.enter(bob);
  expect(b.all("synced")).toMatchObject([{ waiting: 1 }]);
  expect(b.got.map(({ message }) => message.t)).toEqual(["welcome", "synced", "places", "expired", "entry"]);
  expect(b.all("expired")).toEqual([{ t: "expired", log, seq: 2, epoch: 1 }]);
  expect(b.all("entry")).toMatchObject([{ log, seq: 3 }]);
  // A cursor that jumps over what is gone is no delivery of it.
  b.ack(log, 3);
  await room.net.quiet();
  expect(a.all("receipt")).toMatchObject([
    { log, device: b.id, seq: 0 },
    { log, device: b.id, seq: 3, expired: 2 },
  ]);
  expect(await a.ask(append(log), text("four"))).toMatchObject({ t: "accepted", seq: 4 });
  b.ack(log, 4);
  await room.net.quiet();
  expect(a.all("receipt").at(-1)).toEqual({ t: "receipt", log, device: b.id, seq: 4 });
});

test("a clock that jumps deletes nothing: what it says is believed an hour later", async () => {
  const { room, a, bob, log, pass } = await bobAway();
  await a.ask(append(log), text("one"));
  await pass(1.5);
  room.clock.jump(365 * 24 * HOUR);
  await pass(0.5);
  expect(a.all("expired")).toEqual([]);
  room.clock.jump(-365 * 24 * HOUR);
  await pass(0.5);
  expect((await room.enter(bob)).all("entry")).toMatchObject([{ log, seq: 1 }]);
});

test("a server that was off for long gives those who come back an hour before it deletes anything", async () => {
  const { room, a, bob, log } = await bobAway();
  await a.ask(append(log), text("one"));
  const later = hall(room.durable, { retention: 2 * HOUR });
  later.clock.jump(200 * 24 * HOUR);
  later.clock.advance(HOUR / 2);
  await later.net.quiet();
  expect((await later.enter(bob)).all("entry")).toMatchObject([{ log, seq: 1 }]);
});

test("what everyone has goes within seconds, however much it is", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  for (let i = 0; i < 300; i++) a.tell(append(log), text("x"));
  await room.net.quiet();
  a.ack(log, 300);
  b.ack(log, 300);
  await room.net.quiet();
  room.clock.advance(16_000);
  await room.net.quiet();
  expect(room.durable.logs.get(log)?.entries).toEqual([]);
});

test("one person may have so much waiting and no more: the refusal says so, and others are not held up", async () => {
  const room = hall(undefined, { quota: { entries: 3, bytes: 1000 } });
  const { alice, a, b, log } = await room.pair();
  const carol = person("carol");
  const c = await room.enter(carol);
  // The Welcome that bob has not acknowledged counts.
  await a.ask(append(log), text("one"));
  const id = messageId();
  expect(await a.ask(append(log, id), text("two"))).toMatchObject({ t: "accepted" });
  expect(await a.ask(append(log), text("three"))).toMatchObject({ t: "refused", code: "quota" });
  expect(await a.ask(append(log, id), text("two"))).toMatchObject({ t: "accepted", seq: 2 });
  const ca = directLog(carol.identity.public, alice.identity.public);
  expect(await c.ask(create(ca, "alice", [a.id]), text("four"))).toMatchObject({ t: "created" });
  expect(await c.ask(append(ca), text("mine"))).toMatchObject({ t: "accepted" });
  expect(await b.ask(append(log), text("reply"))).toMatchObject({ t: "accepted" });
  // As soon as everyone has it, there is room.
  b.ack(log, 2);
  a.ack(log, 2);
  await room.net.quiet();
  expect(await a.ask(append(log), text("three"))).toMatchObject({ t: "accepted", seq: 4 });
  expect(await a.ask(append(log), text("x".repeat(2000)))).toMatchObject({ t: "refused", code: "quota" });
});

// Receipts where many are here: gathered, and told to those alone whose own entries they are about.

import { expect, test } from "bun:test";
import { append, messageId, type Raw, text } from "./hall.ts";
import { at, classroom } from "./group-requests.ts";

const names = (count: number) => Array.from({ length: count }, (_, i) => `student${i}`);
const told = (link: Raw) => link.all("receipts").map(({ cursors }) => cursors.toSorted());

test("in a group of a few each is told at once", async () => {
  const { a, log, links, room } = await classroom(names(7));
  await a.ask(append(log), text("x"));
  for (const link of links) link.ack(log, 2);
  await room.net.quiet();
  expect(a.all("receipt")).toHaveLength(7);
  expect(a.all("receipts")).toEqual([]);
});

test("in a larger one they are gathered for half a second; who wrote nothing is told nothing", async () => {
  const { a, log, links, room } = await classroom(names(12));
  for (const link of links) link.ack(log, 1);
  await room.net.quiet();
  room.clock.advance(500);
  await room.net.quiet();
  await a.ask(append(log), text("one"));
  await a.ask(append(log), text("two"));
  for (const link of links) {
    link.ack(log, 2);
    link.ack(log, 3);
  }
  await room.net.quiet();
  room.clock.advance(499);
  await room.net.quiet();
  const before = a.all("receipts").length;
  room.clock.advance(1);
  await room.net.quiet();
  expect(a.all("receipts").slice(before)).toMatchObject([{ t: "receipts", log }]);
  expect(told(a).at(-1)).toEqual(links.map(({ id }): [string, number] => [id, 3]).toSorted());
  expect(links.flatMap((link) => link.all("receipts"))).toEqual([]);
  expect([a, ...links].flatMap((link) => link.all("receipt"))).toEqual([]);
});

test("somebody who has lagged behind is told of to those whose entries it has passed, alone", async () => {
  const { a, log, links, room } = await classroom(names(12));
  const [early, late] = [at(links, 0), at(links, 1)];
  const settle = async () => {
    await room.net.quiet();
    room.clock.advance(500);
    await room.net.quiet();
  };
  for (const link of [a, ...links]) link.ack(log, 1);
  await early.ask(append(log), text("early"));
  for (const link of [a, ...links.slice(0, -1)]) link.ack(log, 2);
  await settle();
  const before = early.all("receipts").length;
  await late.ask(append(log), text("late"));
  for (const link of [a, ...links]) link.ack(log, 3);
  await settle();
  const laggard = at(links, 11);
  // It alone had not passed the earlier entry.
  expect(early.all("receipts").slice(before)).toMatchObject([{ cursors: [[laggard.id, 3]] }]);
  expect(told(late).at(-1)).toHaveLength(13);
});

test("what lay in a gap is told at once, and never as delivered", async () => {
  const HOUR = 3_600_000;
  const { a, log, links, people, room } = await classroom(names(10), {}, { retention: 2 * HOUR });
  const away = at(links, 0);
  away.pipes?.client.close();
  await room.net.quiet();
  await a.ask(append(log), text("one"));
  for (let minutes = 0; minutes < 180; minutes++) {
    room.clock.advance(60_000);
    for (const link of [a, ...links.slice(1)]) link.tell({ t: "ping" });
    await room.net.quiet();
  }
  await a.ask(append(log, messageId()), text("two"));
  const back = await room.enter(at(people, 0));
  back.ack(log, 3);
  await room.net.quiet();
  expect(a.all("receipt")).toMatchObject([
    { log, device: away.id, seq: 0 },
    { log, device: away.id, seq: 3, expired: 2 },
  ]);
});

test("a page of cursors has as many as fit, and says where the next begins", async () => {
  const { a, log, links, room } = await classroom(names(4));
  at(links, 0).ack(log, 1);
  await room.net.quiet();
  const all = [a, ...links]
    .map(({ id }): [string, number] => [id, id === at(links, 0).id ? 1 : 0])
    .toSorted();
  const page = await a.ask({ t: "cursors", log });
  expect(page).toMatchObject({ t: "cursors", cursors: all });
  expect(page).not.toHaveProperty("after");
  const [first] = at(all, 1);
  expect(await a.ask({ t: "cursors", log, after: first })).toMatchObject({ cursors: all.slice(2) });
});

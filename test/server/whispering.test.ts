// What is whispered: to the other one of two who is here and free, a little of it, and never kept.

import { expect, test } from "bun:test";
import { at, classroom } from "./group-requests.ts";
import { append, hall, person, type Raw, text } from "./hall.ts";

const heard = (link: Raw) =>
  link.got.flatMap(({ message, body }) =>
    message.t === "whisper" ? [[message.log, message.sender, Buffer.from(body).toString()]] : [],
  );

test("it comes as it was given, with the device that gave it, and not back to that one", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  a.whisper(log, text("psst"));
  await room.net.quiet();
  expect(heard(b)).toEqual([[log, a.id, "psst"]]);
  expect(heard(a)).toEqual([]);
});

test("nothing of it is kept: whoever is away never gets it, and the server's memory is as before", async () => {
  const room = hall();
  const { a, b, bob, log } = await room.pair();
  b.pipes?.client.close();
  await room.net.quiet();
  const before = JSON.stringify(room.durable, replacer);
  a.whisper(log, text("psst"));
  await room.net.quiet();
  expect(JSON.stringify(room.durable, replacer)).toBe(before);
  expect(heard(await room.enter(bob))).toEqual([]);
});

test("of many at once a few are passed on, and after a while some more; talk is not held up by it", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  for (let i = 0; i < 1000; i++) a.whisper(log, text(`${i}`));
  await a.ask(append(log), text("hello"));
  expect(heard(b).map(([, , body]) => body)).toEqual(["0", "1", "2", "3"]);
  expect(b.all("entry").at(-1)).toMatchObject({ kind: "message" });
  room.clock.advance(1000);
  for (let i = 0; i < 10; i++) a.whisper(log, text("later"));
  await room.net.quiet();
  expect(heard(b)).toHaveLength(6);
});

test("whoever is sent something else, or is not in its place, is spared it", async () => {
  const room = hall();
  const { a, b, bob, log } = await room.pair();
  b.pipes?.client.close();
  await room.net.quiet();
  const late = await room.enter(bob, { sync: false });
  a.whisper(log, text("psst"));
  await room.net.quiet();
  expect(heard(late)).toEqual([]);
});

test("strangers, groups and what is too long get nobody's ear, and no link ends over it", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  const eve = await room.enter(person("eve"));
  eve.whisper(log, text("psst"));
  a.whisper(a.id, text("to my own inbox"));
  a.whisper(b.id, text("to another's"));
  a.whisper(log, new Uint8Array(257));
  const early = room.connect();
  early.whisper(log, text("before hello"));
  await room.net.quiet();
  expect([a, b, eve].flatMap(heard)).toEqual([]);
  expect([a, b, eve, early].map((link) => link.ended)).toEqual([false, false, false, false]);

  const group = await classroom(["one", "two"]);
  group.a.whisper(group.log, text("to all"));
  await group.room.net.quiet();
  expect(heard(at(group.links, 0))).toEqual([]);
});

/** Maps and bytes as JSON. */
function replacer(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}

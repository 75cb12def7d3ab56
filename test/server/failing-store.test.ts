// When the server's disk takes nothing: refusals that say so, nothing acknowledged that is not kept, and afterwards
// everything goes on.

import { expect, test } from "bun:test";
import { append, credential, hall, messageId, person, text } from "./hall.ts";

test("on a full disk what writes is refused as such, what reads is served, and it goes on when there is room", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  const id = messageId();
  room.breakDisk("full");
  expect(await a.ask(append(log, id), text("one"))).toMatchObject({ t: "refused", code: "storage-full" });
  expect(await a.ask({ t: "claim", name: "bob" })).toMatchObject({ code: "storage-full" });
  expect(await a.ask({ t: "publish", packages: [] })).toMatchObject({ code: "storage-full" });
  expect(await a.ask({ t: "users" })).toMatchObject({ t: "users" });
  expect(await a.ask({ t: "lookup", name: "bob" })).toMatchObject({ t: "account" });
  expect(await a.ask({ t: "cursors", log })).toMatchObject({ t: "cursors" });
  expect(b.all("entry").filter(({ kind }) => kind === "message")).toEqual([]);
  room.breakDisk(undefined);
  expect(await a.ask(append(log, id), text("one"))).toMatchObject({ t: "accepted", seq: 1 });
  expect(b.all("entry").at(-1)).toMatchObject({ log, seq: 1, id });
});

test("on a disk that cannot be written to, what waits is delivered, also in the tick of a refused message", async () => {
  const room = hall();
  const { a, b, bob, log } = await room.pair();
  b.ack(b.id, 1);
  b.pipes?.client.close();
  await a.ask(append(log), text("one"));
  room.breakDisk("read-only");
  const refused = a.tell(append(log), text("two"));
  const again = await room.enter(bob);
  expect(a.answer(refused)).toMatchObject({ t: "refused", code: "storage-failed" });
  expect(again.all("synced")).toMatchObject([{ waiting: 1 }]);
  expect(again.all("entry")).toMatchObject([{ log, seq: 1 }]);
});

test("a disk's trouble is told once, not for each request, and once more when it is well again", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  await a.ask(append(log), text("before"));
  room.breakDisk("full");
  const id = messageId();
  for (let i = 0; i < 5; i++) await a.ask(append(log, id), text("x"));
  b.ack(log, 1);
  await room.net.quiet();
  room.clock.advance(20_000); // a sweep fails, too
  await room.net.quiet();
  expect(room.logged).toEqual(['error store-failed {"where":"append","reason":"full"}']);
  room.breakDisk("io");
  await a.ask(append(log, id), text("x"));
  await a.ask({ t: "users" });
  expect(room.logged.slice(1)).toEqual(['error store-failed {"where":"append","reason":"io"}']);
  room.breakDisk(undefined);
  expect(await a.ask({ t: "users" })).toMatchObject({ t: "users" });
  expect(room.logged).toHaveLength(2); // that it can be read says nothing of writing
  room.clock.advance(11_000);
  await a.ask(append(log, id), text("x"));
  await a.ask(append(log), text("y"));
  expect(room.logged.slice(2)).toEqual(["info store-works-again {}"]);
});

test("a broken disk is told as such, and to whoever runs the server", async () => {
  const room = hall();
  const { a, log } = await room.pair();
  room.breakDisk("io");
  expect(await a.ask(append(log), text("one"))).toMatchObject({ t: "refused", code: "storage-failed" });
  expect(room.logged).toEqual(['error store-failed {"where":"append","reason":"io"}']);
});

test("whoever could not come in on a broken disk can on the same link when it works", async () => {
  const room = hall();
  const ann = person("ann");
  const link = room.connect(ann.device);
  room.breakDisk("io");
  expect(await link.hello()).toMatchObject({ t: "refused", code: "storage-failed" });
  room.breakDisk(undefined);
  expect(await link.hello()).toMatchObject({ t: "welcome" });
  room.breakDisk("io");
  const register = () => link.ask({ t: "register", name: "ann" }, credential(ann));
  expect(await register()).toMatchObject({ t: "refused", code: "storage-failed" });
  room.breakDisk(undefined);
  expect(await register()).toMatchObject({ t: "registered" });
  room.breakDisk("io");
  expect(await link.ask({ t: "sync" })).toMatchObject({ t: "refused", code: "storage-failed" });
  room.breakDisk(undefined);
  expect(await link.ask({ t: "sync" })).toMatchObject({ t: "synced" });
});

test("a log that could not be read for a moment is sent a moment later, though nobody writes", async () => {
  const room = hall();
  const { a, b, bob, log } = await room.pair();
  b.ack(b.id, 1);
  b.pipes?.client.close();
  await a.ask(append(log), text("one"));
  await a.ask(append(log), text("two"));
  const again = await room.enter(bob, { sync: false });
  room.holdDisk();
  again.tell({ t: "sync" });
  await room.net.quiet();
  room.freeDisk();
  room.breakDisk("io"); // the places were read, the entries were not
  await room.net.quiet();
  expect(again.all("synced")).toHaveLength(1);
  expect(again.all("entry")).toEqual([]);
  room.breakDisk(undefined);
  room.clock.advance(2_000);
  await room.net.quiet();
  expect(again.all("entry").map(({ seq }) => seq)).toEqual([1, 2]);
});

test("an acknowledgement that was not kept is as if it had not come", async () => {
  const room = hall();
  const { a, b, bob, log } = await room.pair();
  await a.ask(append(log), text("one"));
  room.breakDisk("full");
  b.ack(log, 1);
  await room.net.quiet();
  expect(a.all("receipt")).toEqual([]);
  room.breakDisk(undefined);
  b.pipes?.client.close();
  await room.net.quiet();
  const again = await room.enter(bob);
  expect(again.all("entry").map(({ seq }) => seq)).toContain(1);
  again.ack(log, 1);
  await room.net.quiet();
  expect(a.all("receipt")).toHaveLength(1);
});

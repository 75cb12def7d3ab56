// From a log to those who are here: everything, once, in order, however slow the link and whenever they come.

import { expect, test } from "bun:test";
import { directLog } from "../../src/domain/direct-log.ts";
import { append, create, hall, person, type Raw, text } from "./hall.ts";

const seqs = (link: Raw, log: string) =>
  link.all("entry").flatMap((one) => (one.log === log ? [one.seq] : []));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test("what was appended while a device was away comes when it synchronises, and then what is new", async () => {
  const room = hall();
  const { a, b, bob, log } = await room.pair();
  b.pipes?.client.close();
  await room.net.quiet();
  for (let i = 0; i < 5; i++) await a.ask(append(log), text(`${i}`));
  const again = await room.enter(bob);
  expect(again.all("synced")).toMatchObject([{ waiting: 5 }]);
  await a.ask(append(log), text("live"));
  expect(seqs(again, log)).toEqual(upTo(6));
});

test("whatever the moment at which a device synchronises, it misses nothing", async () => {
  for (const order of ["before", "after", "in one tick, first", "in one tick, last"] as const) {
    const room = hall();
    const { a, b, bob, log } = await room.pair();
    b.pipes?.client.close();
    await room.net.quiet();
    const again = await room.enter(bob, { sync: false });
    if (order === "before") await a.ask(append(log), text("x"));
    if (order === "in one tick, last") a.tell(append(log), text("x"));
    again.tell({ t: "sync" });
    if (order === "in one tick, first") a.tell(append(log), text("x"));
    await room.net.quiet();
    if (order === "after") await a.ask(append(log), text("x"));
    expect([order, seqs(again, log)]).toEqual([order, [1]]);
  }
});

test("an invitation made at the moment at which a device synchronises is not missed", async () => {
  for (const first of ["create", "sync"]) {
    const room = hall();
    const [alice, bob] = [person("alice"), person("bob")];
    const a = await room.enter(alice);
    const b = await room.enter(bob, { sync: false });
    const log = directLog(alice.identity.public, bob.identity.public);
    const calls = [() => a.tell(create(log, "bob", [b.id]), text("join")), () => b.tell({ t: "sync" })];
    for (const call of first === "create" ? calls : calls.reverse()) call();
    await room.net.quiet();
    await a.ask(append(log), text("hello"));
    expect([first, b.all("entry").map(({ kind, seq }) => [kind, seq])]).toEqual([
      first,
      [
        ["welcome", 1],
        ["message", 1],
      ],
    ]);
  }
});

test("an invitation comes before what is said in the conversation, however much of both has waited", async () => {
  const room = hall();
  const bob = person("bob");
  const first = await room.enter(bob);
  first.pipes?.client.close();
  const others = Array.from({ length: 8 }, (_, i) => person(`someone${i}`));
  const logs: string[] = [];
  for (const other of others) {
    const link = await room.enter(other);
    const log = directLog(other.identity.public, bob.identity.public);
    logs.push(log);
    const request = create(log, "bob", [first.id]);
    await link.ask(
      { ...request, welcomes: request.welcomes.map((one) => ({ ...one, size: 100_000 })) },
      new Uint8Array(100_000),
    );
    await link.ask(append(log), text("hello"));
  }
  const again = await room.enter(bob, { sync: false });
  again.pipes?.server.stall();
  again.tell({ t: "sync" });
  await room.net.quiet();
  again.pipes?.server.release();
  await room.net.quiet();
  const kinds = again.all("entry").map(({ kind }) => kind);
  expect(kinds).toEqual([...logs.map(() => "welcome" as const), ...logs.map(() => "message" as const)]);
});

test("an invitation that comes while earlier ones are still on their way is before what follows it", async () => {
  const room = hall();
  const bob = person("bob");
  const b = await room.enter(bob);
  b.pipes?.server.stall();
  for (const name of ["ann", "ben", "cat", "dan", "eve"]) {
    const other = person(name);
    const link = await room.enter(other);
    const log = directLog(other.identity.public, bob.identity.public);
    const request = create(log, "bob", [b.id]);
    await link.ask(
      { ...request, welcomes: request.welcomes.map((one) => ({ ...one, size: 100_000 })) },
      new Uint8Array(100_000),
    );
    await link.ask(append(log), text("hello"));
  }
  b.pipes?.server.release();
  await room.net.quiet();
  const joined = new Set<string>();
  let welcomes = 0;
  for (const { kind, log, sender } of b.all("entry")) {
    if (kind === "welcome") joined.add(sender);
    else expect([log, joined.has(sender)]).toEqual([log, true]);
    welcomes = joined.size;
  }
  expect(welcomes).toBe(5);
  expect(b.all("entry")).toHaveLength(10);
});

test("a slow link is sent no more than it takes, and in the end everything, in order", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  b.pipes?.server.stall();
  for (let i = 0; i < 40; i++) await a.ask(append(log), new Uint8Array(50_000));
  const queued = b.pipes?.server.queued ?? 0;
  expect(queued).toBeGreaterThan(100_000);
  expect(queued).toBeLessThan(600_000);
  b.pipes?.server.release();
  await room.net.quiet();
  expect(seqs(b, log)).toEqual(upTo(40));
});

test("a link that stalls again and again while others write gets all of it in order, once", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  for (let i = 0; i < 60; i++) {
    if (i % 7 === 0) b.pipes?.server.stall();
    a.tell(append(log), new Uint8Array(20_000 + 900 * i));
    if (i % 7 === 4) b.pipes?.server.release();
    if (i % 3 === 0) await room.net.quiet();
  }
  b.pipes?.server.release();
  await room.net.quiet();
  expect(seqs(b, log)).toEqual(upTo(60));
});

test("a delivery is told to who wrote, and to nobody else", async () => {
  const room = hall();
  const { a, b, log } = await room.pair();
  const carol = await room.enter(person("carol"));
  await a.ask(append(log), text("one"));
  await a.ask(append(log), text("two"));
  b.ack(log, 2);
  await room.net.quiet();
  expect(a.all("receipt")).toEqual([{ t: "receipt", log, device: b.id, seq: 2 }]);
  b.ack(log, 2);
  b.ack(log, 1);
  a.ack(log, 2);
  await room.net.quiet();
  expect(a.all("receipt")).toHaveLength(1);
  expect(b.all("receipt")).toEqual([]);
  expect(carol.all("receipt")).toEqual([]);
});

test("who was away when it was delivered asks how far the others are", async () => {
  const room = hall();
  const { a, b, log, alice } = await room.pair();
  await a.ask(append(log), text("one"));
  a.pipes?.client.close();
  b.ack(log, 1);
  await room.net.quiet();
  const again = await room.enter(alice);
  const answer = await again.ask({ t: "cursors", log });
  expect(answer).toMatchObject({ t: "cursors" });
  expect(answer.t === "cursors" && Object.fromEntries(answer.cursors)).toEqual({ [a.id]: 0, [b.id]: 1 });
  const carol = await room.enter(person("carol"));
  expect(await carol.ask({ t: "cursors", log })).toMatchObject({ t: "refused", code: "no-such-log" });
});

test("how many wait: others' messages beyond the cursor, one's own and invitations not counted", async () => {
  const room = hall();
  const { a, b, log, bob } = await room.pair();
  await a.ask(append(log), text("one"));
  b.ack(log, 1);
  await b.ask(append(log), text("mine"));
  await a.ask(append(log), text("two"));
  b.pipes?.client.close();
  await room.net.quiet();
  const again = await room.enter(bob);
  expect(again.all("synced")).toMatchObject([{ waiting: 1 }]);
});

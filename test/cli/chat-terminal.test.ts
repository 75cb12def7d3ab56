// The chat as somebody at a terminal of 40 columns sees it.

import { expect, test } from "bun:test";
import type { ClientEvent } from "../../src/client/events.ts";
import { StoreFailure } from "../../src/ports.ts";
import { Desk } from "./chat-desk.ts";
import { FakeFace, message, NOON, person } from "./chat-face.ts";

const written = (from: string, text: string, more: Parameters<typeof message>[2] = {}): ClientEvent => ({
  type: "message",
  message: message(from, text, more),
});

async function sitDown(face = new FakeFace()): Promise<Desk> {
  const desk = new Desk(face, true);
  await desk.sees(/^\* (nobody else is here|here now)/);
  return desk;
}

async function leave(desk: Desk): Promise<number> {
  desk.type("\x05\x15");
  desk.type("\x04");
  return desk.left();
}

test("it begins with who one is, what waited, with the time it was sent, and who is here", async () => {
  const face = new FakeFace();
  face.waiting = [message("bob", "are you there?", { position: 4 }), message("bob", "hm", { position: 5 })];
  face.people = { ok: true, value: [person("alice", { me: true }), person("bob"), person("carol")] };
  const desk = await sitDown(face);
  const all = (await desk.sees("bob>")).join("\n");
  expect(all).toStartWith("You are alice in CSCE 513.");
  expect(all).toContain("* 2 messages waited for you:");
  expect(all).toContain("bob (sent Mon 6 Oct 12:00, while you were away): are you there?");
  expect(all).toContain("* here now: bob, carol");
  expect(face.seen).toEqual(["bob 5"]);
  expect(await leave(desk)).toBe(0);
});

test("a message that waited and comes again as news is shown once", async () => {
  const face = new FakeFace();
  face.waiting = [message("bob", "once", { position: 1 })];
  const desk = new Desk(face, true);
  face.emit(written("bob", "once", { position: 1 }), written("bob", "then", { position: 2 }));
  await desk.sees("12:00 bob: then");
  expect(desk.written.match(/once/g)).toHaveLength(1);
  await leave(desk);
});

test("what is typed stays while messages arrive, also over several rows and with wide characters", async () => {
  const desk = await sitDown();
  desk.face.emit(written("bob", "hello"));
  await desk.sees("bob>");
  desk.type("one two three four five six seven 漢字漢字 eight nine");
  await desk.sees(/eight nine$/);
  desk.type("\x1b[D\x1b[D");
  desk.face.emit(written("carol", "a line of carol's that is long enough to be wrapped"));
  await desk.sees(/to be wrapped/);
  await desk.sees(/eight nine$/);
  expect(desk.display.rows.slice(-5)).toEqual([
    "12:00 bob: hello",
    "12:00 carol: a line of carol's that is l",
    "ong enough to be wrapped",
    "bob> one two three four five six seven",
    "漢字漢字 eight nine",
  ]);
  expect(desk.display.cursor).toEqual([desk.display.rows.length - 1, 17]);
  desk.type("X");
  await desk.sees(/eight niXne/);
  desk.type("\r");
  await desk.sees(/to bob: one two/);
  expect(desk.face.sent[0]?.text).toBe("one two three four five six seven 漢字漢字 eight niXne");
  await leave(desk);
});

test("a pasted line that fills its rows to the last column loses nothing above it", async () => {
  const desk = await sitDown();
  desk.face.emit(written("bob", "first"));
  await desk.sees("bob>");
  desk.type("x".repeat(75));
  await desk.sees(`bob> ${"x".repeat(75)}`);
  desk.face.emit(written("bob", "second"));
  await desk.sees("12:00 bob: second");
  await desk.sees(`bob> ${"x".repeat(75)}`);
  expect(desk.display.rows.slice(-4)).toEqual([
    "12:00 bob: first",
    "12:00 bob: second",
    `bob> ${"x".repeat(35)}`,
    "x".repeat(40),
  ]);
  await leave(desk);
});

test("the typed line becomes the message, and its state changes in place", async () => {
  const desk = await sitDown();
  desk.type("/msg bob hi there\r");
  await desk.sees("12:00 to bob: hi there");
  expect(desk.display.rows.some((row) => row.includes("/msg bob hi"))).toBe(false);
  desk.face.state("m1", "accepted");
  await desk.sees("12:00 to bob: hi there  · accepted");
  desk.face.state("m1", "delivered", { delivered: 1, of: 1 });
  const rows = await desk.sees("12:00 to bob: hi there  ✓ delivered");
  expect(rows.filter((row) => row.includes("hi there"))).toHaveLength(1);
  await leave(desk);
});

test("several messages in a row change in place, each its own line", async () => {
  const desk = await sitDown();
  desk.type("/msg bob one\r");
  desk.type("two\r");
  await desk.sees("12:00 to bob: two");
  desk.face.state("m2", "accepted");
  desk.face.state("m1", "delivered", { delivered: 1, of: 1 });
  const rows = await desk.sees("12:00 to bob: one  ✓ delivered");
  expect(rows.slice(-3)).toEqual(["12:00 to bob: one  ✓ delivered", "12:00 to bob: two  · accepted", "bob>"]);
  await leave(desk);
});

test("what became of a message that something was printed after is told by its first words", async () => {
  const desk = await sitDown();
  desk.type("/msg bob hi there\r");
  await desk.sees("12:00 to bob: hi there");
  desk.face.emit(written("bob", "yes?"));
  await desk.sees("12:00 bob: yes?");
  desk.face.state("m1", "delivered", { delivered: 1, of: 1 });
  await desk.sees('  ✓ delivered to bob: "hi there"');
  await leave(desk);
});

test("two states of one message at once are one piece of news", async () => {
  const desk = await sitDown();
  desk.type("/msg bob hi\r");
  await desk.sees("12:00 to bob: hi");
  desk.face.emit(written("bob", "yes?"));
  await desk.sees("12:00 bob: yes?");
  desk.face.state("m1", "accepted");
  desk.face.state("m1", "delivered", { delivered: 1, of: 1 });
  await desk.sees('  ✓ delivered to bob: "hi"');
  expect(desk.written).not.toContain("accepted");
  await leave(desk);
});

test("a message that stays on this device says so after a while, and leaving says it again", async () => {
  const desk = await sitDown();
  desk.type("/msg bob hi\r");
  await desk.sees("12:00 to bob: hi  · kept here, not on the server yet");
  expect(await leave(desk)).toBe(0);
  expect(desk.display.lines.join()).toContain("1 message of yours is kept here");
});

test("a message that fails says why and what to type", async () => {
  const desk = await sitDown();
  desk.type("/msg bob hi\r");
  await desk.sees("12:00 to bob: hi");
  desk.face.state("m1", "failed", { reason: "key-changed" });
  const rows = await desk.sees(/\/trust bob/);
  expect(rows.join("")).toContain("✗ not sent: that person's key has changed");
  await leave(desk);
});

test("a full disk is told, and the chat goes on", async () => {
  const desk = await sitDown();
  desk.face.refuse = new StoreFailure("full");
  desk.type("/msg bob hi\r");
  await desk.sees(/✗ not sent: the disk is/);
  desk.face.refuse = undefined;
  desk.type("again\r");
  await desk.sees("12:00 to bob: again");
  expect(await leave(desk)).toBe(0);
});

test("people come and go; oneself does not", async () => {
  const desk = await sitDown();
  desk.face.emit(
    { type: "presence", name: "alice", online: true },
    { type: "presence", name: "carol", online: true },
  );
  await desk.sees("* carol is here");
  desk.face.emit({ type: "presence", name: "carol", online: false });
  const rows = await desk.sees("* carol has left");
  expect(rows.join()).not.toContain("alice is here");
  await leave(desk);
});

test("a lost connection is told once, and once more when it is back, with who left meanwhile", async () => {
  const face = new FakeFace();
  face.people = { ok: true, value: [person("carol")] };
  const desk = await sitDown(face);
  const lost = { kind: "lost", detail: "" } as const;
  for (let i = 0; i < 3; i++) {
    face.emit({ type: "status", status: { state: "offline", cause: lost, again: 4000 } });
    face.emit({ type: "status", status: { state: "connecting" } });
  }
  await desk.sees(/^\* offline: /);
  face.people = { ok: true, value: [person("carol", { online: false })] };
  face.emit({ type: "status", status: { state: "online", className: "CSCE 513", waiting: 2 } });
  await desk.sees(/^\* online in CSCE 513; 2 messages/);
  await desk.sees("* carol has left");
  expect(desk.written.match(/\* offline/g)).toHaveLength(1);
  await leave(desk);
});

test("a changed key is loud", async () => {
  const desk = await sitDown();
  desk.face.emit({ type: "key-changed", name: "bob", pinned: "aaaa", found: "bbbb" });
  const rows = await desk.sees(/verify bob/);
  expect(rows.join("")).toContain("!! THE KEY OF bob HAS CHANGED: known aaaa, now bbbb");
  await leave(desk);
});

test("a new day is announced before its first message", async () => {
  const desk = await sitDown();
  desk.now = NOON + 86_400_000;
  desk.type("/msg bob morning\r");
  const rows = await desk.sees("12:00 to bob: morning");
  expect(rows).toContain("—— Tuesday 7 October 2025 ——");
  desk.face.state("m1", "accepted");
  await desk.sees("12:00 to bob: morning  · accepted");
  expect(desk.display.rows).toContain("—— Tuesday 7 October 2025 ——");
  await leave(desk);
});

test("the Tab key completes commands and names", async () => {
  const face = new FakeFace();
  face.people = { ok: true, value: [person("Barbara")] };
  const desk = await sitDown(face);
  desk.type("/ms");
  desk.type("\t");
  await desk.sees("> /msg");
  desk.type("ba");
  desk.type("\t");
  await desk.sees("> /msg Barbara");
  await leave(desk);
});

test("typed lines that cannot be done answer in one line each, and nothing is sent", async () => {
  const desk = await sitDown();
  for (const [typed, answer] of [
    ["hello", /^\* to whom\?/],
    ["/msg b!b hi", /"b!b" cannot be a name/],
    ["/msg alice hi", /^\* that is you/],
    ["@te!am hi", /"@te!am" cannot be a name/],
    ["/mgs bob", /did you mean|there is no command \/mgs/],
  ] as const) {
    desk.type(`${typed}\r`);
    await desk.sees(answer);
  }
  desk.type(`/msg bob ${"x".repeat(70_000)}\r`);
  await desk.sees(/has 69 KiB of text/);
  expect(desk.face.sent).toEqual([]);
  await leave(desk);
});

test("a question to the server that gets no answer keeps nobody from writing", async () => {
  const desk = await sitDown();
  desk.face.users = () => new Promise(() => {});
  desk.type("/users\r");
  desk.type("/msg bob hi\r");
  await desk.sees("12:00 to bob: hi");
  desk.face.state("m1", "accepted");
  await desk.sees("12:00 to bob: hi  · accepted");
  await leave(desk);
});

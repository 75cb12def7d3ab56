// The chat behind pipes: a line of input a message or command, a line of output a piece of news.

import { afterEach, expect, jest, test } from "bun:test";
import { Desk } from "./chat-desk.ts";
import { FakeFace, message, person } from "./chat-face.ts";

afterEach(() => {
  jest.useRealTimers();
});

/** A client whose server takes everything at once. */
function accepting(): FakeFace {
  const face = new FakeFace();
  const send = face.send.bind(face);
  face.send = async (to, text) => {
    const kept = await send(to, text);
    face.state(kept.id, "accepted");
    return kept;
  };
  return face;
}

test("what is piped in is sent, and the chat ends when it is accepted", async () => {
  const desk = new Desk(accepting(), false);
  desk.input.end("/msg bob one\ntwo\n\n//three");
  expect(await desk.left()).toBe(0);
  expect(desk.face.sent.map(({ to, text }) => `${to} ${text}`)).toEqual(["bob one", "bob two", "bob /three"]);
  expect(desk.display.rows).toEqual([
    "You are alice in CSCE 513.",
    "* nobody else is here now",
    "12:00 to bob: one  · accepted",
    "12:00 to bob: two  · accepted",
    "12:00 to bob: /three  · accepted",
  ]);
  expect(desk.written).not.toContain("\u001b");
});

test("exit ends it where it stands, and what follows is not sent", async () => {
  const desk = new Desk(accepting(), false);
  desk.input.write("/msg bob one\nexit\ntwo\n");
  expect(await desk.left()).toBe(0);
  expect(desk.face.sent).toHaveLength(1);
});

test("a message that is not sent makes the exit code", async () => {
  const face = new FakeFace();
  const send = face.send.bind(face);
  face.send = async (to, text) => {
    const kept = await send(to, text);
    face.state(kept.id, "failed", { reason: "key-changed" });
    return kept;
  };
  const desk = new Desk(face, false);
  desk.input.end("/msg bob one\n");
  expect(await desk.left()).toBe(4);
  expect(desk.display.rows.at(-1)).toMatch(/^12:00 to bob: one {2}✗ not sent: .*\/trust bob/);
});

test("one line of news is one line, whatever it says", async () => {
  const desk = new Desk(new FakeFace(), false, { color: true });
  await desk.sees("* nobody else is here now");
  desk.face.emit(
    { type: "message", message: message("bob", "a\nb") },
    { type: "message", message: message("bob", "c", { trusted: false }) },
    { type: "key-changed", name: "bob", pinned: "aaaa", found: "bbbb" },
    { type: "missing", conversation: "bob" },
  );
  desk.input.end();
  expect(await desk.left()).toBe(0);
  const rows = desk.display.rows.slice(2);
  expect(rows).toHaveLength(4);
  expect(rows[0]).toBe("12:00 bob: a⏎b");
  expect(desk.written).not.toContain("\u001b");
});

test("commands answer in the order they were given", async () => {
  const face = accepting();
  face.people = { ok: true, value: [person("alice", { me: true }), person("bob", { online: false })] };
  face.keys = { ...face.keys, trust: "changed", found: "cccc dddd" };
  face.messages = [message("bob", "the exam is on Friday")];
  const desk = new Desk(face, false);
  desk.input.end("/users\n/search exam\n/history bob 5\n/trust bob\n/msg bob ok\n/verify bob yes\n");
  expect(await desk.left()).toBe(0);
  expect(face.asked.filter((asked) => !asked.includes('"limit":200'))).toEqual([
    'history {"search":"exam","limit":50}',
    'history {"with":"bob","limit":5}',
    "verify bob",
    "trust bob",
    "send bob ok",
    "verified bob",
  ]);
  expect(desk.display.rows).toContain("12:00 bob: the exam is on Friday");
  expect(desk.display.rows).toContain("* the new key of bob is accepted: cccc dddd. Compare it: /verify bob");
  expect(desk.display.rows).toContain("* the key of bob is marked as compared");
});

test("a key that has not changed is not accepted anew", async () => {
  const desk = new Desk(new FakeFace(), false);
  desk.input.end("/trust bob\n");
  await desk.left();
  expect(desk.face.asked).not.toContain("trust bob");
  expect(desk.display.rows.join()).toContain("that key has not changed");
});

test("a question waits until it is known whether the server can be reached", async () => {
  const face = new FakeFace();
  face.now = { state: "connecting" };
  const desk = new Desk(face, false);
  desk.input.end("/users\n");
  await desk.sees("You are alice. Connecting…");
  expect(desk.written).not.toContain("here (");
  face.people = { ok: true, value: [person("bob")] };
  face.emit({ type: "status", status: { state: "online", className: "CSCE 513", waiting: 0 } });
  expect(await desk.left()).toBe(0);
  expect(desk.display.rows).toContain("here (1)");
});

test("what the server does not take in time is kept, and the exit code says so", async () => {
  const desk = new Desk(new FakeFace(), false);
  await desk.sees("* nobody else is here now");
  const ended = new Promise((resolve) => desk.input.once("close", resolve));
  jest.useFakeTimers();
  desk.input.end("/msg bob one\n");
  await ended;
  jest.advanceTimersByTime(20_000);
  jest.useRealTimers();
  expect(await desk.left()).toBe(75);
  expect(desk.display.rows.join()).toContain("1 message of yours is kept here");
});

test("a message of an earlier time that fails now is told, with its text", async () => {
  const face = new FakeFace();
  face.messages = [
    message("alice", "from yesterday", { id: "old", conversation: "bob", own: true, state: "waiting" }),
  ];
  const desk = new Desk(face, false);
  await desk.sees("* nobody else is here now");
  face.emit({
    type: "state",
    id: "old",
    conversation: "bob",
    state: "failed",
    delivered: 0,
    of: 1,
    reason: "no-such-user",
  });
  await desk.sees(/not sent to bob: "from yesterday": nobody in this class has that name/);
  desk.input.end();
  await desk.left();
});

test("a reader that goes away ends it", async () => {
  const desk = new Desk(new FakeFace(), false);
  await desk.sees("* nobody else is here now");
  desk.output.emit("error", new Error("EPIPE"));
  expect(await desk.left()).toBe(0);
});

// What somebody sees in the chat while what waited for them comes, on a terminal of 40 columns and without one.

import { expect, test } from "bun:test";
import type { ClientEvent } from "../../src/client/events.ts";
import { Desk } from "./chat-desk.ts";
import { FakeFace, message, NOON } from "./chat-face.ts";

const WAITING = 2000;
const upTo = (done: number): ClientEvent => ({
  type: "status",
  status: { state: "catching-up", className: "CSCE 513", waiting: WAITING, done },
});
const over: ClientEvent = {
  type: "status",
  status: { state: "online", className: "CSCE 513", waiting: WAITING },
};
const queued = (text: string): ClientEvent => ({
  type: "message",
  message: message("bob", text, { queued: true }),
});

/** Somebody whose client is just connecting. */
function sitDown(terminal: boolean): Desk {
  const face = new FakeFace();
  face.now = { state: "connecting" };
  return new Desk(face, terminal);
}

const ONLINE = /^\* online in CSCE 513; 2000 messages/;
const bars = (rows: readonly string[]) => rows.filter((row) => row.includes("catching up"));

test("it is said how many waited, and nothing more where it is done within a second", async () => {
  const desk = sitDown(true);
  await desk.sees(/Connecting/);
  for (const done of [0, 500, 1500]) {
    desk.now += 300;
    desk.face.emit(upTo(done), queued(`message ${done}`));
  }
  desk.face.emit(over);
  await desk.sees(ONLINE);
  await desk.sees(/message 1500/);
  desk.type("\x04");
  expect(await desk.left()).toBe(0);
  expect(desk.written).not.toContain("catching up");
});

test("on a terminal one bar goes on in its place, above what is typed and below what comes, and goes", async () => {
  const desk = sitDown(true);
  await desk.sees(/Connecting/);
  desk.face.emit(upTo(0));
  await desk.sees(ONLINE);
  desk.type("half a li");
  await desk.sees("> half a li");
  desk.now += 1500;
  desk.face.emit(upTo(812));
  await desk.sees(/^\* catching up: 812 of 2,000 █/);
  desk.face.emit(queued("one of them"));
  await desk.sees(/one of them/);
  desk.face.emit(upTo(1600));
  const rows = await desk.sees(/^\* catching up: 1,600 of 2,000 █/);
  expect(bars(rows)).toHaveLength(1);
  const at = rows.findIndex((row) => row.startsWith("* catching up"));
  expect(rows.findIndex((row) => row.includes("one of them"))).toBeLessThan(at);
  expect(rows[at + 1]).toBe("bob> half a li");
  expect((rows[at] ?? "").length).toBeLessThan(40);
  desk.face.emit(over);
  await desk.display.until(() => bars(desk.display.lines).length === 0);
  expect(desk.display.lines.at(-1)).toBe("bob> half a li");
  desk.type("\x05\x15\x04");
  expect(await desk.left()).toBe(0);
  expect(bars(desk.display.rows)).toEqual([]);
});

test("what is written meanwhile stands above the bar, with its state, and a command keeps its place", async () => {
  const desk = sitDown(true);
  await desk.sees(/Connecting/);
  desk.face.emit(upTo(0));
  await desk.sees(ONLINE);
  desk.now += 1500;
  desk.face.emit(upTo(812));
  await desk.sees(/^\* catching up: 812/);
  desk.type("/msg bob hello\r");
  await desk.sees("12:00 to bob: hello");
  desk.face.emit(upTo(900));
  await desk.sees(/^\* catching up: 900/);
  desk.face.state("m1", "accepted");
  await desk.sees("12:00 to bob: hello  · accepted");
  desk.type("/help\r");
  await desk.sees(/^\/sea|\/search WORDS/);
  desk.face.emit(upTo(1000));
  const rows = await desk.sees(/^\* catching up: 1,000/);
  expect(bars(rows)).toHaveLength(1);
  expect(rows.filter((row) => row.endsWith("> /help"))).toHaveLength(1);
  expect(rows.indexOf("12:00 to bob: hello  · accepted")).toBeLessThan(
    rows.findIndex((row) => row.endsWith("> /help")),
  );
  desk.type("\x04");
  expect(await desk.left()).toBe(0);
});

test("without a terminal it is one line", async () => {
  const desk = sitDown(false);
  await desk.sees(/Connecting/);
  desk.face.emit(upTo(0));
  await desk.sees(ONLINE);
  desk.now += 1500;
  for (const done of [812, 1600, 1900]) desk.face.emit(upTo(done));
  desk.face.emit(over);
  await desk.sees("* catching up: 812 of 2,000");
  desk.input.end();
  expect(await desk.left()).toBe(0);
  expect(bars(desk.display.rows)).toEqual(["* catching up: 812 of 2,000"]);
});

test("a wrong clock is told, with what to do", async () => {
  const desk = sitDown(false);
  await desk.sees(/Connecting/);
  desk.face.emit({ type: "clock-off", ahead: 365 * 24 * 60 * 60_000 });
  await desk.sees(/^\* this machine's clock is off by 365 days: it is ahead of the server's: set the clock/);
  desk.input.end();
  expect(await desk.left()).toBe(0);
});

test("why a message waits is told, once, and that it is accepted afterwards", async () => {
  const face = new FakeFace();
  const desk = new Desk(face, false);
  await desk.sees("* nobody else is here now");
  desk.input.write("/msg bob hello\n");
  for (let i = 0; i < 3; i++) face.state("m1", "waiting", { reason: "storage-full" });
  await desk.sees(/kept here, not on the server yet \(the server's disk is full\)/);
  face.state("m1", "accepted");
  await desk.sees(/accepted for bob/);
  desk.input.end();
  expect(await desk.left()).toBe(0);
  expect(desk.written.match(/disk is full/g)).toHaveLength(1);
  expect(NOON).toBe(desk.now);
});

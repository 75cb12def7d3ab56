// How the chat at a terminal ends, and what it leaves behind.

import { expect, test } from "bun:test";
import { Desk } from "./chat-desk.ts";
import { FakeFace } from "./chat-face.ts";

async function sitDown(): Promise<Desk> {
  const desk = new Desk(new FakeFace(), true);
  await desk.sees("* nobody else is here now");
  return desk;
}

test("Ctrl-C first takes the typed text away, then asks, then leaves", async () => {
  const desk = await sitDown();
  desk.type("half a thought");
  await desk.sees("> half a thought");
  desk.type("\x03");
  await desk.sees(">");
  desk.type("\x03");
  await desk.sees("* Ctrl-C again or exit to leave");
  desk.type("\x03");
  expect(await desk.left()).toBe(0);
});

test("leaving restores the terminal, takes every listener away and leaves the client open", async () => {
  const desk = await sitDown();
  expect(desk.raw).toBe(true);
  desk.type("exit\r");
  expect(await desk.left()).toBe(0);
  expect(desk.raw).toBe(false);
  expect(desk.face.listeners).toBe(0);
  expect(desk.face.closed).toBe(false);
  expect(["data", "keypress", "error"].map((event) => desk.input.listenerCount(event))).toEqual([0, 0, 0]);
  expect(["resize", "error"].map((event) => desk.output.listenerCount(event))).toEqual([0, 0]);
});

test("it ends when the terminal is gone, when it is told to, and when the client breaks", async () => {
  const gone = await sitDown();
  gone.input.end();
  expect(await gone.left()).toBe(0);

  const controller = new AbortController();
  const told = new Desk(new FakeFace(), true, { signal: controller.signal });
  await told.sees(">");
  controller.abort();
  expect(await told.left()).toBe(0);
  expect(told.raw).toBe(false);

  const broken = await sitDown();
  broken.face.refuse = new Error("a bug");
  broken.type("/msg bob hi\r");
  await expect(broken.left()).rejects.toThrow("a bug");
  expect(broken.raw).toBe(false);
});

test.each([
  [4, { kind: "dial", failure: { cause: "wrong-key", detail: "", found: new Uint8Array(32) } }],
  [5, { kind: "refused", code: "taken-over" }],
] as const)("it ends with %d when there will be no connection: %j", async (code, cause) => {
  const desk = await sitDown();
  desk.face.emit({ type: "status", status: { state: "offline", cause } });
  expect(await desk.left()).toBe(code);
  expect(desk.display.rows.join()).toContain("* offline: ");
});

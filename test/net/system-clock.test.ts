import { expect, test } from "bun:test";
import { systemClock } from "../../src/net/system-clock.ts";

const tick = (ms: number) => new Promise<void>((resolve) => systemClock.after(ms, resolve));

test("callbacks come once each, the sooner before the later", async () => {
  const called: string[] = [];
  systemClock.after(1, () => called.push("soon"));
  await new Promise<void>((resolve) => {
    systemClock.after(20, () => {
      called.push("later");
      resolve();
    });
    systemClock.after(5, () => called.push("in between"));
  });
  expect(called).toEqual(["soon", "in between", "later"]);
});

test("now is the time since 1970 in milliseconds", () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test("a cancelled callback does not come, and may be cancelled again", async () => {
  let called = false;
  const cancel = systemClock.after(1, () => (called = true));
  cancel();
  cancel();
  await tick(2);
  expect(called).toBe(false);
});

test("cancelling after the call does nothing", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = systemClock.after(0, resolve);
  await promise;
  expect(cancel).not.toThrow();
});

test("a delay longer than a system timer can hold does not come early", async () => {
  let called = false;
  const cancel = systemClock.after(180 * 24 * 3_600_000, () => (called = true));
  await tick(2);
  cancel();
  expect(called).toBe(false);
});

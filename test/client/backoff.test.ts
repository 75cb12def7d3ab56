import { expect, test } from "bun:test";
import { backoff } from "../../src/client/backoff.ts";

const highest = (n: number) => new Uint8Array(n).fill(0xff);
const lowest = (n: number) => new Uint8Array(n);

test("the longest wait doubles from a quarter of a second and stays at half a minute", () => {
  const waits = backoff(highest);
  const ceilings = Array.from({ length: 10 }, () => waits.next());
  expect(ceilings).toEqual([250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test("a wait may be none at all, so that those cut off together come back apart", () => {
  const waits = backoff(lowest);
  expect([waits.next(), waits.next(), waits.next()]).toEqual([0, 0, 0]);
});

test("waits are drawn evenly: half the random range is half the ceiling", () => {
  expect(backoff(() => Uint8Array.of(0x80, 0, 0, 0)).next()).toBe(125);
});

test("after a success the waits begin anew", () => {
  const waits = backoff(highest);
  waits.next();
  waits.next();
  waits.reset();
  expect(waits.next()).toBe(250);
});

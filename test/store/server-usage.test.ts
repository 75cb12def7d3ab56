// What is counted as kept follows what is kept, also when a transaction does not last.

import { expect, test } from "bun:test";
import { Usage } from "../../src/store/server-usage.ts";

const quota = { entries: 3, bytes: 30 };

test("counts until the quota, entries and bytes, over several senders", () => {
  const usage = new Usage<string>();
  usage.add("a", 1, 10);
  usage.add("b", 1, 10);
  expect(usage.exceeds(quota, ["a", "b"], "message", 10)).toBe(false);
  expect(usage.exceeds(quota, ["a", "b"], "message", 11)).toBe(true);
  usage.add("b", 1, 0);
  expect(usage.exceeds(quota, ["a", "b"], "message", 0)).toBe(true);
  expect(usage.exceeds(quota, ["a"], "message", 0)).toBe(false);
  expect(usage.exceeds(quota, ["a", "b"], "commit", 0)).toBe(false);
});

test("what was added since the last commit is taken off by a rollback, and no more", () => {
  const usage = new Usage<string>();
  usage.add("a", 2, 20);
  usage.commit();
  usage.add("a", 5, 5);
  usage.add("a", -1, -10);
  usage.rollback();
  usage.rollback();
  expect(usage.exceeds(quota, ["a"], "message", 10)).toBe(false);
  usage.add("a", 1, 0);
  expect(usage.exceeds(quota, ["a"], "message", 0)).toBe(true);
});

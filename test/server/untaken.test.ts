// What one device writes keeps its order in a log, though the disk takes nothing for a while.

import { expect, test } from "bun:test";
import { Untaken } from "../../src/server/untaken.ts";

/** Tries to append in this order; `fails`: those that the disk does not take. Answers those that were taken. */
function append(untaken: Untaken, ids: readonly string[], fails: readonly string[] = []): string[] {
  const tried = ids.flatMap((id) => untaken.admit("log", id) ?? []);
  for (const attempt of tried) if (fails.includes(attempt.id)) untaken.failed("log", attempt);
  return tried.map(({ id }) => id).filter((id) => !fails.includes(id));
}

test("what follows a message that was not taken waits until that one comes again", () => {
  const untaken = new Untaken();
  expect(append(untaken, ["a"], ["a"])).toEqual([]);
  expect(append(untaken, ["b", "c"])).toEqual([]);
  expect(append(untaken, ["a", "b", "c", "d"])).toEqual(["a", "b", "c", "d"]);
});

test("those that failed together come again together, and new ones after them", () => {
  const untaken = new Untaken();
  expect(append(untaken, ["a", "b", "c"], ["a", "b", "c"])).toEqual([]);
  expect(append(untaken, ["a", "b", "c", "d"], ["a", "b", "c", "d"])).toEqual([]);
  expect(append(untaken, ["e"])).toEqual([]);
  expect(append(untaken, ["a", "b", "c", "d", "e"])).toEqual(["a", "b", "c", "d", "e"]);
});

test("one that fails again holds back those that come after it in the same pass", () => {
  const untaken = new Untaken();
  expect(append(untaken, ["a", "b", "c"], ["a", "b", "c"])).toEqual([]);
  expect(append(untaken, ["a", "b"], ["a", "b"])).toEqual([]);
  expect(append(untaken, ["c", "d"])).toEqual([]);
  expect(append(untaken, ["a"], ["a"])).toEqual([]);
  expect(append(untaken, ["b", "c", "d"])).toEqual([]);
  expect(append(untaken, ["a", "b", "c", "d"])).toEqual(["a", "b", "c", "d"]);
});

test("one that its device has given up holds nothing back", () => {
  const untaken = new Untaken();
  expect(append(untaken, ["a"], ["a"])).toEqual([]);
  expect(append(untaken, ["b"])).toEqual([]);
  expect(append(untaken, ["b", "c"])).toEqual(["b", "c"]);
});

test("another conversation does not wait", () => {
  const untaken = new Untaken();
  append(untaken, ["a"], ["a"]);
  expect(untaken.admit("another log", "b")?.id).toBe("b");
});

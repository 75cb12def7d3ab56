// What a person is told when something does not go: one line, a hint, an exit code, and nothing else.
// Must not know what went wrong.

import { expect } from "bun:test";
import type { Ended } from "./running.ts";

/** Holds that the command ended with this code and one line that matches, a hint after it, and no result. */
export function expectFailure(ended: Ended, code: number, line: RegExp): void {
  const [first = "", second = "", ...more] = ended.stderr.replace(/^note: .*\nhint: .*\n/, "").split("\n");
  expect({ code: ended.code, first, more, stdout: ended.stdout }).toEqual({
    code,
    first: expect.stringMatching(line),
    more: [""],
    stdout: "",
  });
  expect(first).toStartWith("classchat: ");
  expect(first.length).toBeLessThan(200);
  expect(second).toMatch(/^hint: \S/);
}

// How far a message of one's own has come, in the words and objects of send and history.

import { expect, test } from "bun:test";
import { messageLine, stateObject, stateText } from "../../src/cli/output.ts";
import { message } from "./chat-face.ts";

const cases = [
  [{ state: "waiting" }, "kept here, not on the server yet", {}],
  [{ state: "accepted" }, "accepted, queued for bob", { queuedFor: ["bob"] }],
  [
    { state: "accepted", delivered: 1, of: 2 },
    "delivered 1 of 2, queued for bob",
    { delivered: 1, of: 2, queuedFor: ["bob"] },
  ],
  [{ state: "delivered", delivered: 1 }, "delivered", { delivered: 1 }],
  [{ state: "delivered", delivered: 2, of: 2 }, "delivered 2 of 2", { delivered: 2, of: 2 }],
  [
    { state: "failed", reason: "key-changed" },
    "failed: that person's key has changed: it may be a new machine, or somebody else; ask them in person, then: classchat trust bob",
    {
      reason: "key-changed",
      problem: "that person's key has changed: it may be a new machine, or somebody else",
      hint: "ask them in person, then: classchat trust bob",
    },
  ],
] as const;

for (const [given, words, fields] of cases) {
  test(`${JSON.stringify(given)} is "${words.slice(0, 40)}"`, () => {
    const state = { conversation: "bob", ...given };
    expect(stateText(state)).toBe(words);
    expect(stateObject(state)).toEqual({ state: given.state, delivered: 0, of: 1, ...fields });
    expect(messageLine(message("alice", "hi", { ...state, own: true }))).toContain(
      ` alice to bob [${words}]: hi`,
    );
  });
}

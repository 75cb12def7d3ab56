// How far a message of one's own has come, in the words and objects of send and history.

import { expect, test } from "bun:test";
import { messageLine, stateObject, stateText } from "../../src/cli/output-messages.ts";
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

const inGroup = [
  [{ state: "accepted", of: 3 }, "delivered 0 of 3, queued for 3", { of: 3 }],
  [{ state: "accepted", delivered: 2, of: 3 }, "delivered 2 of 3, queued for 1", { delivered: 2, of: 3 }],
  [{ state: "delivered", delivered: 1 }, "delivered 1 of 1", { delivered: 1 }],
  [
    { state: "failed", reason: "not-in-group" },
    "failed: you are not in that group; join it first: classchat groups join @class2024",
    {
      reason: "not-in-group",
      problem: "you are not in that group",
      hint: "join it first: classchat groups join @class2024",
    },
  ],
] as const;

for (const [given, words, fields] of inGroup) {
  test(`in a group ${JSON.stringify(given)} is "${words.slice(0, 40)}"`, () => {
    const state = { conversation: "@class2024", ...given };
    expect(stateText(state)).toBe(words);
    expect(stateObject(state)).toEqual({ state: given.state, delivered: 0, of: 1, ...fields });
  });
}

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

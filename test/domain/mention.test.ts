// Somebody is mentioned where their name stands after an @, as a word of its own.

import { expect, test } from "bun:test";
import { mentions, mentionsOf } from "../../src/domain/mention.ts";

test("a name after an @ mentions its owner, in any case and at a sentence's end", () => {
  for (const text of [
    "@alice",
    "hello @Alice!",
    "(@alice)",
    "@alice.",
    "see @ALICE, then",
    "ask\n@alice\n",
    "@bob @alice",
  ])
    expect(mentions(text, "alice")).toBe(true);
  expect(mentions("@李明你好 @李明 ", "李明")).toBe(true);
  expect(mentions("@anna.b. Yes", "anna.b")).toBe(true);
});

test("anything else mentions nobody", () => {
  for (const text of ["alice", "@alicee", "@al", "x@alice", "mail.x@alice.org", "@ alice", "@", ""])
    expect(mentions(text, "alice")).toBe(false);
});

test("where a name stands is told without what ends the sentence", () => {
  expect(mentionsOf("hi @alice. @bob and @Alice", "alice")).toEqual([
    [3, 9],
    [20, 26],
  ]);
});

// What is said of groups outside the chat: what has happened, for people and for programs, and why something is refused.

import { describe, expect, test } from "bun:test";
import type { Output } from "../../src/cli/output.ts";
import { groupObject, memberObject } from "../../src/cli/output.ts";
import { messageLine, messageObject, tellMessage } from "../../src/cli/output-messages.ts";
import { troubleOf } from "../../src/cli/chat-trouble.ts";
import { conversationName, groupName } from "../../src/cli/typed-names.ts";
import { reasonText } from "../../src/cli/wording.ts";
import { groupNoticeText, isOwnDoing, peopleText } from "../../src/cli/wording-groups.ts";
import type { GroupNotice, Message } from "../../src/client/events.ts";
import type { FailureReason } from "../../src/client/failure-reason.ts";
import { REFUSAL_CODES } from "../../src/wire/refusal.ts";
import { group, happened, member, message, NOON } from "./chat-face.ts";

const CLASS = "@class2024";
const sentAt = new Date(NOON).toISOString();

/** Lines or objects that an output was given. */
function outputs(json: boolean) {
  const given: unknown[] = [];
  const take = (value: unknown) => void given.push(value);
  const out: Output = { json, print: take, object: take, note: () => {} };
  return { out, given };
}

describe("what has happened", () => {
  const cases: readonly (readonly [GroupNotice, string, readonly object[]])[] = [
    [
      { kind: "joined", names: ["bob", "carol"] },
      "bob and carol joined @class2024",
      [{ name: "bob" }, { name: "carol" }],
    ],
    [{ kind: "left", names: ["alice"] }, "you left @class2024", [{ name: "alice" }]],
    [
      { kind: "added", names: ["bob"], by: "alice" },
      "you added bob to @class2024",
      [{ name: "bob", by: "alice" }],
    ],
    [
      { kind: "removed", names: ["alice"], by: "bob" },
      "bob removed you from @class2024",
      [{ name: "alice", by: "bob" }],
    ],
    [
      { kind: "renamed", name: "@old", by: "bob" },
      "bob renamed @old to @class2024",
      [{ before: "@old", by: "bob" }],
    ],
    [
      { kind: "closed", by: "bob" },
      "bob closed @class2024: nobody can write there any more",
      [{ by: "bob" }],
    ],
    [
      { kind: "admin", names: ["carol"], by: "bob" },
      "bob made carol admin of @class2024",
      [{ name: "carol", by: "bob" }],
    ],
    [
      { kind: "not-admin", names: ["carol"], by: "bob" },
      "bob made carol an ordinary member of @class2024 again",
      [{ name: "carol", by: "bob" }],
    ],
    [
      { kind: "announcement", on: true, by: "bob" },
      "bob made @class2024 an announcement group: only admins write there",
      [{ on: true, by: "bob" }],
    ],
    [
      { kind: "announcement", on: false, by: "bob" },
      "bob let everybody write in @class2024 again",
      [{ on: false, by: "bob" }],
    ],
    [
      { kind: "open", on: true, by: "bob" },
      "bob opened @class2024: anybody in the class may join",
      [{ on: true, by: "bob" }],
    ],
    [
      { kind: "open", on: false, by: "bob" },
      "bob made @class2024 private: its admins add people",
      [{ on: false, by: "bob" }],
    ],
    [
      { kind: "impostor", names: ["bob"] },
      "bob is in @class2024 under another key than you know: it may be somebody else",
      [{ name: "bob" }],
    ],
    [
      { kind: "out" },
      "the server says that you are no longer in @class2024; what led to it has not come",
      [{}],
    ],
    [
      { kind: "attack", by: "mallory" },
      "somebody (mallory) tried to change @class2024 against its rules: it had no effect",
      [{ by: "mallory" }],
    ],
  ];
  for (const [notice, text, objects] of cases)
    test(`${JSON.stringify(notice)} is one line for people, an object for each person for programs`, () => {
      expect(groupNoticeText(notice, CLASS, "alice")).toBe(text);
      const { out, given } = outputs(true);
      tellMessage(out, happened(CLASS, notice), "alice", { own: false });
      expect(given).toEqual(
        objects.map((fields) => ({ type: notice.kind, conversation: CLASS, ...fields, sentAt })),
      );
    });

  test("names the first of many, and never says that there is one other", () => {
    const names = ["ann", "ben", "cem", "dan", "eve"];
    expect([0, 1, 2, 3, 4, 5].map((count) => peopleText(names.slice(0, count)))).toEqual([
      "nobody",
      "ann",
      "ann and ben",
      "ann, ben and cem",
      "ann, ben and 2 others",
      "ann, ben and 3 others",
    ]);
  });

  test("is one's own doing where oneself did it, and an attack never is", () => {
    const mine: readonly GroupNotice[] = [
      { kind: "joined", names: ["alice"] },
      { kind: "removed", names: ["bob"], by: "alice" },
      { kind: "closed", by: "alice" },
    ];
    const others: readonly GroupNotice[] = [
      { kind: "joined", names: ["alice", "bob"] },
      { kind: "added", names: ["alice"], by: "bob" },
      { kind: "attack", by: "alice" },
      { kind: "out" },
    ];
    expect(mine.map((notice) => isOwnDoing(notice, "alice"))).toEqual([true, true, true]);
    expect(others.map((notice) => isOwnDoing(notice, "alice"))).toEqual([false, false, false, false]);
  });

  test("is shown with nothing in it that moves the cursor", () => {
    const notice: GroupNotice = { kind: "added", names: ["b\u001b[2Job"], by: "\u202ecarol" };
    expect(groupNoticeText(notice, "@x\u0007y", "alice")).toBe("carol added b[2Job to @xy");
  });
});

describe("a message in a group", () => {
  const line = (more: Partial<Message>) =>
    messageLine(message("bob", "hi", { conversation: CLASS, ...more })).replace(/^[-0-9]+ [:0-9]+ /, "");
  test("names the group and its sender", () => expect(line({})).toBe("@class2024 bob: hi"));
  test("says who passed it on", () => {
    expect(line({ passedOnBy: "carol" })).toBe("@class2024 bob [passed on by carol]: hi");
    expect(messageObject(message("bob", "hi", { conversation: CLASS, passedOnBy: "carol" }))).toEqual({
      type: "message",
      id: "bob:hi",
      conversation: CLASS,
      sender: "bob",
      text: "hi",
      sentAt,
      queued: false,
      passedOnBy: "carol",
    });
  });
  test("of one's own says how many have it", () => {
    expect(line({ own: true, sender: "alice", state: "accepted", delivered: 2, of: 3 })).toBe(
      "alice to @class2024 [delivered 2 of 3, queued for 1]: hi",
    );
  });
});

test("groups and members are objects of their own", () => {
  expect(groupObject(group(CLASS, { size: 4 }))).toEqual({
    type: "group",
    name: CLASS,
    size: 4,
    open: true,
    announcement: false,
    mine: "member",
  });
  const bob = { type: "member", group: CLASS, name: "bob", admin: false, trust: "pinned", me: false };
  expect(memberObject(CLASS, member("bob"))).toEqual({ ...bob, online: true });
  expect(memberObject(CLASS, { name: "bob", me: false, admin: false, trust: "pinned" })).toEqual(bob);
});

describe("why something is refused", () => {
  const own = ["key-changed", "bad-key", "expired", "yourself", "not-in-group", "admins-only"] as const;
  const reasons: readonly FailureReason[] = [...REFUSAL_CODES, ...own, "announcement"];
  for (const reason of reasons)
    test(`${reason} is one line and one hint, in the chat with what is typed there`, () => {
      const { line, hint, code } = reasonText(reason);
      for (const text of [line, hint]) {
        expect(text).toMatch(/^[^\n]{5,}[^.\n]$/);
        expect(text).toStartWith(text.charAt(0).toLowerCase());
      }
      expect(code).toBeGreaterThan(0);
      expect(troubleOf(reason, "@NAME").hint).not.toMatch(/\0|classchat (groups|users|trust)/);
    });

  test.each([
    ["no-such-group", 5],
    ["forbidden", 5],
    ["admins-only", 5],
    ["announcement", 5],
    ["not-in-group", 1],
    ["key-changed", 4],
  ] as const)("%s ends a command with %d", (reason, code) => expect(reasonText(reason).code).toBe(code));
});

test("a group's name is taken with the @ and without, a conversation's as what it is", () => {
  expect([groupName("team"), groupName("@team"), groupName("ｔｅａｍ")]).toEqual(["team", "team", "team"]);
  expect([conversationName("bob"), conversationName("@team")]).toEqual(["bob", "@team"]);
  for (const typed of ["", "@", "@@team", "te am"]) {
    expect(() => groupName(typed)).toThrow(/^the name /);
    expect(() => conversationName(typed)).toThrow(/^the name /);
  }
});

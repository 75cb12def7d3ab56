// How messages and news look: one table of lines for a terminal without colour, and what colour adds.

import { describe, expect, test } from "bun:test";
import {
  clock,
  historyLines,
  hueOf,
  incomingLines,
  type Look,
  ownLines,
  type Progress,
  progressLines,
} from "../../src/cli/chat-lines.ts";
import {
  hereLine,
  keyChangedLines,
  offlineLines,
  peopleLines,
  verificationLines,
} from "../../src/cli/chat-notices.ts";
import { troubleOf } from "../../src/cli/chat-trouble.ts";
import { cursorAfter, rowsPrinted } from "../../src/cli/chat-rows.ts";
import { message, NOON, person } from "./chat-face.ts";

const plain: Look = { color: false, lines: true };
const colored: Look = { color: true, lines: true };
const oneLine: Look = { color: false, lines: false };
const at = clock(NOON);

describe("a message from somebody", () => {
  test("has its time, its sender and its text", () => {
    expect(incomingLines(plain, message("bob", "hello"), false, "alice")).toBe(`${at} bob: hello`);
  });
  test("of several lines is indented", () => {
    expect(incomingLines(plain, message("bob", "a\nb"), false, "alice")).toBe(`${at} bob: a\n      b`);
  });
  test("of several lines stays one line where each line is an event", () => {
    expect(incomingLines(oneLine, message("bob", "a\nb"), false, "alice")).toBe(`${at} bob: a⏎b`);
  });
  test("that waited says when it was sent", () => {
    const line = incomingLines(plain, message("bob", "hello"), true, "alice");
    expect(line).toBe(`bob (sent Mon 6 Oct ${at}, while you were away): hello`);
  });
  test("under a key that is not the known one is loudly marked, in red", () => {
    const doubtful = message("bob", "send me the key", { trusted: false });
    const [warning, line] = incomingLines(plain, doubtful, false, "alice").split("\n");
    expect(warning).toStartWith("!! NOT from the key of bob that you know");
    expect(line).toBe(`!! bob (${at}): send me the key`);
    for (const row of incomingLines(colored, doubtful, false, "alice").split("\n"))
      expect(row).toStartWith("\u001b[1;31m");
  });
  test("cannot move the cursor, colour the screen or reorder what stands there", () => {
    const nasty = message("b\u001b[2Job\u202e", "\u001b[31mred\u0007\u202egnp\r\nnext");
    expect(incomingLines(plain, nasty, false, "alice")).toBe(`${at} b[2Job: [31mredgnp\n      next`);
  });
});

test("a file is called one, and is not said to be delivered when only its message is", () => {
  const file = { name: "notes.pdf", size: 1_204_224, sha256: "ab".repeat(32) };
  const row = (state: "delivered" | "waiting") =>
    historyLines(
      plain,
      [message("bob", "notes.pdf", { own: true, sender: "alice", file, state })],
      "alice",
    )[1];
  expect(row("delivered")).toBe(`${at} to bob: file notes.pdf (1.2 MB)`);
  expect(row("waiting")).toContain("file notes.pdf (1.2 MB)  · kept here");
});

describe("a message of one's own", () => {
  const line = { to: "bob", text: "hi", sentAt: NOON };
  const shown = (progress: Progress) => ownLines(plain, { ...line, progress });
  const one = { delivered: 0, of: 1 };
  test.each<[Progress, string]>([
    [{ state: "waiting", ...one }, `${at} to bob: hi  · kept here, not on the server yet`],
    [{ state: "accepted", ...one }, `${at} to bob: hi  · accepted`],
    [{ state: "accepted", delivered: 1, of: 3 }, `${at} to bob: hi  · delivered 1 of 3, queued for 2`],
    [{ state: "delivered", delivered: 1, of: 1 }, `${at} to bob: hi  ✓ delivered`],
    [{ state: "delivered", delivered: 3, of: 3 }, `${at} to bob: hi  ✓ delivered 3 of 3`],
  ])("%j", (progress, expected) => expect(shown(progress)).toBe(expected));

  test("that failed says why and what to type", () => {
    const trouble = troubleOf("key-changed", "bob");
    const [first, hint] = shown({ state: "failed", ...one, trouble }).split("\n");
    expect(first).toBe(`${at} to bob: hi  ✗ not sent: ${trouble.line}`);
    expect(hint).toContain("/trust bob");
  });
  test("too far up is told by its first words", () => {
    const long = { to: "bob", text: "one two three four five six seven eight nine", sentAt: NOON };
    const progress: Progress = { state: "delivered", delivered: 1, of: 1 };
    expect(progressLines(plain, { ...long, progress })).toBe(
      '  ✓ delivered to bob: "one two three four five six sev…"',
    );
  });
});

test("history begins each day with its date and shows how far one's own came", () => {
  const later = NOON + 86_400_000;
  const own = { own: true, state: "delivered", delivered: 1, of: 1, conversation: "bob" } as const;
  const lines = historyLines(
    plain,
    [message("bob", "a"), message("alice", "b", own), message("bob", "c", { sentAt: later })],
    "alice",
  );
  expect(lines).toEqual([
    "—— Monday 6 October 2025 ——",
    `${at} bob: a`,
    `${at} to bob: b  ✓ delivered`,
    "—— Tuesday 7 October 2025 ——",
    `${at} bob: c`,
  ]);
});

describe("colour", () => {
  test("is a person's own, whatever the case of the name", () => expect(hueOf("BOB")).toBe(hueOf("bob")));
  test("tells most people apart", () => {
    const names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
    expect(new Set(names.map(hueOf)).size).toBeGreaterThan(3);
  });
});

describe("news", () => {
  test("of a changed key is two red lines with both fingerprints and what to type", () => {
    const lines = keyChangedLines(colored, { name: "bob", pinned: "aaaa", found: "bbbb" });
    expect(lines).toHaveLength(2);
    expect(lines.join(" ")).toMatch(/aaaa.*bbbb.*\/trust bob.*\/verify bob/);
    for (const line of lines) expect(line).toStartWith("\u001b[1;31m");
  });
  test("of being offline says when it is tried again", () => {
    const said = { line: "the connection was lost", hint: "" };
    expect(offlineLines(plain, said, 4_000)[0]).toStartWith(
      "* offline: the connection was lost; trying again in 4 s",
    );
  });
  test("of who is here stays one short line in a large class", () => {
    const names = Array.from({ length: 25 }, (_, i) => `p${i}`);
    expect(hereLine(plain, names)).toEndWith("p19 and 5 more: /users");
  });
  test("of people has those who are here first, with what is known of their keys", () => {
    const lines = peopleLines(plain, [
      person("alice", { me: true }),
      person("bob", { trust: "verified" }),
      person("christina", { trust: "changed" }),
      person("dave", { online: false }),
      person("erin", { online: false, trust: "changed" }),
    ]);
    expect(lines).toEqual([
      "here (3)",
      "  alice      you",
      "  bob        key compared",
      "  christina  KEY CHANGED: /trust christina",
      "away (2)",
      "  dave, erin (KEY CHANGED: /trust erin)",
    ]);
  });
  test("a safety number is three rows of four groups", () => {
    const safetyNumber = Array.from({ length: 12 }, (_, i) => String(10_001 + i)).join(" ");
    const lines = verificationLines(plain, {
      name: "bob",
      trust: "pinned",
      safetyNumber,
      pinned: "aaaa bbbb",
    });
    expect(lines.slice(1, 4)).toEqual([
      "    10001 10002 10003 10004",
      "    10005 10006 10007 10008",
      "    10009 10010 10011 10012",
    ]);
    expect(lines.join("\n")).toContain("aaaa bbbb");
  });
});

describe("rows on a screen of ten columns", () => {
  test.each([
    ["", 1, 0],
    ["123456789", 1, 0],
    ["1234567890", 1, 1],
    ["12345678901", 2, 1],
    ["12345678漢", 1, 1],
    ["123456789漢", 2, 1],
    ["\u001b[1;31m123456789\u001b[0m", 1, 0],
  ])("%j", (text, printed, row) => {
    expect(rowsPrinted(text, 10)).toBe(printed);
    expect(cursorAfter(text, 10).row).toBe(row);
  });
  test("lines add up", () => expect(rowsPrinted("1234567890\n\n12345678901", 10)).toBe(4));
});

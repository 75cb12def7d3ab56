// Whole screens, as a terminal shows them, at 40, 80 and 120 columns: with Chinese, right-to-left text, emoji, and with
// what an attacker would write. GOLDEN=write makes the golden ones anew.

import { afterEach, describe, expect, test } from "bun:test";
import type { Message } from "../../src/client/events.ts";
import { FakeFace, group, happened, message, NOON, person } from "../cli/chat-face.ts";
import { golden } from "./golden.ts";
import { Seat } from "./seat.ts";

process.env["TZ"] = "UTC";

let seat: Seat | undefined;
afterEach(async () => {
  await seat?.leave();
  seat = undefined;
});

const MINUTE = 60_000;
const said = (
  conversation: string,
  from: string,
  text: string,
  position: number,
  more: Partial<Message> = {},
) =>
  message(from, text, {
    conversation,
    id: `${conversation} ${position}`,
    position,
    sentAt: NOON + position * MINUTE,
    own: from === "alice",
    ...more,
  });

/** A class with two conversations and a group, as it might be at noon. */
function lively(): FakeFace {
  const face = new FakeFace();
  face.people = {
    ok: true,
    value: [
      person("alice", { me: true }),
      person("bob", { trust: "verified" }),
      person("carol", { online: false }),
      person("dan", { trust: "unknown" }),
      person("李明"),
    ],
  };
  face.known = { ok: true, value: [group("@class"), group("@maths", { mine: "no" })] };
  face.listed = [
    { name: "bob", unread: 2, mentioned: false, shown: 4, newestAt: NOON },
    { name: "@class", unread: 100, mentioned: true, shown: 0, newestAt: NOON - 1 },
    { name: "carol", unread: 0, mentioned: false, shown: 9, newestAt: NOON - 2 },
  ];
  face.messages = [
    said("bob", "bob", "Is the lab open tomorrow?", 1, { sentAt: NOON - 24 * 60 * MINUTE }),
    said("bob", "alice", "Yes, from nine. Bring the **red** book, see https://example.org/a_b*c*", 2, {
      state: "delivered",
      delivered: 1,
      of: 1,
    }),
    said(
      "bob",
      "bob",
      "漢字とかな、絵文字 👩‍💻👍🏽 und e\u0301 – all of the right width, however long the line is, 漢字漢字漢字",
      3,
    ),
    said("bob", "alice", "not there yet", 4, { state: "accepted", delivered: 0, of: 1 }),
    said("bob", "bob", "שלום עולם, hello مرحبا 123 (x)", 5),
    said("bob", "bob", "ask @alice:\n```\nfor (;;)\n  wait();\n```\nor `make`, *now*", 6),
  ];
  return face;
}

for (const [columns, rows] of [
  [40, 12],
  [80, 24],
  [120, 30],
] as const) {
  describe(`at ${columns} columns`, () => {
    test("a conversation: days, names, what is new, how far one's own messages came", async () => {
      seat = new Seat(lively(), columns, rows);
      await seat.settled();
      golden(seat, `conversation-${columns}`);
    });

    test("a file on its way has a bar above the input, and the conversation goes on", async () => {
      const face = lively();
      seat = new Seat(face, columns, rows);
      await seat.settled();
      const about = { id: "f", conversation: "bob", sender: "alice", way: "out" as const };
      const notes = { ...about, number: 3, name: "lecture notes.pdf", size: 5_000_000 };
      face.emit({ type: "transfer", transfer: { ...notes, state: "sending", done: 0 } });
      seat.pass(1000);
      face.emit({ type: "transfer", transfer: { ...notes, state: "sending", done: 2_100_000 } });
      await seat.press("and meanwhile");
      golden(seat, `file-${columns}`);
      face.emit({ type: "transfer", transfer: { ...notes, state: "taken", done: 5_000_000, got: 1, of: 1 } });
      await seat.settled();
      expect(seat.screen.some((row) => row.includes("█"))).toBe(false);
    });

    test("replies, reactions, edits and deletions stand where their messages do", async () => {
      const face = lively();
      face.messages = [
        said("bob", "alice", "Is the lab open?", 1, {
          reactions: [
            { emoji: "👍", by: "bob" },
            { emoji: "👍", by: "alice" },
            { emoji: "❤️", by: "b\u001b[2Job" },
          ],
        }),
        said("bob", "bob", "from nine, \u202eor so", 2, {
          edited: true,
          replyTo: { id: "bob 1", sender: "alice", own: true, text: "Is the lab \u001b[31mopen?" },
        }),
        said("bob", "bob", "", 3, { deleted: true }),
        said("bob", "alice", "one\ntwo", 4, { edited: true, replyTo: { id: "elsewhere" } }),
        said("bob", "bob", "soon", 5, { replyTo: { id: "bob 4", sender: "alice", own: true, text: "one" } }),
      ];
      seat = new Seat(face, columns, rows);
      await seat.settled();
      golden(seat, `remarks-${columns}`);
      // What is said of a message later changes it where it stands, and where it is quoted.
      const gone = said("bob", "alice", "", 4, { deleted: true });
      face.emit({ type: "changed", message: gone, change: { kind: "deleted", by: "alice", own: true } });
      await seat.settled();
      const shown = seat.screen.join("\n");
      expect(shown).toContain("┌ a deleted message of you");
      expect(shown).not.toContain("two");
      expect(seat.drawn).not.toContain("\u001b[2Job");
    });

    test("what the other one has read differs from what they have, in words and not in colour alone", async () => {
      const face = lively();
      const sent = { state: "delivered", delivered: 1, of: 1 } as const;
      face.messages = [
        said("bob", "alice", "Is the lab open?", 1, { ...sent, read: true }),
        said("bob", "alice", "And the library?", 2, sent),
        said("bob", "bob", "a moment", 3),
        said("bob", "alice", "Thanks!", 4, sent),
      ];
      seat = new Seat(face, columns, rows);
      await seat.settled();
      golden(seat, `read-${columns}`);
      face.emit({ type: "read", conversation: "bob", id: "bob 4", position: 4 });
      await seat.settled();
      expect(seat.screen.filter((row) => row.includes("✓✓ read")).length).toBe(3);
      expect(seat.screen.some((row) => row.includes("delivered"))).toBe(false);
    });

    test("a block of code has rows of its own, and a mark is not torn apart", async () => {
      const face = lively();
      const sent = { state: "delivered", delivered: 1, of: 1 } as const;
      face.messages = [
        said("bob", "alice", "```\nfor (;;)\n  wait();\n```", 1, sent),
        said("bob", "bob", "so:\n```\nx = 1\n```\nthat is all", 2),
        said("bob", "alice", `${"ab ".repeat(7)}c`, 3, sent),
      ];
      seat = new Seat(face, columns, rows);
      await seat.settled();
      golden(seat, `code-${columns}`);
    });

    test("what begins with / has the commands above it, as many as fit", async () => {
      seat = new Seat(lively(), columns, rows);
      await seat.settled();
      await seat.press("/");
      golden(seat, `commands-${columns}`);
      await seat.press("re");
      golden(seat, `commands-re-${columns}`);
    });

    test("the first start says what to do", async () => {
      seat = new Seat(new FakeFace(), columns, rows);
      await seat.settled();
      golden(seat, `first-start-${columns}`);
    });

    test("a changed key is told in red in its conversation, with what to type", async () => {
      const face = lively();
      seat = new Seat(face, columns, rows);
      await seat.settled();
      face.people = { ok: true, value: [person("bob", { trust: "changed" })] };
      face.emit({ type: "key-changed", name: "bob", pinned: "0805 a519", found: "ffff 0000" });
      face.emit({
        type: "message",
        message: said("bob", "bob", "it is me, really", 7, { trusted: false }),
      });
      await seat.settled();
      expect(seat.screen.join("\n")).toContain("/trust bob");
      expect(seat.drawn).toContain("\u001b[1m\u001b[31m!! THE KEY OF bob HAS CHANGED");
      golden(seat, `key-changed-${columns}`);
    });

    test("what others write moves nothing: escapes, controls, bidi overrides, names and all", async () => {
      const face = lively();
      seat = new Seat(face, columns, rows);
      await seat.settled();
      const attacks = [
        "\u001b[2J\u001b[H\u001b]0;owned\u0007\u001b]52;c;b3duZWQ=\u0007 cleared?",
        "\u009b31mC1\u009d0;t\u009c \u202eright to left\u202c \u2066isolate",
        "bell\u0007 back\b\b\b\rreturn \u200bzero\u200bwidth \u{e0041}tags",
        `Zalgo ${"e\u0301\u0302\u0303\u0304\u0305".repeat(6)} end`,
        "\u0301 a lone mark; a tab\tand a long-unbroken-word-that-goes-on-and-on-and-on-".repeat(2),
      ];
      for (const [at, text] of attacks.entries())
        face.emit({ type: "message", message: said("bob", "bob", text, 7 + at) });
      face.emit({ type: "message", message: happened("@class", { kind: "attack", by: "e\u001b[2Jve" }) });
      await seat.settled();
      golden(seat, `attacks-${columns}`);
      for (const escape of ["\u001b[2J", "\u001b]0;", "\u001b]52", "\u009b", "\u202e", "\u0007", "\b"])
        expect(seat.drawn).not.toContain(escape);
    });

    test("help, switcher and search lie over the messages", async () => {
      seat = new Seat(lively(), columns, rows);
      await seat.settled();
      await seat.press("\u001bOP");
      golden(seat, `help-${columns}`);
      await seat.press("\u001b", "\u000b", "l");
      golden(seat, `switcher-${columns}`);
      await seat.press("\u001b", "\u0006", "lab");
      golden(seat, `search-${columns}`);
    });
  });
}

test("nothing but the message text differs between a dark and a light terminal, and NO_COLOR leaves attributes", async () => {
  seat = new Seat(lively());
  await seat.settled();
  const dark = seat.screen;
  await seat.press("\u001b]11;rgb:ffff/ffff/dddd\u0007");
  expect(seat.screen).toEqual(dark);
  expect(seat.drawn).toContain("\u001b[35m"); // yellow could not be read there
});

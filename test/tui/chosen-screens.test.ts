// Whole screens while a message is chosen, answered or put in other words, at 40, 80 and 120 columns, and what an attacker
// would have quoted there. GOLDEN=write makes the golden ones anew.

import { afterEach, describe, expect, test } from "bun:test";
import type { Message } from "../../src/client/events.ts";
import { FakeFace, message, NOON, person } from "../cli/chat-face.ts";
import { golden } from "./golden.ts";
import { Seat } from "./seat.ts";

process.env["TZ"] = "UTC";

const ALT_UP = "\u001b[1;3A";
const [UP, DOWN, ESC] = ["\u001b[A", "\u001b[B", "\u001b"];

let seat: Seat | undefined;
afterEach(async () => {
  await seat?.leave();
  seat = undefined;
});

const said = (from: string, text: string, position: number, more: Partial<Message> = {}) =>
  message(from, text, {
    conversation: "bob",
    id: `b${position}`,
    position,
    sentAt: NOON + position * 60_000,
    own: from === "alice",
    ...more,
  });

function talk(): FakeFace {
  const face = new FakeFace();
  face.people = { ok: true, value: [person("bob", { trust: "verified" }), person("carol")] };
  face.listed = [{ name: "bob", unread: 0, mentioned: false, shown: 99, newestAt: NOON }];
  face.messages = [
    said("alice", "Is the lab open tomorrow?", 1, { state: "delivered", delivered: 1, of: 1 }),
    said("bob", "From nine, I think. 漢字漢字漢字漢字 and bring the red book, not the blue one.", 2, {
      replyTo: { id: "b1", sender: "alice", own: true, text: "Is the lab open tomorrow?" },
      reactions: [{ emoji: "👍", by: "alice" }],
    }),
    said("alice", "```\nfor (;;)\n  wait();\n```\nthanks", 3, { state: "accepted", delivered: 0, of: 1 }),
  ];
  return face;
}

async function sit(...given: ConstructorParameters<typeof Seat>): Promise<Seat> {
  const taken = new Seat(...given);
  await taken.settled();
  return taken;
}

for (const [columns, rows] of [
  [40, 12],
  [80, 24],
  [120, 30],
] as const) {
  describe(`at ${columns} columns`, () => {
    test("the chosen message is pointed at, with the keys for it", async () => {
      seat = await sit(talk(), columns, rows);
      await seat.press("a draft", ALT_UP);
      golden(seat, `chosen-own-${columns}`);
      await seat.press(UP);
      golden(seat, `chosen-${columns}`);
      await seat.press("e");
      golden(seat, `chosen-cannot-${columns}`);
      await seat.press("x");
      golden(seat, `chosen-palette-${columns}`);
      await seat.press("🦊");
      golden(seat, `chosen-palette-typed-${columns}`);
      await seat.press(ESC, DOWN, "d");
      golden(seat, `chosen-delete-${columns}`);
    });

    test("what is answered, or put in other words, stands above what one types", async () => {
      seat = await sit(talk(), columns, rows);
      await seat.press("a draft", ALT_UP, UP, "r");
      golden(seat, `replying-${columns}`);
      await seat.press(ALT_UP, "e");
      golden(seat, `editing-${columns}`);
    });

    test("what others wrote can do no harm there", async () => {
      const face = talk();
      face.messages = [
        said(
          "b\u001b[2Job\u202e",
          "\u001b[31mred\u009b2J \u202ebackwards \u2066 one\ntwo \u0007\u001b]0;owned\u0007",
          1,
        ),
        said("bob", "", 2, {
          file: { name: "\u001b[2J\u202egpj.exe", size: 7, sha256: "" },
          replyTo: { id: "b1", sender: "b\u001b[2Job", text: "\u001b[2Jquoted \u202ewrong" },
        }),
      ];
      seat = await sit(face, columns, rows);
      await seat.press(ALT_UP, "r");
      golden(seat, `replying-file-attack-${columns}`);
      await seat.press(ALT_UP, UP, "r");
      golden(seat, `replying-attack-${columns}`);
      await seat.press(ALT_UP, UP);
      golden(seat, `chosen-attack-${columns}`);
      for (const escape of ["\u001b[2J", "\u001b]0;", "\u009b", "\u202e", "\u0007"])
        expect(seat.drawn).not.toContain(escape);
    });
  });
}

test("without colours the chosen message is told apart by more than a colour", async () => {
  seat = await sit(talk(), 80, 24, false);
  await seat.press(ALT_UP);
  expect(seat.drawn).toContain("\u001b[7m12:03\u001b[27m\u001b[1m▸");
  for (const color of [31, 32, 33, 34, 35, 36, 94, 96]) expect(seat.drawn).not.toContain(`\u001b[${color}m`);
});

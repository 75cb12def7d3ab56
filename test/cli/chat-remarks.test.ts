// What is said about messages, in lines and as JSON: which one is meant, and how it is told.

import { expect, test } from "bun:test";
import { historyLines, type Look } from "../../src/cli/chat-lines.ts";
import { changeLine } from "../../src/cli/chat-notices.ts";
import { meant, remark } from "../../src/cli/chat-remarks.ts";
import type { Output } from "../../src/cli/output.ts";
import { messageLine, messageObject, tellChange } from "../../src/cli/output-messages.ts";
import { Desk } from "./chat-desk.ts";
import { FakeFace, message } from "./chat-face.ts";

process.env["TZ"] = "UTC";

const look: Look = { color: false, lines: true };

function talk(): FakeFace {
  const face = new FakeFace();
  face.messages = [
    message("bob", "first"),
    message("alice", "mine", { conversation: "bob", own: true }),
    message("bob", "second"),
    message("bob", "", { id: "gone", deleted: true }),
    message("alice", "notes.pdf", {
      conversation: "bob",
      own: true,
      file: { name: "notes.pdf", size: 1, sha256: "" },
    }),
  ];
  return face;
}

test("the last message is meant, of the others or one's own, or one so many back; none that is deleted, and to be changed only texts", async () => {
  const face = talk();
  const text = async (...[intent]: [Parameters<typeof meant>[2]]) => (await meant(face, "bob", intent))?.text;
  expect(await text({ do: "reply", back: 1, text: "" })).toBe("second");
  expect(await text({ do: "react", back: 2, emoji: "👍" })).toBe("first");
  expect(await text({ do: "react", back: 3, emoji: "👍" })).toBeUndefined();
  expect(await text({ do: "edit", back: 1, text: "" })).toBe("mine");
  expect(await remark(face, "bob", { do: "delete", back: 2 })).toBe("no-such-message");
});

test("the chat in lines answers, reacts, edits and deletes, and tells what others do", async () => {
  const face = talk();
  const desk = new Desk(face, false);
  desk.type("/msg bob\n/reply yes\n/react 👍\n/edit better\n/delete\n/delete ^2\n");
  await desk.sees(/there is no such message here/);
  expect(face.sent).toMatchObject([{ to: "bob", text: "yes", replyTo: "bob:second" }]);
  expect(face.asked.filter((one) => /^(react|edit|remove)/.test(one))).toEqual([
    "react bob bob:second 👍",
    "edit bob alice:mine better",
    "remove bob alice:mine",
  ]);
  const edited = message("bob", "last \u001b[2Jwords", { edited: true });
  face.emit({ type: "changed", message: edited, change: { kind: "edited", by: "bob", own: false } });
  await desk.sees("* bob edited a message: last [2Jwords");
  face.state("m1", "accepted");
  desk.type("exit\n");
  expect(await desk.left()).toBe(0);
  expect(desk.display.lines.some((line) => line.includes('to bob: (to bob: "second") yes'))).toBe(true);
});

test("what became of a message stands in its line, and is one line where it is news", () => {
  const quoted = { id: "x", sender: "alice", own: true, text: "when?" };
  const reactions = [{ emoji: "👍", by: "alice" }];
  const answer = message("bob", "nine", { replyTo: quoted, edited: true, reactions });
  expect(historyLines(look, [answer], "alice")[1]).toBe(
    '12:00 bob: (to you: "when?") nine (edited)  [👍 alice]',
  );
  const gone = message("bob", "", { deleted: true });
  expect(historyLines(look, [gone], "alice")[1]).toBe("12:00 bob: deleted by bob; others may have kept it");
  expect(messageLine(answer)).toEndWith('bob [to you: "when?", edited, 👍 alice]: nine');
  const undone = { kind: "undone", what: "edit", reason: "announcement" } as const;
  expect(changeLine(look, answer, undone)).toStartWith("* your edit was not sent: only admins write");
});

test("programs are given ids, present states and one object a change", () => {
  const answer = message("bob", "nine", { id: "B", replyTo: { id: "A" }, edited: true });
  expect(messageObject(answer)).toMatchObject({ type: "message", id: "B", replyTo: "A", edited: true });
  const objects: object[] = [];
  const out: Output = {
    json: true,
    print: () => {},
    object: (value) => void objects.push(value),
    note: () => {},
  };
  tellChange(out, answer, { kind: "edited", by: "bob", own: false });
  tellChange(out, answer, { kind: "reaction", by: "carol", own: false, emoji: "👍" });
  tellChange(out, answer, { kind: "reaction", by: "carol", own: false });
  tellChange(out, answer, { kind: "deleted", by: "bob", own: false });
  const about = { id: "B", conversation: "bob", sender: "bob" };
  expect(objects).toEqual([
    { type: "edited", ...about, by: "bob", text: "nine" },
    { type: "reaction", ...about, by: "carol", emoji: "👍" },
    { type: "reaction", ...about, by: "carol", emoji: null },
    { type: "deleted", ...about, by: "bob" },
  ]);
});

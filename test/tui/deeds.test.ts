// What one can rely on of the keys for a chosen message: what is done is done with that one, and what cannot be done is
// said and does nothing.

import { afterEach, expect, test } from "bun:test";
import type { Message } from "../../src/client/events.ts";
import { chosenHelp, intentOf } from "../../src/tui/key-table.ts";
import { person } from "../cli/chat-face.ts";
import { Seat } from "./seat.ts";
import { done, input, Paged, pointed, said, shows, talk } from "./talk.ts";

let seat: Seat | undefined;
afterEach(async () => {
  await seat?.leave();
  seat = undefined;
});

const ALT_UP = "\u001b[1;3A";
const UP = "\u001b[A";
const [ESC, CTRL_C] = ["\u001b", "\u0003"];

async function sit(face = talk(), columns = 80, rows = 24): Promise<Seat> {
  seat = new Seat(face, columns, rows);
  await seat.settled();
  face.asked.length = 0;
  return seat;
}

test("r answers it: what is being written stays, and Esc takes the answering back", async () => {
  const at = await sit();
  await at.press("half a ", ALT_UP, UP, UP, "r");
  expect(shows(at, '↪ to bob: "from nine"')).toBe(true);
  expect(input(at)).toBe("bob> half a");
  await at.press(ESC);
  expect(shows(at, "↪")).toBe(false);
  await at.press(ALT_UP, UP, UP, "r", "word\r");
  expect(at.face.sent).toMatchObject([{ to: "bob", text: "half a word", replyTo: "b2" }]);
  expect(shows(at, "↪")).toBe(false);
  await at.press("and no answer\r");
  expect(at.face.sent.at(-1)).not.toHaveProperty("replyTo");
});

test("a command may be typed while one answers; each conversation remembers what it is about", async () => {
  const face = talk();
  face.people = { ok: true, value: [person("bob", { trust: "verified" })] };
  const at = await sit(face);
  await at.press("/msg carol hi\r", "\u001b1", ALT_UP, UP, UP, "r", "/users\r");
  expect(shows(at, "key compared")).toBe(true);
  await at.press(ESC, "\u001b2");
  expect(shows(at, "↪")).toBe(false);
  await at.press("for carol\r", "\u001b1", "//for bob\r");
  expect(at.face.sent.slice(1)).toMatchObject([
    { to: "carol", text: "for carol" },
    { to: "bob", text: "/for bob", replyTo: "b2" },
  ]);
  expect(at.face.sent[1]).not.toHaveProperty("replyTo");
});

test("e puts it in other words, and what was being written comes back after it", async () => {
  const at = await sit();
  await at.press("a draft", ALT_UP, UP, "e");
  expect(input(at)).toBe("bob> thanks");
  expect(shows(at, '✎ editing "thanks"')).toBe(true);
  await at.press(" so much", ESC);
  expect(input(at)).toBe("bob> a draft");
  await at.press(ALT_UP, UP, "e", "!\r");
  expect(done(at)).toEqual(["edit bob b3 thanks!"]);
  expect(input(at)).toBe("bob> a draft");
  // Unchanged, nothing is sent.
  await at.press(ALT_UP, UP, "e", "\r");
  expect(done(at)).toHaveLength(1);
  await at.press(ALT_UP, UP, "e", CTRL_C);
  expect(input(at)).toBe("bob> a draft");
});

test("d deletes it once it was asked and d has said so; any other key says no and does nothing else", async () => {
  const at = await sit();
  await at.press(ALT_UP, UP, "d");
  expect(shows(at, "d again deletes; others may have kept it")).toBe(true);
  for (const key of ["x", ESC, "\r", UP, "1", "y"]) await at.press(key, "d");
  expect(done(at)).toEqual([]);
  await at.press(ESC, "d", "d");
  expect(done(at)).toEqual(["remove bob b3"]);
  expect(pointed(at)).toBeUndefined();
});

test("d asks anew about another message, whatever moved one there", async () => {
  const face = talk();
  face.messages = Array.from({ length: 60 }, (_, n) => said("alice", `line ${n}`, n + 1));
  const at = await sit(face);
  await at.press(ALT_UP, "d");
  for (let turns = 0; turns < 9; turns++) await at.press("\u001b[<64;40;5M");
  expect(pointed(at)).toBeDefined();
  await at.press("d");
  expect(done(at)).toEqual([]);
  expect(shows(at, "d again deletes")).toBe(true);
});

test("x reacts to it: with one of those offered, with any other, or with none", async () => {
  const at = await sit();
  await at.press(ALT_UP, UP, UP, "x");
  expect(shows(at, "1 👍 2 ❤️")).toBe(true);
  await at.press("2", ALT_UP, "+", "🦊", "\r", ALT_UP, "x0");
  expect(done(at)).toEqual(["react bob b2 ❤️", "react bob b4 🦊", "react bob b4 none"]);
  await at.press(ALT_UP, "x", "abc", "\r");
  expect(shows(at, "One emoji or one letter")).toBe(true);
  await at.press("\u0015", "é1", "\u007f", "\r");
  expect(done(at).at(-1)).toBe("react bob b4 é");
  await at.press(ALT_UP, "x", "1\ufe0f\u20e3", "\r");
  expect(done(at).at(-1)).toBe("react bob b4 1\ufe0f\u20e3");
  expect(input(at)).toBe("bob>");
  expect(at.face.sent).toEqual([]);
});

test("Enter goes to what it answers, also where that is not in memory", async () => {
  const at = await sit();
  await at.press(ALT_UP, UP, UP, "\r");
  expect(pointed(at)).toBe("alice: Is the lab open?");
  await at.press("o");
  expect(shows(at, "It answers no other message.")).toBe(true);
  await at.leave();
  const face = new Paged();
  face.listed = talk().listed;
  face.messages = Array.from({ length: 500 }, (_, n) => said("bob", `line ${n}`, n + 1));
  face.messages.push(said("bob", "yes", 501, { replyTo: { id: "b7", text: "line 6" } }));
  face.messages.push(said("bob", "no", 502, { replyTo: { id: "elsewhere" } }));
  const far = await sit(face);
  await far.press(ALT_UP, "\r");
  await far.settled();
  expect(shows(far, "What it answers is not here.")).toBe(true);
  await far.press(UP, "\r");
  for (let turns = 0; turns < 50 && pointed(far) !== "bob: line 6"; turns++) await far.settled();
  expect(pointed(far)).toBe("bob: line 6");
  // Where it is in memory no more, one writes.
  await far.press("\u001b[1;5F", "read");
  expect(pointed(far)).toBeUndefined();
  expect(shows(far, "bob: no")).toBe(true);
  expect(input(far)).toBe("bob> read");
});

test("y copies its text", async () => {
  const at = await sit();
  await at.press(ALT_UP, UP, "y");
  expect(at.copied).toEqual(["thanks"]);
  expect(shows(at, "Copied")).toBe(true);
});

test("what makes no sense is said in a line, and does nothing", async () => {
  const face = talk();
  face.messages.push(said("alice", "", 5, { deleted: true }));
  const at = await sit(face);
  await at.press(ALT_UP, "r");
  expect(shows(at, "It was deleted")).toBe(true);
  await at.press(UP, "e");
  expect(shows(at, "It tells of a file")).toBe(true);
  await at.press(UP, UP, "d");
  expect(shows(at, "Only your own messages can be changed.")).toBe(true);
  await at.press("zwf", "7", "\t");
  expect(done(at)).toEqual([]);
  expect(input(at)).toBe("bob>");
});

test("that is deleted or edited meanwhile nothing breaks, and one sees it as it is now", async () => {
  const at = await sit();
  const change = (now: Message) =>
    at.face.emit({ type: "changed", message: now, change: { kind: "edited", by: "bob", own: false } });
  await at.press(ALT_UP, UP, UP);
  change(said("bob", "from ten", 2));
  await at.press("r");
  expect(shows(at, '↪ to bob: "from ten"')).toBe(true);
  change(said("bob", "", 2, { deleted: true }));
  await at.settled();
  expect(shows(at, "↪ to a deleted message of bob")).toBe(true);
  await at.press("oh\r");
  expect(at.face.sent).toMatchObject([{ text: "oh", replyTo: "b2" }]);
});

test("a refusal is said where it was asked", async () => {
  const at = await sit();
  at.face.react = async () => ({ ok: false, reason: "no-such-message" });
  await at.press(ALT_UP, "x1");
  expect(at.screen.join(" ")).toMatch(/no .*message/i);
});

test("what is too long is not lost, and stays the answer or the other words that it is", async () => {
  const at = await sit();
  const long = "x".repeat(65 * 1024);
  await at.press(ALT_UP, UP, "r", `\u001b[200~${long}\u001b[201~`, "\r");
  expect(at.face.sent).toEqual([]);
  await at.press("\u0015", "short\r");
  expect(at.face.sent).toMatchObject([{ text: "short", replyTo: "b3" }]);
  at.face.asked.length = 0;
  await at.press(ALT_UP, UP, UP, "e", `\u001b[200~${long}\u001b[201~`, "\r");
  expect(done(at)).toEqual([]);
  await at.press("\u0015", "gracias\r");
  expect(done(at)).toEqual(["edit bob b3 gracias"]);
});

test("each key that the help names for a chosen message is one that works there", () => {
  const keys: Record<string, string> = { Enter: "enter", Esc: "esc", "↑ ↓": "up" };
  for (const [, key] of chosenHelp()) expect(intentOf(keys[key] ?? key, "chosen")).toBeDefined();
});

// Groups in the chat, as somebody at a terminal sees them.

import { expect, test } from "bun:test";
import type { ClientEvent, GroupNotice, Message } from "../../src/client/events.ts";
import { Desk } from "./chat-desk.ts";
import { FakeFace, group, happened, message } from "./chat-face.ts";

const CLASS = "@class2024";

const told = (message: Message): ClientEvent => ({ type: "message", message });
const inClass = (from: string, text: string, more: Partial<Message> = {}): ClientEvent =>
  told(message(from, text, { conversation: CLASS, ...more }));
const noticed = (notice: GroupNotice, more: Partial<Message> = {}): ClientEvent =>
  told(happened(CLASS, notice, more));

async function sitDown(face = new FakeFace()): Promise<Desk> {
  const desk = new Desk(face, true);
  await desk.sees(/^\* (nobody else is here|here now)/);
  return desk;
}

async function leave(desk: Desk): Promise<number> {
  desk.type("\x05\x15");
  desk.type("\x04");
  return desk.left();
}

test("a message of a group names the group and its sender, and is answered there", async () => {
  const desk = await sitDown();
  desk.face.emit(inClass("Student1", "Can we use Python?"));
  await desk.sees("12:00 @class2024 Student1: Can we use Python?");
  await desk.sees("@class2024>");
  desk.type("yes\r");
  await desk.sees("12:00 to @class2024: yes");
  expect(desk.face.sent).toEqual([{ id: "m1", to: CLASS, text: "yes" }]);
  await leave(desk);
});

test("how many have it changes in place", async () => {
  const desk = await sitDown();
  desk.type("@class2024 hello all\r");
  await desk.sees("@class2024>");
  desk.face.state("m1", "accepted", { of: 3 });
  await desk.sees("12:00 to @class2024: hello all  · delivered 0 of 3, queued for 3");
  desk.face.state("m1", "accepted", { delivered: 2, of: 3 });
  await desk.sees("12:00 to @class2024: hello all  · delivered 2 of 3, queued for 1");
  desk.face.state("m1", "delivered", { delivered: 3, of: 3 });
  const lines = await desk.sees("12:00 to @class2024: hello all  ✓ delivered 3 of 3");
  expect(lines.filter((line) => line.includes("hello all"))).toHaveLength(1);
  await leave(desk);
});

test("of a message that is too far up it is only told that all have it", async () => {
  const desk = await sitDown();
  desk.type("@class2024 hello all\r");
  desk.face.state("m1", "accepted", { of: 3 });
  await desk.sees(/queued for 3$/);
  desk.face.emit(inClass("bob", "hi"));
  await desk.sees("12:00 @class2024 bob: hi");
  desk.face.state("m1", "accepted", { delivered: 1, of: 3 });
  desk.face.state("m1", "accepted", { delivered: 2, of: 3 });
  desk.face.state("m1", "delivered", { delivered: 3, of: 3 });
  await desk.sees('  ✓ delivered 3 of 3 to @class2024: "hello all"');
  expect(desk.written).not.toContain("delivered 1 of 3");
  expect(desk.written).not.toContain("delivered 2 of 3");
  await leave(desk);
});

test("what has happened is told in one line each", async () => {
  const desk = await sitDown();
  desk.face.emit(
    noticed({ kind: "joined", names: ["bob", "carol", "dave", "erin", "frank"] }),
    noticed({ kind: "added", names: ["alice"], by: "bob" }),
    noticed({ kind: "attack", by: "mallory" }),
  );
  await desk.sees("* bob, carol and 3 others joined @class2024");
  await desk.sees("* bob added you to @class2024");
  await desk.sees("!! somebody (mallory) tried to change @class2024 against its rules: it had no effect");
  await desk.sees(">"); // it is no message: nobody is answered
  await leave(desk);
});

test("of what happened while away, what one did oneself is no news", async () => {
  const face = new FakeFace();
  face.waiting = [
    happened(CLASS, { kind: "joined", names: ["alice"] }, { position: 1 }),
    happened(CLASS, { kind: "joined", names: ["bob"] }, { position: 2 }),
  ];
  const desk = await sitDown(face);
  const lines = await desk.sees("* bob joined @class2024");
  expect(lines.join()).not.toContain("you joined");
  expect(lines.join()).not.toContain("waited for you");
  expect(face.seen).toEqual(["@class2024 2"]);
  await leave(desk);
});

test("what was passed on says by whom and when it was written, and nobody is answered", async () => {
  const desk = await sitDown();
  const sentAt = Date.UTC(2025, 9, 3, 12, 0);
  desk.face.emit(inClass("carol", "welcome", { sentAt, passedOnBy: "bob" }));
  const lines = await desk.sees("Fri 3 Oct 12:00 @class2024 carol (passed on by bob): welcome");
  expect(lines.some((line) => line.startsWith("——"))).toBe(false);
  await desk.sees(">");
  await leave(desk);
});

test("a sender whose key is not the known one is loud", async () => {
  const desk = await sitDown();
  desk.face.emit(inClass("bob", "send me the answers", { trusted: false }));
  await desk.sees(/^!! NOT from the key of bob that you know/);
  await desk.sees("!! @class2024 bob (12:00): send me the answers");
  await leave(desk);
});

test("who joins goes on in the group, told once, and who leaves does not", async () => {
  const desk = await sitDown();
  const notices = { joined: 1, left: 2 } as const;
  desk.face.outcome = async () => {
    const kind = desk.face.asked.at(-1)?.startsWith("join") === true ? "joined" : "left";
    const own = { own: true, sender: "alice", position: notices[kind] };
    desk.face.emit(noticed({ kind, names: ["alice"] }, own));
    return { ok: true, value: { state: "done", name: CLASS } };
  };
  desk.type("/join CLASS2024\r");
  await desk.sees("* you joined @class2024");
  await desk.sees("@class2024>");
  desk.type("/leave\r");
  await desk.sees("* you left @class2024");
  await desk.sees(">");
  expect(desk.face.asked.slice(-2)).toEqual(["join CLASS2024", "leave class2024"]);
  expect(desk.written.match(/you joined/g)).toHaveLength(1);
  expect(desk.face.seen).toEqual(["@class2024 1", "@class2024 2"]);
  await leave(desk);
});

test("what one did in another command is told here", async () => {
  const desk = await sitDown();
  desk.face.emit(noticed({ kind: "joined", names: ["alice"] }, { own: true, sender: "alice" }));
  await desk.sees("* you joined @class2024");
  await leave(desk);
});

test("who is refused is told why, and is where they were before", async () => {
  const desk = await sitDown();
  desk.type("/msg bob\r");
  await desk.sees("bob>");
  desk.face.outcome = async () => ({ ok: false, reason: "invite-only" });
  desk.type("/join staff\r");
  await desk.sees("* @staff: the group is private: ask one of its admins to add you: /members @staff");
  await desk.sees("bob>");
  await leave(desk);
});

test("what cannot be done yet is kept, and one can go on meanwhile", async () => {
  const desk = await sitDown();
  desk.face.outcome = async () => ({ ok: true, value: { state: "waiting", name: CLASS } });
  desk.type("/join class2024\r");
  await desk.sees(/^\* you are not in @class2024 yet: it is kept and goes on by itself/);
  desk.type("hello\r");
  await desk.sees(/^12:00 to @class2024: hello/);
  await leave(desk);
});

test("a group that is called something else is gone on with under its new name", async () => {
  const desk = await sitDown();
  desk.type("@class2024\r");
  await desk.sees("@class2024>");
  desk.face.emit(told(happened("@class2025", { kind: "renamed", name: CLASS, by: "bob" })));
  await desk.sees("* bob renamed @class2024 to @class2025");
  await desk.sees("@class2025>");
  desk.type("/rename class2026\r");
  await desk.sees("* you renamed @class2025 to @class2026");
  await desk.sees("@class2026>");
  expect(desk.face.asked.at(-1)).toBe('change class2025 {"change":"rename","to":"class2026"}');
  await leave(desk);
});

test("the Tab key completes groups", async () => {
  const face = new FakeFace();
  face.known = { ok: true, value: [group(CLASS)] };
  const desk = await sitDown(face);
  desk.type("@cl");
  desk.type("\t");
  await desk.sees("> @class2024");
  desk.type("\x15/join cla");
  desk.type("\t");
  await desk.sees("> /join @class2024");
  await leave(desk);
});

// What one sees of somebody who writes, and what they see of one's own writing.

import { afterEach, expect, test } from "bun:test";
import { FakeFace, group, person } from "../cli/chat-face.ts";
import { Seat } from "./seat.ts";

let seat: Seat | undefined;
afterEach(async () => {
  await seat?.leave();
  seat = undefined;
});

/** Alice in front of her talk with Bob, who is here; Carol is away. */
async function sit(columns = 80): Promise<Seat> {
  const face = new FakeFace();
  face.people = {
    ok: true,
    value: [person("alice", { me: true }), person("bob"), person("carol", { online: false })],
  };
  seat = new Seat(face, columns);
  await seat.settled();
  await seat.press("/msg bob\r");
  expect(face.typed).toEqual([]);
  return seat;
}

const heading = (at: Seat) => at.screen[0]?.replace(/^.*│ /, "").trimEnd();

for (const columns of [40, 80, 120])
  test(`at ${columns} columns it stands beside the name, moves nothing, and goes by itself`, async () => {
    const at = await sit(columns);
    const before = at.screen;
    at.face.emit({ type: "typing", conversation: "bob", on: true });
    await at.settled();
    expect(heading(at)).toBe("bob · is writing…");
    expect(at.screen.slice(1)).toEqual(before.slice(1));
    at.face.emit({ type: "typing", conversation: "bob", on: false });
    await at.settled();
    expect(at.screen).toEqual(before);
  });

test("it is seen of the one whom one looks at, and not lost while one looks elsewhere", async () => {
  const at = await sit();
  at.face.emit({ type: "typing", conversation: "Carol", on: true });
  await at.settled();
  expect(heading(at)).toBe("bob · here");
  await at.press("/msg carol\r");
  expect(heading(at)).toBe("carol · is writing…");
});

test("whoever is here is told of what one writes to them, once however many keys there are", async () => {
  const at = await sit();
  await at.press("h", "i", " ", "there");
  expect(at.face.typed).toEqual(["bob"]);
  await at.press("\r", "a");
  expect(at.face.typed).toEqual(["bob", "bob"]);
});

test("nobody is told of commands, of what is for somebody else, of empty lines, or of keys that write nothing", async () => {
  const at = await sit();
  await at.press(
    "/users",
    "\u0015",
    "@class hello",
    "\u0015",
    " ",
    "\u0015",
    "\u001b[A",
    "\u0015",
    "\u001b[5~",
  );
  await at.press("\u000bzz", "\u001b");
  expect(at.face.typed).toEqual([]);
});

test("nor is anybody in a group, or who is away", async () => {
  const at = await sit();
  at.face.known = { ok: true, value: [group("@class")] };
  await at.press("/msg carol\r", "are you there?");
  await at.press("\u0015/msg @class\r", "hello all");
  expect(at.face.typed).toEqual([]);
  expect(at.screen.some((row) => row.includes("@class> hello all"))).toBe(true);
});

// What one can rely on when a message is chosen with keys or the mouse: one sees which, and it stays so.

import { afterEach, describe, expect, test } from "bun:test";
import { FakeFace, group, happened, person } from "../cli/chat-face.ts";
import { Seat } from "./seat.ts";
import { input, pointed, said, shows, talk } from "./talk.ts";

let seat: Seat | undefined;
afterEach(async () => {
  await seat?.leave();
  seat = undefined;
});

const ALT_UP = "\u001b[1;3A";
const [UP, DOWN, HOME, END] = ["\u001b[A", "\u001b[B", "\u001b[H", "\u001b[F"];
const PAGE_UP = "\u001b[5~";
const ESC = "\u001b";
const click = (column: number, row: number) => `\u001b[<0;${column};${row}M\u001b[<0;${column};${row}m`;

async function sit(face = talk(), columns = 80, rows = 24): Promise<Seat> {
  seat = new Seat(face, columns, rows);
  await seat.settled();
  face.asked.length = 0;
  return seat;
}

describe("choosing", () => {
  test("begins with the newest and goes over messages alone", async () => {
    const face = talk();
    face.messages.push(
      happened("bob", { kind: "joined", names: ["carol"] }, { id: "n", position: 5 }),
      said("bob", "bye", 6),
    );
    const at = await sit(face);
    await at.press(ALT_UP);
    expect(pointed(at)).toBe("bob: bye");
    await at.press(UP);
    expect(pointed(at)).toBe("alice: file notes.pdf (1 byte)");
    await at.press("k", "k");
    expect(pointed(at)).toBe("bob: from nine");
    await at.press(HOME);
    expect(pointed(at)).toBe("alice: Is the lab open?");
    await at.press(UP, DOWN, "j");
    expect(pointed(at)).toBe("alice: thanks");
    await at.press(END, DOWN);
    expect(pointed(at)).toBe("bob: bye");
    await at.press("q", "quiet");
    expect(pointed(at)).toBeUndefined();
    expect(input(at)).toBe("bob> quiet");
  });

  test("is by Ctrl-↑ and Shift-Tab too, and says so where there is nothing to choose", async () => {
    for (const key of ["\u001b[1;5A", "\u001b[Z"]) {
      const at = await sit();
      await at.press(key);
      expect(pointed(at)).toBe("alice: file notes.pdf (1 byte)");
      await at.leave();
    }
    const at = await sit(new FakeFace());
    await at.press(ALT_UP);
    expect(shows(at, "There is no message here to choose yet.")).toBe(true);
  });

  test("is by two clicks on any of its rows, and on nothing else; a click goes on to another one", async () => {
    const at = await sit();
    const row = at.screen.findIndex((row) => row.includes("┌ you:")) + 1;
    await at.press(click(40, row));
    expect(pointed(at)).toBeUndefined();
    await at.press(click(40, row));
    expect(pointed(at)).toBe("bob: from nine");
    const other = at.screen.findIndex((row) => row.includes("thanks")) + 1;
    await at.press(click(40, other));
    expect(pointed(at)).toBe("alice: thanks");
    const day = at.screen.findIndex((row) => row.includes("────")) + 1;
    await at.press(click(40, day));
    expect(pointed(at)).toBeUndefined();
    await at.press(click(40, row), click(40, row), click(40, 24));
    expect(pointed(at)).toBeUndefined();
  });

  test("is not by a click after which one types: that is written", async () => {
    const at = await sit();
    const row = at.screen.findIndex((row) => row.includes("thanks")) + 1;
    await at.press(click(40, row), "red", click(40, row));
    expect(pointed(at)).toBeUndefined();
    expect(at.screen.some((row) => row.includes("bob> red"))).toBe(true);
  });

  test("is not by the click that only makes the window the one that is typed in", async () => {
    const at = await sit();
    const row = at.screen.findIndex((row) => row.includes("thanks")) + 1;
    await at.press("\u001b[O", `\u001b[I${click(40, row)}`);
    await at.press(click(40, row));
    expect(pointed(at)).toBeUndefined();
    await at.press(click(40, row));
    expect(pointed(at)).toBe("alice: thanks");
  });

  test("leaves no trace when one goes elsewhere by the list, and what is written then is seen", async () => {
    const face = talk();
    face.listed = [...face.listed, { name: "carol", unread: 0, mentioned: false, shown: 99, newestAt: 0 }];
    const at = await sit(face);
    const news = said("bob", "news", 5);
    for (const there of ["\u001b2", click(3, 3), "\u001b1"]) {
      await at.press(ALT_UP, there);
      expect(pointed(at)).toBeUndefined();
      await at.press("\u001b1");
      expect(shows(at, "more below")).toBe(false);
    }
    face.emit({ type: "message", message: news });
    await at.settled();
    expect(shows(at, "bob: news")).toBe(true);
  });

  test("stays on what is seen while one scrolls, and the chosen one is seen wherever it is", async () => {
    const face = talk();
    face.messages = Array.from({ length: 60 }, (_, n) =>
      said("bob", `line ${n} ${"long ".repeat(n % 20)}`, n + 1),
    );
    const at = await sit(face);
    await at.press(ALT_UP);
    for (let n = 58; n >= 0; n--) {
      await at.press(UP);
      expect(pointed(at)).toMatch(new RegExp(`^bob: line ${n}( long|$)`));
    }
    await at.press(END, PAGE_UP);
    expect(pointed(at)).toBeDefined();
    expect(pointed(at)).not.toStartWith("bob: line 59 ");
    await at.press("\u001b[1;5F");
    expect(pointed(at)).toStartWith("bob: line 59 ");
  });

  test("is seen in a window of any size", async () => {
    const face = talk();
    face.messages = Array.from({ length: 30 }, (_, n) =>
      said("bob", `line ${n} ${"long ".repeat(30)}`, n + 1),
    );
    const at = await sit(face, 120, 40);
    await at.press(ALT_UP, UP, UP, UP, UP, UP, UP);
    for (const [columns, rows] of [
      [40, 12],
      [20, 6],
      [80, 24],
      [200, 50],
    ] as const) {
      await at.resize(columns, rows);
      expect(pointed(at)).toStartWith("bob: line 23");
    }
  });

  test("does not let what comes meanwhile push it away, and afterwards one is at the newest again", async () => {
    const face = talk();
    face.messages = Array.from({ length: 30 }, (_, n) => said("bob", `line ${n}`, n + 1));
    const at = await sit(face);
    await at.press(ALT_UP);
    const before = at.screen.slice(1, 20);
    for (let n = 31; n < 40; n++) face.emit({ type: "message", message: said("bob", `news ${n}`, n) });
    await at.settled();
    expect(at.screen.slice(1, 20)).toEqual(before);
    await at.press(ESC);
    expect(shows(at, "news 39")).toBe(true);
    expect(shows(at, "more below")).toBe(false);
  });

  test("ends where one goes elsewhere, or pastes", async () => {
    const at = await sit();
    await at.press("/msg carol hi\r", "\u001b1", ALT_UP, "\u001b2", "r");
    expect(input(at)).toBe("carol> r");
    await at.press("\u001b1", ALT_UP, "\u001b[200~pasted\u001b[201~");
    expect(input(at)).toBe("bob> pasted");
  });
});

test("what was just typed cannot be chosen before it is kept", async () => {
  const face = talk();
  const kept = Promise.withResolvers<{ id: string }>();
  face.send = () => kept.promise;
  seat = new Seat(face);
  await seat.session.drawn();
  await new Promise((resolve) => setImmediate(resolve));
  seat.session.write("bob", "only typed", 0);
  await seat.session.drawn();
  const pressing = seat.press(ALT_UP);
  kept.resolve({ id: "kept" });
  await pressing;
  expect(shows(seat, "alice: only typed")).toBe(true);
  expect(pointed(seat)).toBe("alice: file notes.pdf (1 byte)");
});

test("a reaction to one's own words, or others' new words, in another conversation is marked there quietly", async () => {
  const face = talk();
  face.people = { ok: true, value: [person("bob"), person("carol")] };
  face.known = { ok: true, value: [group("@class")] };
  const at = await sit(face);
  await at.press("/msg carol hi\r");
  const row = () => at.screen.find((row) => row.includes(" bob "));
  expect(row()).not.toContain("*");
  const [own = said("alice", "", 1)] = face.messages;
  const by = (name: string, mine: boolean) => ({
    kind: "reaction" as const,
    by: name,
    own: mine,
    emoji: "👍",
  });
  face.emit({ type: "changed", message: own, change: by("alice", true) });
  await at.settled();
  expect(row()).not.toContain("*");
  face.emit({ type: "changed", message: own, change: by("bob", false) });
  await at.settled();
  expect(row()).toMatch(/bob +\* │/);
  expect(at.rang).toEqual([]);
  await at.press("\u001b1", "\u001b2");
  expect(row()).not.toContain("*");
});

test("Ctrl-Z gives the terminal back, and what happens meanwhile is seen afterwards", async () => {
  const at = await sit();
  await at.press("half", "\u001a");
  expect(at.isOpen).toBe(false);
  const drawn = at.drawn.length;
  at.face.emit({ type: "message", message: said("bob", "meanwhile", 9) });
  await at.settled();
  expect(at.drawn).toHaveLength(drawn);
  await at.resume();
  expect(shows(at, "bob: meanwhile")).toBe(true);
  expect(input(at)).toBe("bob> half");
  await at.press("x");
  expect(input(at)).toBe("bob> halfx");
});

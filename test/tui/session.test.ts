// What one can rely on in front of the full-screen chat: what is typed goes where it should, and nothing is missed.

import { afterEach, describe, expect, test } from "bun:test";
import { HolderGone } from "../../src/cli/attach-connection.ts";
import { StoreFailure } from "../../src/ports.ts";
import { keyHelp } from "../../src/tui/key-table.ts";
import { FakeFace, group, happened, message, person } from "../cli/chat-face.ts";
import { Seat } from "./seat.ts";

let seat: Seat | undefined;
afterEach(async () => {
  await seat?.leave();
  seat = undefined;
});

async function sit(face = new FakeFace(), columns = 80, rows = 24): Promise<Seat> {
  seat = new Seat(face, columns, rows);
  await seat.settled();
  return seat;
}

const click = (column: number, row: number) => `\u001b[<0;${column};${row}M\u001b[<0;${column};${row}m`;
const shows = (at: Seat, text: string) => at.screen.some((row) => row.includes(text));
/** The row one types in, up to the cursor. */
const prompt = (at: Seat) => at.screen[at.cursor[1]]?.replace(/^.*│ /, "").trimEnd();

describe("writing", () => {
  test("goes to whom one sees, is shown at once, and says how far it came", async () => {
    const at = await sit();
    await at.press("/msg bob hello\r");
    expect(at.face.sent.map(({ to, text }) => [to, text])).toEqual([["bob", "hello"]]);
    expect(shows(at, "alice: hello")).toBe(true);
    at.face.state("m1", "delivered", { delivered: 1 });
    await at.settled();
    expect(shows(at, "alice: hello  ✓ delivered")).toBe(true);
    await at.press("again\r");
    expect(at.face.sent.at(-1)).toMatchObject({ to: "bob", text: "again" });
  });

  test("keeps a draft for each conversation", async () => {
    const at = await sit();
    await at.press("/msg bob hi\r", "for bob", "\u000b"); // at the end of a line Ctrl-K goes to somebody else
    await at.press("\u001b", "\u0015", "/msg carol hi\r", "for carol");
    await at.press("\u001b1");
    expect(prompt(at)).toBe("bob>");
    await at.press("for bob", "\u001b2");
    expect(prompt(at)).toBe("carol> for carol");
    await at.press("\u001b1");
    expect(prompt(at)).toBe("bob> for bob");
  });

  test("a message that the disk does not take is not shown as sent, and its words are not lost", async () => {
    const face = new FakeFace();
    const at = await sit(face);
    face.refuse = new StoreFailure("full");
    await at.press("/msg bob precious words\r");
    expect(shows(at, 'NOT kept and not sent to bob: "precious words"')).toBe(true);
    expect(at.hands.unkept).toHaveLength(1);
  });

  test("through another process that has ended is named, and whether that is certain; the end itself is told elsewhere", async () => {
    const face = new FakeFace();
    const at = await sit(face);
    face.refuse = new HolderGone();
    await at.press("/msg bob perhaps\r");
    face.refuse = new HolderGone(true);
    await at.press("surely\r");
    expect(at.hands.unkept).toEqual([
      'perhaps not kept and not sent to bob: "perhaps"',
      'NOT kept and not sent to bob: "surely"',
    ]);
  });

  test("that begins with @ and somebody's name calls them where one is; with a group's it goes there", async () => {
    const face = new FakeFace();
    face.people = { ok: true, value: [person("bob"), person("carol")] };
    face.known = { ok: true, value: [group("@class")] };
    const at = await sit(face);
    await at.press("/msg bob hi\r", "@carol, look\r", "@class hello\r");
    expect(face.sent.map(({ to, text }) => [to, text])).toEqual([
      ["bob", "hi"],
      ["bob", "@carol, look"],
      ["@class", "hello"],
    ]);
  });

  test("to nobody says how one begins, and a command that is none which was meant", async () => {
    const at = await sit();
    await at.press("hello?\r");
    expect(shows(at, "to whom? /msg NAME")).toBe(true);
    await at.press("/usres\r");
    expect(shows(at, "did you mean /users?")).toBe(true);
    expect(at.face.sent).toEqual([]);
  });
});

describe("what others write", () => {
  test("is counted where one does not look, marked where one is named, and seen when one goes there", async () => {
    const at = await sit();
    await at.press("/msg bob hi\r");
    at.face.emit({ type: "message", message: message("carol", "psst", { position: 1 }) });
    at.face.emit({
      type: "message",
      message: message("dan", "all", { conversation: "@class", position: 1 }),
    });
    await at.settled();
    expect(shows(at, "carol")).toBe(true);
    expect(at.screen.find((row) => row.includes(" carol "))).toMatch(/ 1 │/);
    expect(at.rang.map(({ sender }) => sender)).toEqual(["carol"]);
    at.face.emit({
      type: "message",
      message: message("dan", "@Alice!", { conversation: "@class", position: 2 }),
    });
    await at.settled();
    expect(at.screen.find((row) => row.includes("@class"))).toMatch(/!2 │/);
    expect(at.rang).toHaveLength(2);
    at.face.messages = [message("carol", "psst", { position: 1 })];
    await at.press("\u001ba");
    expect(shows(at, "carol: psst")).toBe(true);
    expect(at.face.seen).toContain("carol 1");
    expect(at.screen.find((row) => row.includes(" carol "))).not.toMatch(/ 1 │/);
  });

  test("is not taken as seen while the window is not looked at", async () => {
    const at = await sit();
    await at.press("/msg bob hi\r", "\u001b[O");
    at.face.emit({ type: "message", message: message("bob", "are you there?", { position: 5 }) });
    await at.settled();
    expect(at.face.seen).toEqual([]);
    expect(at.rang).toHaveLength(1);
    await at.press("\u001b[I", "x");
    expect(at.face.seen).toEqual(["bob 5"]);
    expect(shows(at, "──── new ")).toBe(true);
  });

  test("does not move what one is reading further up", async () => {
    const face = new FakeFace();
    face.listed = [{ name: "bob", unread: 0, mentioned: false, shown: 99, newestAt: 1 }];
    face.messages = Array.from({ length: 60 }, (_, n) => message("bob", `line ${n}`, { position: n + 1 }));
    const at = await sit(face);
    await at.press("\u001b[5~");
    const before = at.screen.slice(1, 20);
    face.emit({ type: "message", message: message("bob", "news", { position: 61 }) });
    await at.settled();
    expect(at.screen.slice(1, 20)).toEqual(before);
    expect(shows(at, "news")).toBe(false);
    await at.press("\u001b");
    expect(shows(at, "bob: news")).toBe(true);
  });

  test("in a group that somebody tried to break is marked in red, wherever one looks", async () => {
    const at = await sit();
    await at.press("/msg bob hi\r");
    at.face.emit({
      type: "message",
      message: happened("@class", { kind: "attack", by: "eve" }, { position: 1 }),
    });
    await at.settled();
    expect(at.screen.find((row) => row.includes("@class"))).toMatch(/! │/);
  });
});

describe("commands", () => {
  test("answer over the messages, and any key goes on", async () => {
    const face = new FakeFace();
    face.people = { ok: true, value: [person("alice", { me: true }), person("bob", { trust: "verified" })] };
    const at = await sit(face);
    await at.press("/users\r");
    expect(shows(at, "key compared")).toBe(true);
    await at.press("h");
    expect(shows(at, "key compared")).toBe(false);
    expect(prompt(at)).toBe("> h");
  });

  test("make a group and go there, or say why not", async () => {
    const face = new FakeFace();
    face.known = { ok: true, value: [group("@Class", { mine: "no" })] };
    const at = await sit(face);
    await at.press("/join class\r");
    expect(at.face.asked).toContain("join class");
    expect(prompt(at)).toBe("@Class>");
    face.outcome = async () => ({ ok: false, reason: "group-exists" });
    await at.press("/create physics\r");
    expect(prompt(at)).toBe("@Class>");
    expect(shows(at, "@physics: ")).toBe(true);
  });

  test("verify and trust go through the same questions as in lines", async () => {
    const at = await sit();
    await at.press("/verify bob\r");
    expect(shows(at, "10001 10002 10003 10004")).toBe(true);
    await at.press("\u001b", "/verify bob yes\r");
    expect(at.face.asked).toContain("verified bob");
    expect(shows(at, "marked as compared")).toBe(true);
  });

  test("are completed by Tab, with the choices shown where there are several", async () => {
    const face = new FakeFace();
    face.people = { ok: true, value: [person("bob"), person("bobby"), person("carol")] };
    const at = await sit(face);
    await at.press("/ver\tbo\t");
    expect(prompt(at)).toBe("> /verify bob");
    expect(shows(at, "bob  bobby")).toBe(true);
    await at.press("\u0015", "hello @ca\t");
    expect(prompt(at)).toBe("> hello @carol");
  });

  test("are shown while one is typed: those that it may become, then how it is written; text has none", async () => {
    const at = await sit();
    await at.press("/");
    expect(shows(at, "/msg  /users  /groups")).toBe(true);
    await at.press("RE");
    expect(shows(at, "/reply [^2] TEXT  answer the last message here")).toBe(true);
    expect(shows(at, "/groups")).toBe(false);
    await at.press("\t");
    expect(at.screen.filter((row) => row.includes("/reply")).length).toBe(1);
    await at.press("ply hello");
    expect(shows(at, "/reply [^2] TEXT  answer")).toBe(true);
    expect(shows(at, "/react")).toBe(false);
    for (const text of ["//re", "and /re", "/re\u001b\rx", "/none of them"]) {
      await at.press("\u0015", text);
      expect(shows(at, "answer the last")).toBe(false);
      await at.press("\u0003");
    }
  });
});

test("a click on a name in the list goes there, a click elsewhere nowhere", async () => {
  const at = await sit();
  await at.press("/msg bob hi\r", "/msg carol hi\r");
  await at.press(click(5, 2));
  expect(prompt(at)).toBe("bob>");
  await at.press(click(5, 3), click(40, 2));
  expect(prompt(at)).toBe("carol>");
});

test("what was written in another command is read as soon as it is heard of, and each stands where it belongs", async () => {
  const at = await sit();
  await at.press("/msg bob first\r");
  at.face.messages = [
    message("alice", "from elsewhere", { conversation: "bob", own: true, id: "x", position: 1 }),
  ];
  at.face.emit({ type: "state", id: "x", conversation: "bob", state: "accepted", delivered: 0, of: 1 });
  await at.settled();
  expect(shows(at, "alice: from elsewhere")).toBe(true);
  expect(shows(at, "alice: first")).toBe(true);
});

test("what this screen alone has said stays where it was said, whatever another command writes", async () => {
  const at = await sit();
  await at.press("/msg bob first\r", "/nonsense\r", "second\r");
  const [first, second] = ["first", "second"].map((text, n) =>
    message("alice", text, { conversation: "bob", own: true, id: `m${n + 1}`, position: n + 1 }),
  );
  const other = message("alice", "elsewhere", { conversation: "bob", own: true, id: "x", position: 3 });
  at.face.messages = [first, second, other].filter((one) => one !== undefined);
  at.face.emit({ type: "state", id: "x", conversation: "bob", state: "accepted", delivered: 0, of: 1 });
  await at.settled();
  const told = at.screen.flatMap((row) => /first|no command|second|elsewhere/.exec(row)?.[0] ?? []);
  expect(told).toEqual(["first", "no command", "second", "elsewhere"]);
});

test("what was pasted is seen with its control characters, none of which reaches the terminal", async () => {
  const at = await sit();
  at.drawn = "";
  await at.press("\u001b[200~a\u001b[31mb\u001b]52;c;AA\u0007\u009b7m\u007f\u001b[201~");
  expect(prompt(at)).toBe("> a␛[31mb␛]52;c;AA␇�7m␡");
  expect(at.drawn).not.toContain("\u001b[31m");
});

test("every line of the help is a key that the table knows", async () => {
  const at = await sit(new FakeFace(), 120, 50);
  await at.press("?");
  for (const [, key] of keyHelp()) expect(shows(at, key)).toBe(true);
  await at.press("?");
  expect(prompt(at)).toBe("> ?");
});

test("a window of any size shows something whole", async () => {
  const at = await sit();
  await at.press("/msg bob hello\r", "a line that is being typed");
  for (const [columns, rows] of [
    [40, 12],
    [200, 60],
    [20, 6],
    [81, 9],
    [80, 24],
  ] as const) {
    await at.resize(columns, rows);
    expect(at.screen).toHaveLength(rows);
    expect(at.screen.at(-1)).toMatch(/^ alice/);
  }
  expect(shows(at, "alice: hello")).toBe(true);
});

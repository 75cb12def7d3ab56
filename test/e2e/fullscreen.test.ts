// The full-screen chat in a real terminal: two people talk, find their way, lose the server and get it back; and however
// it ends, the terminal is as it was.

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { ChatTerminal } from "./support/terminal.ts";
import { type Person, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const CTRL_F = "\u0006";
const CTRL_K = "\u000b";
const ESC = "\u001b";
const UP = "\u001b[A";
const PAGE_UP = "\u001b[5~";
const ALT_ENTER = "\u001b\r";
const WHEEL_UP = "\u001b[<64;40;5M";

let world: World;
let server: Serving;
let alice: Person;
let bob: Person;
beforeEach(async () => {
  world = new World();
  server = await world.serve();
  [alice, bob] = await world.people(server, "alice", "bob");
});
afterEach(() => world[Symbol.asyncDispose]());

/** The chat of a person, once it stands. */
async function chat(
  person: Person,
  size = { columns: 90, rows: 24 },
  ...rest: string[]
): Promise<ChatTerminal> {
  const terminal = world.terminal(person.args("chat", ...rest), size);
  await terminal.row(new RegExp(`^ ${person.name}\\b.* · online`));
  return terminal;
}

describe("two people", () => {
  test("talk: what is said, how far it came, who is here and who has left", async () => {
    const one = await chat(alice);
    await one.row(/Welcome, alice\./);
    const two = await chat(bob, { columns: 60, rows: 12 });
    await one.row(/● bob/);
    one.press("/msg bob hello there\r");
    await two.row(/^\d\d:\d\d alice: hello there$/);
    await one.row(/│ \d\d:\d\d alice: hello there {2}✓✓ read$/);
    // Whoever writes first is who one answers.
    await two.until(() => two.beforeCursor === "alice> ");
    two.press("hello back\r");
    await one.row(/│ \d\d:\d\d bob: hello back$/);
    two.press("exit\r");
    expect(await two.ended).toMatchObject({ code: 0 });
    await one.row(/bob · away/);
    one.press("are you there?\r");
    await one.row(/are you there\? {2}· accepted$/);
    expect(await bob.texts()).toEqual(["are you there?"]);
    await one.row(/are you there\? {2}✓ delivered$/);
  });

  test("paste, write several lines, and recall: each is one message", async () => {
    const one = await chat(alice);
    one.press("/msg bob \u001b[200~first\rsecond\u001b[201~\r");
    await one.row(/alice: first$/);
    await one.row(/│ {7}second {2}· accepted$/);
    one.press(`three${ALT_ENTER}four\r`);
    await one.row(/four {2}· accepted$/);
    one.press(UP);
    await one.until(() => one.beforeCursor.endsWith("four"));
    one.press(CTRL_C);
    await one.until(() => one.beforeCursor.endsWith("│ bob> "));
    expect(await bob.texts()).toEqual(["first\nsecond", "three\nfour"]);
  });

  test("complete names, switch by a few letters, make a group and meet in it", async () => {
    const one = await chat(alice);
    const two = await chat(bob);
    await one.row(/● bob/);
    one.press("/ms\t");
    await one.until(() => one.beforeCursor.endsWith("> /msg "));
    one.press("b\thi\r");
    await two.row(/alice: hi$/);
    one.press("/create class\r");
    await one.until(() => one.beforeCursor.endsWith("│ @class> "));
    two.press("/join class\r");
    await two.until(() => two.beforeCursor.endsWith("│ @class> "));
    two.press("here I am, @alice\r");
    await one.row(/bob: here I am, @alice$/);
    one.press(`${CTRL_K}bo\r`);
    await one.until(() => one.beforeCursor.endsWith("│ bob> "));
    two.press("and again, @alice\r");
    await one.row(/@class +!1 │/);
    expect(one.raw).toContain("\u0007"); // it rang
    one.press(`${ESC}a`);
    await one.row(/bob: and again, @alice$/);
    await one.until((rows) => !rows.some((row) => row.includes("!1")));
  });
});

describe("the past", () => {
  test("is paged through with keys and the wheel, searched, and gone to", async () => {
    const lines = Array.from(
      { length: 150 },
      (_, n) => `line ${n + 1} of many${n === 6 ? ", with a needle" : ""}`,
    );
    succeeded(await world.run(alice.args("chat"), { input: `/msg bob ${lines.join("\n")}\n` }));
    const two = await chat(bob);
    await two.row(/alice: line 150 of many$/);
    expect(two.rows.some((row) => row.includes("line 100 "))).toBe(false);
    two.press(WHEEL_UP);
    await two.row(/more below/);
    // What is above is read as one comes to it.
    await two.until((rows) => {
      const isThere = rows.some((row) => row.endsWith("alice: line 1 of many"));
      if (!isThere) two.press(PAGE_UP);
      return isThere;
    });
    two.press(ESC);
    await two.row(/alice: line 150 of many$/);
    two.press(`${CTRL_F}needle`);
    await two.row(/▸ .* alice: line 7 of many, with a needle/);
    two.press("\r");
    await two.row(/│ \d\d:\d\d alice: line 7 of many, with a needle$/);
    two.press("\u001b[1;5F"); // Ctrl-End
    await two.row(/alice: line 150 of many$/);
  });

  test("shows what is new since the last time below a line", async () => {
    await alice.send("bob", "old");
    const two = await chat(bob);
    await two.row(/alice: old$/);
    two.press("exit\r");
    await two.ended;
    await alice.send("bob", "fresh");
    const again = await chat(bob);
    await again.row(/alice: fresh$/);
    const rows = again.rows.map((row) => row.replace(/^.*│ /, ""));
    const mark = rows.findIndex((row) => row.startsWith("──── new "));
    expect(rows[mark - 1]).toMatch(/alice: old$/);
    expect(rows[mark + 1]).toMatch(/alice: fresh$/);
  });
});

test("what is typed before it is there is not lost, and does not stand in its way", async () => {
  const one = world.terminal(alice.args("chat"), { columns: 80, rows: 24 });
  one.press("/users");
  await one.until(() => one.beforeCursor.endsWith("> /users"));
  expect(one.rows[0]).toMatch(/^ Conversations +│ ClassChat$/);
});

test("a change of the window's size leaves nothing behind, down to 40 by 12", async () => {
  const one = await chat(alice, { columns: 120, rows: 30 });
  one.press("/msg bob hello\r");
  await one.row(/alice: hello {2}· accepted$/);
  one.press("half a sentence");
  for (const [columns, rows] of [
    [40, 12],
    [100, 40],
    [79, 13],
    [80, 24],
  ] as const) {
    one.resize(columns, rows);
    await one.until((all) => all.length === rows && /^ alice.*online/.test(all.at(-1) ?? ""));
    await one.until((all) => all.filter((row) => row.includes("half a sentence")).length === 1);
    await one.until((all) => all.filter((row) => row.includes("alice: hello")).length === 1);
    expect(one.rows.some((row) => row.includes("Conversations"))).toBe(columns >= 80);
  }
});

test("without the server it says so, keeps what is written, and sends it when the server is back", async () => {
  const one = await chat(alice);
  server.process.kill("SIGTERM");
  await server.process.ended;
  await one.row(/· OFFLINE: /);
  one.press("/msg bob for later\r");
  await one.row(/alice: for later {2}· kept here, not on the server yet$/);
  // It was said once, where one was then, and is not said again with each try.
  await one.until((rows) => /OFFLINE: no server answers/.test(rows.at(-1) ?? ""));
  expect(one.rows.filter((row) => row.includes("* offline:"))).toHaveLength(0);
  await world.serve({ port: server.port });
  await one.row(/^ alice in ClassChat · online/);
  await one.row(/alice: for later {2}· accepted$/);
  expect(await bob.texts()).toEqual(["for later"]);
});

describe("the end", () => {
  /** Nothing of the screen is left, no mode is left on, and the terminal does its own editing again. */
  function restored(terminal: ChatTerminal): void {
    expect(terminal.cooked).toBe(true);
    for (const mode of ["1049", "2004", "1000", "1006", "1004"]) {
      const last = Math.max(terminal.raw.lastIndexOf(`\u001b[?${mode}l`));
      expect(last).toBeGreaterThan(terminal.raw.lastIndexOf(`\u001b[?${mode}h`));
    }
    expect(terminal.raw.lastIndexOf("\u001b[?25h")).toBeGreaterThan(terminal.raw.lastIndexOf("\u001b[?25l"));
    expect(terminal.raw.lastIndexOf("\u001b[?7h")).toBeGreaterThan(terminal.raw.lastIndexOf("\u001b[?7l"));
    expect(terminal.rows).toEqual([]);
  }

  for (const [what, keys] of [
    ["exit", "exit\r"],
    ["/quit", "/quit\r"],
    ["Ctrl-D", CTRL_D],
    ["Ctrl-C twice", CTRL_C + CTRL_C],
  ] as const) {
    test(`by ${what} gives the terminal back`, async () => {
      const one = await chat(alice);
      expect(one.cooked).toBe(false);
      one.press(keys);
      expect(await one.ended).toMatchObject({ code: 0 });
      restored(one);
    });
  }

  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
    test(`by ${signal} too, and the profile is free for the next`, async () => {
      const one = await chat(alice);
      one.press("half");
      await one.row(/> half$/);
      one.kill(signal);
      expect(await one.ended).toMatchObject({ code: 0 });
      restored(one);
      expect(succeeded(await alice.run("users", "--json")).stdout).toContain('"alice"');
    });
  }

  test("of the window ends the process", async () => {
    const one = await chat(alice);
    one.close();
    expect((await one.ended).code).toBe(0);
    expect(succeeded(await alice.run("users", "--json")).stdout).toContain('"alice"');
  });
});

test("--plain and a dumb terminal have the chat in lines, without a cursor trick", async () => {
  const plain = world.terminal(alice.args("chat", "--plain"));
  await plain.row(/^You are alice/);
  plain.press("exit\r");
  expect(await plain.ended).toMatchObject({ code: 0 });
  const dumb = world.terminal(alice.args("chat"), undefined, { TERM: "dumb" });
  await dumb.row(/^You are alice/);
  dumb.press("exit\r");
  expect(await dumb.ended).toMatchObject({ code: 0 });
  expect(plain.raw + dumb.raw).not.toContain("\u001b[?1049h");
  expect(dumb.raw).not.toContain("\u001b");
});

test("NO_COLOR is honoured, --quiet does not ring, and --notify tells the desktop who wrote, not what", async () => {
  const one = world.terminal(alice.args("chat", "--quiet"), undefined, { NO_COLOR: "1" });
  await one.row(/^ alice.*online/);
  const two = await chat(bob, undefined, "--notify");
  one.press("/create class\r");
  await one.row(/@class/);
  two.press("/join class\r");
  await one.row(/bob joined @class/);
  await alice.run("send", "--to", "bob", "secret");
  await two.row(/○? *● alice +1 │/);
  await two.until(() => two.raw.includes("\u001b]777;notify;ClassChat;alice wrote to you\u0007"));
  expect(two.raw).toContain("\u001b]9;ClassChat: alice wrote to you\u0007");
  two.press("/msg alice hi\r");
  await one.row(/bob +1 │/);
  expect(one.raw.replace("\u001b]11;?\u0007", "")).not.toContain("\u0007");
  for (const color of [31, 32, 33, 34, 35, 36, 94, 96]) expect(one.raw).not.toContain(`\u001b[${color}m`);
});

test.skipIf(process.platform !== "linux")("idle it uses no processor time", async () => {
  const one = await chat(alice);
  await chat(bob);
  await one.row(/● bob/);
  const ticks = () => processorTicks(one.pid);
  await Bun.sleep(500); // what starting up leaves to be done
  const before = ticks();
  await Bun.sleep(2_000);
  expect(ticks() - before).toBeLessThanOrEqual(3);
});

/** utime and stime of a process (proc(5)), in hundredths of a second. */
function processorTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

// The chat on a terminal: what is typed stays whole while news arrives, news is shown once, and the end is an orderly
// one however it comes.

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { ChatTerminal } from "./support/terminal.ts";
import { type Person, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const LEFT = "\u001b[D";

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
async function chat(person: Person, size?: { columns: number; rows: number }): Promise<ChatTerminal> {
  const terminal = world.terminal(person.args("chat", "--plain"), size);
  await terminal.row(new RegExp(`^You are ${person.name}\\b`));
  await terminal.row(/^\* (here now: |nobody else is here now)/);
  return terminal;
}

const count = (terminal: ChatTerminal, pattern: RegExp) =>
  terminal.rows.filter((row) => pattern.test(row)).length;

describe("two people", () => {
  test("see each other come, talk, see how far each message is, and see each other go", async () => {
    const one = await chat(alice);
    await one.row(/^\* nobody else is here now$/);
    const two = await chat(bob);
    await two.row(/^\* here now: alice$/);
    await one.row(/^\* bob is here$/);

    one.press("/msg bob hello there\r");
    await two.row(/^\d\d:\d\d alice: hello there$/);
    await one.row(/^\d\d:\d\d to bob: hello there {2}✓ delivered$/);
    await one.until(() => one.beforeCursor === "bob> ");
    await two.until(() => two.beforeCursor === "alice> ");
    two.press("hello back\r");
    await one.row(/^\d\d:\d\d bob: hello back$/);
    await two.row(/^\d\d:\d\d to alice: hello back {2}✓ delivered$/);
    expect(count(one, /hello there/)).toBe(1); // the line was changed where it stood

    two.press("exit\r");
    expect(await two.ended).toMatchObject({ code: 0 });
    await one.row(/^\* bob has left$/);
    one.press("are you there?\r");
    await one.row(/^\d\d:\d\d to bob: are you there\? {2}· accepted$/);
    expect(await bob.texts()).toEqual(["are you there?"]);
    await one.row(/^\d\d:\d\d to bob: are you there\? {2}✓ delivered$|✓ delivered to bob: "are you there\?"/);
  });

  test("find on return what waited: how many, by whom, and when it was sent", async () => {
    await alice.send("bob", "one");
    await alice.send("bob", "two");
    const two = await chat(bob);
    await two.row(/2 messages waited for you/);
    await two.row(/^alice \(sent \w{3} \d+ \w{3} \d\d:\d\d, while you were away\): two$/);
    expect(count(two, /: (one|two)$/)).toBe(2);
    two.press("exit\r");
    await two.ended;
    const again = await chat(bob);
    expect(count(again, /waited for you|: (one|two)$/)).toBe(0);
  });
});

describe("what is typed", () => {
  test("stays whole, with the cursor where it was, while messages arrive", async () => {
    const two = await chat(bob, { columns: 40, rows: 20 });
    two.press("/msg alice hi\r");
    await two.row(/to alice: hi/);
    const typed = "a long line that goes over the edge of this narrow terminal, 語 too";
    two.press(typed);
    await two.until((rows) => rows.join("").includes("語 too"));
    two.press(LEFT.repeat(3));
    for (const n of [1, 2, 3]) {
      await alice.send("bob", `news ${n}\nof two lines`);
      await two.row(new RegExp(`alice: news ${n}$`));
    }
    two.press("X");
    await two.until((rows) => rows.join("").includes("語 Xtoo"));
    const screen = two.rows;
    const prompt = screen.findLastIndex((row) => row.startsWith("alice> "));
    expect(screen.slice(prompt).join("")).toBe(`alice> ${typed.replace("too", "Xtoo")}`);
    expect(screen.filter((row) => row.startsWith("alice> "))).toHaveLength(1); // drawn once, nothing left behind
    expect(screen.filter((row) => /alice: news \d$/.test(row)).map((row) => row.at(-1))).toEqual([
      "1",
      "2",
      "3",
    ]);
    two.press("\r");
    await two.until((rows) => rows.join("").includes("語 Xtoo  ✓") || rows.join("").includes("accepted"));
    expect(await alice.texts()).toEqual(["hi", typed.replace("too", "Xtoo")]);
  });

  test("outlives a change of the window's size", async () => {
    const two = await chat(bob);
    two.press("half a sentence");
    await two.row(/^> half a sentence$/);
    two.resize(60, 20);
    await alice.send("bob", "meanwhile");
    await two.row(/alice: meanwhile$/);
    await two.until((rows) => (rows.at(-1) ?? "").endsWith("> half a sentence"));
  });

  test("is a command when it begins so, and wrong ones are told in a line", async () => {
    const one = await chat(alice);
    one.press("/help\r");
    for (const command of ["/msg NAME", "/users", "/history", "/search", "/verify", "/trust", "/quit"]) {
      await one.row(new RegExp(`^ {2}${command}`));
    }
    one.press("/usres\r");
    await one.row(/^\* there is no command \/usres; did you mean \/users\?$/);
    one.press("to nobody\r");
    await one.row(/^\* to whom\?/);
    one.press("@class hello\r");
    await one.row(/not sent: you are not in that group/);
    one.press("/msg nobody hello\r");
    await one.row(/not sent: nobody in this class has that name/);
    one.press("/users\r");
    await one.row(/^here \(1\)$/);
    await one.row(/^away \(1\)$/);
    one.press("/verify bob\r");
    await one.row(/^Safety number with bob:$/);
    one.press("exit\r");
    expect(await one.ended).toMatchObject({ code: 0 });
    expect(await bob.texts()).toEqual([]);
  });
});

describe("without the server", () => {
  test("the chat says so once, keeps what is written, and sends it when the server is back", async () => {
    const one = await chat(alice);
    server.process.kill("SIGTERM");
    await server.process.ended;
    await one.row(/^\* offline: the server is shutting down/);
    one.press("/msg bob for later\r");
    await one.row(/to bob: for later {2}· kept here, not on the server yet$/);
    await world.serve({ port: server.port });
    await one.row(/^\* online in ClassChat/);
    await one.row(/to bob: for later {2}· accepted$|accepted for bob: "for later"/);
    expect(count(one, /offline/)).toBe(1);
    expect(await bob.texts()).toEqual(["for later"]);
  });
});

describe("the end", () => {
  const ways: readonly (readonly [string, string])[] = [
    ["exit", "exit\r"],
    ["/quit", "/quit\r"],
    ["Ctrl-D", CTRL_D],
  ];
  for (const [what, keys] of ways) {
    test(`by ${what} is orderly, and the terminal is as it was`, async () => {
      const one = await chat(alice);
      expect(one.cooked).toBe(false);
      one.press(keys);
      expect(await one.ended).toMatchObject({ code: 0 });
      expect(one.cooked).toBe(true);
      expect(one.rows.at(-1)).not.toMatch(/^> ?$/); // no prompt stands there any more
    });
  }

  test("by Ctrl-C takes two of them", async () => {
    const one = await chat(alice);
    one.press(CTRL_C);
    await one.row(/Ctrl-C again/);
    one.press(CTRL_C);
    expect(await one.ended).toMatchObject({ code: 0 });
    expect(one.cooked).toBe(true);
  });

  test("Ctrl-C with something typed takes that away alone", async () => {
    const one = await chat(alice);
    one.press("not this");
    await one.row(/^> not this$/);
    one.press(CTRL_C);
    await one.until((rows) => !rows.some((row) => row.includes("not this")));
    one.press("exit\r");
    expect(await one.ended).toMatchObject({ code: 0 });
  });

  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    test(`by ${signal} is orderly, and the profile is free for the next`, async () => {
      const one = await chat(alice);
      one.press("half");
      await one.row(/^> half$/);
      one.kill(signal);
      expect(await one.ended).toMatchObject({ code: 0 });
      expect(one.cooked).toBe(true);
      expect(succeeded(await alice.run("users", "--json")).stdout).toContain('"alice"');
    });
  }

  test("of the terminal ends it", async () => {
    const one = await chat(alice);
    one.close();
    expect((await one.ended).code).toBe(0);
    expect(succeeded(await alice.run("users", "--json")).stdout).toContain('"alice"');
  });

  test("of the programs that go through it is none of the chat's", async () => {
    const one = await chat(alice);
    await alice.send("bob", "from the second");
    one.press("/history bob\r");
    await one.row(/to bob: from the second {2}· accepted$/);
    one.press("exit\r");
    expect(await one.ended).toMatchObject({ code: 0 });
    expect(await bob.texts()).toEqual(["from the second"]);
  });
});

test("through pipes each line is a message or a command, and each piece of news a line", async () => {
  const input = "/msg bob one\ntwo\n\n/users\n";
  const ended = succeeded(await world.run(alice.args("chat"), { input }));
  expect(ended.stderr).toBe("");
  expect(ended.stdout).not.toContain("\u001b");
  expect(ended.stdout).toMatch(/^\d\d:\d\d to bob: one {2}· accepted$/m);
  expect(ended.stdout).toMatch(/^\d\d:\d\d to bob: two {2}· accepted$/m);
  expect(await bob.texts()).toEqual(["one", "two"]);
});

test("join on a terminal asks for a name and opens the chat", async () => {
  const terminal = world.terminal(["join", "--plain", "--home", `${world.folder}/new`, server.link]);
  await terminal.row(/^Your name in the class: $|^Your name in the class:$/);
  terminal.press("carol\r");
  await terminal.row(/^You are carol in ClassChat\.$/);
  terminal.press("exit\r");
  expect(await terminal.ended).toMatchObject({ code: 0 });
});

test("a passphrase is asked for twice, and is not seen on the screen", async () => {
  const carol = world.person("carol");
  const terminal = world.terminal(carol.args("join", "--plain", "--passphrase", server.link));
  await terminal.row(/^New passphrase:/);
  terminal.press("open sesame\r");
  await terminal.row(/^Once more:/);
  terminal.press("open sesame\r");
  await terminal.row(/^You are carol\b/);
  terminal.press("exit\r");
  expect(await terminal.ended).toMatchObject({ code: 0 });
  expect(terminal.raw).not.toContain("sesame");
  const again = world.terminal(carol.args("users"));
  await again.row(/^Passphrase:/);
  again.press("open sesame\r");
  await again.row(/^carol +online +you$/);
  expect(await again.ended).toMatchObject({ code: 0 });
});

test.skipIf(process.platform !== "linux")("idle, it and the server use no processor time", async () => {
  const one = await chat(alice);
  const two = await chat(bob);
  await one.row(/^\* bob is here$/);
  const pids = [one.pid, two.pid, server.process.pid];
  const ticks = () => pids.map(processorTicks);
  await Bun.sleep(500); // what starting up leaves to be done
  const before = ticks();
  await Bun.sleep(2_000);
  for (const [i, after] of ticks().entries()) expect(after - (before[i] ?? 0)).toBeLessThanOrEqual(3);
});

/** utime and stime of a process (proc(5)), in hundredths of a second. */
function processorTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

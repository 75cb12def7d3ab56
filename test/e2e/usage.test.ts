// Wrong use of the command line: one line says what is wrong, a hint says what to do, the exit code is 2.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import manifest from "../../package.json" with { type: "json" };
import { expectFailure } from "./support/said.ts";
import { type Person, relink, type Serving, World } from "./support/world.ts";

setDefaultTimeout(60_000);

let world: World;
let server: Serving;
let alice: Person;
beforeAll(async () => {
  world = new World();
  server = await world.serve();
  [alice] = await world.people(server, "alice");
});
afterAll(() => world[Symbol.asyncDispose]());

describe("wrong words on the command line", () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["an unknown command", ["frobnicate"], /unknown command 'frobnicate'/],
    ["an unknown option", ["users", "--user", "alice", "--frob"], /unknown option '--frob'/],
    ["no --user", ["users"], /--user/],
    ["no --to", ["send", "--user", "alice", "hello"], /--to/],
    ["a port that is no number", ["serve", "--port", "abc"], /--port.*whole number from 0 to 65535/],
    ["a port beyond the last", ["serve", "--port", "65536"], /--port.*whole number from 0 to 65535/],
    ["a negative port", ["serve", "--port=-1"], /--port.*whole number from 0 to 65535/],
    [
      "a --wait for nothing known",
      ["send", "--user", "alice", "--to", "bob", "--wait", "read", "x"],
      /--wait/,
    ],
    [
      "a --timeout that is no number",
      ["receive", "--user", "alice", "--timeout", "soon"],
      /--timeout.*seconds/,
    ],
    ["a class name of two lines", ["serve", "--name", "a\nb"], /--name/],
    ["too many words", ["users", "--user", "alice", "extra"], /too many arguments/],
    ["an option without its value", ["users", "--user"], /--user/],
    ["a host that is no address here", ["serve", "--port", "0", "--host", "203.0.113.7"], /203\.0\.113\.7/],
    ["a port for a page that is not", ["serve", "--share-port", "1"], /--share-port is of no use without/],
    ["a QR code of nothing", ["serve", "--qr", "--invite-only"], /--qr is of no use with --invite-only/],
    ["a bad --public", ["serve", "--port", "0", "--public", "a b"], /a b is no address/],
  ];
  for (const [what, args, line] of cases) {
    test(`${what} is told`, async () => {
      expectFailure(await world.run(args), 2, line);
    });
  }

  test("no command at all prints the help, and is wrong use", async () => {
    const ended = await world.run([]);
    expect(ended.code).toBe(2);
    expect(ended.stdout + ended.stderr).toContain("classchat join LINK --user alice");
  });
});

describe("help and version", () => {
  test("--version prints the version and nothing else", async () => {
    expect(await world.run(["--version"])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  test("--help names every command, the environment and the exit codes", async () => {
    const { code, stdout, stderr } = await world.run(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const commands =
      "serve join chat send receive users history verify trust invite invites role free-name backup demo".split(
        " ",
      );
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
    for (const word of ["CLASSCHAT_HOME", "CLASSCHAT_USER", "CLASSCHAT_SERVER", "75"]) {
      expect(stdout).toContain(word);
    }
  });

  test("every command has a help of its own", async () => {
    for (const command of ["serve", "send", "receive", "verify"]) {
      const { code, stdout } = await world.run([command, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toStartWith(`Usage: classchat ${command}`);
    }
  });
});

test("demo walks three people through a class, ends by itself and leaves nothing behind", async () => {
  await using place = new World();
  const { code, stdout, stderr } = await place.run(["demo"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("classchat serve");
  expect(readdirSync(place.folder)).toEqual([]);
});

describe("a link", () => {
  const spoilt = (link: string) => link.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  const cases: readonly (readonly [string, (link: string) => string, RegExp])[] = [
    ["with one character mistyped", spoilt, /the link has a mistake in it/],
    ["cut short", (link) => link.slice(0, -5), /the link has a mistake in it/],
    ["with another port in it", (link) => link.replace(/:\d+\//, ":9/"), /the link has a mistake in it/],
    ["of another kind", () => "https://example.org/", /that is not a classchat link/],
    ["that is empty", () => "", /that is not a classchat link/],
  ];
  for (const [what, change, line] of cases) {
    test(`${what} is told, and no profile is made`, async () => {
      const carol = world.person("carol");
      expectFailure(await carol.run("join", change(server.link)), 2, line);
      expectFailure(await carol.run("users"), 2, /there is no profile carol/);
    });
  }

  test("broken over two lines by a terminal is put up with", async () => {
    const dave = world.person("dave");
    await dave.join(`${server.link.slice(0, 40)}\n  ${server.link.slice(40)}`);
  });

  test("of another server does not replace that of a profile", async () => {
    const other = relink(server.link, { pin: new Uint8Array(32) });
    expectFailure(await alice.run("join", other), 4, /belongs to another server/);
    expect(await alice.ask("users")).toMatchObject([{ name: "alice" }, { name: "dave" }]);
  });
});

describe("a profile and a name", () => {
  test("nobody is made by asking", async () => {
    const erin = world.person("erin");
    for (const command of ["users", "receive", "history"]) {
      const ended = await erin.run(command);
      expectFailure(ended, 2, /there is no profile erin on this machine/);
      expect(ended.stderr).toContain("classchat join LINK --user erin");
    }
    expectFailure(await erin.run("send", "--to", "alice", "x"), 2, /there is no profile erin/);
  });

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ["an empty one", " ", /the name is empty/],
    ["a long one", "a".repeat(33), /the name is too long/],
    ["one with a space", "al ice", /characters that a name cannot have/],
    ["a path", "../alice", /characters that a name cannot have/],
    ["one with a terminal's control character", "al\u001b[31mice", /characters that a name cannot have/],
    ["one that is written from right to left", "al\u202eice", /characters that a name cannot have/],
    ["one with a character that is not seen", "al\u200bice", /characters that a name cannot have/],
    ["one of two scripts", "аlice", /mixes letters of several scripts/], // the first letter is Cyrillic
    ["one that looks Latin and is not", "аҺо".toLowerCase(), /mistaken for one in Latin letters/],
  ];
  for (const [what, name, line] of bad) {
    test(`${what} is refused for oneself and for others`, async () => {
      expectFailure(await world.person(name).run("join", server.link), 2, line);
      expectFailure(await alice.run("send", `--to=${name}`, "x"), 2, line);
    });
  }

  test("a message to a group one is not in or to oneself is told to be none", async () => {
    expectFailure(await alice.run("send", "--to", "@class", "x"), 1, /not in that group/);
    expectFailure(await alice.run("send", "--to", "alice", "x"), 2, /that is you/);
    expectFailure(await alice.run("verify", "ALICE"), 2, /that is you/);
  });
});

// `classchat join` without a link, between two machines on a network that leads nowhere: a class is found, its key comes
// from the link or is confirmed, and whoever wants to be quiet is not found.

import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { join } from "node:path";
import { ADDRESSES, canHaveMachines, type Machine, twoMachines } from "./support/networks.ts";
import type { Running } from "./support/running.ts";
import { expectFailure } from "./support/said.ts";
import { objects, World } from "./support/world.ts";

setDefaultTimeout(60_000);

let world: World;
let instructor: Machine;
let student: Machine;
let running: Running[];
beforeAll(async () => {
  if (!canHaveMachines) return;
  world = new World();
  [instructor, student] = await twoMachines(world);
});
afterAll(() => (canHaveMachines ? world[Symbol.asyncDispose]() : undefined));
beforeEach(() => {
  running = [];
});
afterEach(async () => {
  for (const server of running) server.kill("SIGTERM");
  for (const server of running) expect(await server.ended).toMatchObject({ code: 0 });
});

interface Class {
  readonly link: string;
  readonly port: number;
  readonly fingerprint: string;
  readonly process: Running;
}

async function serve(on: Machine, name: string, ...rest: readonly string[]): Promise<Class> {
  const data = join(world.folder, crypto.randomUUID());
  const process = on.classchat("serve", "--port", "0", "--data", data, "--name", name, "--json", ...rest);
  running.push(process);
  await process.until(/^\{"event":"listening".*$/m);
  const [listening] = objects({ stdout: process.printed });
  const { link, port, fingerprint } = listening ?? {};
  return { link: String(link), port: Number(port), fingerprint: String(fingerprint), process };
}

const home = () => ["--home", join(world.folder, crypto.randomUUID())];

describe.skipIf(!canHaveMachines)("join without a link", () => {
  test("lists the classes with address and key, and ends where nobody can choose", async () => {
    const { port, fingerprint } = await serve(instructor, "CSCE 513");
    const { code, stdout, stderr } = await student.run("join", ...home());
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout:
        "Classes on this network, as they call themselves:\n" +
        `1  CSCE 513  ${ADDRESSES[0]}:${port}  key ${fingerprint.slice(0, 19)} …\n`,
      stderr: "join one of them with its link: classchat join LINK --user NAME\n",
    });
  });

  test("on a terminal joins the chosen one with the link", async () => {
    const { link } = await serve(instructor, "CSCE 513");
    const terminal = student.terminal("join", "--plain", "--user", "alice", ...home());
    await terminal.row(/^Which one\? \[1\]/);
    terminal.press("1\r");
    await terminal.row(/^Its link/);
    terminal.press(`${link}\r`);
    await terminal.row(/^You are alice in CSCE 513\.$/);
    terminal.press("exit\r");
    expect(await terminal.ended).toMatchObject({ code: 0 });
  });

  test("does not take the link of one class for another that was found", async () => {
    const real = await serve(instructor, "CSCE 513");
    real.process.kill("SIGTERM");
    await real.process.ended;
    await serve(instructor, "CSCE 513");
    const terminal = student.terminal("join", "--plain", "--user", "alice", ...home());
    await terminal.row(/^Which one\?/);
    terminal.press("1\r");
    await terminal.row(/^Its link/);
    terminal.press(`${real.link}\r`);
    await terminal.row(/^classchat: this link belongs to another server than the CSCE 513 that was found$/);
    expect(await terminal.ended).toMatchObject({ code: 4 });
  });

  test("without the link lets nobody in who is new, even when the key is confirmed", async () => {
    const { fingerprint } = await serve(instructor, "CSCE 513");
    const place = home();
    const terminal = student.terminal("join", "--plain", "--user", "mallory", ...place);
    await terminal.row(/^Which one\?/);
    terminal.press("1\r");
    await terminal.row(/^Its link/);
    terminal.press("\r");
    await terminal.row(new RegExp(`^The key it shows: +${fingerprint}$`));
    terminal.press("y\r");
    await terminal.row(/^classchat: /);
    expect(await terminal.ended).toMatchObject({ code: 5 });
    expectFailure(
      await student.run("users", "--user", "mallory", ...place),
      2,
      /there is no profile mallory/,
    );
  });

  test("finds a class again that has moved to another address, for whoever is in it already", async () => {
    const data = join(world.folder, crypto.randomUUID());
    const before = await serve(instructor, "CSCE 513", "--data", data);
    const place = home();
    expect(await student.run("join", before.link, "--user", "alice", ...place)).toMatchObject({ code: 0 });
    before.process.kill("SIGTERM");
    await before.process.ended;
    await serve(instructor, "CSCE 513", "--data", data);
    const terminal = student.terminal("join", "--plain", "--user", "alice", ...place);
    await terminal.row(/^Which one\?/);
    terminal.press("1\r");
    await terminal.row(/^Its link/);
    terminal.press("\r");
    await terminal.row(/\[y\/N\]/);
    terminal.press("y\r");
    await terminal.row(/^You are alice in CSCE 513\.$/);
    terminal.press("exit\r");
    expect(await terminal.ended).toMatchObject({ code: 0 });
    expect(await student.run("users", "--user", "alice", ...place)).toMatchObject({ code: 0 });
  });

  test("on the server's own machine takes the key's confirmation for a link, and nothing less", async () => {
    await serve(instructor, "CSCE 513");
    for (const [answer, shown, code] of [
      ["n", /^classchat: its key was not confirmed$/, 4],
      ["y", /^You are bob in CSCE 513\.$/, 0],
    ] as const) {
      const terminal = instructor.terminal("join", "--plain", "--user", "bob", ...home());
      await terminal.row(/CSCE 513 .*\(this machine\)/);
      await terminal.row(/^Which one\?/);
      terminal.press("1\r");
      await terminal.row(/\[y\/N\]/);
      terminal.press(`${answer}\r`);
      await terminal.row(shown);
      if (code === 0) terminal.press("exit\r");
      expect(await terminal.ended).toMatchObject({ code });
    }
  });

  test("lists two of one name both, with their keys, and says so", async () => {
    const classes = await Promise.all([serve(instructor, "CSCE 513"), serve(student, "CSCE 513")]);
    const { stdout } = await student.run("join", ...home());
    for (const { fingerprint } of classes) expect(stdout).toContain(`key ${fingerprint.slice(0, 19)} …`);
    expect(stdout).toContain(
      "several are called CSCE 513: compare the key with the one on the instructor's screen",
    );
  });

  test("finds none that is quiet, is for its own machine alone, or has ended", async () => {
    await serve(instructor, "Quiet", "--no-discovery");
    await serve(instructor, "Alone", "--host", "127.0.0.1");
    const ended = await serve(instructor, "Ended");
    ended.process.kill("SIGTERM");
    await ended.process.ended;
    expectFailure(await student.run("join", "--user", "alice"), 3, /no class was found on this network/);
    expectFailure(await instructor.run("join", "--user", "alice"), 3, /no class was found on this network/);
  });

  test("is not to be had where another program keeps the port to itself: that is told once, and the class goes on", async () => {
    const keeper = `require("node:dgram").createSocket("udp4").bind(5353, () => console.log("taken"))`;
    const other = instructor.start([process.execPath, "-e", keeper]);
    await other.until(/taken/);
    const { process: server, link } = await serve(instructor, "CSCE 513");
    await server.until(/^\{"event":"not-announced","level":"warn","reason":"EADDRINUSE"\}$/m);
    expect(await student.run("join", link, "--user", "alice", ...home())).toMatchObject({ code: 0 });
    expect(server.printed.match(/not-announced/g)).toHaveLength(1);
    const { code, stderr } = await instructor.run("join", "--user", "bob", ...home());
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining(
        "the local network could not be asked for classes (EADDRINUSE)\nhint: ",
      ),
    });
    other.kill("SIGKILL");
    await other.ended;
  });

  test("chooses nothing when a number is none, and when the terminal is left", async () => {
    await serve(instructor, "CSCE 513");
    for (const keys of ["2\r", "x\r", "\r", "\u0004"]) {
      const terminal = student.terminal("join", "--plain", "--user", "alice", ...home());
      await terminal.row(/^Which one\?/);
      terminal.press(keys);
      await terminal.row(/^classchat: no class was chosen$/);
      expect(await terminal.ended).toMatchObject({ code: 2 });
    }
  });
});

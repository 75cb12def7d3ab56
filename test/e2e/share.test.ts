// The way of a student: the page is opened, the program fetched and checked by the one command, the class joined by it;
// and whoever asks for more than the page names gets nothing.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executable } from "./support/executable.ts";
import { expectFailure } from "./support/said.ts";
import { objects, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const NAME = "classchat-0.1.0-linux-x64.tar.gz";

let world: World;
let folder: string;
let url: string;
let link: string;
let page: string;
beforeAll(async () => {
  world = new World();
  folder = join(world.folder, "release");
  mkdirSync(folder);
  copyFileSync(executable(), join(world.folder, "classchat"));
  const tar = Bun.spawnSync(["tar", "-czf", join(folder, NAME), "-C", world.folder, "classchat"]);
  if (tar.exitCode !== 0) throw new Error(tar.stderr.toString());
  writeFileSync(join(folder, "server.key"), "not for anybody");
  writeFileSync(join(world.folder, "outside"), "not for anybody");
  symlinkSync(join(world.folder, "outside"), join(folder, "classchat-linux-arm64"));
  const server = world.start(serving("CSCE 513", "--share", folder, "--json"));
  const [line] = await server.until(/^\{"event":"sharing".*$/m);
  const [listening, sharing] = objects({ stdout: server.printed });
  expect(sharing).toEqual({ event: "sharing", url: expect.any(String), builds: [NAME] });
  expect(line).toBe(JSON.stringify(sharing));
  url = String(sharing?.["url"]);
  link = String(listening?.["link"]);
  page = await (await fetch(url, { headers: { "user-agent": "curl/8.14.1" } })).text();
});
afterAll(() => world[Symbol.asyncDispose]());

function serving(name: string, ...rest: readonly string[]): string[] {
  const data = join(world.folder, `data-${name}`);
  const ports = rest.includes("--share-port") || !rest.includes("--share") ? [] : ["--share-port", "0"];
  return ["serve", "--host", "127.0.0.1", "--port", "0", "--data", data, "--name", name, ...ports, ...rest];
}

const onLinux = process.platform === "linux" && Bun.which("curl") !== null && Bun.which("sha256sum") !== null;

test.skipIf(!onLinux)("the one command of the page fetches, checks, unpacks and joins", async () => {
  const place = join(world.folder, "student");
  mkdirSync(place);
  const [command = ""] = /^curl .*$/m.exec(page) ?? [];
  expect(command).toEndWith(`./classchat join ${link}`);
  const env = { ...world.env, CLASSCHAT_USER: "alice", CLASSCHAT_HOME: join(place, "home") };
  const child = Bun.spawn(["sh", "-c", command], {
    cwd: place,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, said] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  expect({ code, said }).toEqual({ code: 0, said: `${NAME}: OK\njoined CSCE 513 as alice\n` });
  expect(readdirSync(place).sort()).toEqual([NAME, "classchat", "home"].sort());
  // Who came by the page talks with who came by the link.
  const bob = world.person("bob");
  await bob.join(link);
  await bob.send("alice", "welcome");
  const alice = world.person("alice", join(place, "home"));
  expect(await alice.texts()).toEqual(["welcome"]);
});

describe("a browser", () => {
  test("gets the page for its system, with the link and the hash of the file itself", async () => {
    const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
    const answer = await fetch(url, { headers: { "user-agent": agent, accept: "text/html,*/*;q=0.8" } });
    const html = await answer.text();
    const hash = new Bun.CryptoHasher("sha256")
      .update(await Bun.file(join(folder, NAME)).bytes())
      .digest("hex");
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(html).toContain("<h2>For you: Linux, x64 · 0.1.0</h2>");
    expect(html).toContain(`<pre>${link}</pre>`);
    expect(html).toContain(hash);
    expect(html).not.toContain("<script");
  });

  test("of a system that the folder has nothing for is told so", async () => {
    const agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0";
    const answer = await fetch(url, { headers: { "user-agent": agent, accept: "text/html" } });
    expect(await answer.text()).toContain("The instructor&#39;s folder has no ClassChat for Windows.");
  });
});

test("a download that broke off is taken up where it ended", async () => {
  const whole = await Bun.file(join(folder, NAME)).bytes();
  const answer = await fetch(url + NAME, { headers: { range: `bytes=${whole.length - 1_000}-` } });
  expect(answer.status).toBe(206);
  expect(await answer.bytes()).toEqual(whole.subarray(-1_000));
});

test.skipIf(Bun.which("curl") === null)("nothing but what the page names is handed out", async () => {
  for (const path of [
    "server.key",
    "../outside",
    "%2e%2e/outside",
    "classchat-linux-arm64",
    "classchat",
    "..%5coutside",
  ]) {
    const child = Bun.spawnSync(["curl", "-s", "-w", "%{http_code}", "--path-as-is", url + path]);
    expect([path, child.stdout.toString()]).toEqual([path, "there is no such file here; see /\n404"]);
  }
});

test("a request of 1 MB is refused, and the class goes on", async () => {
  const { status } = await fetch(url, { method: "POST", body: new Uint8Array(1_000_000) });
  expect(status).toBe(413);
  const long = await fetch(url + "a".repeat(1_000_000)).then(({ status: code }) => code);
  expect(long).toBe(431);
  await world.person("carol").join(link);
});

describe("serve --share", () => {
  test("for people prints the page's address on a line of its own, after the link", async () => {
    const server = world.start(serving("people", "--share", folder));
    await server.until(/^Ctrl-C ends it/m);
    expect(server.printed).toMatch(/^classchat:\/\/127[\s\S]*^http:\/\/127\.0\.0\.1:\d+\/$/m);
    server.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  test("of a folder that is none, that is empty, and on a taken port, is told and nothing is left running", async () => {
    const empty = join(world.folder, "empty");
    mkdirSync(empty);
    const { port } = new URL(url);
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["--share", join(world.folder, "nowhere")], 2, /nowhere is no folder/],
      [["--share", join(world.folder, "outside")], 2, /outside is no folder/],
      [["--share", empty], 2, /there is no classchat for students in .*empty/],
      [["--share", folder, "--share-port", port], 1, new RegExp(`download page: port ${port} is in use`)],
      [["--share", folder, "--share-port", "x"], 2, /--share-port/],
    ];
    for (const [args, code, line] of cases) {
      const ended = await world.run(serving("refused", ...args));
      expect(ended.code).toBe(code);
      expect(ended.stderr).toMatch(line);
      expect(ended.stderr).toContain("hint: ");
    }
  });
});

describe("serve --qr", () => {
  test("prints the code of the link", async () => {
    const server = world.start(serving("qr", "--qr"));
    await server.until(/^Ctrl-C ends it/m);
    expect(server.printed).toContain(" █▀▀▀▀▀█ ");
  });

  test("and --json do not go together", async () => {
    expectFailure(await world.run(["serve", "--qr", "--json"]), 2, /--qr/);
  });
});

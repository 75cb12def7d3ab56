// The instructor copies the data of a running server: a server started from the copy has all that was accepted before,
// and those who had more make it good by themselves.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Running } from "../e2e/support/running.ts";

setDefaultTimeout(60_000);

const main = join(import.meta.dir, "../../src/main.ts");
let folder: string;
let running: Running[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "classchat-backup-"));
  running = [];
});
afterEach(async () => {
  for (const one of running) if (!one.over) one.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): Running {
  const env = {
    HOME: folder,
    TMPDIR: folder,
    PATH: process.env["PATH"] ?? "",
    CLASSCHAT_HOME: join(folder, "home"),
  };
  const one = new Running([process.execPath, main, ...args], { cwd: folder, env });
  running.push(one);
  return one;
}

async function run(...args: readonly string[]) {
  const one = start(...args);
  await one.feed("");
  return one.ended;
}

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

async function serve(data: string) {
  const server = start("serve", "--host", "127.0.0.1", "--port", "0", "--data", data, "--json");
  const [, port] = await server.until(/"event":"listening".*"port":(\d+)/);
  return { server, at: ["--server", `127.0.0.1:${port}`] };
}

function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

const texts = (stdout: string) => Array.from(stdout.matchAll(/"text":"([^"]*)"/g), ([, text]) => text);

test("a copy of a server that is being written to starts, with all that was there at its moment", async () => {
  const data = join(folder, "data");
  const copy = join(folder, "copies", "today");
  const first = await serve(data);
  for (const user of ["alice", "bob"]) {
    const joining = start("chat", "--user", user, ...first.at);
    await joining.feed("");
    expect((await joining.ended).code).toBe(0);
  }
  await done("send", "--user", "alice", "--to", "bob", "before");
  const flood = Array.from({ length: 200 }, (_, i) => `m${i}`);
  const chatting = start("chat", "--user", "alice");
  const fed = chatting.feed(["/msg bob begin", ...flood, ""].join("\n"));
  await chatting.until(/begin/);
  const told = await done("backup", copy, "--data", data);
  expect(told).toContain(`copied to ${copy}`);
  expect(told).toContain(`classchat serve --data ${copy}`);
  await fed;
  expect((await chatting.ended).code).toBe(0);
  first.server.kill("SIGKILL");
  await first.server.ended;

  const second = await serve(copy);
  const all = ["before", "begin", ...flood];
  const had = texts(await done("receive", "--user", "bob", "--json", ...second.at));
  expect(had).toEqual(all.slice(0, had.length));
  expect(had[0]).toBe("before");
  // What alice had been told was accepted after the copy's moment, she sends again by herself.
  await done("send", "--user", "alice", "--to", "bob", "after", ...second.at);
  const rest = texts(await done("receive", "--user", "bob", "--json", ...second.at));
  expect([...had, ...rest]).toEqual([...all, "after"]);
});

test("files that wait for somebody are in the copy, also one that was half sent: it goes on from there", async () => {
  const data = join(folder, "data");
  const copy = join(folder, "copy");
  const first = await serve(data);
  for (const user of ["alice", "bob"]) {
    const joining = start("chat", "--user", user, ...first.at);
    await joining.feed("");
    expect((await joining.ended).code).toBe(0);
  }
  const bytes = { whole: noise(700_000), half: noise(20_000_000) };
  for (const [name, content] of Object.entries(bytes)) writeFileSync(join(folder, name), content);
  await done("send-file", "--user", "alice", "--to", "bob", "whole");
  const sending = start("send-file", "--user", "alice", "--to", "bob", "half");
  const blobs = join(data, "blobs");
  while (readdirSync(blobs).length < 2) await Bun.sleep(1); // what is there of the second is by chance
  await done("backup", copy, "--data", data);
  await sending.ended;
  first.server.kill("SIGKILL");
  await first.server.ended;

  const second = await serve(copy);
  const back = start("receive", "--user", "alice", "--follow", ...second.at);
  const following = start("receive", "--user", "bob", "--follow", "--json", "--files", "got", ...second.at);
  for (const [name, content] of Object.entries(bytes)) {
    await following.until(new RegExp(`"type":"file",.*"name":"${name}"`));
    expect(readFileSync(join(folder, "got", name)).equals(content)).toBe(true);
  }
  back.kill("SIGTERM");
});

test("a folder in use, and data that are not there, are told", async () => {
  const data = join(folder, "data");
  const { server } = await serve(data);
  const full = join(folder, "full");
  mkdirSync(full);
  writeFileSync(join(full, "notes"), "");
  expect(await run("backup", full, "--data", data)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${full} is not empty\nhint: `),
  });
  expect(await run("backup", join(folder, "copy"), "--data", full)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("there is no server's data at"),
  });
  expect(server.over).toBe(false);
});

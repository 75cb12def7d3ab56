// Files that cannot be sent, stored or received as they are: it is said in a line, and the rest goes on.

import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canMount, fill, smallDisk } from "./support/disk.ts";
import { objects, type Person, type Shown, succeeded, World } from "./support/world.ts";

setDefaultTimeout(120_000);

const MB = 1_000_000;

function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** Writes a file where the world's processes are started. */
function put(world: World, name: string, bytes: Uint8Array): string {
  writeFileSync(join(world.folder, name), bytes);
  return name;
}

const sendFile = (person: Person, to: string, ...paths: readonly string[]) =>
  person.run("send-file", "--to", to, "--json", ...paths);

/** What was received, from the objects that `receive --json` printed. */
const received = (shown: readonly Shown[]) => shown.filter(({ type }) => type === "file");

function pathOf(shown: Shown | undefined): string {
  if (typeof shown?.["path"] !== "string") throw new Error(`no path: ${JSON.stringify(shown)}`);
  return shown["path"];
}

test("names that would hide, run, or lead elsewhere are made safe, and links are not followed", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  const names = [
    ".bashrc",
    "exe.\u202efdp.txt",
    "line\nbreak.txt",
    "back\\slash.txt",
    "CON",
    "nul",
    "aux.txt",
    "ends.txt. . ",
    "folder",
    `${"語".repeat(83)}.pdf`,
  ];
  for (const name of names) put(world, name, noise(5));
  const got = join(world.folder, "got");
  mkdirSync(got);
  writeFileSync(join(world.folder, "victim"), "mine");
  symlinkSync(join(world.folder, "victim"), join(got, "bashrc"));
  symlinkSync("/nowhere/at/all", join(got, "_aux.txt"));
  mkdirSync(join(got, "folder"));
  writeFileSync(join(got, names.at(-1) ?? ""), "mine, too");
  succeeded(await sendFile(alice, "bob", ...names));
  const files = received(await bob.ask("receive", "--files", got));
  expect(files.map((file) => pathOf(file).slice(got.length + 1)).sort()).toEqual(
    [
      "_CON",
      "_aux (1).txt",
      "_nul",
      "bashrc (1)",
      "ends.txt",
      "exe.fdp.txt",
      "folder (1)",
      "line break.txt",
      "slash.txt",
      `${"語".repeat(82)} (1).pdf`,
    ].sort(),
  );
  expect(readFileSync(join(world.folder, "victim"), "utf8")).toBe("mine");
});

test("what cannot be sent is told in a line with a hint, and the rest is sent", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  put(world, "good.txt", noise(3));
  mkdirSync(join(world.folder, "folder"));
  const sent = await alice.run("send-file", "--to", "bob", "none.txt", "folder", "/dev/null", "good.txt");
  expect(sent.code).toBe(2);
  expect(sent.stderr).toMatch(/none\.txt was not sent to bob: there is no such file\nhint: /);
  expect(sent.stderr).toMatch(/folder was not sent to bob: that is a folder or a device, not a file\nhint: /);
  expect(sent.stdout).toBe("good.txt (3 bytes) to bob: on the server\n");
  expect(received(await bob.ask("receive"))).toHaveLength(1);
  const nobody = await alice.run("send-file", "--to", "nobody", "good.txt");
  expect([nobody.code, nobody.stderr]).toEqual([
    5,
    expect.stringMatching(/good\.txt was not sent to nobody: .*\nhint: /),
  ]);
});

test.skipIf(!canMount)(
  "no room at the server's: it is said, messages go on, and the file goes when there is",
  async () => {
    await using world = new World();
    const data = smallDisk(world, "disk", 300 * 1024);
    const server = await world.serve({ data });
    const [alice, bob] = await world.people(server, "alice", "bob");
    const makeRoom = fill(data, 200 * 1024 * 1024);
    put(world, "notes.pdf", noise(3 * MB));
    const sending = alice.start("send-file", "--to", "bob", "--timeout", "3", "notes.pdf");
    const kept = await sending.ended;
    expect(kept.code).toBe(75);
    expect(kept.stderr).toMatch(/not all of it is on the server yet: notes\.pdf: .*room.*\nhint: /);
    await alice.send("bob", "hello");
    makeRoom();
    const following = await alice.follow();
    const seat = await bob.follow("--files", join(world.folder, "got"));
    await seat.until(/"type":"file",.*"name":"notes\.pdf"/);
    following.kill("SIGTERM");
  },
);

test.skipIf(!canMount)(
  "no room at the recipient's: it is said, the rest comes, and it goes on when there is",
  async () => {
    await using world = new World();
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    const got = smallDisk(world, "disk", 80 * 1024);
    put(world, "large.bin", noise(30 * MB));
    put(world, "small.bin", noise(1000));
    succeeded(await sendFile(alice, "bob", "large.bin", "small.bin"));
    const first = await bob.ask("receive", "--files", got);
    expect(received(first)).toMatchObject([{ name: "small.bin" }]);
    expect(first.filter(({ type }) => type === "file-state")).toMatchObject([
      { name: "large.bin", state: "failed", reason: "disk-full", number: 1 },
    ]);
    expect(readdirSync(got).filter((name) => !name.endsWith(".part"))).toEqual(["small.bin"]);
    Bun.spawnSync(["mount", "-o", "remount,size=160m", got]);
    const chat = world.terminal(bob.args("chat", "--plain"), { columns: 200, rows: 30 });
    await chat.row(/^You are bob\b/);
    chat.press("/resume 1\r");
    await chat.row(/large\.bin \(30 MB\) from alice: in /);
    expect(readdirSync(got).sort()).toEqual(["large.bin", "small.bin"]);
  },
);

test("a server that takes no larger file says so; a larger one than was agreed is asked for", async () => {
  await using world = new World();
  const process = world.start([
    "serve",
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--data",
    "server",
    "--max-file-size",
    "1MB",
    "--json",
  ]);
  const [line] = await process.until(/^\{"event":"listening".*$/m);
  const { link }: { readonly link: string } = JSON.parse(line);
  const [alice, bob] = await world.people({ link }, "alice", "bob");
  put(world, "large.bin", noise(MB + 1));
  const large = await sendFile(alice, "bob", "large.bin");
  expect([large.code, objects(large)]).toMatchObject([5, [{ state: "failed", reason: "too-large-file" }]]);
  put(world, "asked.bin", noise(MB));
  succeeded(await sendFile(alice, "bob", "asked.bin"));
  expect(await bob.ask("receive", "--auto-accept", "10KB")).toMatchObject([
    { type: "file-state", state: "offered", name: "asked.bin", number: 1 },
  ]);
  const chat = world.terminal(bob.args("chat", "--plain"), { columns: 100, rows: 30 });
  await chat.row(/^You are bob\b/);
  chat.press("/files\r");
  await chat.row(/1 {2}asked\.bin \(1\.0 MB\) from alice: waits for your word/);
  chat.press("/accept 1\r");
  await chat.row(/asked\.bin \(1\.0 MB\) from alice: in .*asked\.bin/);
});

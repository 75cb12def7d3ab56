// Files with the executable: any size, whoever is killed in the middle, never a wrong byte.

import { expect, setDefaultTimeout, test } from "bun:test";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { proxy } from "./support/proxy.ts";
import { objects, type Person, relink, type Serving, type Shown, succeeded, World } from "./support/world.ts";

setDefaultTimeout(120_000);

const MB = 1_000_000;

function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

const hash = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

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

/** Resolves when there is nothing in the folder any more. */
async function emptied(folder: string): Promise<void> {
  const watcher = watch(folder);
  try {
    while (readdirSync(folder).length > 0) await once(watcher, "change");
  } finally {
    watcher.close();
  }
}

test("several files at once, empty ones too, wait for whoever is away and lie in the downloads", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  const contents = new Map([
    ["empty.txt", new Uint8Array(0)],
    ["one.txt", noise(1)],
    ["notes.pdf", noise(3 * MB)],
  ]);
  const names = [...contents].map(([name, bytes]) => put(world, name, bytes));
  const sent = objects(succeeded(await sendFile(alice, "bob", ...names)));
  expect(sent).toMatchObject(
    [...contents].map(([name, bytes]) => ({
      type: "sent",
      state: "accepted",
      name,
      size: bytes.length,
      sha256: hash(bytes),
    })),
  );
  const got = received(await bob.ask("receive"));
  expect(got.map(({ name }) => name).sort()).toEqual(names.toSorted());
  for (const file of got) {
    const bytes = contents.get(String(file["name"])) ?? new Uint8Array(0);
    const path = pathOf(file);
    expect(path).toBe(join(bob.folder, "downloads", String(file["name"])));
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(file).toMatchObject({ conversation: "alice", sender: "alice", sha256: hash(bytes) });
  }
  // The server lets go of what everybody has.
  await emptied(join(server.data, "blobs"));
  expect(succeeded(await sendFile(alice, "bob", "one.txt")).code).toBe(0);
  expect(pathOf(received(await bob.ask("receive"))[0])).toBe(join(bob.folder, "downloads", "one (1).txt"));
});

test("a group of four: each has it, and the sender waits until they do", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob, carol, dave] = await world.people(server, "alice", "bob", "carol", "dave");
  const groups = (person: Person, ...args: readonly string[]) =>
    world.run(["groups", ...args, "--home", person.home, "--user", person.name]);
  succeeded(await groups(alice, "create", "class"));
  const others = [bob, carol, dave];
  for (const one of others) succeeded(await groups(one, "join", "class"));
  const bytes = noise(MB);
  put(world, "notes.pdf", bytes);
  const following = await Promise.all(others.map((one) => one.follow()));
  const sent = alice.run("send-file", "--to", "@class", "--wait", "delivered", "--json", "notes.pdf");
  expect(objects(succeeded(await sent))).toMatchObject([{ state: "delivered", delivered: 3, of: 3 }]);
  for (const running of following) {
    const [line] = await running.until(/^\{"type":"file".*$/m);
    const file: Shown = JSON.parse(line);
    expect(file).toMatchObject({ conversation: "@class", sender: "alice" });
    expect(readFileSync(pathOf(file)).equals(bytes)).toBe(true);
  }
});

/** Kills whoever it is to be when so many bytes have passed on somebody's wire; more than once, if there are more. */
function killing(port: number, moments: readonly number[], kill: () => void): ReturnType<typeof proxy> {
  const left = moments.slice();
  return proxy(port, (_, bytes) => {
    if (bytes < (left[0] ?? Number.POSITIVE_INFINITY)) return;
    left.shift();
    kill();
  });
}

const BIG = noise(50 * MB);

async function again(world: World, { process, port, data }: Serving): Promise<Serving> {
  await process.ended;
  return world.serve({ port, data });
}

test("the server is killed again and again while 50 MB are sent and received: both go on by themselves", async () => {
  await using world = new World();
  let server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  put(world, "big.bin", BIG);
  let back: Promise<unknown> = Promise.resolve();
  let kills = 0;
  const wire = killing(server.port, [6 * MB, 30 * MB], () => {
    const killed = server;
    killed.process.kill("SIGKILL");
    kills += 1;
    back = back.then(async () => (server = await again(world, killed)));
  });
  world.defer(() => wire.close());
  const through = relink(server.link, { port: wire.port });
  const following = await bob.follow();
  const sent = await alice.run(
    "send-file",
    "--server",
    through,
    "--to",
    "bob",
    "--wait",
    "delivered",
    "--timeout",
    "90",
    "--json",
    "big.bin",
  );
  await back;
  expect(kills).toBe(2);
  expect(objects(succeeded(sent))).toMatchObject([{ state: "delivered", delivered: 1, of: 1 }]);
  const [line] = await following.until(/^\{"type":"file".*$/m);
  const file: Shown = JSON.parse(line);
  expect(readFileSync(pathOf(file)).equals(BIG)).toBe(true);
});

test("the sender is killed in the middle: the next command of the same person sends the rest", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  put(world, "big.bin", BIG);
  const passed: number[] = [];
  for (const command of [
    ["send-file", "--to", "bob", "big.bin"],
    ["receive", "--follow"],
  ]) {
    const sending: { kill(signal: NodeJS.Signals): void }[] = [];
    const wire = killing(server.port, [15 * MB], () => sending[0]?.kill("SIGKILL"));
    const through = relink(server.link, { port: wire.port });
    const running = world.start([...command, "--home", alice.home, "--user", "alice", "--server", through]);
    sending.push(running);
    expect((await running.ended).code).toBe("SIGKILL");
    passed.push(wire.recorded().length);
    wire.close();
  }
  const wire = proxy(server.port);
  world.defer(() => wire.close());
  const last = alice.start("receive", "--follow", "--server", relink(server.link, { port: wire.port }));
  const following = await bob.follow("--files", join(world.folder, "got"));
  await following.until(/"name":"big\.bin".*"path"/);
  expect(readFileSync(join(world.folder, "got", "big.bin")).equals(BIG)).toBe(true);
  last.kill("SIGTERM");
  // Not twice what was missing: what was there after each end was not sent again, but for what was on its way.
  passed.push(wire.recorded().length);
  expect(passed.reduce((sum, bytes) => sum + bytes)).toBeLessThan(BIG.length + 12 * MB);
});

test("the receiver is killed in the middle: the next command goes on from there, and nothing half is left", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  put(world, "big.bin", BIG);
  succeeded(await sendFile(alice, "bob", "big.bin"));
  const passed: number[] = [];
  for (const moment of [10 * MB, 20 * MB]) {
    const receiving: { kill(signal: NodeJS.Signals): void }[] = [];
    const wire = killing(server.port, [moment], () => receiving[0]?.kill("SIGKILL"));
    const through = relink(server.link, { port: wire.port });
    const running = bob.start("receive", "--follow", "--server", through);
    receiving.push(running);
    expect((await running.ended).code).toBe("SIGKILL");
    passed.push(wire.recorded().length);
    wire.close();
    const half = readdirSync(join(bob.folder, "downloads"));
    expect(half.every((name) => /^\.classchat-\w+\.part$/.test(name))).toBe(true);
  }
  const wire = proxy(server.port);
  world.defer(() => wire.close());
  const rest = await bob.ask("receive", "--server", relink(server.link, { port: wire.port }));
  expect(readFileSync(pathOf(received(rest)[0])).equals(BIG)).toBe(true);
  expect(readdirSync(join(bob.folder, "downloads"))).toEqual(["big.bin"]);
  passed.push(wire.recorded().length);
  expect(passed.reduce((sum, bytes) => sum + bytes)).toBeLessThan(BIG.length + 12 * MB);
});

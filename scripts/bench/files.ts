// Files through three programs as people run them: sender → server (durable) → recipient (durable, hash compared), beside a
// copy with its hash, and beside a bare pipe of TLS with encryption. bun scripts/bench/files.ts [--quick]

import { join } from "node:path";
import { type AttachedFace, attachFace } from "../../src/cli/attach-dial.ts";
import { socketPath } from "../../src/cli/attach-path.ts";
import type { ClientEvent } from "../../src/client/events.ts";
import type { Transfer } from "../../src/client/transfer-view.ts";
import { CHUNK } from "../../src/domain/chunks.ts";
import { inOrder } from "../../src/files/in-order.ts";
import { fileKey } from "../../src/files/sealing.ts";
import { TLS_1_3 } from "../../src/net/tls-link.ts";
import { syncPath } from "../../src/store/private-files.ts";
import { sockets, traffic } from "./file-traffic.ts";
import { type Figure, figure, median, type Options, printFigures, printTable, quantile } from "./report.ts";
import { onStage, type Serving, type Stage } from "./stage.ts";
import { residentKib } from "./usage.ts";

const MB = 1_000_000;
/** Messages sent while a file is on its way, one each so many ms. */
const SAY_EVERY = 20;
const GROUP = 30;

interface Person {
  readonly name: string;
  readonly pid: number;
  readonly face: AttachedFace;
  readonly stop: () => Promise<void>;
}

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const server = await stage.classchat();
    const [alice, bob] = [await sit(stage, server, "alice"), await sit(stage, server, "bob")];
    const big = quick ? 100 * MB : 1000 * MB;
    const sizes = [1000, 10 * MB, big];
    const rows: string[][] = [];
    let rate = 0;
    let bare = 0;
    for (const size of sizes) {
      const rounds = size === big ? 1 : size === 1000 && !quick ? 100 : 10;
      const path = await make(stage, size);
      const [ours, copied, piped] = [[], [], []] as [number[], number[], number[]];
      for (let round = 0; round < rounds; round++) {
        ours.push(await transfer(alice, bob, path));
        if (round >= 10) continue;
        copied.push(copy(stage, path));
        piped.push(await pipe(stage, path, size));
      }
      const speed = (times: readonly number[]) => size / MB / (median(times) / 1000);
      [rate, bare] = [speed(ours), speed(piped)];
      rows.push([
        size < MB ? `${size / 1000} KB` : `${size / MB} MB`,
        figure(1000 / median(ours)),
        ...[ours, copied, piped].map((times) => figure(speed(times))),
      ]);
    }
    printTable("Files, medians", [
      ["", "transfers/s", "MB/s", "cp + sha256sum", "bare TLS pipe, sealed"],
      ...rows,
    ]);
    const { latencies, grown } = await during(stage, server, alice, bob, quick ? 200 * MB : 2000 * MB);
    const group = await toMany(stage, server, alice, quick ? 20 * MB : 100 * MB);
    for (const person of [alice, bob]) await person.stop();
    await server.stop();
    const p99 = quantile(latencies, 0.99);
    const most = Math.max(...grown.values());
    return [
      {
        name: `a file of ${big / MB} MB, from disk to disk`,
        value: `${figure(rate)} MB/s`,
        aim: { text: "≥ 150 MB/s", met: rate >= 150 },
      },
      {
        name: "… beside a bare TLS pipe with encryption",
        value: `${figure(bare / rate)} ×`,
        aim: { text: "≤ 2 ×", met: bare / rate <= 2 },
      },
      {
        name: "a message during a transfer at full speed, send to shown",
        value: `p50 ${figure(median(latencies))} ms, p99 ${figure(p99)} ms, most ${figure(Math.max(...latencies))} ms`,
        aim: { text: "p99 ≤ 100 ms", met: p99 <= 100 },
      },
      {
        name: "memory beyond idle",
        value: [...grown].map(([name, mib]) => `${name} ${figure(mib)} MiB`).join(", "),
        aim: { text: "≤ 100 MiB each", met: most <= 100 },
      },
      { name: `one file to a group of ${GROUP}`, value: group },
    ];
  });
}

/** Somebody whose program runs and through whom others may go. */
async function sit(stage: Stage, { port }: Serving, name: string): Promise<Person> {
  const program = await stage.executable();
  const who = ["--home", join(stage.folder, "homes"), "--user", name];
  const at = ["--server", `127.0.0.1:${port}`];
  const made = Bun.spawnSync([program, "chat", ...who, ...at], {
    stdin: new Uint8Array(0),
    stderr: "ignore",
  });
  if (made.exitCode !== 0) throw new Error(`${name} was not let in`);
  const child = Bun.spawn([program, "receive", "--follow", "--json", "--auto-accept", "8GiB", ...who], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  for (;;) {
    const attached = await attachFace(socketPath(join(stage.folder, "homes", name)), "0.1.0").catch(
      () => undefined,
    );
    if (attached?.ok !== true) {
      await Bun.sleep(20);
      continue;
    }
    const { face } = attached;
    const isOnline = async () => (await face.status()).state === "online";
    while (!(await isOnline())) await Bun.sleep(20);
    const stop = async () => {
      await face.close();
      child.kill("SIGTERM");
      await child.exited;
    };
    return { name, pid: child.pid, face, stop };
  }
}

async function make(stage: Stage, size: number): Promise<string> {
  const path = join(stage.folder, `file-${size}`);
  const file = Bun.file(path).writer();
  for (let left = size; left > 0; left -= MB) {
    const bytes = new Uint8Array(Math.min(MB, left));
    for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    await file.write(bytes);
    await file.flush();
  }
  await file.end();
  // What was written a while ago is what is sent: the system must not begin to save it in the middle of what is measured.
  syncPath(path);
  return path;
}

/** The first event for which it holds. */
function event(face: AttachedFace, fits: (event: ClientEvent) => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = face.subscribe((one) => (fits(one) ? resolve() : undefined));
  return promise.finally(unsubscribe);
}

const told = (fits: (transfer: Transfer) => boolean) => (one: ClientEvent) =>
  one.type === "transfer" && fits(one.transfer);

/** ms from the word to send it until it lies, whole and compared, at its recipient's. */
async function transfer(alice: Person, bob: Person, path: string): Promise<number> {
  const received = event(
    bob.face,
    told(({ way, state }) => way === "in" && state === "received"),
  );
  const taken = event(
    alice.face,
    told(({ way, state }) => way === "out" && state === "taken"),
  );
  const start = performance.now();
  const sent = await alice.face.sendFile(bob.name, path);
  if (!sent.ok) throw new Error(sent.reason);
  await received;
  const time = performance.now() - start;
  await taken;
  return time;
}

/** ms of a copy that is made durable, and its hash. */
function copy(stage: Stage, path: string): number {
  const target = join(stage.folder, "copy");
  const start = performance.now();
  const command = `cp "$0" "$1" && sync "$1" && sha256sum "$1" > /dev/null`;
  const { exitCode } = Bun.spawnSync(["sh", "-c", command, path, target]);
  if (exitCode !== 0) throw new Error("cp failed");
  return performance.now() - start;
}

/** ms of the same file read, sealed, sent over TLS and made durable, by two programs that do nothing else. */
async function pipe(stage: Stage, path: string, size: number): Promise<number> {
  const serving = await stage.serve([
    process.execPath,
    join(import.meta.dir, "bare-pipe.ts"),
    join(stage.folder, "pipe"),
  ]);
  const durable = Promise.withResolvers<void>();
  let room = Promise.withResolvers<void>();
  const tls = { rejectUnauthorized: false, minVersion: TLS_1_3 };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: serving.port,
    tls,
    socket: { data: () => durable.resolve(), drain: () => room.resolve() },
  });
  const write = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) {
      const took = socket.write(bytes, at, bytes.length - at);
      if (took < 0) throw new Error("the pipe broke");
      at += took;
      if (at === bytes.length) return;
      room = Promise.withResolvers<void>();
      await room.promise;
    }
  };
  const cipher = await fileKey(crypto.getRandomValues(new Uint8Array(32)));
  const count = Math.ceil(size / CHUNK);
  const head = Buffer.alloc(8);
  head.writeBigUInt64BE(BigInt(size + 16 * count));
  const start = performance.now();
  await write(head);
  const read = async function* () {
    for (let at = 0; at < size; at += CHUNK)
      yield new Uint8Array(
        await Bun.file(path)
          .slice(at, at + CHUNK)
          .arrayBuffer(),
      );
  };
  for await (const sealed of inOrder(read(), 4, (bytes, at) => cipher.seal(at, at === count - 1, bytes)))
    await write(sealed);
  await durable.promise;
  const time = performance.now() - start;
  socket.end();
  await serving.stop();
  return time;
}

/** Messages on the same links while a file is on its way, and what memory each of the three takes beyond idle, MiB. */
async function during(stage: Stage, server: Serving, alice: Person, bob: Person, size: number) {
  const path = await make(stage, size);
  const sent = new Map<string, number>();
  const latencies: number[] = [];
  const unsubscribe = bob.face.subscribe((one) => {
    const at = one.type === "message" ? sent.get(one.message.text) : undefined;
    if (at !== undefined) latencies.push(performance.now() - at);
  });
  const three = new Map([
    ["sender", alice.pid],
    ["server", server.pid],
    ["recipient", bob.pid],
  ]);
  const idle = new Map([...three].map(([name, pid]) => [name, residentKib(pid)]));
  const most = new Map(idle);
  const over = new AbortController();
  const watch = async () => {
    for (let n = 0; !over.signal.aborted; n++) {
      sent.set(`message ${n}`, performance.now());
      await alice.face.send(bob.name, `message ${n}`);
      for (const [name, pid] of three) most.set(name, Math.max(most.get(name) ?? 0, residentKib(pid)));
      await Bun.sleep(SAY_EVERY);
    }
  };
  const watching = watch();
  await transfer(alice, bob, path);
  over.abort();
  await watching;
  unsubscribe();
  const grown = new Map([...most].map(([name, kib]) => [name, (kib - (idle.get(name) ?? 0)) / 1024]));
  return { latencies, grown };
}

/** What the server takes in and gives out for one file to a group, in words. */
async function toMany(stage: Stage, server: Serving, alice: Person, size: number): Promise<string> {
  const path = await make(stage, size);
  const made = await alice.face.createGroup({ name: "class", open: true, announcement: false, history: 0 });
  if (!made.ok) throw new Error(made.reason);
  const others: Person[] = [];
  for (let n = 1; n < GROUP; n++) {
    const person = await sit(stage, server, `student${n}`);
    const joined = event(
      person.face,
      (one) => one.type === "message" && one.message.notice?.kind === "joined",
    );
    const asked = await person.face.joinGroup("class");
    if (!asked.ok) throw new Error(asked.reason);
    if (asked.value.state !== "done") await joined;
    others.push(person);
  }
  const taken = event(
    alice.face,
    told(({ conversation, state }) => conversation === "@class" && state === "taken"),
  );
  const before = { ...traffic(server.pid), ...sockets(server.port) };
  const start = performance.now();
  const sent = await alice.face.sendFile("@class", path);
  if (!sent.ok) throw new Error(sent.reason);
  await taken;
  const seconds = (performance.now() - start) / 1000;
  const after = { ...traffic(server.pid), ...sockets(server.port) };
  for (const person of others) await person.stop();
  const more = (name: keyof typeof after) => figure((after[name] - before[name]) / MB);
  const net = `${more("came")} MB in and ${more("went")} MB out over its links`;
  const disk = `${more("written")} MB written to and ${more("read")} MB read from its disk`;
  return `${size / MB} MB in ${figure(seconds)} s: the server had ${net}, ${disk}`;
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

// What a person gets: the client's core with MLS and a sealed vault on disk at both ends, our server between them.
// bun scripts/bench/people.ts [--quick]

import { join } from "node:path";
import { Client } from "../../src/client/client.ts";
import type { ClientEvent } from "../../src/client/events.ts";
import { createProfile } from "../../src/client/profile.ts";
import { dialer } from "../../src/net/dial.ts";
import { systemClock } from "../../src/net/system-clock.ts";
import { diskShelf } from "../../src/store/file-shelf.ts";
import { openVault } from "../../src/store/vault-sqlite.ts";
import { MAX_FRAME } from "../../src/wire/limits.ts";
import { type Address, random } from "./raw-client.ts";
import { type Figure, figure, type Options, printFigures, printTable, quantile } from "./report.ts";
import { onStage, type Stage } from "./stage.ts";
import { cpuSeconds } from "./usage.ts";

const PAIRS = 4;
const WINDOW = 8;
const RATE = 40;
/** Characters of a text. */
const LENGTH = 200;

interface Pair {
  /** Writes one message. */
  say(): Promise<void>;
  /** ms from `say` to the recipient's event, of all that arrived. */
  readonly times: number[];
  /** Called when a message is accepted, and when one is delivered. */
  on: { accepted(): void; delivered(): void };
  close(): Promise<void>;
}

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const server = await stage.classchat();
    const pairs: Pair[] = [];
    for (let number = 1; number <= PAIRS; number++) pairs.push(await pairOf(stage, number, server));
    await flood(pairs, 50);

    const each = quick ? 150 : 600;
    const messages = each * PAIRS;
    const [cpu, own, start] = [cpuSeconds(server.pid), cpuSeconds(process.pid), performance.now()];
    await flood(pairs, each);
    const seconds = (performance.now() - start) / 1000;
    const micros = (before: number, pid: number) => ((cpuSeconds(pid) - before) / messages) * 1e6;
    const [serverMicros, clientMicros] = [micros(cpu, server.pid), micros(own, process.pid)];

    for (const { times } of pairs) times.length = 0;
    await pace(pairs, RATE * (quick ? 3 : 10));
    const times = pairs.flatMap((pair) => pair.times);
    for (const pair of pairs) await pair.close();
    await server.stop();
    const [p50, p99] = [0.5, 0.99].map((q) => figure(quantile(times, q)));
    printTable(`${PAIRS} pairs of people, MLS, vaults on disk, both ends of all in one process`, [
      ["messages/s, 8 under way each", figure(messages / seconds)],
      ["CPU µs a message: both clients", figure(clientMicros)],
      ["CPU µs a message: server", figure(serverMicros)],
      [`ms from send to shown, p50, at ${RATE}/s`, p50 ?? ""],
      ["ms from send to shown, p99", p99 ?? ""],
    ]);
    return [
      { name: "end to end with MLS and vaults", value: `${figure(messages / seconds)} messages/s` },
      { name: `a message at ${RATE}/s, send to shown`, value: `p50 ${p50} ms, p99 ${p99} ms` },
    ];
  });
}

/** Two new people who have said one thing to each other. */
async function pairOf(stage: Stage, number: number, server: Address): Promise<Pair> {
  const [writer, reader] = [`writer${number}`, `reader${number}`];
  const sent = new Map<string, number>();
  let said = 0;
  const pair: Omit<Pair, "say" | "close"> = { times: [], on: { accepted() {}, delivered() {} } };
  const from = await arrive(stage, writer, server, (event) => {
    if (event.type !== "state") return;
    if (event.state === "failed") throw new Error(`a message failed: ${event.reason}`);
    if (event.state === "accepted") pair.on.accepted();
    if (event.state === "delivered") pair.on.delivered();
  });
  const to = await arrive(stage, reader, server, (event) => {
    if (event.type !== "message") return;
    const at = sent.get(event.message.text);
    if (at === undefined) throw new Error("a message that nobody sent");
    sent.delete(event.message.text);
    pair.times.push(performance.now() - at);
  });
  const say = async () => {
    const text = `message ${++said} `.padEnd(LENGTH, "x");
    sent.set(text, performance.now());
    await from.send(reader, text);
  };
  const met = Promise.withResolvers<void>();
  pair.on = { accepted() {}, delivered: met.resolve };
  await say();
  await met.promise;
  const close = async () => {
    await from.close();
    await to.close();
  };
  return Object.assign(pair, { say, close });
}

/** A new person, online. */
async function arrive(
  stage: Stage,
  name: string,
  server: Address,
  heard: (event: ClientEvent) => void,
): Promise<Client> {
  const bug = (error: unknown) =>
    queueMicrotask(() => {
      throw error;
    });
  const store = openVault(join(stage.folder, name, "vault.sqlite"), random(32), { random });
  const address = { host: "127.0.0.1", port: server.port, pin: server.pin };
  const profile = createProfile(store, random, name, address);
  const dial = dialer({
    ...address,
    seed: profile.device.secret,
    timeout: 10_000,
    cap: 16 * MAX_FRAME,
    clock: systemClock,
    onFault: bug,
  });
  const client = new Client(
    { store, clock: systemClock, random, dial, shelf: diskShelf, bug },
    profile,
    "bench",
  );
  const online = Promise.withResolvers<void>();
  client.subscribe((event) => {
    if (event.type !== "status") return heard(event);
    const { status } = event;
    if (status.state === "online") online.resolve();
    if (status.state === "offline") throw new Error(`offline: ${JSON.stringify(status.cause)}`);
  });
  client.start();
  await online.promise;
  return client;
}

/** Everybody writes `each` messages, WINDOW of them on the way at once; resolves when all are delivered. */
async function flood(pairs: readonly Pair[], each: number): Promise<void> {
  await Promise.all(
    pairs.map(async (pair) => {
      const finished = Promise.withResolvers<void>();
      let [begun, delivered] = [0, 0];
      const next = () => {
        if (begun++ < each) pair.say().catch(finished.reject);
      };
      pair.on = {
        accepted: next,
        delivered() {
          if (++delivered === each) finished.resolve();
        },
      };
      for (let i = 0; i < WINDOW; i++) next();
      await finished.promise;
    }),
  );
}

/** `total` messages at RATE a second, going round; resolves when all are delivered. */
async function pace(pairs: readonly Pair[], total: number): Promise<void> {
  const finished = Promise.withResolvers<void>();
  let [begun, delivered] = [0, 0];
  for (const pair of pairs) {
    pair.on = {
      accepted() {},
      delivered() {
        if (++delivered === total) finished.resolve();
      },
    };
  }
  const timer = setInterval(() => {
    pairs[begun % pairs.length]?.say().catch(finished.reject);
    if (++begun === total) clearInterval(timer);
  }, 1000 / RATE);
  await finished.promise;
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

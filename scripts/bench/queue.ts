// What waits for somebody who is away, through kill -9 of the server, and a whole class that comes back after one.
// bun scripts/bench/queue.ts [--quick]

import { backoff } from "../../src/client/backoff.ts";
import { Connection, type ConnectionEvents } from "../../src/client/connection.ts";
import { directLog } from "../../src/domain/direct-log.ts";
import { encodeId, type LogId } from "../../src/domain/id.ts";
import { systemClock } from "../../src/net/system-clock.ts";
import type { Dial } from "../../src/ports.ts";
import { FIRST_EPOCH } from "../../src/server/delivery.ts";
import { VERSIONS } from "../../src/wire/limits.ts";
import { type Address, dialAs, random, RawClient, type RawPerson, rawPerson } from "./raw-client.ts";
import { type Figure, figure, median, type Options, printFigures, printTable, quantile } from "./report.ts";
import { onStage, type Serving } from "./stage.ts";

const MESSAGES = 20_000;
/** Seconds. */
const AIMS = { accepted: 2, drained: 1 };
/** Messages that the sender has under way at once. */
const WINDOW = 256;
const CLIENTS = 500;
/** What a short text is, sealed and padded. */
const BODY = random(256);
/** Entries that a conversation begins with, for the one who did not begin it. */
const WELCOME = 1;

/** Starts the server, always on the same data; on this port, where one is given. */
type Serve = (port?: number) => Promise<Serving>;

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const serve: Serve = (port) => stage.classchat(port);
    const [rounds, share] = quick ? [1, 0.5] : [3, 1];
    return [...(await absence(serve, rounds, share)), await cutOff(serve, rounds, share)];
  });
}

/** One sender, one absent user, kill -9 between the two. */
async function absence(serve: Serve, rounds: number, share: number): Promise<Figure[]> {
  const count = MESSAGES * share;
  const done: Awaited<ReturnType<typeof absenceOnce>>[] = [];
  for (let round = 1; round <= rounds; round++) done.push(await absenceOnce(serve, round, count));
  const all = count.toLocaleString("en");
  const rows = done.map(({ accepted, drained, kept, left }, i) => {
    const seconds = [accepted, drained].map((value) => figure(value));
    return [`round ${i + 1}`, ...seconds, kept.toLocaleString("en"), String(left)];
  });
  printTable(`${all} messages of 256 B for one who is away, ${WINDOW} under way, accepted when on disk; s`, [
    ["", "accepted", "drained", "left after kill -9", "left in the end"],
    ...rows,
  ]);
  const seconds = (name: string, value: number, most: number): Figure => {
    return { name, value: figure(value, "s"), aim: { text: `≤ ${most} s`, met: value <= most } };
  };
  const accepted = median(done.map((one) => one.accepted));
  const drained = median(done.map((one) => one.drained));
  const value = Math.min(...done.map(({ kept }) => kept)).toLocaleString("en");
  const met = done.every(({ kept, left }) => kept === count && left === 0);
  return [
    seconds(`${all} queued and accepted`, accepted, AIMS.accepted * share),
    { name: "left of them after kill -9", value, aim: { text: all, met } },
    seconds(`${all} drained, acknowledged, none left`, drained, AIMS.drained * share),
  ];
}

/** Seconds; and how many messages waited on return, and after all were acknowledged. */
async function absenceOnce(serve: Serve, round: number, count: number) {
  const before = await serve();
  const absent = new Device(`absent${round}`);
  await absent.arrive(before);
  const writer = rawPerson(`writer${round}`);
  const client = await enter(writer, before);
  const log = await meet(client, writer, absent);
  await absent.leave();
  const writing = performance.now();
  await flood(client, log, count);
  const accepted = secondsSince(writing);
  const killed = before.kill(); // in the turn of the last acceptance
  client.close();
  await killed;
  const after = await serve();
  const returning = performance.now();
  const kept = await absent.arrive(after);
  await absent.has(WELCOME + kept);
  await absent.leave();
  const left = await absent.arrive(after); // asked on a new link, so that it is known to be on disk
  const drained = secondsSince(returning);
  await absent.leave();
  await after.stop();
  return { accepted, drained, kept, left };
}

/** Everybody is online, the server is killed and started again, everybody comes back as the client does. */
async function cutOff(serve: Serve, rounds: number, share: number): Promise<Figure> {
  const count = CLIENTS * share;
  let server = await serve();
  const teacher = rawPerson("teacher");
  let client = await enter(teacher, server);
  const students: { readonly device: Device; readonly log: LogId }[] = [];
  for (let number = 1; number <= count; number++) {
    const device = new Device(`student${number}`);
    await device.arrive(server);
    students.push({ device, log: await meet(client, teacher, device) });
  }
  const rows: string[][] = [];
  const times: number[] = [];
  let refused = 0;
  for (let round = 1; round <= rounds; round++) {
    const tries: Tries = { server: "dying", early: 0, refused: 0 };
    const online: number[] = [];
    const { promise: ready, resolve } = Promise.withResolvers<RawClient>();
    const back = students.map(async ({ device, log }) => {
      await device.comeBack(server, tries);
      online.push(performance.now());
      write(await ready, log, () => {});
      await device.has(WELCOME + round);
    });
    const cut = performance.now();
    const killed = server.kill();
    client.close();
    await killed;
    tries.server = "away";
    server = await serve(server.port);
    tries.server = "back";
    const listening = performance.now();
    client = await enter(teacher, server);
    resolve(client);
    await Promise.all(back);
    const served = secondsSince(listening);
    times.push(served);
    refused += tries.refused;
    const since = online.map((at) => (at - listening) / 1000);
    const seconds = [(listening - cut) / 1000, quantile(since, 0.5), quantile(since, 1), served];
    const cells = [...seconds.map((value) => figure(value)), String(tries.early), String(tries.refused)];
    rows.push([`round ${round}`, ...cells]);
  }
  for (const { device } of students) await device.leave();
  client.close();
  await server.stop();
  printTable(`${count} clients cut off by kill -9 come back with the client's own pauses, s`, [
    ["", "away", "half online", "all online", "all served", "tries while away", "refused"],
    ...rows,
  ]);
  console.log("  Online, served: since the server listens again. Served: has acknowledged a message.");
  return {
    name: `${count} clients back, online and served`,
    value: `${figure(median(times), "s")}, ${refused} connections refused`,
    aim: { text: "0 refused", met: refused === 0 },
  };
}

/** Attempts that failed: because there was no server, or the one that was dying; and otherwise. */
interface Tries {
  server: "dying" | "away" | "back";
  early: number;
  refused: number;
}

/** Somebody who reads, over the connection that the client's core has: everything is acknowledged as it comes. */
class Device {
  readonly person: RawPerson;
  #connection: Connection | undefined;
  #lost = Promise.withResolvers<void>();
  /** The last seq of each log, now and when this link began; and how many entries there were in all. */
  readonly #last = new Map<LogId, number>();
  #before: ReadonlyMap<LogId, number> = new Map();
  #count = 0;
  #wanted = { count: Number.POSITIVE_INFINITY, resolve: () => {} };

  constructor(name: string) {
    this.person = rawPerson(name);
  }

  /** Comes online; answers how many entries waited. */
  async arrive(server: Address): Promise<number> {
    const arrived = await this.#attempt(dialAs(this.person.seed, server, "joined"));
    if (typeof arrived === "number") return arrived;
    throw new Error(`${this.person.name} is not let in: ${arrived}`);
  }

  /** Waits until the server is gone, then tries until it is back, with the pauses of src/client/uplink.ts. */
  async comeBack(server: Address, tries: Tries): Promise<void> {
    const dial = dialAs(this.person.seed, server, "joined");
    const pauses = backoff(random);
    await this.#lost.promise;
    for (;;) {
      await Bun.sleep(pauses.next());
      const { server: began } = tries;
      const arrived = await this.#attempt(dial);
      if (typeof arrived === "number") return;
      if (began === "dying" || (began === "away" && arrived === "ECONNREFUSED")) tries.early++;
      else tries.refused++;
    }
  }

  /** Answers how many entries waited, or why it was not let in. */
  async #attempt(dial: Dial): Promise<number | string> {
    const lost = Promise.withResolvers<void>();
    this.#before = new Map(this.#last);
    let connection: Connection | undefined;
    const dialled = await dial((link) => {
      const notices: ConnectionEvents["notices"] = (all) => this.#heard(all);
      return (connection = new Connection(link, systemClock, {
        notices,
        drained: () => {},
        ended: () => lost.resolve(),
      }));
    });
    if (!dialled.ok) return dialled.failure.detail;
    if (connection === undefined) throw new Error("a link that nobody has");
    this.#connection = connection;
    this.#lost = lost;
    const hello = await connection.request({ t: "hello", versions: [...VERSIONS], agent: "bench" });
    if (!hello.ok) return hello.refused;
    const { name, credential } = this.person;
    if (hello.answer.t === "welcome" && hello.answer.name === undefined)
      await connection.request({ t: "register", name }, credential);
    const synced = await connection.request({ t: "sync", presence: true });
    if (!synced.ok) return synced.refused;
    return synced.answer.t === "synced" ? synced.answer.waiting : "another answer";
  }

  #heard(notices: Parameters<ConnectionEvents["notices"]>[0]): void {
    const passed = new Map<LogId, number>();
    for (const { notice } of notices) {
      if (notice.t !== "entry") continue;
      const { log, seq } = notice;
      passed.set(log, seq);
      // That it has this one already was said to a server that was killed before it had written it down.
      if (seq <= (this.#before.get(log) ?? 0)) continue;
      if (seq <= (this.#last.get(log) ?? 0)) throw new Error("an entry came twice, or out of order");
      this.#last.set(log, seq);
      this.#count++;
    }
    for (const [log, seq] of passed) this.#connection?.acknowledge(log, seq);
    if (this.#count >= this.#wanted.count) this.#wanted.resolve();
  }

  /** Resolves when it has acknowledged this many entries, the Welcome among them. */
  has(count: number): Promise<void> {
    if (this.#count >= count) return Promise.resolve();
    return new Promise((resolve) => (this.#wanted = { count, resolve }));
  }

  async leave(): Promise<void> {
    await this.#connection?.close();
  }
}

/** Comes online, for the first time or again. */
async function enter(person: RawPerson, server: Address): Promise<RawClient> {
  const client = await RawClient.connect(dialAs(person.seed, server, "joined"), { notices() {} });
  const { name } = await client.hello();
  if (name === undefined) await client.request({ t: "register", name: person.name }, person.credential);
  await client.request({ t: "sync" });
  return client;
}

/** Begins a conversation; resolves when the other has acknowledged the Welcome. */
async function meet(client: RawClient, from: RawPerson, to: Device): Promise<LogId> {
  const log = directLog(from.identity.public, to.person.identity.public);
  const welcome = { device: encodeId(to.person.device), id: encodeId(random(16)), size: BODY.length };
  const create = { log, with: to.person.name, info: BODY.length, welcomes: [welcome] };
  await client.request({ t: "create", ...create }, Buffer.concat([BODY, BODY]));
  await to.has(WELCOME);
  return log;
}

function write(client: RawClient, log: LogId, accepted: () => void): void {
  client.ask({ t: "append", log, id: encodeId(random(16)), epoch: FIRST_EPOCH }, BODY, accepted);
}

/** Writes `count` messages, WINDOW under way; resolves when all are accepted. */
function flood(client: RawClient, log: LogId, count: number): Promise<void> {
  return new Promise((resolve) => {
    let [sent, accepted] = [0, 0];
    const fill = () => {
      for (; sent < count && sent - accepted < WINDOW; sent++) write(client, log, taken);
    };
    const taken = () => {
      if (++accepted === count) resolve();
      else fill();
    };
    fill();
  });
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

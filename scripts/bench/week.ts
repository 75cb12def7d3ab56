// Back after a week: what a group of three hundred has said and changed meanwhile is fetched, opened and written down.
// bun scripts/bench/week.ts [--quick]

import { join as joined } from "node:path";
import type { ClientEvent, GroupChange } from "../../src/client/events.ts";
import { Apart } from "./apart.ts";
import { VaultDisk, VaultMemory } from "../../src/store/vault-memory.ts";
import { arrive, join, type Member } from "./member.ts";
import type { Address } from "./raw-client.ts";
import { type Figure, figure, median, type Options, printFigures, printTable } from "./report.ts";
import { onStage, type Stage } from "./stage.ts";

const PEOPLE = 300;
const COMMITS = 50;
const MESSAGES = 2_000;
const LENGTH = 256;
const WRITERS = 4;
const GROUP = "seminar";
/** Seconds. */
const AIM = 1.5;

/** Those who come back, one after the other, each with a vault and a process of their own. */
const ABSENT = ["first", "second", "third"];

export async function run({ quick }: Options): Promise<Figure[]> {
  const [people, share] = quick ? [60, 0.2] : [PEOPLE, 1];
  const [commits, messages] = [COMMITS * share, MESSAGES * share];
  return onStage(async (stage) => {
    const server = await stage.classchat();
    const writers = await gather(stage, server, people);
    await write(writers, commits, messages);
    const rows: string[][] = [];
    const times: number[] = [];
    for (const name of ABSENT) {
      const back = await Apart.start();
      const before = back.usage.cpu;
      const seconds = (await back.arrive(name, joined(stage.folder, name), server)) / 1000;
      const { cpu, kib } = back.usage;
      const shown = await back.ask({ ask: "shown" });
      if (shown !== messages) throw new Error(`${name} was shown ${shown} of ${messages} messages`);
      await back.close();
      times.push(seconds);
      rows.push([name, figure(seconds), figure(cpu - before), figure(kib / 1024)]);
    }
    for (const writer of writers) await writer.go();
    await server.stop();
    const what = `${messages.toLocaleString("en")} messages of ${LENGTH} B, ${commits} commits, ${people} members`;
    printTable(`Back after a week: ${what}; each in a new process`, [
      ["", "s until caught up", "CPU s", "MiB in RAM"],
      ...rows,
    ]);
    const value = median(times);
    const aim = { text: `≤ ${AIM} s`, met: value <= AIM };
    return [{ name: `back after ${what}`, value: figure(value, "s"), ...(quick ? {} : { aim }) }];
  });
}

/** Somebody who comes and goes, and whose vault stays in memory meanwhile. */
class Regular {
  readonly #disk = new VaultDisk();
  readonly name: string;
  #member: Member | undefined;
  #accepted = 0;
  #wanted = { count: Number.POSITIVE_INFINITY, resolve: () => {} };

  constructor(name: string) {
    this.name = name;
  }

  async come(server: Address): Promise<Member> {
    const heard = (event: ClientEvent) => {
      if (event.type !== "state" || event.state !== "accepted" || event.delivered > 0) return;
      if (++this.#accepted === this.#wanted.count) this.#wanted.resolve();
    };
    return (this.#member = await arrive(this.name, server, heard, new VaultMemory(this.#disk)));
  }

  async go(): Promise<void> {
    await this.#member?.client.close();
  }

  async change(change: GroupChange): Promise<void> {
    const done = await this.#member?.client.changeGroup(GROUP, change);
    if (!done?.ok || done.value.state !== "done") throw new Error(`not changed: ${JSON.stringify(done)}`);
  }

  /** Writes so many messages; resolves when the server has them. */
  async write(count: number): Promise<void> {
    if (this.#member === undefined) throw new Error(`${this.name} is not there`);
    const accepted = Promise.withResolvers<void>();
    this.#wanted = { count: this.#accepted + count, resolve: accepted.resolve };
    for (let i = 0; i < count; i++)
      await this.#member.client.send(`@${GROUP}`, `message ${i} `.padEnd(LENGTH, "x"));
    await accepted.promise;
  }
}

/**
 * A group of so many, in a tree without blanks: everybody came in from outside, one after the other. Answers those who
 * go on writing in it, all admins; the absent have seen nothing of what they change from here on.
 */
async function gather(stage: Stage, server: Address, people: number): Promise<Regular[]> {
  const teacher = new Regular("teacher");
  const { client } = await teacher.come(server);
  const rules = { open: true, announcement: false, history: 0 };
  const created = await client.createGroup({ name: GROUP, ...rules });
  if (!created.ok) throw new Error(`not created: ${created.reason}`);
  await teacher.go();
  const writers = Array.from({ length: WRITERS }, (_, i) => new Regular(`writer${i + 1}`));
  const others = people - 1 - WRITERS - ABSENT.length;
  for (const one of [
    ...writers,
    ...Array.from({ length: others }, (_, i) => new Regular(`student${i + 1}`)),
  ]) {
    await join(await one.come(server), GROUP);
    await one.go();
  }
  for (const name of ABSENT) {
    const absent = await Apart.start();
    await absent.arrive(name, joined(stage.folder, name), server);
    await absent.ask({ ask: "join", group: GROUP });
    await absent.close();
  }
  await teacher.come(server);
  for (const { name } of writers) await teacher.change({ change: "admin", name });
  await teacher.go();
  for (const writer of writers) await writer.come(server);
  return writers;
}

/** Rules are changed, which changes keys: every commit has a path, by one writer after the other. */
async function write(writers: readonly Regular[], commits: number, messages: number): Promise<void> {
  const each = messages / commits / writers.length;
  for (let i = 0; i < commits; i++) {
    await Promise.all(writers.map((writer) => writer.write(each)));
    if (i >= WRITERS) await writers[i % WRITERS]?.change({ change: "announcement", on: i % 2 === 0 });
  }
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

// A group of a thousand: all ask to be let in at once, one writes, one leaves.
// bun scripts/bench/crowd.ts [--quick]

import { join as joined } from "node:path";
import { Apart } from "./apart.ts";
import { arrive, type Member } from "./member.ts";
import { type Figure, figure, median, type Options, printFigures, printTable } from "./report.ts";
import { onStage } from "./stage.ts";
import { cpuSeconds, openFilesLimit, residentKib } from "./usage.ts";

const PEOPLE = 1_000;
const GROUP = "university";
const MESSAGES = 20;
const TEXT = "x".repeat(256);
/** What a server and this process have open besides, with room. */
const SPARE_FILES = 100;
/** How long all that was asked for may take, ms. */
const PATIENCE = 60_000;

export async function run({ quick }: Options): Promise<Figure[]> {
  const people = quick ? 200 : PEOPLE;
  if (people + SPARE_FILES > openFilesLimit()) {
    console.log(`  Only ${openFilesLimit()} files may be open: ulimit -n 8192`);
    return [];
  }
  return onStage(async (stage) => {
    const server = await stage.classchat();
    const [owner, member] = [await Apart.start(), await Apart.start()];
    const creating = performance.now();
    await owner.arrive("owner", joined(stage.folder, "owner"), server);
    await owner.ask({ ask: "create", group: GROUP });
    const created = performance.now() - creating;
    await member.arrive("member", joined(stage.folder, "member"), server);
    await member.ask({ ask: "join", group: GROUP });
    const others: Member[] = [];
    for (let i = 3; i <= people; i++) others.push(await arrive(`student${i}`, server));
    const before = { owner: owner.usage.cpu, member: member.usage.cpu, server: cpuSeconds(server.pid) };

    const welcomed = counted(others.length);
    for (const { tap } of others) tap.events = { message() {}, welcomed: welcomed.one };
    const joining = performance.now();
    await Promise.all(
      others.map(async ({ client, tap }) => {
        const asked = tap.standInOnceAsked();
        void client.joinGroup(GROUP);
        await asked;
        await client.close();
      }),
    );
    await welcomed.all;
    const allIn = performance.now() - joining;
    const used = {
      owner: owner.usage.cpu - before.owner,
      member: member.usage.cpu - before.member,
      server: cpuSeconds(server.pid) - before.server,
    };

    for (const one of [owner, member]) await one.ask({ ask: "listen" });
    const times: number[] = [];
    for (let i = 0; i < MESSAGES; i++) {
      const has = counted(others.length + 1);
      for (const { tap } of others) tap.events = { message: has.one, welcomed() {} };
      member.heard = (told) => void (!told.notice && has.one());
      const writing = performance.now();
      await owner.ask({ ask: "say", group: GROUP, text: TEXT });
      await has.all;
      times.push(performance.now() - writing);
    }

    const removed = counted(1);
    owner.heard = (told) => void (told.notice && removed.one());
    const leaving = performance.now();
    await member.ask({ ask: "leave", group: GROUP });
    await removed.all;
    const left = performance.now() - leaving;
    const mib = [owner.usage.kib, member.usage.kib, residentKib(server.pid)].map((kib) => figure(kib / 1024));

    for (const { tap } of others) tap.close();
    await owner.close();
    await member.close();
    await server.stop();
    const count = people.toLocaleString("en");
    printTable(`A group of ${count}; the owner and one member are in processes of their own`, [
      ["", "owner", "a member", "server"],
      ["CPU s while all were let in", figure(used.owner), figure(used.member), figure(used.server)],
      ["MiB in RAM", ...mib],
    ]);
    return [
      { name: "from nothing to a group of one", value: figure(created, "ms") },
      { name: `${count} ask at once: all are let in`, value: figure(allIn / 1000, "s") },
      {
        name: `a message until all ${count} have it`,
        value: `median ${figure(median(times))}, longest ${figure(Math.max(...times))} ms`,
      },
      { name: "one leaves: out, and the keys are new", value: figure(left / 1000, "s") },
    ];
  });
}

/** Counts up to `wanted`. Rejects when that takes too long. */
function counted(wanted: number): { readonly one: () => void; readonly all: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let count = 0;
  const late = () => reject(new Error(`after ${PATIENCE / 1000} s, ${count} of ${wanted}`));
  const timer = setTimeout(late, PATIENCE);
  const one = () => {
    if (++count < wanted) return;
    clearTimeout(timer);
    resolve();
  };
  return { one, all: promise };
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

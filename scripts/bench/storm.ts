// A lecture begins: three hundred people join one open group within a minute.
// bun scripts/bench/storm.ts [--quick]

import { join as joined } from "node:path";
import { Apart } from "./apart.ts";
import { arrive, join, type Member } from "./member.ts";
import { type Figure, figure, type Options, printFigures, printTable, quantile } from "./report.ts";
import { onStage } from "./stage.ts";
import { cpuSeconds } from "./usage.ts";

const PEOPLE = 300;
const A_SECOND = 5;
const GROUP = "lecture";
/** Messages there before, which are handed to whoever comes. */
const BEFORE = 1;
/** How long it is until all has come that was on its way, ms. */
const SETTLE = 3_000;
const AIMS = { ms: 2_000, cpu: 1, megabytes: 40 };

export async function run({ quick }: Options): Promise<Figure[]> {
  const people = quick ? 60 : PEOPLE;
  return onStage(async (stage) => {
    const server = await stage.classchat();
    const [adder, listener] = [await Apart.start(), await Apart.start()];
    await adder.arrive("teacher", joined(stage.folder, "teacher"), server);
    await adder.ask({ ask: "create", group: GROUP });
    await listener.arrive("listener", joined(stage.folder, "listener"), server);
    await listener.ask({ ask: "join", group: GROUP });
    for (let i = 0; i < BEFORE; i++)
      await adder.ask({ ask: "say", group: GROUP, text: `what is said before ${i}`.padEnd(200, "x") });
    const newcomers: Member[] = [];
    for (let i = newcomers.length + 3; i <= people; i++) newcomers.push(await arrive(`student${i}`, server));

    const bytes = async () => {
      const own = newcomers.reduce((sum, { tap }) => sum + tap.received + tap.sent, 0);
      return own + (await adder.ask({ ask: "bytes" })) + (await listener.ask({ ask: "bytes" }));
    };
    const pids = { adder: adder.pid, member: listener.pid, server: server.pid, newcomers: process.pid };
    const cpu = () => Object.entries(pids).map(([who, pid]) => ({ who, seconds: cpuSeconds(pid) }));
    const [bytesBefore, cpuBefore] = [await bytes(), cpu()];
    const start = performance.now();
    const times: number[] = [];
    await Promise.all(
      newcomers.map(async (newcomer, i) => {
        await Bun.sleep(Math.max(0, start + (i * 1000) / A_SECOND - performance.now()));
        const asked = performance.now();
        await join(newcomer, GROUP);
        times.push(performance.now() - asked);
        newcomer.tap.standIn();
        await newcomer.client.close();
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    await Bun.sleep(SETTLE);
    const used = cpu().map(({ who, seconds: after }, i) => ({
      who,
      used: after - (cpuBefore[i]?.seconds ?? 0),
    }));
    const megabytes = ((await bytes()) - bytesBefore) / 1e6;
    for (const { tap } of newcomers) tap.close();
    await adder.close();
    await listener.close();
    await server.stop();

    const [p50, p99, most] = [0.5, 0.99, 1].map((q) => quantile(times, q));
    printTable(
      `${newcomers.length} people join an open group in ${figure(seconds)} s, ${A_SECOND} a second`,
      [
        ["ms until in: p50, p99, longest", ...[p50, p99, most].map((ms) => figure(ms ?? Number.NaN))],
        ...used.map(({ who, used: cpuUsed }) => [`CPU s: ${who}`, figure(cpuUsed)]),
        ["MB through the server, both ways", figure(megabytes)],
      ],
    );
    const of = (who: string) => used.find((one) => one.who === who)?.used ?? Number.NaN;
    // Fewer people are fewer commits and smaller ones: the aims are for all of them.
    const held = (text: string, met: boolean) => (quick ? {} : { aim: { text, met } });
    return [
      {
        name: `${people} join within ${figure(seconds)} s: asked to in`,
        value: `p50 ${figure(p50 ?? 0)}, p99 ${figure(p99 ?? 0)}, longest ${figure(most ?? 0)} ms`,
        ...held(`≤ ${AIMS.ms} ms`, (most ?? Number.NaN) <= AIMS.ms),
      },
      ...["member", "adder"].map((who) => ({
        name: `CPU of ${who === "member" ? "a member" : "the one who adds"} in all`,
        value: figure(of(who), "s"),
        ...held(`≤ ${AIMS.cpu} s`, of(who) <= AIMS.cpu),
      })),
      {
        name: "through the server",
        value: figure(megabytes, "MB"),
        ...held(`≤ ${AIMS.megabytes} MB`, megabytes <= AIMS.megabytes),
      },
    ];
  });
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

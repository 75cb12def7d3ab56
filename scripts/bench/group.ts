// One group of 300 through our server, beside a bare TLS relay that copies what each sends to all the others; both driven by
// the same program in the same run. bun scripts/bench/group.ts [--quick]

import { join } from "node:path";
import { run as queue } from "./group-queue.ts";
import { Traffic } from "./group-traffic.ts";
import { type Lecture, relayLecture, serverLecture } from "./lecture.ts";
import { type Figure, figure, median, type Options, printFigures, printTable, quantile } from "./report.ts";
import { onStage, type Serving } from "./stage.ts";
import { run as standstill } from "./standstill.ts";
import { cpuSeconds } from "./usage.ts";

const SIZE = 300;
/** Messages a second. */
const RATE = 20;
const WARM_RATE = 150;
const AIMS = { ratio: 1.5, deliveries: 150_000 };

interface Side {
  readonly name: string;
  readonly server: Serving;
  readonly lecture: Lecture;
  readonly rounds: Round[];
  readonly fast: Round[];
  /** ms until the last member had a message. */
  readonly times: number[];
}

interface Round {
  /** Processor seconds of the server, and of the program that drives it, for 100,000 deliveries. */
  readonly cpu: number;
  readonly driver: number;
  /** A second. */
  readonly deliveries: number;
}

/** All that is measured of groups without MLS. */
export async function run(options: Options): Promise<Figure[]> {
  return [...(await fanOut(options)), ...(await standstill(options)), ...(await queue(options))];
}

async function fanOut({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const size = quick ? 100 : SIZE;
    const bare = await stage.serve([process.execPath, join(import.meta.dir, "bare-relay.ts"), String(size)]);
    const ours = await stage.classchat();
    const none = () => ({ rounds: [], fast: [], times: [] });
    const relay: Side = {
      name: "bare TLS relay",
      server: bare,
      lecture: await relayLecture(size, bare),
      ...none(),
    };
    const own: Side = {
      name: "classchat serve",
      server: ours,
      lecture: await serverLecture("lecture", size, ours),
      ...none(),
    };
    const sides = [relay, own];
    // Until the code is compiled: a server that has run for a while is what is measured.
    for (const { lecture } of sides) {
      await new Traffic(lecture).flood(quick ? 500 : 2_000);
      await new Traffic(lecture).pace(WARM_RATE, quick ? 2 : 6);
    }
    for (let round = 0; round < (quick ? 1 : 3); round++)
      for (const side of sides) {
        const { times, ...used } = await measure(side, (traffic) => traffic.pace(RATE, quick ? 3 : 6));
        side.rounds.push(used);
        side.times.push(...times);
      }
    for (let round = 0; round < (quick ? 1 : 3); round++)
      for (const side of sides)
        side.fast.push(await measure(side, (traffic) => traffic.flood(quick ? 1_000 : 3_000)));
    for (const { lecture, server } of sides) {
      lecture.close();
      await server.stop();
    }
    return show(relay, own, size);
  });
}

function show(relay: Side, own: Side, size: number): Figure[] {
  const of = (rounds: readonly Round[], pick: (round: Round) => number) => median(rounds.map(pick));
  const ratio = of(own.rounds, ({ cpu }) => cpu) / of(relay.rounds, ({ cpu }) => cpu);
  const rows = [relay, own].map(({ name, rounds, fast, times }) => [
    name,
    figure(of(rounds, ({ cpu }) => cpu)),
    figure(of(rounds, ({ driver }) => driver)),
    ...[0.5, 0.99].map((q) => figure(quantile(times, q))),
    figure(of(fast, ({ deliveries }) => deliveries)),
    figure(of(fast, ({ cpu }) => cpu)),
    figure(of(fast, ({ driver }) => driver)),
  ]);
  printTable(
    `A group of ${size}, 256 B messages; CPU s for 100,000 deliveries; ms until the last member has it`,
    [
      ["", `CPU at ${RATE}/s`, "driver's", "p50", "p99", "deliveries/s at full speed", "CPU", "driver's"],
      ...rows,
    ],
  );
  const deliveries = of(own.fast, (round) => round.deliveries);
  const [p50, p99] = [0.5, 0.99].map((q) => figure(quantile(own.times, q)));
  return [
    {
      name: `server CPU, a group of ${size} at ${RATE} messages/s`,
      value: `${figure(ratio)} × the bare relay's`,
      aim: { text: `≤ ${AIMS.ratio} ×`, met: ratio <= AIMS.ratio },
    },
    {
      name: "deliveries a second at full speed",
      value: figure(deliveries),
      aim: { text: `≥ ${AIMS.deliveries.toLocaleString("en")}`, met: deliveries >= AIMS.deliveries },
    },
    { name: `until the last of ${size} has a message, ${RATE}/s`, value: `p50 ${p50} ms, p99 ${p99} ms` },
  ];
}

async function measure(
  { server, lecture }: Side,
  drive: (traffic: Traffic) => Promise<void>,
): Promise<Round & { times: readonly number[] }> {
  const traffic = new Traffic(lecture);
  const [cpu, driver, start] = [cpuSeconds(server.pid), cpuSeconds(process.pid), performance.now()];
  await drive(traffic);
  const count = traffic.times.length * lecture.others;
  const scale = 100_000 / count;
  return {
    cpu: (cpuSeconds(server.pid) - cpu) * scale,
    driver: (cpuSeconds(process.pid) - driver) * scale,
    deliveries: count / ((performance.now() - start) / 1000),
    times: traffic.times,
  };
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

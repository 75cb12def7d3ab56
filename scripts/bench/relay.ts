// One-to-one messages through our server, every one on disk before it is accepted, beside a bare TLS relay that only
// copies bytes; both are driven by the same program in the same run. bun scripts/bench/relay.ts [--quick]

import { join } from "node:path";
import { type Lane, relayLane, serverLane } from "./lanes.ts";
import type { Address, Writing } from "./raw-client.ts";
import { type Figure, figure, median, type Options, printFigures, printTable, quantile } from "./report.ts";
import { onStage, type Serving } from "./stage.ts";
import { Counts, flood, pace, type Running, WINDOW } from "./traffic.ts";
import { cpuSeconds } from "./usage.ts";

const PAIRS = 50;
const RATE = 1000;
const AIM = 3;

interface Round {
  /** Processor seconds of the server, and seconds on the clock, for 100,000 messages. */
  readonly cpu: number;
  readonly wall: number;
  /** Processor seconds of the program that drives it. */
  readonly driver: number;
}

/** The relay or our server, with the rounds driven over it. */
interface Side {
  readonly name: string;
  readonly server: Serving;
  readonly open: (number: number, address: Address, writing: Writing) => Promise<Lane>;
}

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const ours = await stage.classchat();
    const bare = await stage.serve([process.execPath, join(import.meta.dir, "bare-relay.ts")]);
    const relay: Side = { name: "bare TLS relay", server: bare, open: relayLane };
    const own: Side = { name: "classchat serve", server: ours, open: serverLane };

    console.log(
      "  A message costs the relay 2 frames in and 2 out: itself (262 B), and the receiver's word that it has it.",
    );
    console.log(
      "  It costs the server 2 in and 3 out: append, ack; accepted (on disk), entry, receipt. Acks and receipts",
    );
    console.log("  stand, on both sides, for all that one chunk brought.");
    const ratio = await compare(relay, own, "single", quick);
    await compare(relay, own, "joined", quick);
    const value = `${figure(ratio)} × the bare relay's`;
    const figures: Figure[] = [
      { name: "server CPU, one-to-one messages", value, aim: { text: `≤ ${AIM} ×`, met: ratio <= AIM } },
    ];
    const table = [["", "received p50", "p99", "accepted p50", "p99"]];
    for (const side of [relay, own]) {
      const lanes = await lanesOver(side, "single");
      await pace(lanes, RATE, 1);
      const { received, accepted } = await pace(lanes, RATE, quick ? 3 : 10);
      close(lanes);
      const cells = [received, accepted].flatMap((values) =>
        [0.5, 0.99].map((q) => figure(quantile(values, q))),
      );
      table.push([side.name, ...cells]);
      if (side === own)
        figures.push({
          name: `message at ${RATE}/s, sent to received`,
          value: `p50 ${cells[0]} ms, p99 ${cells[1]} ms`,
        });
    }
    printTable(`${RATE} messages a second, ms since they were sent`, table);
    for (const { server } of [relay, own]) await server.stop();
    return figures;
  });
}

/** Drives both in turn and answers how many times the relay's processor time ours takes. */
async function compare(relay: Side, own: Side, writing: Writing, quick: boolean): Promise<number> {
  const each = (quick ? 40_000 : 100_000) / PAIRS;
  const runs: { side: Side; lanes: Running; rounds: Round[] }[] = [];
  for (const side of [relay, own]) {
    const lanes = await lanesOver(side, writing);
    await flood(lanes, each / 2); // until the code is compiled
    runs.push({ side, lanes, rounds: [] });
  }
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const { side, lanes, rounds } of runs) rounds.push(await measure(side.server, lanes, each));
  }
  for (const { lanes } of runs) close(lanes);
  const [theirs = Number.NaN] = runs.map(({ rounds }) => medians(rounds).cpu);
  const rows = runs.map(({ side, rounds }) => {
    const { cpu, wall, driver } = medians(rounds);
    return [side.name, figure(cpu), `${figure(cpu / theirs)} ×`, figure(100_000 / wall), figure(driver)];
  });
  const how = writing === "single" ? "each in a write of its own" : "those of one turn joined in one write";
  printTable(`100,000 messages of 256 B, ${PAIRS} pairs, ${WINDOW} under way a sender, ${how}`, [
    ["", "server CPU s", "ratio", "messages/s", "driver CPU s"],
    ...rows,
  ]);
  return medians(runs[1]?.rounds ?? []).cpu / theirs;
}

let opened = 0;
async function lanesOver({ server, open }: Side, writing: Writing): Promise<Running> {
  const running = [];
  for (let i = 0; i < PAIRS; i++)
    running.push({ lane: await open(++opened, server, writing), counts: new Counts() });
  return running;
}

function close(lanes: Running): void {
  for (const { lane } of lanes) lane.close();
}

async function measure(server: Serving, lanes: Running, each: number): Promise<Round> {
  const scale = 100_000 / (each * lanes.length);
  const [cpu, driver, wall] = [cpuSeconds(server.pid), cpuSeconds(process.pid), performance.now()];
  await flood(lanes, each);
  return {
    cpu: (cpuSeconds(server.pid) - cpu) * scale,
    wall: ((performance.now() - wall) / 1000) * scale,
    driver: (cpuSeconds(process.pid) - driver) * scale,
  };
}

function medians(rounds: readonly Round[]): Round {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  return { cpu: of(({ cpu }) => cpu), wall: of(({ wall }) => wall), driver: of(({ driver }) => driver) };
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

// `bun run sim [--seeds N] [--from N]`: many simulated classes; `--seed N [--trace]`: one of them, line by line.
// Seeds that break a promise are added to test/sim/failing-seeds.json. Must not know what is simulated.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { report, simulate } from "../test/sim/simulation/simulate.ts";
import { root } from "./compile.ts";

const FAILING = join(root, "test", "sim", "failing-seeds.json");
const SAY_EVERY_MS = 10_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new TypeError(`sim: ${text} is no whole number`);
  return Number(text);
}

async function remember(seed: number): Promise<void> {
  const known: number[] = await Bun.file(FAILING).json();
  const seeds = [...new Set([...known, seed])].sort((a, b) => a - b);
  await Bun.write(FAILING, `${JSON.stringify(seeds).replaceAll(",", ", ")}\n`);
}

const first = whole(values.seed ?? values.from);
const count = values.seed === undefined ? whole(values.seeds) : 1;
const began = performance.now();
const broken = new Map<string, number[]>();
let messages = 0;
for (let seed = first, said = began; seed < first + count; seed++) {
  const outcome = await simulate(seed, values.trace ? console.log : undefined);
  messages += outcome.messages;
  if (outcome.broken !== undefined) {
    const { invariant } = outcome.broken;
    broken.set(invariant, [...(broken.get(invariant) ?? []), seed]);
    console.log(`${report(outcome)}\n`);
    await remember(seed);
  }
  if (performance.now() - said > SAY_EVERY_MS) {
    said = performance.now();
    console.log(`… seed ${seed}`);
  }
}
const seconds = ((performance.now() - began) / 1000).toFixed(1);
const failures = [...broken.values()].flat().length;
console.log(`${count} seeds from ${first}, ${messages} messages, ${seconds} s: ${failures} failed`);
for (const [invariant, seeds] of broken) console.log(`  ${invariant}: ${seeds.slice(0, 10).join(", ")}`);
process.exitCode = failures === 0 ? 0 : 1;

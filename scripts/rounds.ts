// `bun run rounds [--rounds N] [--seed SEED]`: rounds of kill -9 on the real executable, one line a round.
// Must not know what is killed, nor what must hold.

import { parseArgs } from "node:util";
import { killRounds } from "../test/e2e/support/rounds.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "300" },
    seed: { type: "string", default: String(crypto.getRandomValues(new Uint32Array(1))[0]) },
  },
});
if (!/^[1-9]\d{0,5}$/.test(values.rounds))
  throw new TypeError(`rounds: ${values.rounds} is no number of rounds`);

const count = Number(values.rounds);
console.log(`bun run rounds --rounds ${count} --seed ${values.seed}`);
const began = performance.now();
const { kills, messages, accepted, kept, broken } = await killRounds(values.seed, count, console.log);
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`${count} rounds, ${kills} killed, ${seconds} s`);
console.log(`${messages} messages, ${accepted} of them told accepted, ${kept} told kept alone`);
for (const line of broken) console.log(`BROKEN: ${line}`);
process.exitCode = broken.length === 0 ? 0 : 1;

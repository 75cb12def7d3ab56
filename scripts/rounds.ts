// `bun run rounds [--files [--size MB]] [--rounds N] [--seed SEED]`: rounds of kill -9 on the real executable, one line a
// round: of messages under load, or of a file each, 200 MB unless said otherwise.
// Must not know what is killed, nor what must hold.

import { parseArgs } from "node:util";
import { fileRounds } from "../test/e2e/support/file-rounds.ts";
import { killRounds } from "../test/e2e/support/rounds.ts";

const { values } = parseArgs({
  options: {
    files: { type: "boolean", default: false },
    size: { type: "string", default: "200" },
    rounds: { type: "string" },
    seed: { type: "string", default: String(crypto.getRandomValues(new Uint32Array(1))[0]) },
  },
});
const { files, seed, rounds = files ? "20" : "300" } = values;
for (const number of [rounds, values.size])
  if (!/^[1-9]\d{0,5}$/.test(number)) throw new TypeError(`${number} is no number of rounds or megabytes`);

const count = Number(rounds);
const size = Number(values.size);
console.log(`bun run rounds${files ? ` --files --size ${size}` : ""} --rounds ${count} --seed ${seed}`);
const began = performance.now();
const { kills, broken, told } = files ? await ofFiles() : await ofMessages();
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`${count} rounds, ${kills} killed, ${seconds} s`);
console.log(told);
for (const line of broken) console.log(`BROKEN: ${line}`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function ofMessages() {
  const { kills, messages, accepted, kept, broken } = await killRounds(seed, count, console.log);
  return {
    kills,
    broken,
    told: `${messages} messages, ${accepted} of them told accepted, ${kept} told kept alone`,
  };
}

async function ofFiles() {
  const { kills, sent, received, broken } = await fileRounds(seed, count, size * 1_000_000, console.log);
  const all = (count * size) / 100;
  const percent = (bytes: number) => `${(bytes / 1_000_000 / all).toFixed(1)} %`;
  return { kills, broken, told: `of all bytes ${percent(sent)} were sent and ${percent(received)} received` };
}

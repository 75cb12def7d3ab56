// What survives kill -9 at random moments under load, again and again in one class: all that anybody was told.

import { expect, test } from "bun:test";
import { killRounds } from "./support/rounds.ts";

const ROUNDS = 30;
/** Two busy cores need a fifth of it, ms; what is stuck is named before the test is ended. */
const LIMIT = 180_000;
const STUCK = LIMIT - 15_000;

test(
  "whatever is killed while all write: nothing lost, nothing doubled, nothing out of order",
  async () => {
    const seed = String(crypto.getRandomValues(new Uint32Array(1))[0]);
    console.log(`bun run rounds --rounds ${ROUNDS} --seed ${seed}`);
    const rounds: string[] = [];
    const { promise: stuck, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`stuck after ${rounds.at(-1) ?? "nothing"}`)), STUCK);
    const done = killRounds(seed, ROUNDS, (line) => void rounds.push(line));
    const { kills, messages, accepted, broken } = await Promise.race([done, stuck]);
    clearTimeout(timer);
    expect(broken).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(ROUNDS / 2);
    expect(accepted).toBeGreaterThan(ROUNDS);
    expect(messages).toBeGreaterThanOrEqual(accepted);
  },
  LIMIT,
);

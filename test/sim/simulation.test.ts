// Two hundred classes in trouble, each from a seed: nothing is lost, doubled, out of order, in the clear or untrue, in groups as
// between two; where disks are put back from copies, all comes together again. What a run is made of is in simulation/.

import { describe, expect, test } from "bun:test";
import failing from "./failing-seeds.json";
import { report, simulate } from "./simulation/simulate.ts";

const SEEDS = 200;
const IN_ONE_TEST = 20;

async function hold(seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    const outcome = await simulate(seed);
    if (outcome.broken !== undefined) throw new Error(report(outcome));
    expect(outcome.steps).toBeGreaterThan(0);
  }
}

describe("in a class in which everything fails now and then, all that was promised is kept", () => {
  test("where it once was not", () => hold(failing));

  for (let from = 1; from <= SEEDS; from += IN_ONE_TEST) {
    const seeds = Array.from({ length: IN_ONE_TEST }, (_, i) => from + i);
    test(`seeds ${from} to ${from + IN_ONE_TEST - 1}`, () => hold(seeds));
  }

  test("and the same seed is the same class, to the last byte", async () => {
    const [one, other] = [await simulate(7), await simulate(7)];
    expect(one.hash).toBe(other.hash);
    expect(one.steps).toBe(other.steps);
    expect((await simulate(8)).hash).not.toBe(one.hash);
  });
});

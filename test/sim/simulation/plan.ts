// What a seed stands for: how many people, what network, which troubles and how much of each.
// Must not know how any of it is done.

import { Chance } from "./chance.ts";
import { ACTIONS } from "./actions.ts";

export interface Plan {
  readonly people: number;
  /** How many actions there are before calm comes, and the mean pause between them, ms. */
  readonly actions: number;
  readonly pause: number;
  readonly linkDelay: readonly [number, number];
  readonly storeDelay: readonly [number, number];
  /** What each byte that waits on a link counts as. */
  readonly weight: number;
  /** How likely each action is, by its name; those that are absent do not happen. */
  readonly weights: ReadonlyMap<string, number>;
}

/** A large class every so often: more people, and fewer words for each. */
const LARGE_EVERY = 40;

export function planOf(seed: number): Plan {
  const chance = new Chance(`plan ${seed}`);
  const large = seed % LARGE_EVERY === LARGE_EVERY - 1;
  // Not every trouble at once: what one trouble hides, its absence shows.
  const calmness = chance.pick([0, 0.3, 0.6]);
  const weights = new Map<string, number>();
  for (const { name, weight, trouble } of ACTIONS) {
    if (trouble && chance.happens(calmness)) continue;
    weights.set(name, weight * chance.pick([0.5, 1, 2]));
  }
  const slow = chance.pick([5, 40, 200]);
  return {
    people: large ? chance.between(20, 40) : chance.between(3, 8),
    actions: large ? 150 : chance.between(30, 110),
    pause: chance.pick([20, 200, 1_500]),
    linkDelay: [1, slow],
    storeDelay: chance.pick([
      [0, 0],
      [0, 5],
      [1, 60],
    ] as const),
    weight: chance.pick([1, 1, 60]),
    weights,
  };
}

// What a seed stands for: how many people, what network, which troubles and how much of each.
// Must not know how any of it is done.

import { Chance } from "./chance.ts";
import { ACTIONS } from "./actions.ts";

export interface Plan {
  /** Disks are put back from older copies; else nothing that was on one is ever lost. */
  readonly comebacks: boolean;
  readonly people: number;
  /** How many actions there are before calm comes, and the mean pause between them, ms. */
  readonly actions: number;
  readonly pause: number;
  readonly linkDelay: readonly [number, number];
  readonly storeDelay: readonly [number, number];
  /** What each byte that waits on a link counts as. */
  readonly weight: number;
  /** Groups that people begin with. */
  readonly groups: number;
  /** How likely each action is, by its name; those that are absent do not happen. */
  readonly weights: ReadonlyMap<string, number>;
}

/** A large class every so often: more people, and fewer words for each. */
const LARGE_EVERY = 40;
/** The runs in which disks are put back from copies. */
const COMEBACKS_EVERY = 4;

export function planOf(seed: number): Plan {
  const chance = new Chance(`plan ${seed}`);
  const large = seed % LARGE_EVERY === LARGE_EVERY - 1;
  // Not every trouble at once: what one trouble hides, its absence shows.
  const calmness = chance.pick([0, 0.3, 0.6]);
  const comesBack = seed % COMEBACKS_EVERY === 0;
  // The vaults, the server, or both in one run.
  const spared = chance.pick(["put a client back", "put the server back", "neither"]);
  const weights = new Map<string, number>();
  for (const { name, weight, trouble, comeback = false } of ACTIONS) {
    if (trouble && chance.happens(calmness)) continue;
    if (comeback && (!comesBack || name === spared)) continue;
    weights.set(name, weight * chance.pick([0.5, 1, 2]));
  }
  const slow = chance.pick([5, 40, 200]);
  return {
    comebacks: comesBack,
    people: large ? chance.between(20, 40) : chance.between(3, 8),
    actions: large ? 90 : chance.between(25, 80),
    pause: chance.pick([60, 300, 1_500]),
    linkDelay: [1, slow],
    storeDelay: chance.pick([
      [0, 0],
      [0, 5],
      [1, 60],
    ] as const),
    weight: chance.pick([1, 1, 60]),
    groups: chance.between(1, 2),
    weights,
  };
}

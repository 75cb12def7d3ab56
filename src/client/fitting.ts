// Which newcomers can be let in by one commit: it is refused as a whole for the sake of a single one that does not do.
// Must not know who has asked for whom, or how a commit is sent.

import { changeBy, type Intent } from "../mls/commit.ts";
import { members, rulesOf } from "../mls/state.ts";
import type { HeldGroup } from "./conversation-record.ts";
import { conversationRule } from "./group-rule.ts";

/**
 * Those of the newcomers who can be added beside what else the commit does, in their order. `isWanted`: one that stays,
 * whatever becomes of the commit: its user is to be told why it cannot be.
 */
export function fitting<N extends { readonly body: Uint8Array }>(
  held: HeldGroup,
  intent: Omit<Intent, "add">,
  newcomers: readonly N[],
  isWanted: (newcomer: N) => boolean,
): readonly N[] {
  const present = members(held.mls);
  const fits = (some: readonly N[]) => {
    const made = changeBy(held.mls, { ...intent, add: some.map(({ body }) => body) });
    return made.ok && conversationRule(made.change, present, rulesOf(held.mls));
  };
  if (newcomers.length === 0 || fits(newcomers)) return newcomers;
  const fit: N[] = [];
  for (const newcomer of newcomers) if (isWanted(newcomer) || fits([...fit, newcomer])) fit.push(newcomer);
  return fit;
}

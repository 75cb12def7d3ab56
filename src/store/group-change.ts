// What every store has to see in a group's change.
// Must not know how it is kept.

import type { GroupChange } from "../ports/server-store.ts";

/** Whether somebody has to come for the tree of the epoch that the commit begins. */
export function hasWelcomes(change: GroupChange | undefined): boolean {
  return change?.added.some(({ welcome }) => welcome !== undefined) ?? false;
}

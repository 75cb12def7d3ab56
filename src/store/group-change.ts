// What every store has to see in a group's change.
// Must not know how it is kept.

import type { GroupChange, GroupInfo } from "../ports/server-store.ts";

/** Whether somebody has to come for the tree of the epoch that the commit begins. */
export function hasWelcomes(change: GroupChange | undefined): boolean {
  return change?.added.some(({ welcome }) => welcome !== undefined) ?? false;
}

/** A GroupInfo as it is answered; `began` is 0 where no commit with Welcomes began its epoch. */
export function groupInfoOf(epoch: number, info: Uint8Array, began: number): GroupInfo {
  return began === 0 ? { epoch, info } : { epoch, info, began };
}

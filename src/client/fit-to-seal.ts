// What is looked at before a message is sealed: whether it may be written there, and whether it is its turn.
// Must not change anything.

import { mayWrite } from "../domain/group-rules.ts";
import type { DeviceId } from "../domain/id.ts";
import { members } from "../mls/state.ts";
import { type Held, isGroup, serverEpoch } from "./conversation-record.ts";
import type { FailureReason } from "./failure-reason.ts";
import { deviceOf, isAdminOf, rulesIn } from "./group-rule.ts";
import type { ClientState } from "./state.ts";

/**
 * Whether what is sealed now could overtake what was before: while this device changes the group, and while something
 * it has sent in an earlier epoch is not answered, and may have to be sealed anew. `stale`: the epoch in which the server
 * has taken nothing any more; until the commit that came first has come here, it would refuse it again and again.
 */
export function isBehind({ outbox, pending }: ClientState, held: Held, stale: number | undefined): boolean {
  const epoch = serverEpoch(held);
  if (pending.has(held.log) || epoch === stale) return true;
  return outbox.unaccepted().some(({ sealed }) => sealed?.log === held.log && sealed.epoch !== epoch);
}

/** Why nothing of this device's user goes there; undefined when it does. */
export function mayNotWrite({ profile }: ClientState, held: Held): FailureReason | undefined {
  const rules = rulesIn(held.mls);
  if (rules === undefined) return undefined;
  if (rules.closed) return "group-closed";
  return mayWrite(rules, () => isAdminOf(held.mls, profile.identity.public)) ? undefined : "announcement";
}

/** The devices a group's message is encrypted for, this one left out; undefined in a conversation of two. */
export function recipientsIn({ deviceId }: ClientState, held: Held): DeviceId[] | undefined {
  if (!isGroup(held)) return undefined;
  return members(held.mls)
    .map(({ credential }) => deviceOf(credential))
    .filter((device) => device !== deviceId);
}

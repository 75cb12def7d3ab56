// Where this device stands in its logs, by its own memory and by the server's: whoever has gone back in time, or has
// lost a conversation, is brought together again before anything is sent. Must not know how that is done.

import type { Entry } from "../domain/entry.ts";
import type { LogId } from "../domain/id.ts";
import { type Held, isGroup, isUnconfirmed, serverEpoch } from "./conversation-record.ts";
import { forsake, takeBack } from "./forsaken.ts";
import type { Healing } from "./healing.ts";
import { hasLeft, out } from "./leaving.ts";
import type { ClientState } from "./state.ts";

/** A log, its epoch, its newest entry, and this device's cursor, as the server knows them. */
export type Place = readonly [log: LogId, epoch: number, head: number, cursor: number];

/** Run inside the client's queue, once all Welcomes have been processed. Answers the logs that could not be come back into. */
export async function reconcile(
  state: ClientState,
  healing: Healing,
  places: readonly Place[],
): Promise<readonly LogId[]> {
  const broken: LogId[] = [];
  for (const place of places) if (!(await settle(state, healing, place))) broken.push(place[0]);
  const there = new Set(places.map(([log]) => log));
  for (const log of state.conversations.logs()) {
    if (!there.has(log)) lost(state, log);
  }
  // To come in from outside: the server has not taken it, and what it was made of may be gone.
  for (const log of state.pending.logs())
    if (!there.has(log) && !state.pending.isChange(log)) state.commit([state.pending.remove(log)]);
  return broken;
}

/** What is to be done about a conversation. */
export type Standing =
  | "follows" // nothing
  | "begins" // the answer to `create` was lost: it is asked again
  | "comes-back" // its state cannot go on from here
  | "rewinds"; // the server has gone back in time: what it has lost it is told again

/** `isPending`: a commit of this device's waits for the server's word. */
export function standing(held: Held | undefined, isPending: boolean, place: Place): Standing {
  const [, epoch, head, cursor] = place;
  if (held !== undefined && isUnconfirmed(held) && cursor <= held.cursor) return "begins";
  // This vault is of an earlier day than what the server saw of it (put back from a copy), or its state is gone. Its
  // keys may have been used already (RFC 9420 §9.2), so it comes back with new ones.
  if (held === undefined || isPending || (cursor > held.cursor && !isFresh(held))) return "comes-back";
  const serverWentBack = held.cursor > head || epoch < serverEpoch(held);
  if (!serverWentBack) return "follows";
  // In as many commits as there were, but not the same: what this state is of is gone.
  const isOther = held.began !== undefined && held.began.seq > head;
  return epoch === serverEpoch(held) && !isOther ? "rewinds" : "comes-back";
}

/**
 * Whether this is not what stood there: the server has gone back in time and then on again, to as many entries as there
 * were. Whoever reads on from here would pass over the others, and might be in another state than everybody else.
 */
export function isElsewhere({ began, read }: Held, { seq, id }: Pick<Entry, "seq" | "id">): boolean {
  return [began, read].some((known) => known?.seq === seq && known.id !== id);
}

/** Up to where the server is to show what this device has read, before it is known to be there still; undefined: it is. */
export function unproven(held: Held, [, , head, cursor]: Place): number | undefined {
  const known = Math.max(held.cursor, held.began?.seq ?? 0);
  return cursor < known && known <= head ? known : undefined;
}

/** By a Welcome, and nothing was read since: where the log begins for this device only its first entry tells. */
function isFresh(held: Held): boolean {
  return isGroup(held) && held.cursor === 0 && held.mls.epoch > 0;
}

async function settle(state: ClientState, healing: Healing, place: Place): Promise<boolean> {
  const { conversations, outbox, pending } = state;
  const [log, , , cursor] = place;
  const held = conversations.get(log);
  // What the user has left is not come back into, whatever the server's memory says.
  if (held === undefined && hasLeft(state, log)) return true;
  if (held !== undefined && isGroup(held) && held.leaving !== undefined) return true;
  const comesBack = pending.has(log) && !pending.isChange(log);
  const stands = standing(held, comesBack, place);
  if (stands === "comes-back" && pending.isChange(log)) state.commit([pending.remove(log)]);
  if (stands === "comes-back") return (await healing.heal(log)) !== undefined;
  if (held === undefined || stands !== "rewinds") return true;
  // What it still has beyond may be other than it was: that is read once more, and sent once more.
  const again = takeBack(state, outbox.toSendAsItWas(log, cursor));
  state.commit(
    [...conversations.update(held, { cursor }), ...again.writes],
    [{ type: "missing", conversation: held.name }, ...again.events],
  );
  return true;
}

/**
 * Run inside the client's queue: the server has given up what lay up to `seq`. Where this device has not read that,
 * something is missing, and it goes on from there; undefined where it has.
 */
export function passOver(
  state: ClientState,
  { log, seq, epoch }: { readonly log: LogId; readonly seq: number; readonly epoch: number },
): Extract<Standing, "follows" | "comes-back"> | undefined {
  const { conversations } = state;
  const held = conversations.get(log);
  if (held === undefined || seq <= held.cursor) return undefined;
  if (epoch > serverEpoch(held)) return "comes-back"; // perhaps what led to its keys is gone, too
  state.commit(conversations.update(held, { cursor: seq }), [{ type: "missing", conversation: held.name }]);
  return "follows";
}

/**
 * The server does not know the conversation: it was put back from an earlier copy, and the next message begins it anew.
 * Or it is a group that this device is in no more.
 */
function lost(state: ClientState, log: LogId): void {
  const held = state.conversations.get(log);
  if (held !== undefined && isUnconfirmed(held)) return; // it has yet to be created
  if (state.conversations.isGroup(log)) {
    // Who was about to leave has left; what became of the last that was sent is asked first (see tellLeaving).
    if (held !== undefined && isGroup(held) && held.leaving !== undefined) return;
    return out(state, log, { kind: "out" });
  }
  const { writes, events } = forsake(state, log);
  state.commit([...writes, ...state.conversations.drop(log)], events);
}

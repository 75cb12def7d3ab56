// Where this device stands in its logs, by its own memory and by the server's: whoever has gone back in time, or has
// lost a conversation, is brought together again before anything is sent. Must not know how that is done.

import type { LogId } from "../domain/id.ts";
import { type Held, isGroup, isUnconfirmed, serverEpoch } from "./conversation-record.ts";
import { forsake, takeBack } from "./forsaken.ts";
import type { Healing } from "./healing.ts";
import { hasLeft, out } from "./leaving.ts";
import type { ClientState } from "./state.ts";

/** A log, its epoch, its newest entry, and this device's cursor, as the server knows them. */
export type Place = readonly [log: LogId, epoch: number, head: number, cursor: number];

/** Run inside the client's queue, once all Welcomes have been processed. */
export async function reconcile(
  state: ClientState,
  healing: Healing,
  places: readonly Place[],
): Promise<void> {
  for (const place of places) await settle(state, healing, place);
  const there = new Set(places.map(([log]) => log));
  for (const log of state.conversations.logs()) {
    if (!there.has(log)) lost(state, log);
  }
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
  return epoch === serverEpoch(held) ? "rewinds" : "comes-back";
}

/** By a Welcome, and nothing was read since: where the log begins for this device only its first entry tells. */
function isFresh(held: Held): boolean {
  return isGroup(held) && held.cursor === 0 && held.mls.epoch > 0;
}

async function settle(state: ClientState, healing: Healing, place: Place): Promise<void> {
  const { conversations, outbox, pending } = state;
  const [log, , head] = place;
  const held = conversations.get(log);
  // What the user has left is not come back into, whatever the server's memory says.
  if (held === undefined && hasLeft(state, log)) return;
  if (held !== undefined && isGroup(held) && held.leaving !== undefined) return;
  const comesBack = pending.has(log) && !pending.isChange(log);
  const stands = standing(held, comesBack, place);
  if (stands === "comes-back" && pending.isChange(log)) state.commit([pending.remove(log)]);
  if (stands === "comes-back") return void (await healing.heal(log));
  if (held === undefined || stands !== "rewinds") return;
  const again = takeBack(state, outbox.toSendAsItWas(log, head));
  state.commit(
    [...conversations.update(held, { cursor: head }), ...again.writes],
    [{ type: "missing", conversation: held.name }, ...again.events],
  );
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

// Where this device stands in its logs, by its own memory and by the server's: whoever has gone back in time, or has
// lost a conversation, is brought together again before anything is sent. Must not know how that is done.

import type { LogId } from "../domain/id.ts";
import type { Held } from "./conversations.ts";
import { forsake, takeBack } from "./forsaken.ts";
import type { Healing } from "./healing.ts";
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
  if (held?.creating !== undefined && cursor <= held.cursor) return "begins";
  // This vault is of an earlier day than what the server saw of it (put back from a copy), or its state is gone. Its
  // keys may have been used already (RFC 9420 §9.2), so it comes back with new ones.
  if (held === undefined || cursor > held.cursor || isPending) return "comes-back";
  const serverWentBack = held.cursor > head || epoch < held.mls.epoch;
  if (!serverWentBack) return "follows";
  return epoch === held.mls.epoch ? "rewinds" : "comes-back";
}

async function settle(state: ClientState, healing: Healing, place: Place): Promise<void> {
  const { conversations, outbox } = state;
  const [log, , head] = place;
  const held = conversations.get(log);
  const stands = standing(held, healing.isPending(log), place);
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
  if (epoch > held.mls.epoch) return "comes-back"; // perhaps what led to its keys is gone, too
  state.commit(conversations.update(held, { cursor: seq }), [{ type: "missing", conversation: held.name }]);
  return "follows";
}

/** The server does not know the conversation: it was put back from an earlier copy. The next message begins it anew. */
function lost(state: ClientState, log: LogId): void {
  const held = state.conversations.get(log);
  if (held?.creating !== undefined) return; // it has yet to be created
  const { writes, events } = forsake(state, log);
  state.commit([...writes, ...state.conversations.drop(log)], events);
}

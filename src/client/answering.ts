// What becomes of a message once the server has answered: it has taken it, or will not. Must not know what was asked.

import type { LogId } from "../domain/id.ts";
import { isGroup, readUpTo } from "./conversation-record.ts";
import type { ClientEvent } from "./events.ts";
import type { FailureReason } from "./failure-reason.ts";
import { failedFile } from "./forsaken.ts";
import { acceptedAs, type OutboxItem, progress, told } from "./outbox.ts";
import { place, unplaced } from "./placing.ts";
import type { ClientState } from "./state.ts";
import type { Changed } from "./transfer-book.ts";

export interface AcceptedAnswer {
  readonly seq: number;
  readonly of: number;
  readonly stands?: boolean | undefined;
}

/** `needsReceipt`: no receipt will come by itself, so that the server must be asked how far it was delivered. */
export interface Accepted extends Changed {
  readonly needsReceipt: boolean;
}

/**
 * It is on the server. `isRead`: whether nothing of a log that came before this answer was left unread; after the
 * connection's end the answer stands for nothing.
 */
export function accepted(
  state: ClientState,
  item: OutboxItem,
  { seq, of, stands, isRead }: AcceptedAnswer & { readonly isRead: (log: LogId) => boolean },
): Accepted {
  const { conversations, outbox, timeline } = state;
  // A late answer takes nothing back.
  if (progress(item).state === "delivered") return { writes: [], events: [], needsReceipt: false };
  const held = item.sealed === undefined ? undefined : conversations.get(item.sealed.log);
  const now = {
    ...item,
    accepted: item.accepted === undefined ? acceptedAs(item, { seq, of }) : { ...item.accepted, seq },
  };
  const come = progress(now);
  const events: ClientEvent[] = told(item, come);
  // Who is leaving a group reads nothing more of it: what went before may be left unread.
  const isLeaving = held !== undefined && isGroup(held) && held.leaving !== undefined;
  // Unless the answer stands for the entry, that will come in its turn.
  const follows = stands === true && held !== undefined && isRead(held.log) && !isLeaving;
  // Its entry came before this vault was put back from a copy, which now reads on from there: it does not come again.
  const isPast = held !== undefined && seq <= held.cursor && item.position === undefined;
  const inTurn = held === undefined || !(follows || isPast);
  const writes =
    inTurn || isPast ? [] : conversations.update(held, readUpTo({ seq, id: item.entry ?? item.id }));
  // Who is alone in a group waits for nobody's receipt.
  const isDone = come.state === "delivered";
  if (item.position !== undefined) {
    writes.push(...timeline.change(item.fold, item.position, come));
    writes.push(...(isDone ? outbox.remove(item.id) : outbox.put(now)));
  } else if (inTurn) {
    writes.push(...outbox.put(now));
  } else {
    const placed = place(state, now);
    const kept = { ...now, position: placed.position };
    writes.push(...placed.writes, ...(isDone ? outbox.remove(item.id) : outbox.put(kept)));
  }
  return { writes, events, needsReceipt: isPast && !isDone };
}

/** It will not go: kept in the conversation with the reason, so that its text is not lost. */
export function failed(state: ClientState, item: OutboxItem, reason: FailureReason): Changed {
  const { writes, events } = unplaced(state, item, { state: "failed", reason });
  const file = item.file === undefined ? undefined : failedFile(state, item.id, reason);
  return { writes: [...writes, ...(file?.writes ?? [])], events: [...events, ...(file?.events ?? [])] };
}

// What was said, as a face asks for it: the conversations' rows, and what of this device's is in none of them yet.
// Must not know who asks.

import type { HistoryQuery, Message } from "./events.ts";
import { asMessage } from "./outbox.ts";
import { shownAs } from "./showing.ts";
import type { ClientState } from "./state.ts";

/** Run inside the client's queue. Oldest first. */
export function history(state: ClientState, query: HistoryQuery): readonly Message[] {
  const { outbox, timeline, profile } = state;
  if (query.before !== undefined) return timeline.history(query);
  const words = (query.search ?? "").toLowerCase().split(/\s+/);
  const wanted = query.with === undefined ? undefined : timeline.keysOf(query.with);
  const waiting = outbox
    .unplaced()
    .filter(({ fold }) => wanted === undefined || wanted.includes(fold))
    .filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)))
    .map((item) => shownAs(state, asMessage(item, profile.name), item.fold));
  return [...timeline.history(query), ...waiting].slice(-query.limit);
}

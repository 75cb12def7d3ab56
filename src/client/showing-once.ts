// What was shown once is not shown again, by whatever way it comes another time.
// Must not know what it says.

import type { LogId, MessageId } from "../domain/id.ts";
import type { ClientState } from "./state.ts";
import type { Step } from "./step.ts";

const SEEN = Uint8Array.of(1);

/**
 * Whether a message of this log is to be shown; if it is, it is not from then on. In a group nobody else can take its
 * place by giving its id: `sender` is a name, of which there is one in a group.
 */
export function showOnce(
  { store, conversations }: ClientState,
  { log, id, sender }: { readonly log: LogId; readonly id: MessageId; readonly sender: string },
  step: Step,
): boolean {
  const key = conversations.isGroup(log) ? `${log} ${id} ${sender}` : `${log} ${id}`;
  if (step.seen.has(key) || store.get("seen", key) !== undefined) return false;
  step.seen.add(key);
  step.write([{ put: "seen", key, value: SEEN }]);
  return true;
}

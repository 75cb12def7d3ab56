// Why something did not go, in the words of the chat: its hints name what can be typed here.
// Must not know what is done about it.

import type { ClientEvent } from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import { printable } from "../domain/text.ts";
import type { Progress, Trouble } from "./chat-lines.ts";
import { reasonText } from "./wording.ts";

/** Stands for the name until the hint speaks of what is typed here. */
const NAME = "\u0000";

/** `name`: the person or the group it is about. */
export function troubleOf(reason: FailureReason | "offline", name: string): Trouble {
  const { code, line, hint } = reasonText(reason);
  const here = hint
    .replace(/classchat groups (join|members) NAME/, `/$1 ${NAME}`)
    .replace("classchat trust NAME", `/trust ${NAME}`)
    .replace(/classchat (groups|users)/, "/$1")
    .replace(NAME, () => printable(name, { lines: false }));
  return { code, line, hint: here };
}

export type StateEvent = Extract<ClientEvent, { type: "state" }>;

/** Of one message only the last state is news. */
export function lastStates(happened: readonly ClientEvent[]): Iterable<StateEvent> {
  const states = new Map<string, StateEvent>();
  for (const event of happened) {
    if (event.type !== "state") continue;
    states.delete(event.id);
    states.set(event.id, event);
  }
  return states.values();
}

/** How far a message has come, as the client tells it. */
export function progressOf(event: StateEvent): Progress {
  const { conversation, state, delivered, of, reason } = event;
  return {
    state,
    delivered,
    of,
    ...(reason === undefined ? {} : { trouble: troubleOf(reason, conversation) }),
  };
}

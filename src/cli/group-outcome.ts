// Something asked of a group by a command that ends: how it comes out in the time there is.
// Must not know the command line, nor how it is told.

import type { Asked, Face, GroupOutcome } from "../client/events.ts";
import { type GroupAction, groupAfter, isDoneBy, perform } from "./group-actions.ts";
import { caughtUp, isOnline, nextEvent } from "./waiting.ts";

/** How long what was asked for may take, unless it is said; s. */
const TIMEOUT = 15;
/** The face is given so long to answer that it is kept, whatever is left of the time; ms. */
const KEPT_WITHIN = 2_000;

/**
 * Asks, and waits for the answer; where that is that it is kept and the server is there, for what comes of it. `me`: who
 * asks. `timeout`: s; with it a server that is away is waited for, too. What is not answered in time is kept.
 */
export async function outcomeOf(
  face: Face,
  action: GroupAction,
  me: string,
  timeout: number | undefined,
): Promise<Asked<GroupOutcome>> {
  const ms = 1000 * (timeout ?? TIMEOUT);
  const until = Date.now() + ms;
  const status = await caughtUp(face, timeout === undefined ? 0 : ms, ms);
  const told = nextEvent(
    face,
    (event) => (event.type === "message" && isDoneBy(action, event.message, me) ? true : undefined),
    { ms: Math.max(until - Date.now(), KEPT_WITHIN) },
  );
  const end = told.found.then((done): Asked<GroupOutcome> => {
    return { ok: true, value: { state: done === true ? "done" : "waiting", name: groupAfter(action) } };
  });
  try {
    const asked = await Promise.race([perform(face, action), end]);
    const goesOn = asked.ok && asked.value.state === "waiting" && isOnline(status);
    return goesOn ? await end : asked;
  } finally {
    told.cancel();
  }
}

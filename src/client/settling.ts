// The server has taken a commit of this device's: its state takes the place of the present one, and what it does is told.
// Must not know how it was made or how the answer came.

import type { MlsProvider } from "../mls/provider.ts";
import { members } from "../mls/state.ts";
import type { VaultWrite } from "../ports.ts";
import type { HeldGroup } from "./conversation-record.ts";
import type { ClientEvent } from "./events.ts";
import { notFor } from "./forsaken.ts";
import { impostorNotice } from "./following.ts";
import { deviceOf, rulesIn } from "./group-rule.ts";
import { ending, statementOf } from "./leaving.ts";
import { noticeMessage } from "./notices.ts";
import { type Pending, stateAfter } from "./pending.ts";
import { nextRenewal } from "./renewing.ts";
import type { ClientState } from "./state.ts";

/** Run inside the client's queue. `at`: where it stands in the log, and up to where this device has read it then. */
export function settle(
  state: ClientState,
  mls: MlsProvider,
  held: HeldGroup,
  pending: Pending,
  at: { readonly seq: number; readonly time: number; readonly cursor: number },
): { writes: VaultWrite[]; events: ClientEvent[] } {
  const { conversations, timeline } = state;
  const { change, log, id } = pending;
  const after = stateAfter(mls, conversations.device(), pending);
  const name = rulesIn(after)?.name;
  const next: HeldGroup = {
    ...held,
    name: name === undefined ? held.name : `@${name}`,
    cursor: at.cursor,
    began: { seq: at.seq, id },
    renewAt: change?.renews === true ? nextRenewal(state) : held.renewAt,
    mls: after,
    ...(held.leaving === undefined ? {} : { leaving: statementOf(state, after) }),
  };
  const writes: VaultWrite[] = [...conversations.adopt(next), state.pending.remove(log)];
  const events: ClientEvent[] = [];
  for (const key of change?.intents ?? []) writes.push({ remove: "intent", key });
  for (const device of change?.removed ?? []) {
    const less = notFor(state, log, device);
    writes.push(...less.writes);
    events.push(...less.events);
  }
  const before = new Set(members(held.mls).map(({ credential }) => deviceOf(credential)));
  const come = members(after).filter(({ credential }) => !before.has(deviceOf(credential)));
  const impostors = impostorNotice(
    state,
    come.map(({ credential }) => credential),
  );
  for (const notice of [...(change?.notices ?? []), ...impostors]) {
    const added = timeline.add(noticeMessage(next.name, id, at.time, notice), next.fold);
    writes.push(...added.writes);
    events.push({ type: "message", message: added.message });
  }
  if (rulesIn(after)?.closed === true) {
    const ended = ending(state, next);
    writes.push(...ended.writes);
    events.push(...ended.events);
  }
  return { writes, events };
}

// How this device's part in a group ends: left, removed, or gone at the server. What was said stays; keys do not.
// Must not know how entries arrive.

import { parseName } from "../domain/name.ts";
import type { LogId } from "../domain/id.ts";
import { leaveStatement } from "../mls/leaving.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { type Conversation, isActive } from "../mls/state.ts";
import type { VaultWrite } from "../ports.ts";
import { REFUSALS } from "../wire/refusal.ts";
import type { Connection } from "./connection.ts";
import { type HeldGroup, isGroup } from "./conversation-record.ts";
import type { ClientEvent, GroupNotice } from "./events.ts";
import { giveUp } from "./forsaken.ts";
import { intentsOf } from "./intents.ts";
import { noticeMessage } from "./notices.ts";
import { place } from "./placing.ts";
import { requestOf, stateAfter } from "./pending.ts";
import type { ClientState } from "./state.ts";

const LEFT = Uint8Array.of(1);

/** Whether this device was in the group once, and has left it or was removed. */
export function hasLeft({ store }: ClientState, log: LogId): boolean {
  return store.get("seen", leftKey(log)) !== undefined;
}

/** It is in the group (again). */
export function isBack(log: LogId): VaultWrite {
  return { remove: "seen", key: leftKey(log) };
}

/** It is in the group no more, or need not come in any more. */
export function isOver(log: LogId): VaultWrite {
  return { put: "seen", key: leftKey(log), value: LEFT };
}

function leftKey(log: LogId): string {
  return `left ${log}`;
}

/** What there is of a group on this device but its history goes; what was to be sent there fails. */
export function ending(
  state: ClientState,
  { log, fold }: Pick<HeldGroup, "log" | "fold">,
): { writes: VaultWrite[]; events: ClientEvent[] } {
  const { outbox, conversations, store, pending } = state;
  const writes: VaultWrite[] = [
    ...conversations.drop(log),
    pending.remove(log),
    isOver(log),
    ...intentsOf(store, log).map(({ key }) => ({ remove: "intent" as const, key })),
  ];
  const events: ClientEvent[] = [];
  for (const item of outbox.all().filter((one) => one.fold === fold)) {
    if (item.accepted !== undefined) {
      // How far it has come stands in its row.
      const row = item.position === undefined ? place(state, item).writes : [];
      writes.push(...row, ...outbox.remove(item.id));
      continue;
    }
    const given = giveUp(state, item, "not-in-group");
    writes.push(...given.writes);
    events.push(...given.events);
  }
  return { writes, events };
}

/** Run inside the client's queue: the user wants to leave. Nothing more is read from now on, whatever the server says. */
export function beginToLeave(state: ClientState, held: HeldGroup): void {
  state.commit(state.conversations.note(held, { leaving: statementOf(state, held.mls) }));
}

/** It is about this device's present leaf, which each of its own commits replaces. */
export function statementOf({ conversations }: ClientState, mls: Conversation): Uint8Array {
  return isActive(mls) ? leaveStatement(mls, conversations.device()) : new Uint8Array(0);
}

/**
 * A commit of this device's may be on its way, or have come through without its answer: what became of it is to be
 * known first, or the statement would be about a leaf that is no more, and nobody could take the device out.
 */
async function settleFirst(
  state: ClientState,
  mls: MlsProvider,
  connection: Connection,
  log: LogId,
): Promise<"settled" | "later"> {
  const pending = await state.serial.run(() => state.pending.get(log));
  if (pending === undefined) return "settled";
  const reply = await connection.request(...requestOf(pending));
  if (!reply.ok && (reply.refused === "offline" || REFUSALS[reply.refused].again)) return "later";
  await state.serial.run(() => {
    const held = state.conversations.get(log);
    if (state.pending.get(log)?.id !== pending.id || held === undefined || !isGroup(held)) return;
    const after = reply.ok ? stateAfter(mls, state.conversations.device(), pending) : held.mls;
    const leaving = statementOf(state, after);
    state.commit([...state.conversations.note(held, { leaving }), state.pending.remove(log)]);
  });
  return "settled";
}

/** "done": the server knows it, or knows nothing of it. "later": the next connection tries again. */
export async function tellLeaving(
  state: ClientState,
  mls: MlsProvider,
  connection: Connection,
  log: LogId,
): Promise<"done" | "later"> {
  const before = await state.serial.run(() => state.conversations.get(log));
  if (before === undefined || !isGroup(before) || before.leaving === undefined) return "done";
  if ((await settleFirst(state, mls, connection, log)) === "later") return "later";
  const held = await state.serial.run(() => state.conversations.get(log));
  if (held === undefined || !isGroup(held) || held.leaving === undefined) return "done";
  // Also where it is not known whether the group was ever founded: the request for that may be on its way.
  const reply = await connection.request({ t: "leave", log }, held.leaving);
  const known = reply.ok || reply.refused === "no-such-log" || reply.refused === "not-member";
  if (!known) return "later";
  await state.serial.run(() => {
    const present = state.conversations.get(log);
    // It may have been let in again meanwhile.
    const isLeaving = present !== undefined && isGroup(present) && present.leaving !== undefined;
    if (isLeaving) out(state, log, { kind: "left", names: [state.profile.name] });
  });
  return "done";
}

/** Run inside the client's queue: this device is in the group no more. */
export function out(state: ClientState, log: LogId, notice: GroupNotice): void {
  const held = state.conversations.get(log);
  if (held === undefined || !isGroup(held)) {
    state.commit(state.conversations.drop(log));
    return;
  }
  const { name, fold } = held;
  const line = noticeMessage(name, state.messageId(), state.time.now(), notice);
  const added = state.timeline.add(line, fold);
  const { writes, events } = ending(state, held);
  state.commit([...added.writes, ...writes], [{ type: "message", message: added.message }, ...events]);
}

/** A group's name as it was typed, folded and with its `@`; undefined when it is no name. */
export function groupFold(name: string): string | undefined {
  const parsed = parseName(name.startsWith("@") ? name.slice(1) : name);
  return parsed.ok ? `@${parsed.fold}` : undefined;
}

// What becomes of messages that the server took and that will not arrive from there: their conversation was begun
// anew, they are gone, or it must have them once more. Must not know why that is.

import type { DeviceId, LogId } from "../domain/id.ts";
import type { VaultWrite } from "../ports.ts";
import type { ClientEvent } from "./events.ts";
import type { FailureReason } from "./failure-reason.ts";
import { type OutboxItem, progress, told, without } from "./outbox.ts";
import { place, unplaced } from "./placing.ts";
import type { ClientState } from "./state.ts";
import type { Changed } from "./transfer-book.ts";

/**
 * Run inside the client's queue. What the server never took is sealed again in the new conversation; what it took and
 * did not deliver is gone with the old one, and is told as failed.
 */
export function forsake(state: ClientState, log: LogId): { writes: VaultWrite[]; events: ClientEvent[] } {
  const { outbox } = state;
  const writes: VaultWrite[] = [];
  const events: ClientEvent[] = [];
  for (const item of outbox.ofLog(log)) {
    if (item.accepted === undefined) {
      writes.push(...outbox.unseal(item));
      continue;
    }
    if (progress(item).state === "delivered") {
      const row = item.position === undefined ? place(state, item).writes : [];
      writes.push(...row, ...outbox.remove(item.id));
      continue;
    }
    const given = giveUp(state, item, "no-such-log");
    writes.push(...given.writes);
    events.push(...given.events);
  }
  return { writes, events };
}

/** It will not go any further: it stays in its conversation with the reason, and with how far it came. */
export function giveUp(
  state: ClientState,
  item: OutboxItem,
  reason: FailureReason,
): { writes: VaultWrite[]; events: ClientEvent[] } {
  const { writes, events } = unplaced(state, item, { ...progress(item), state: "failed", reason });
  const file = item.file === undefined ? undefined : failedFile(state, item.id, reason);
  return { writes: [...writes, ...(file?.writes ?? [])], events: [...events, ...(file?.events ?? [])] };
}

/** A device is no recipient any more: what has not reached it is not for it. */
export function notFor(
  { outbox, timeline }: ClientState,
  log: LogId,
  device: DeviceId,
): { writes: VaultWrite[]; events: ClientEvent[] } {
  const writes: VaultWrite[] = [];
  const events: ClientEvent[] = [];
  for (const item of outbox.undelivered(log, device)) {
    const { accepted, id, fold, position } = item;
    if (accepted === undefined) continue;
    const now = { ...item, accepted: without(accepted, device) };
    const come = progress(now);
    const done = come.state === "delivered" && position !== undefined;
    writes.push(...(done ? outbox.remove(id) : outbox.put(now)));
    if (position !== undefined) writes.push(...timeline.change(fold, position, come));
    events.push(...told(item, come));
  }
  return { writes, events };
}

/** These go out once more, as they are given here: they wait on this device again, and are told so. */
export function takeBack(
  { outbox, timeline }: ClientState,
  items: readonly OutboxItem[],
): { writes: VaultWrite[]; events: ClientEvent[] } {
  const writes = items.flatMap((item) => [
    ...outbox.put(item),
    ...(item.position === undefined ? [] : timeline.change(item.fold, item.position, progress(item))),
  ]);
  const events = items.flatMap((item) => told(item, progress(item)));
  return { writes, events };
}

/** A file that no message tells of is for nobody. */
export function failedFile(
  { transfers }: ClientState,
  id: string,
  reason: FailureReason,
): Changed | undefined {
  const record = transfers.ofMessage(id);
  if (record?.state !== "sending" && record?.state !== "sent") return undefined;
  const cancelling = record.log === undefined ? {} : { cancelling: true as const };
  return transfers.put({ ...record, state: "failed", reason, ...cancelling });
}

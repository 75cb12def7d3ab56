// What becomes of something this device has sent, in its conversation: a message gets its row, what is said about one
// changes that one's row. Must not know why it is time for that.

import type { MessageId } from "../domain/id.ts";
import type { VaultWrite } from "../ports.ts";
import type { ClientEvent, Message } from "./events.ts";
import type { FailureReason } from "./failure-reason.ts";
import { asMessage, isMessage, type OutboxItem, told } from "./outbox.ts";
import { type Remark, remarked } from "./remark.ts";
import { shownAs } from "./showing.ts";
import type { ClientState } from "./state.ts";
import type { Unwritten } from "./timeline.ts";

/** It stands in its log. `as`: how far it has come, where the item does not say. */
export function place(
  state: ClientState,
  item: OutboxItem,
  unwritten?: Unwritten,
  as: Partial<Message> = {},
): { position: number; writes: VaultWrite[] } {
  const { timeline, profile } = state;
  if (isMessage(item)) return timeline.add({ ...asMessage(item, profile.name), ...as }, item.fold);
  if (item.remark === undefined) return { position: 0, writes: [] }; // it changes nothing here
  return { position: 0, writes: remark(state, item.fold, item.remark, profile.name, unwritten) };
}

/** What is said about a message is written into its row; whether one may was asked before. */
export function remark(
  { timeline, outbox }: ClientState,
  key: string,
  what: Remark,
  by: string,
  unwritten?: Unwritten,
): VaultWrite[] {
  const found = timeline.find(key, what.to, unwritten);
  const after = found === undefined ? undefined : remarked(found.message, what, by);
  if (found === undefined || after === undefined) return [];
  const blanked = what.type === "delete" && found.message.own ? outbox.blank(key, what.to) : [];
  return [timeline.replace(key, found, after), ...blanked];
}

/**
 * It will not go: a message stays in its conversation with the reason, and what was said about one is taken back. What
 * did go, and was to go once more for somebody, is as far as it came.
 */
export function unplaced(
  state: ClientState,
  item: OutboxItem,
  come: Pick<Message, "state" | "delivered" | "of"> & { readonly reason: FailureReason },
): { writes: VaultWrite[]; events: ClientEvent[] } {
  const { outbox, timeline } = state;
  const { id, fold, position, remark, came, accepted } = item;
  if (isMessage(item) && position !== undefined && came !== undefined && accepted === undefined) {
    const stays = { state: "accepted", ...came } as const;
    return {
      writes: [...timeline.change(fold, position, stays), ...outbox.remove(id)],
      events: told(item, stays),
    };
  }
  if (isMessage(item)) {
    const row =
      position === undefined
        ? place(state, item, undefined, come).writes
        : timeline.change(fold, position, come);
    const { reason, delivered = 0, of = 1 } = come;
    const events = told(item, { state: "failed", delivered, of, reason });
    return { writes: [...row, ...outbox.remove(id)], events };
  }
  const writes = outbox.remove(id);
  // What has its effect already keeps it: some have it, and others may never.
  const isOpen = remark !== undefined && position === undefined;
  const message = isOpen ? messageOf(state, fold, remark.to) : undefined;
  if (remark === undefined || message === undefined) return { writes, events: [] };
  const change = { kind: "undone", what: remark.type, reason: come.reason } as const;
  return { writes, events: [{ type: "changed", message, change }] };
}

/** As it is shown, whether it has its place or waits. */
export function messageOf(state: ClientState, key: string, id: MessageId): Message | undefined {
  const item = state.outbox.get(id);
  const waits = item?.fold === key && item.position === undefined && isMessage(item);
  const row = waits ? asMessage(item, state.profile.name) : state.timeline.find(key, id)?.message;
  return row === undefined ? undefined : shownAs(state, row, key);
}

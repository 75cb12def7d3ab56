// One group's log as the server's disk has held it: its messages, and who was in the group when.
// Must not know what anybody reads of it.

import type { DeviceId } from "../../../src/domain/id.ts";

/** The time a device is in a group, by its log: from the commit that let it in to the last entry that is for it. */
export interface Spell {
  readonly from: number;
  until: number | undefined;
}

export interface GroupLog {
  /** The newest entry. */
  head: number;
  /** Its messages, in order; one that was sent again is there again. */
  readonly messages: { readonly seq: number; readonly id: string }[];
  /** Where a message was first. */
  readonly seqOf: Map<string, number>;
  readonly spells: Map<DeviceId, Spell[]>;
  /** Who has which message from the log itself, by its id. */
  readonly got: Map<string, Set<string>>;
  /** Only admins could write there at some time; nobody can any more. */
  wasAnnouncement: boolean;
  wasClosed: boolean;
}

/** Who is taken out and put in again passes over what it had not read by then; its senders send that again. */
export function isReentered({ spells }: GroupLog, device: DeviceId): boolean {
  return (spells.get(device)?.length ?? 0) > 1;
}

export function newLog(): GroupLog {
  return {
    head: 0,
    messages: [],
    seqOf: new Map(),
    spells: new Map(),
    got: new Map(),
    wasAnnouncement: false,
    wasClosed: false,
  };
}

export function open({ spells }: GroupLog, device: DeviceId, from: number): void {
  spells.set(device, [...(spells.get(device) ?? []), { from, until: undefined }]);
}

export function close(known: GroupLog, device: DeviceId, until: number): void {
  const spell = current(known, device);
  if (spell !== undefined) spell.until = until;
}

export function current({ spells }: GroupLog, device: DeviceId): Spell | undefined {
  return spells.get(device)?.find(({ until }) => until === undefined);
}

export function spellOf({ spells }: GroupLog, device: DeviceId, seq: number): Spell | undefined {
  return spells.get(device)?.find(({ from, until }) => from <= seq && seq <= (until ?? seq));
}

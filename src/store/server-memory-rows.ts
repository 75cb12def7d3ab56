// What the store in memory is made of, and how it is looked at.
// Must not know when it changes.

import type { Entry } from "../domain/entry.ts";
import type { DeviceId } from "../domain/id.ts";
import type { Account, Membership, StoredKeyPackage } from "../ports.ts";

export interface HeldAccount extends Account {
  readonly skeleton: string;
  readonly devices: DeviceId[];
}

export interface HeldPackages {
  held: StoredKeyPackage[];
  /** The ids of those handed out. */
  readonly spent: Set<string>;
}

export interface HeldLog {
  readonly kind: Membership["kind"];
  epoch: number;
  info: Uint8Array | undefined;
  readonly creator: DeviceId;
  head: number;
  /** As Membership's. */
  expired: number;
  entries: Entry[];
  readonly cursors: Map<DeviceId, number>;
}

export function newLog(kind: Membership["kind"], epoch: number, creator: DeviceId): HeldLog {
  return { kind, epoch, creator, head: 0, expired: 0, entries: [], cursors: new Map(), info: undefined };
}

/** The entry of this log that `sender` gave this id. */
export function find(log: HeldLog, sender: DeviceId, id: string): Entry | undefined {
  return log.entries.find((entry) => entry.id === id && entry.sender === sender);
}

/** The account without what is the store's own. */
export function published({ name, fold, identity, devices }: HeldAccount): Account {
  return { name, fold, identity, devices: [...devices] };
}

/** SQLite's order of text: by its bytes in UTF-8. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

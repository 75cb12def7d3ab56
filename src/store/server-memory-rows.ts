// What the store in memory is made of, and how it is looked at.
// Must not know when it changes.

import type { Entry } from "../domain/entry.ts";
import type { BlobId, DeviceId, LogId } from "../domain/id.ts";
import type { Account, GroupName, Membership, StoredKeyPackage } from "../ports/server-store.ts";
import type { Role } from "../domain/role.ts";
import type { Invitation } from "../ports/invitations.ts";
import type { HeldBlob } from "./server-memory-blobs.ts";

/** What a crash does not take. */
export class DurableMemory {
  readonly accounts = new Map<string, HeldAccount>();
  readonly packages = new Map<DeviceId, HeldPackages>();
  readonly logs = new Map<LogId, HeldLog>();
  readonly blobs = new Map<BlobId, HeldBlob>();
  /** In the order of their ids, which are counted from 1. */
  readonly invitations: HeldInvitation[] = [];
}

export interface HeldAccount extends Account {
  readonly skeleton: string;
  readonly devices: DeviceId[];
  role: Role;
}

/** Replaced when it changes, not changed. */
export interface HeldInvitation extends Invitation {
  readonly hash: Uint8Array;
}

export interface HeldPackages {
  held: StoredKeyPackage[];
  /** The ids of those handed out. */
  readonly spent: Set<string>;
}

/** Replaced when it changes, not changed. */
export interface HeldGroup extends GroupName {
  readonly rules: Uint8Array;
  readonly closed: boolean;
  /** The statements of those who have left. */
  readonly departed: ReadonlyMap<DeviceId, Uint8Array>;
  /** The GroupInfos of epochs that are over; `began`: the seq of the commit that began the epoch. */
  readonly infos: readonly { readonly epoch: number; readonly began: number; readonly info: Uint8Array }[];
}

export interface HeldLog {
  readonly kind: Membership["kind"];
  epoch: number;
  info: Uint8Array | undefined;
  /** Seq of the commit that began the epoch, 0 when none did. */
  began: number;
  readonly creator: DeviceId;
  head: number;
  /** As Membership's. */
  expired: number;
  entries: Entry[];
  readonly cursors: Map<DeviceId, number>;
  /** Those removed who are still to get what lies before. Replaced when it changes. */
  leaving: ReadonlyMap<DeviceId, { readonly cursor: number; readonly until: number }>;
  /** Of a group that has not ended. */
  group: HeldGroup | undefined;
}

export function newLog(kind: Membership["kind"], epoch: number, creator: DeviceId): HeldLog {
  return {
    kind,
    epoch,
    info: undefined,
    began: 0,
    creator,
    head: 0,
    expired: 0,
    entries: [],
    cursors: new Map(),
    leaving: new Map(),
    group: undefined,
  };
}

/** The entry of this log that `sender` gave this id. */
export function find(log: HeldLog, sender: DeviceId, id: string): Entry | undefined {
  return log.entries.find((entry) => entry.id === id && entry.sender === sender);
}

/**
 * The seq up to which all have come for whom there is anything: one who was removed counts until what was for it has
 * expired. Without any, all.
 */
export function passedByAll({ cursors, leaving, expired }: HeldLog): number {
  const fetching = leaving.values().filter(({ until }) => until > expired);
  return Math.min(...cursors.values(), ...fetching.map(({ cursor }) => cursor));
}

/** The account that a device belongs to. */
export function accountOf(
  accounts: ReadonlyMap<string, HeldAccount>,
  device: DeviceId,
): HeldAccount | undefined {
  return accounts.values().find(({ devices }) => devices.includes(device));
}

/** The account without what is the store's own. */
export function published({ name, fold, identity, devices, role }: HeldAccount): Account {
  return { name, fold, identity, devices: [...devices], role };
}

/** Those after `after` in SQLite's order of text, which is by its bytes in UTF-8; at most `limit`. */
export function pageByFold<T extends { readonly fold: string }>(
  rows: Iterable<T>,
  after: string,
  limit: number,
): T[] {
  return [...rows]
    .filter(({ fold }) => byBytes(fold, after) > 0)
    .sort((a, b) => byBytes(a.fold, b.fold))
    .slice(0, limit);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

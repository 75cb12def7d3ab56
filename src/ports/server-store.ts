// What the server asks of its memory: accounts, KeyPackages, logs, groups; store/ implements it.
// Must not know any adapter, nor what the server does with it.

import type { Entry, EntryKind } from "../domain/entry.ts";
import type { BlobId, DeviceId, LogId, MessageId } from "../domain/id.ts";
import type { Role } from "../domain/role.ts";
import type { BlobRegister } from "./blobs.ts";
import type { Invitations } from "./invitations.ts";

export interface Account {
  /** As the person wrote it (NFKC). */
  readonly name: string;
  /** Case-folded, for comparing. */
  readonly fold: string;
  /** The person's Ed25519 identity key, 32 bytes. */
  readonly identity: Uint8Array;
  readonly devices: readonly DeviceId[];
  readonly role: Role;
}

export interface Registration {
  readonly name: string;
  readonly fold: string;
  /** Equal for names that look alike; unique among accounts. */
  readonly skeleton: string;
  readonly identity: Uint8Array;
  readonly device: DeviceId;
  readonly credential: Uint8Array;
  readonly time: number;
  /** The hash of the invitation's secret that it comes with; without one, it is let in as an ordinary student. */
  readonly invitation?: Uint8Array | undefined;
}

/** "known": this device has the account already, whatever has become of its invitation. */
export type Registered =
  | "registered"
  | "known"
  | "name-taken"
  | "name-alike"
  | "device-taken"
  | "no-such-invitation"
  | "invitation-expired"
  | "invitation-used"
  | "invitation-revoked"
  | "invitation-name";

export interface StoredKeyPackage {
  /** KeyPackageRef, hex. */
  readonly id: string;
  readonly body: Uint8Array;
  readonly lastResort: boolean;
}

export interface Append {
  readonly log: LogId;
  readonly id: MessageId;
  readonly sender: DeviceId;
  readonly kind: EntryKind;
  /** The epoch the body was made in; the entry is taken only while it is the log's. */
  readonly epoch: number;
  readonly time: number;
  readonly body: Uint8Array;
  /** With a commit: the GroupInfo of the epoch it begins. The log's epoch goes up by one in the same step. */
  readonly info?: Uint8Array;
  /** With a commit in a group's log: who comes, who goes, what else changes, in the same step. */
  readonly change?: GroupChange;
  /** In a group's log: asked within the step, after a repeat was looked for and the epoch was compared. */
  readonly admit?: Admit;
  /** With a message: the file it tells of, which from then on is for the other devices in the log, in the same step. */
  readonly blob?: BlobId;
}

/** Whether the group's rules let this be appended. Must be pure and quick: `rules` are as they were given. */
export type Admit = (group: {
  readonly rules: Uint8Array;
  /** Whether the sender is in the group. */
  readonly member: boolean;
  /** Devices that have left and are still to be taken out by a commit. */
  readonly departed: ReadonlySet<DeviceId>;
}) => boolean;

/** Devices in one group at most. */
export const MAX_GROUP = 1024;

/** What a commit does to a group besides its keys. */
export interface GroupChange {
  /**
   * In the log from this commit on: their cursors begin right before it. A Welcome goes into the device's inbox; a
   * device that adds itself (the sender) has none.
   */
  readonly added: readonly {
    readonly device: DeviceId;
    readonly welcome?: { readonly id: MessageId; readonly body: Uint8Array };
  }[];
  /** They get what lies in the log up to this commit, and nothing after it; what of them had departed is settled. */
  readonly removed: readonly DeviceId[];
  /** The new rules, with the name they give the group as it is compared. */
  readonly rules?: GroupName & { readonly bytes: Uint8Array; readonly closed: boolean };
  /** Put into the inboxes of those added, after their Welcomes. */
  readonly history?: { readonly id: MessageId; readonly body: Uint8Array };
}

/** A name as names are compared: see domain/name.ts. Unique among groups by `fold` and by `skeleton`. */
export interface GroupName {
  readonly fold: string;
  readonly skeleton: string;
}

export type Appended =
  | {
      readonly outcome: "appended" | "repeated";
      readonly seq: number;
      readonly time: number;
      /** How many devices are in the log, the sender's included. */
      readonly members: number;
      /** What was put into inboxes along with it, in the order of each inbox; nothing for a repeat. */
      readonly inboxes?: readonly Entry[];
    }
  | {
      readonly outcome:
        | "no-such-log"
        | "not-member"
        | "quota"
        | "no-such-blob"
        | "forbidden" // `admit` said no
        | "group-closed"
        | "group-full"
        | "group-exists" // the new name
        | "group-alike";
    }
  | { readonly outcome: "stale-epoch"; readonly epoch: number };

/** How much of what one person has sent may be kept, in entries and in bytes of their bodies. */
export interface Quota {
  readonly entries: number;
  readonly bytes: number;
}

/** What `expire` did: how many entries are gone, and how far in which logs somebody has missed one. */
export interface Expired {
  readonly deleted: number;
  readonly missed: readonly { readonly log: LogId; readonly seq: number; readonly epoch: number }[];
}

export interface LogCreation {
  readonly log: LogId;
  readonly kind: "direct";
  readonly epoch: number;
  /** The GroupInfo of that epoch. */
  readonly info: Uint8Array;
  /** All devices in it, the creator's included. */
  readonly members: readonly DeviceId[];
  /** Put into these devices' inboxes in the same step. `log` of the inbox is the device. */
  readonly welcomes: readonly {
    readonly device: DeviceId;
    readonly id: MessageId;
    readonly body: Uint8Array;
  }[];
  readonly creator: DeviceId;
  readonly time: number;
}

/** A group with its creator alone in it. */
export interface Founding extends GroupName {
  readonly log: LogId;
  readonly rules: Uint8Array;
  readonly info: Uint8Array;
  readonly creator: DeviceId;
}

export interface Group {
  readonly log: LogId;
  readonly fold: string;
  readonly rules: Uint8Array;
  readonly epoch: number;
  /** People in it, whatever the number of their devices. */
  readonly size: number;
}

export interface GroupInfo {
  readonly epoch: number;
  readonly info: Uint8Array;
  /** The seq of the commit with Welcomes that began the epoch; undefined where no such one did. */
  readonly began?: number;
}

export interface Membership {
  readonly log: LogId;
  readonly kind: "inbox" | "direct" | "group";
  readonly epoch: number;
  /** Seq of the newest entry, 0 in an empty log. */
  readonly head: number;
  readonly cursor: number;
  /** Seq of the newest entry that expired before everyone it was for had passed it, 0 when there was none. */
  readonly expired: number;
  /** Of a device that was removed from the group: the seq of the commit that did it, the last that it gets. */
  readonly until?: number;
}

/**
 * The server's memory. Every call that changes something is durable when its promise resolves; calls made in one
 * tick may share a transaction and take effect in the order they were made. A full or broken disk rejects with a
 * StoreFailure and changes nothing.
 */
export interface ServerStore {
  readonly blobs: BlobRegister;
  readonly invitations: Invitations;
  /**
   * Makes the account, or adds the device to that of the same identity. An invitation is used once by a new account, in
   * the same step, which gets its role; for the further devices of a person it has to be there, and no more.
   */
  register(registration: Registration): Promise<Registered>;
  /** False: nobody has the name. */
  setRole(fold: string, role: Role): Promise<boolean>;
  /** Frees a name: the account, its devices, their key packages, inboxes and memberships. */
  unregister(fold: string): Promise<boolean>;
  accountOfDevice(device: DeviceId): Promise<Account | undefined>;
  account(fold: string): Promise<Account | undefined>;
  /** Ordered by fold; at most `limit`, those after `after`. */
  accounts(after: string, limit: number): Promise<Account[]>;

  /** Adds those not held yet; a new last-resort one replaces the old. Answers how many single-use ones are held. */
  publish(device: DeviceId, packages: readonly StoredKeyPackage[]): Promise<number>;
  /** Takes one out: a single-use one if there is any (never handed out again), else the last resort (kept). */
  claim(device: DeviceId): Promise<StoredKeyPackage | undefined>;

  /**
   * Creates the log with its members and puts the welcomes into their inboxes, all or nothing. A log that has fewer
   * than two members left is opened anew: its members' cursors start at its head.
   */
  create(
    creation: LogCreation,
  ): Promise<
    | { readonly outcome: "created"; readonly head: number; readonly welcomes: readonly Entry[] }
    | { readonly outcome: "exists"; readonly creator: DeviceId }
  >;
  /** "exists": its name is taken; "alike": a name of another group looks like it. The same call again: "founded". */
  found(founding: Founding): Promise<"founded" | "exists" | "alike">;
  /** By its folded name, closed ones not. */
  group(fold: string): Promise<Group | undefined>;
  groupOfLog(log: LogId): Promise<Group | undefined>;
  /** Ordered by fold; at most `limit`, those after `after`; closed ones not. */
  groups(after: string, limit: number): Promise<Group[]>;
  /** The people in a group, ordered by fold; at most `limit`, those after `after`. */
  people(log: LogId, after: string, limit: number): Promise<Pick<Account, "name" | "fold" | "role">[]>;
  /**
   * Takes a device out of a group at once: nothing more is for it. Its statement is kept until a commit removes the
   * device or adds it anew. "ended": it was the last one, and the group is no more.
   */
  depart(log: LogId, device: DeviceId, statement: Uint8Array): Promise<"departed" | "ended" | "not-member">;
  departed(log: LogId): Promise<{ readonly device: DeviceId; readonly statement: Uint8Array }[]>;
  /**
   * In a conversation of two, nobody else left: "no-such-log", as for an inbox. In a group, one may be alone. "quota": more than `quota` of the person's would be
   * kept; a commit may take as much again, for without it a conversation cannot go on.
   */
  append(append: Append, quota?: Quota): Promise<Appended>;
  /**
   * The epoch of a log and its GroupInfo; with `epoch`, of that one, which in a group is kept for as long as the commit
   * that began it, if that had Welcomes; `began` is that one's seq. None of an inbox and of a group that has ended.
   */
  groupInfo(log: LogId, epoch?: number): Promise<GroupInfo | undefined>;
  /**
   * Moves a cursor forward (never back, never past the head) and answers where it was and where it is. `expired` is the
   * log's (see Membership): what lies between `from` and there may not have reached the device.
   */
  advance(
    log: LogId,
    device: DeviceId,
    seq: number,
  ): Promise<{ readonly from: number; readonly to: number; readonly expired: number }>;
  /** Entries after `after` in order: at most `limit`, and no more than `bytes` of bodies after the first. */
  entries(log: LogId, after: number, limit: number, bytes: number): Promise<Entry[]>;
  /** The logs of a device, its inbox first. */
  memberships(device: DeviceId): Promise<Membership[]>;
  /** Those for whom what comes is; one who was removed and still has something to fetch is not among them. */
  members(log: LogId): Promise<{ readonly device: DeviceId; readonly cursor: number }[]>;
  /** As Membership's; 0 for a log that is not there. */
  expired(log: LogId): Promise<number>;
  /** How many messages from others lie beyond the device's cursors. */
  waiting(device: DeviceId): Promise<number>;
  /** Deletes entries that every member's cursor has passed, in one bounded step; answers how many. */
  trim(): Promise<number>;
  /**
   * Deletes entries accepted before `before` (ms since 1970), passed or not, in one bounded step: of each log those before
   * its first younger one. The head of a log stays.
   */
  expire(before: number): Promise<Expired>;
  close(): Promise<void>;
}

// What the two sides need of the world, as interfaces: time, randomness, links, stores, a log.
// Must not know any adapter: net/ and store/ implement these, the simulation implements them again.

import type { Entry, EntryKind } from "./domain/entry.ts";
import type { DeviceId, LogId, MessageId } from "./domain/id.ts";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after `ms`; the returned function cancels it and may be called at any time. */
  after(ms: number, callback: () => void): () => void;
}

/** `n` unpredictable bytes. */
export type Random = (n: number) => Uint8Array;

/** Why a link is no more. `detail` is for logs and carries no secret. */
export interface LinkEnd {
  readonly cause:
    | "closed" // either side ended it in order
    | "lost" // the connection broke
    | "slow-reader" // the peer left more unread than the send queue may hold
    | "failed"; // a bug in a handler; the link was dropped
  readonly detail?: string;
}

/** An authenticated, ordered, encrypted stream of bytes to one peer. */
export interface Link {
  /** The peer's raw Ed25519 public key (32 bytes), proven in the handshake. */
  readonly peer: Uint8Array;
  /** Whether the peer is on this machine (a loopback address). */
  readonly local: boolean;
  /** The peer's address, for logs. */
  readonly remote: string;
  /** Bytes taken by `send` that the system has not taken yet. */
  readonly queued: number;
  /** Queues whole frames, in order; they are kept by reference and must not change. Nothing happens after the end. */
  send(bytes: Uint8Array): void;
  /** Sends what is queued (for a few seconds at most), then ends the link. */
  close(): void;
}

export interface LinkHandler {
  /** Bytes in any chunking; `chunk` is only valid during the call. */
  data(chunk: Uint8Array): void;
  /** The send queue has emptied after having been over its low mark. */
  drained(): void;
  /** Called exactly once, whatever ended the link. */
  ended(end: LinkEnd): void;
}

export type DialFailure =
  | { readonly cause: "unreachable"; readonly detail: string }
  | { readonly cause: "timeout"; readonly detail: string }
  | { readonly cause: "not-tls"; readonly detail: string }
  | { readonly cause: "wrong-key"; readonly detail: string; readonly found: Uint8Array };

/** Opens a link; the peer's key was checked before the first byte was sent. */
export type Dial = (
  attach: (link: Link) => LinkHandler,
) => Promise<
  { readonly ok: true; readonly link: Link } | { readonly ok: false; readonly failure: DialFailure }
>;

/** One line for whoever runs the server. `fields` never hold secrets or plain text of messages. */
export type Log = (
  level: "info" | "warn" | "error",
  event: string,
  fields?: Readonly<Record<string, string | number>>,
) => void;

// ---------------------------------------------------------------- server

export interface Account {
  /** As the person wrote it (NFKC). */
  readonly name: string;
  /** Case-folded, for comparing. */
  readonly fold: string;
  /** The person's Ed25519 identity key, 32 bytes. */
  readonly identity: Uint8Array;
  readonly devices: readonly DeviceId[];
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
}

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
}

export type Appended =
  | {
      readonly outcome: "appended" | "repeated";
      readonly seq: number;
      readonly time: number;
      /** How many devices are in the log, the sender's included. */
      readonly members: number;
    }
  | { readonly outcome: "no-such-log" | "not-member" | "quota" }
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

export interface Membership {
  readonly log: LogId;
  readonly kind: "inbox" | "direct";
  readonly epoch: number;
  /** Seq of the newest entry, 0 in an empty log. */
  readonly head: number;
  readonly cursor: number;
  /** Seq of the newest entry that expired before everyone it was for had passed it, 0 when there was none. */
  readonly expired: number;
}

/**
 * The server's memory. Every call that changes something is durable when its promise resolves; calls made in one
 * tick may share a transaction and take effect in the order they were made. A full or broken disk rejects with a
 * StoreFailure and changes nothing.
 */
export interface ServerStore {
  register(
    registration: Registration,
  ): Promise<"registered" | "known" | "name-taken" | "name-alike" | "device-taken">;
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
  /**
   * Nobody else left in the log, an inbox among them: "no-such-log". "quota": more than `quota` of the person's would be
   * kept; a commit may take as much again, for without it a conversation cannot go on.
   */
  append(append: Append, quota?: Quota): Promise<Appended>;
  /** The epoch of a log and its GroupInfo. */
  groupInfo(log: LogId): Promise<{ readonly epoch: number; readonly info: Uint8Array } | undefined>;
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

/** The disk's fault: full, read-only, broken, or of a newer version. */
export class StoreFailure extends Error {
  readonly reason: "full" | "read-only" | "busy" | "corrupt" | "newer" | "wrong-key" | "io";
  constructor(reason: StoreFailure["reason"], cause?: unknown) {
    super(`store: ${reason}`, { cause });
    this.name = "StoreFailure";
    this.reason = reason;
  }
}

// ---------------------------------------------------------------- client

/** The kinds of record in a client's vault. Keys are short strings; values are encoded by their owners. */
export type VaultTable =
  | "profile" // identity, device keys, credential, server pin: one record each
  | "trust" // key: folded name
  | "conversation" // key: log id
  | "place" // key: folded name; how far a conversation has come on this device and was shown
  | "group" // key: log id; the MLS state written with each commit
  | "ratchet" // key: log id; the MLS state written with each message
  | "key-package" // key: KeyPackageRef, hex
  | "pending" // key: log id; a commit of this device's that the server has not answered
  | "seen" // key: message id; what was shown once is not shown again
  | "outbox"; // key: message id

export type VaultWrite =
  | { readonly put: VaultTable; readonly key: string; readonly value: Uint8Array }
  | { readonly remove: VaultTable; readonly key: string }
  /** Adds or replaces the history row at `position` of a conversation (`bob`, `@group`). */
  | { readonly history: string; readonly position: number; readonly value: Uint8Array };

/** A device's sealed memory. Synchronous: a step of the protocol is one transaction, durable when it returns. */
export interface ClientStore {
  get(table: VaultTable, key: string): Uint8Array | undefined;
  all(table: VaultTable): { readonly key: string; readonly value: Uint8Array }[];
  /** All or nothing. Throws StoreFailure and changes nothing when the disk does not take it. */
  transaction(writes: readonly VaultWrite[]): void;
  /** Rows with position < before, newest first, at most `limit`. */
  history(
    conversation: string,
    before: number,
    limit: number,
  ): { readonly position: number; readonly value: Uint8Array }[];
  /** The names of the conversations that have history. */
  conversations(): string[];
  close(): void;
}

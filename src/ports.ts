// What the two sides need of the world, as interfaces: time, randomness, links, stores, a log.
// Must not know any adapter: net/ and store/ implement these, the simulation implements them again.

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
  /**
   * Queues whole frames, in order; they are kept by reference and must not change. `rest`: what follows `bytes` as a part
   * of the same frame. Nothing happens after the end.
   */
  send(bytes: Uint8Array, rest?: Uint8Array): void;
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
  | "intent" // key: log id and a number; what this device's user wants of a group and is not done
  | "joining" // key: folded name; groups that this device has asked to be let into
  | "transfer" // key: random; a file that is sent or received, and those that were
  | "at" // key: what a conversation is known by, and a message id; the row in which the message stands
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

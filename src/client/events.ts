// What every face of the client (line mode, commands, later the full screen) is told and may ask: the client's model.
// Must not know who listens, nor sockets, stores or MLS.

import type { MessageId } from "../domain/id.ts";
import type { DialFailure, StoreFailure } from "../ports.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import type { Finding } from "./diagnosis.ts";

export type FailureReason =
  | RefusalCode
  | "key-changed" // the recipient's key is not the pinned one
  | "bad-key" // the server handed out keys that are not the recipient's
  | "expired" // the server kept it as long as it keeps anything, and not everyone came for it
  | "yourself";

export type MessageState = "waiting" | "accepted" | "delivered" | "failed";

/** One line of a conversation. */
export interface Message {
  readonly id: MessageId;
  /** The other person's name. */
  readonly conversation: string;
  readonly sender: string;
  readonly text: string;
  /** ms since 1970. */
  readonly sentAt: number;
  /** It waited on the server for this device. */
  readonly queued: boolean;
  /** False: it came under a key that is not the pinned one. */
  readonly trusted: boolean;
  readonly own: boolean;
  /** Own messages: how far it has come. */
  readonly state?: MessageState;
  readonly delivered?: number;
  readonly of?: number;
  readonly reason?: FailureReason;
  /** Its place in the conversation on this device; undefined while it waits. */
  readonly position?: number;
}

export type Status =
  | { readonly state: "connecting" }
  /** `again`: ms until the next try; absent when there will be none. */
  | { readonly state: "offline"; readonly cause: OfflineCause; readonly again?: number }
  /** What waited is coming: `done` of `waiting` messages were processed. One can write and be written to already. */
  | {
      readonly state: "catching-up";
      readonly className: string;
      readonly waiting: number;
      readonly done: number;
    }
  /** `waiting`: how many messages were kept while away. */
  | { readonly state: "online"; readonly className: string; readonly waiting: number };

export type OfflineCause =
  | { readonly kind: "dial"; readonly failure: DialFailure }
  | { readonly kind: "refused"; readonly code: RefusalCode }
  | { readonly kind: "lost"; readonly detail: string }
  | { readonly kind: "storage"; readonly reason: StoreFailure["reason"] };

export type ClientEvent =
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "message"; readonly message: Message }
  | {
      readonly type: "state";
      readonly id: MessageId;
      readonly conversation: string;
      readonly state: MessageState;
      readonly delivered: number;
      readonly of: number;
      /** Why it failed; of a message that waits, why the server does not take it now. */
      readonly reason?: FailureReason;
    }
  | { readonly type: "presence"; readonly name: string; readonly online: boolean }
  | { readonly type: "key-changed"; readonly name: string; readonly pinned: string; readonly found: string }
  /** Something of this conversation is not there and will not come: it was trimmed, or could not be read. */
  | { readonly type: "missing"; readonly conversation: string }
  /** All that waited has been told. */
  | { readonly type: "caught-up"; readonly waited: number }
  /** This machine's clock is plainly wrong: so many ms ahead of the server's, which is gone by instead. */
  | { readonly type: "clock-off"; readonly ahead: number };

export interface Person {
  readonly name: string;
  readonly online: boolean;
  readonly me: boolean;
  /** "unknown": never met, nothing pinned. */
  readonly trust: Trust;
}

export type Trust = "unknown" | "pinned" | "verified" | "changed";

export interface Verification {
  readonly name: string;
  readonly trust: Trust;
  /** 12 groups of 5 digits, equal on both sides when the keys are. */
  readonly safetyNumber: string;
  /** The fingerprint of the pinned key, and of the new one where it has changed. */
  readonly pinned: string;
  readonly found?: string;
}

export interface HistoryQuery {
  readonly with?: string;
  /** Words that must all stand in the text, in any case. */
  readonly search?: string;
  readonly limit: number;
}

/** An answer that may be a refusal: what the asker did, or what the server said, or that nobody could be asked. */
export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: FailureReason | "offline" };

/** The client as a face sees it; the same whether it runs in this process or in another one. */
export interface Face {
  /** Stored on this device when it resolves; how it fares is told by `state` events. */
  send(to: string, text: string): Promise<{ readonly id: MessageId }>;
  users(): Promise<Asked<readonly Person[]>>;
  history(query: HistoryQuery): Promise<readonly Message[]>;
  /** Messages from others that no face has shown yet, oldest first. */
  unread(): Promise<readonly Message[]>;
  /** Everything in the conversation up to this position has been shown. */
  shown(conversation: string, position: number): Promise<void>;
  verify(name: string): Promise<Asked<Verification>>;
  /** The safety numbers were compared and are equal. */
  verified(name: string): Promise<Asked<Verification>>;
  /** Accepts the changed key of a person. */
  trust(name: string): Promise<Asked<Verification>>;
  status(): Promise<Status>;
  /** What is wrong here and at the server, if anything is. It changes nothing but to connect where that was not tried. */
  diagnose(): Promise<readonly Finding[]>;
  subscribe(listener: (event: ClientEvent) => void): () => void;
  close(): Promise<void>;
}

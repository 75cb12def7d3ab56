// What every face of the client (line mode, commands, later the full screen) is told and may ask: the client's model.
// Must not know who listens, nor sockets, stores or MLS.

import type { MessageId } from "../domain/id.ts";
import type { Role } from "../domain/role.ts";
import type { DialFailure, StoreFailure } from "../ports.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import type { Finding } from "./diagnosis.ts";
import type { Answering, Change, Quoted, Reaction } from "./remark-view.ts";
import type { FailureReason } from "./failure-reason.ts";
import type { Downloads, Transfer, TransferAction } from "./transfer-view.ts";

export type MessageState = "waiting" | "accepted" | "delivered" | "failed";

/** What has happened in a group. */
export type GroupNotice =
  | { readonly kind: "joined" | "left"; readonly names: readonly string[] }
  /** By an admin, `by`. */
  | { readonly kind: "added" | "removed"; readonly names: readonly string[]; readonly by: string }
  /** `name`: with the `@`, as it was before. */
  | { readonly kind: "renamed"; readonly by: string; readonly name: string }
  | { readonly kind: "closed"; readonly by: string }
  | { readonly kind: "admin" | "not-admin"; readonly by: string; readonly names: readonly string[] }
  | { readonly kind: "announcement" | "open"; readonly by: string; readonly on: boolean }
  /** This device's user is out of the group by the server's word alone: what led to that has not come. */
  | { readonly kind: "out" }
  /** They are in the group under keys that are not those this device knows by these names. */
  | { readonly kind: "impostor"; readonly names: readonly string[] }
  /** Somebody tried what the group's rules forbid, or the server was told, or has told, something else. It had no effect. */
  | { readonly kind: "attack"; readonly by: string };

/** One line of a conversation. */
export interface Message {
  readonly id: MessageId;
  /** The other person's name, or a group's with `@` before it. */
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
  /** The member who handed it to this device's user, who was not in the group yet when it was written. */
  readonly passedOnBy?: string;
  /** It is no message: this has happened. The text is empty, the sender is whoever did it. */
  readonly notice?: GroupNotice;
  /** It tells of this file, whose name is the text. `sha256`: in hex. */
  readonly file?: { readonly name: string; readonly size: number; readonly sha256: string };
  /** It answers this one. */
  readonly replyTo?: Quoted;
  /** One of each person at the most, the latest last. */
  readonly reactions?: readonly Reaction[];
  /** Its author has put other words in the place of the first ones. */
  readonly edited?: boolean;
  /** Its author has taken it back: the text is empty. Others may have kept it. */
  readonly deleted?: boolean;
  /** Own messages to one person: they have read it, by their own word. */
  readonly read?: true;
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
  /** `message`: as it is now. */
  | { readonly type: "changed"; readonly message: Message; readonly change: Change }
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
  /** The other person has read all that this device's user wrote, up to the message of this id, at this position. */
  | {
      readonly type: "read";
      readonly conversation: string;
      readonly id: MessageId;
      readonly position: number;
    }
  /** Told when something has changed, and of what is under way at most ten times a second. */
  | { readonly type: "transfer"; readonly transfer: Transfer }
  | { readonly type: "presence"; readonly name: string; readonly online: boolean }
  /** The other one of two is writing, or has stopped. */
  | { readonly type: "typing"; readonly conversation: string; readonly on: boolean }
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
  /** By the server's word, which nobody can verify; absent: a student, as everybody is at first. */
  readonly role?: Role;
}

export interface Group {
  /** With the `@`. */
  readonly name: string;
  /** People in it. */
  readonly size: number;
  readonly open: boolean;
  readonly announcement: boolean;
  /** How this device's user is in it; "joining": asked for, and not done yet. */
  readonly mine: "no" | "joining" | "member" | "admin";
}

export interface GroupMember {
  readonly name: string;
  readonly me: boolean;
  /** As the group's own authenticated state has it; false where that is not known, for one is not in it. */
  readonly admin: boolean;
  /** Undefined: the server could not be asked. */
  readonly online?: boolean;
  /** As a Person's. */
  readonly role?: Role;
  /** "changed": the key under which this name is in the group is not the pinned one: it may be somebody else. */
  readonly trust: Trust;
}

export interface NewGroup {
  readonly name: string;
  readonly open: boolean;
  readonly announcement: boolean;
  readonly history: number;
}

/** What an admin may change. Names are people's. */
export type GroupChange =
  | { readonly change: "add"; readonly names: readonly string[] }
  | { readonly change: "remove"; readonly name: string }
  | { readonly change: "rename"; readonly to: string }
  | { readonly change: "close" }
  | { readonly change: "admin" | "not-admin"; readonly name: string }
  | { readonly change: "announcement" | "open"; readonly on: boolean };

/**
 * How far something asked of a group has come when it is answered: "waiting": it is kept on this device, and goes on by
 * itself.
 */
export type GroupOutcome = { readonly state: "done" | "waiting"; readonly name: string };

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
  /** Only what stands before this position: a page further up. With `with` alone, where positions are in one order. */
  readonly before?: number;
  readonly limit: number;
}

/** A conversation of this device, as a list of them shows it. */
export interface Conversation {
  /** The other person's name, or a group's with `@` before it. */
  readonly name: string;
  /** Messages from others that no face has shown; MOST_UNREAD stands for that and more. */
  readonly unread: number;
  /** Whether one of these names this device's user. */
  readonly mentioned: boolean;
  /** Up to this position all was shown. */
  readonly shown: number;
  /** When its newest message was written, ms since 1970. */
  readonly newestAt: number;
}

export const MOST_UNREAD = 100;

/** An answer that may be a refusal: what the asker did, or what the server said, or that nobody could be asked. */
export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: FailureReason | "offline" };

export interface Showing {
  readonly tell: boolean;
}

/** The client as a face sees it; the same whether it runs in this process or in another one. */
export interface Face {
  /**
   * `to`: a person, or `@` and a group. Stored on this device when it resolves; how it fares is told by `state` events.
   */
  send(to: string, text: string, answering?: Answering): Promise<{ readonly id: MessageId }>;
  /**
   * What is said about a message of this conversation: kept on this device when it resolves, with the message as it then
   * is here; that it did not go is told by a `changed` event. Without an emoji one's reaction is taken back.
   */
  react(conversation: string, id: MessageId, emoji?: string): Promise<Asked<Message>>;
  /** One's own messages alone, and texts alone. */
  edit(conversation: string, id: MessageId, text: string): Promise<Asked<Message>>;
  remove(conversation: string, id: MessageId): Promise<Asked<Message>>;
  /**
   * The same with a file, by its absolute path. Kept on this device when it resolves; how it fares is told by `transfer`
   * events, and of the message that tells of it by `state` events.
   */
  sendFile(to: string, path: string): Promise<Asked<Transfer>>;
  /** Those under way and those that were, in the order in which they were begun. */
  transfers(): Promise<readonly Transfer[]>;
  /** `which`: its number, or the id of its message. */
  changeTransfer(which: string, action: TransferAction): Promise<Asked<Transfer>>;
  /** What comes from now on is put there. */
  receiveInto(downloads: Downloads): Promise<void>;
  users(): Promise<Asked<readonly Person[]>>;
  /** All groups of the class by the server's word, one's own by their own state; those alone when it cannot be asked. */
  groups(): Promise<Asked<readonly Group[]>>;
  /** Names of groups are given without the `@`. */
  members(group: string): Promise<Asked<readonly GroupMember[]>>;
  createGroup(group: NewGroup): Promise<Asked<GroupOutcome>>;
  joinGroup(name: string): Promise<Asked<GroupOutcome>>;
  leaveGroup(name: string): Promise<Asked<GroupOutcome>>;
  changeGroup(name: string, change: GroupChange): Promise<Asked<GroupOutcome>>;
  history(query: HistoryQuery): Promise<readonly Message[]>;
  /** All that this device has something of, the newest first. */
  conversations(): Promise<readonly Conversation[]>;
  /** Messages from others that no face has shown yet, oldest first. */
  unread(): Promise<readonly Message[]>;
  /**
   * Everything in the conversation up to this position has been shown. `tell`: the other person of a conversation of two
   * learns it; what was shown without that, they are never told of by itself.
   */
  shown(conversation: string, position: number, how?: Showing): Promise<void>;
  /** This device's user is writing there: said to a person who is here, now and then however often this is called. */
  typing(conversation: string): Promise<void>;
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

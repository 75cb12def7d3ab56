// What faces see of replies, reactions, edits and deletions.
// Must not know how any of it travels or is kept.

import type { MessageId } from "../domain/id.ts";
import type { FailureReason } from "./failure-reason.ts";

export interface Reaction {
  readonly emoji: string;
  /** A name. */
  readonly by: string;
}

/** The message that one answers, as it is now: the id alone where this device does not have it. */
export interface Quoted {
  readonly id: MessageId;
  readonly sender?: string;
  /** Its beginning. */
  readonly text?: string;
  readonly own?: boolean;
  readonly deleted?: boolean;
}

/** What has become of a message that was there already. `own`: this device's user did it. */
export type Change =
  | { readonly kind: "edited" | "deleted"; readonly by: string; readonly own: boolean }
  /** Without an emoji: it was taken back. */
  | { readonly kind: "reaction"; readonly by: string; readonly own: boolean; readonly emoji?: string }
  /** What this device's user wanted to do with it did not go. */
  | {
      readonly kind: "undone";
      readonly what: "reaction" | "edit" | "delete";
      readonly reason: FailureReason;
    };

/** What a message answers: another one of the same conversation. */
export interface Answering {
  readonly replyTo?: MessageId;
}

// Files on their way as every face sees them, and why one may not get there.
// Must not know how they travel.

import type { MessageId } from "../domain/id.ts";
import type { ShelfFailure } from "../ports/file-shelf.ts";
import type { FailureReason } from "./failure-reason.ts";

/** What can go wrong with a file besides what can with a message. */
export type FileReason =
  | ShelfFailure["reason"]
  | "file-changed" // since it was begun to be sent
  | "altered-chunk" // it is not what its sender has sealed
  | "wrong-hash" // it is not the file that its sender told of
  | "cancelled" // by this device's user
  | "taken-back" // by its sender, or it was kept for as long as anything
  | "no-such-transfer"
  | "not-now"; // what was asked for does not fit how far it is

export const FILE_REASONS = {
  "file-not-found": true,
  "not-a-file": true,
  "file-unreadable": true,
  "folder-unwritable": true,
  "disk-full": true,
  "disk-failed": true,
  "file-changed": true,
  "altered-chunk": true,
  "wrong-hash": true,
  cancelled: true,
  "taken-back": true,
  "no-such-transfer": true,
  "not-now": true,
} satisfies Record<FileReason, true>;

export function isFileReason(reason: string): reason is FileReason {
  return Object.hasOwn(FILE_REASONS, reason);
}

export type SendingState =
  | "preparing" // it is read for the first time
  | "sending"
  | "sent" // all of it is on the server
  | "taken" // nobody waits for it any more
  | "cancelled"
  | "failed";

export type ReceivingState =
  | "offered" // the user is to say whether it is wanted
  | "receiving"
  | "received"
  | "rejected"
  | "cancelled"
  | "failed";

/** A file on its way, or that was. */
export interface Transfer {
  /** By which the user speaks of it; never used twice. */
  readonly number: number;
  /** The message's that tells of it. */
  readonly id: MessageId;
  readonly way: "out" | "in";
  /** The other person's name, or a group's with `@` before it. */
  readonly conversation: string;
  readonly sender: string;
  /** Safe to be shown and to be written. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** In hex; undefined before it is known. */
  readonly sha256?: string;
  readonly state: SendingState | ReceivingState;
  /** Bytes of it that are where they are to be: on the server, or here. */
  readonly done: number;
  /** Why it failed; while it is under way, why it cannot go on just now. */
  readonly reason?: FailureReason;
  /** Where it lies on this device; undefined of what is not received. */
  readonly path?: string;
  /** What is sent: how many devices have it, do not want it, of how many. */
  readonly got?: number;
  readonly declined?: number;
  readonly of?: number;
}

export type TransferAction = "accept" | "reject" | "cancel" | "resume";

/** Where what others send is put, and up to which size without being asked for; bytes. */
export interface Downloads {
  readonly folder: string;
  readonly upTo: number;
}

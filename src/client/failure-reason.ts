// Why something did not come about, as it is kept with a message or a file and told to every face.
// Must not know in which words it is said.

import { isRefusalCode, type RefusalCode } from "../wire/refusal.ts";
import { type FileReason, isFileReason } from "./transfer-view.ts";

export type FailureReason = RefusalCode | FileReason | OwnReason;

/** Why this device, or the person itself, does not do what was asked. */
export type OwnReason =
  | "key-changed" // the recipient's key is not the pinned one
  | "bad-key" // the server handed out keys that are not the recipient's
  | "expired" // the server kept it as long as it keeps anything, and not everyone came for it
  | "yourself"
  | "not-in-group" // this device is in no such group
  | "admins-only" // what was asked for is for a group's admins
  | "announcement" // only admins write there
  | "no-such-message" // this device has no message of this id in the conversation
  | "not-yours" // somebody else wrote it
  | "unchangeable"; // it is deleted, did not go, or is no text

const OWN_REASONS = {
  "key-changed": true,
  "bad-key": true,
  expired: true,
  yourself: true,
  "not-in-group": true,
  "admins-only": true,
  announcement: true,
  "no-such-message": true,
  "not-yours": true,
  unchangeable: true,
} satisfies Record<OwnReason, true>;

export function isFailureReason(reason: string): reason is FailureReason {
  return Object.hasOwn(OWN_REASONS, reason) || isFileReason(reason) || isRefusalCode(reason);
}

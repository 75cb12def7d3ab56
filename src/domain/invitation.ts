// An invitation: a secret of its own in a join link, which lets in so many people for so long, or one of a certain name.
// Must not know where it is kept; of the secret the server knows the hash alone.

import { sha256 } from "@noble/hashes/sha2.js";

export type InvitationState = "open" | "revoked" | "expired" | "used";

export interface Terms {
  /** ms since 1970; without it until it is revoked. */
  readonly expires?: number | undefined;
  /** How many people it lets in at most; without it any number. */
  readonly uses?: number | undefined;
  readonly revoked: boolean;
}

/** What an invitation that has let in `used` people is at `now`, ms since 1970 by the server's clock. */
export function invitationState(
  { revoked, expires, uses }: Terms,
  used: number,
  now: number,
): InvitationState {
  if (revoked) return "revoked";
  if (uses !== undefined && used >= uses) return "used";
  return expires !== undefined && now >= expires ? "expired" : "open";
}

/** What is kept of an invitation's secret: 32 bytes from which nobody makes the link again. */
export function secretHash(secret: Uint8Array): Uint8Array {
  return sha256(secret);
}

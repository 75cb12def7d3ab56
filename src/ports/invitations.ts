// What is asked of the server's memory about invitations; store/ implements it. They are used up by
// ServerStore.register, in the step that makes the account. Must not know any adapter.

import type { Terms } from "../domain/invitation.ts";
import type { Role } from "../domain/role.ts";

/** Whom an invitation is for: nobody else may use it. */
export interface Invitee {
  readonly name: string;
  /** Case-folded, for comparing. */
  readonly fold: string;
}

export interface NewInvitation {
  /** SHA-256 of the secret in its link, 32 bytes. */
  readonly hash: Uint8Array;
  readonly role: Role;
  readonly time: number;
  readonly expires?: number | undefined;
  readonly uses?: number | undefined;
  readonly invitee?: Invitee | undefined;
}

export interface Invitation extends Terms {
  /** From 1, in the order in which they were made. */
  readonly id: number;
  readonly role: Role;
  readonly time: number;
  readonly invitee?: Invitee | undefined;
  /** In the order in which they came. */
  readonly usedBy: readonly InvitationUse[];
}

export interface InvitationUse {
  readonly name: string;
  /** Whose key it was, 32 bytes: the name may be another's by now. */
  readonly identity: Uint8Array;
  readonly time: number;
}

/** "invited": this name has one that is still good. "joined": somebody has the name. */
export type Invited =
  | { readonly outcome: "made"; readonly id: number }
  | { readonly outcome: "invited"; readonly id: number }
  | { readonly outcome: "joined" };

export interface Invitations {
  /**
   * Keeps all of these or none; answers in their order. One that is for a name is not made where the name has one that
   * is good at its `time`, or belongs to somebody; with `renew` it is, and the former ones are revoked.
   */
  invite(invitations: readonly NewInvitation[], renew: boolean): Promise<Invited[]>;
  find(hash: Uint8Array): Promise<Invitation | undefined>;
  /** All that were ever made. */
  list(): Promise<Invitation[]>;
  /** Revokes all of these or none: "none" when one of them is not there. Who has come in stays. */
  revoke(ids: readonly number[]): Promise<"revoked" | "none">;
}

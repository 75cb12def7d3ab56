// Invitations as steps of a store's transaction, and as the calls that the ticks of a store make of them.
// Must not know where they are kept.

import { invitationState, type Terms } from "../domain/invitation.ts";
import type { Role } from "../domain/role.ts";
import type { Invitations, InvitationUse, Invitee } from "../ports/invitations.ts";
import type { Registered } from "../ports/server-store.ts";
import type { TickQueue } from "./server-queue.ts";

/** What the invitation behind a secret says to somebody who wants to come in. `n` is its id. */
export type Admitted = { readonly n: number; readonly role: Role } | { readonly refused: Registered };

/** The calls of Invitations, and what registering asks for within its own step. */
export type InvitationSteps = {
  readonly [K in keyof Invitations]: (
    ...given: Parameters<Invitations[K]>
  ) => Awaited<ReturnType<Invitations[K]>>;
} & {
  admit(hash: Uint8Array, comer: { readonly fold: string; readonly time: number }): Admitted;
  use(n: number, use: InvitationUse): void;
};

/** Why the invitation lets this one not in, if it does not. */
export function refusalOf(
  terms: Terms & { readonly invitee?: Invitee | undefined },
  used: number,
  { fold, time }: { readonly fold: string; readonly time: number },
): Registered | undefined {
  const state = invitationState(terms, used, time);
  if (state !== "open") return `invitation-${state}`;
  return terms.invitee === undefined || terms.invitee.fold === fold ? undefined : "invitation-name";
}

/** The invitations whose steps run in the transactions of `queue`. */
export function invitationBook(queue: TickQueue, steps: InvitationSteps): Invitations {
  return {
    invite: (invitations, renew) => queue.write(() => steps.invite(invitations, renew)),
    find: (hash) => queue.read(() => steps.find(hash)),
    list: () => queue.read(() => steps.list()),
    revoke: (ids) => queue.write(() => steps.revoke(ids)),
  };
}

// Invitations in memory: the same steps as in SQLite. Must not know when they run.

import { invitationState } from "../domain/invitation.ts";
import type { Invitation, Invited, InvitationUse, NewInvitation } from "../ports/invitations.ts";
import { type Admitted, type InvitationSteps, refusalOf } from "./server-invitation-steps.ts";
import type { DurableMemory, HeldInvitation } from "./server-memory-rows.ts";

export class MemoryInvitations implements InvitationSteps {
  readonly #durable: DurableMemory;

  constructor(durable: DurableMemory) {
    this.#durable = durable;
  }

  invite(invitations: readonly NewInvitation[], renew: boolean): Invited[] {
    const { accounts, invitations: held } = this.#durable;
    return invitations.map((one) => {
      const { hash, role, time, invitee, expires, uses } = one;
      const former = held.filter((other) => invitee !== undefined && other.invitee?.fold === invitee.fold);
      const good = former.findLast((other) => invitationState(other, other.usedBy.length, time) === "open");
      if (renew) for (const { id } of former) this.#change(id, { revoked: true });
      else if (invitee !== undefined && accounts.has(invitee.fold)) return { outcome: "joined" };
      else if (good !== undefined) return { outcome: "invited", id: good.id };
      const id = held.length + 1;
      const terms = {
        revoked: false,
        ...(expires === undefined ? {} : { expires }),
        ...(uses === undefined ? {} : { uses }),
        ...(invitee === undefined ? {} : { invitee }),
      };
      held.push({ id, hash, role, time, ...terms, usedBy: [] });
      return { outcome: "made", id };
    });
  }

  find(hash: Uint8Array): Invitation | undefined {
    const found = this.#durable.invitations.find((one) => Buffer.compare(one.hash, hash) === 0);
    return found === undefined ? undefined : withoutHash(found);
  }

  list(): Invitation[] {
    return this.#durable.invitations.map(withoutHash);
  }

  revoke(ids: readonly number[]): "revoked" | "none" {
    const { invitations } = this.#durable;
    if (ids.some((id) => invitations[id - 1] === undefined)) return "none";
    for (const id of ids) this.#change(id, { revoked: true });
    return "revoked";
  }

  admit(hash: Uint8Array, comer: { readonly fold: string; readonly time: number }): Admitted {
    const found = this.#durable.invitations.find((one) => Buffer.compare(one.hash, hash) === 0);
    if (found === undefined) return { refused: "no-such-invitation" };
    const refused = refusalOf(found, found.usedBy.length, comer);
    return refused === undefined ? { n: found.id, role: found.role } : { refused };
  }

  use(n: number, { name, identity, time }: InvitationUse): void {
    const before = this.#durable.invitations[n - 1]?.usedBy ?? [];
    this.#change(n, { usedBy: [...before, { name, identity, time }] });
  }

  #change(id: number, change: Partial<HeldInvitation>): void {
    const held = this.#durable.invitations[id - 1];
    if (held !== undefined) this.#durable.invitations[id - 1] = { ...held, ...change };
  }
}

function withoutHash(held: HeldInvitation): Invitation {
  const { hash: _hash, ...invitation } = held;
  return invitation;
}

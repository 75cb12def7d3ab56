// Invitations in SQLite. Every method is one step inside the transaction of its tick; nothing is cached, for it is another
// process that makes them. Must not know secrets: of each there is a hash.

import type { Database } from "bun:sqlite";
import { invitationState } from "../domain/invitation.ts";
import type { Invitation, Invited, InvitationUse, NewInvitation } from "../ports/invitations.ts";
import { type Admitted, type InvitationSteps, refusalOf } from "./server-invitation-steps.ts";
import { roleNumber, roleOf } from "./server-schema.ts";

export type { Admitted };

interface Row {
  n: number;
  role: number;
  time: number;
  expires: number | null;
  uses: number | null;
  fold: string | null;
  name: string | null;
  revoked: number;
}

type Nullable<T> = T | null;

function prepare(db: Database) {
  const rows = "SELECT n, role, time, expires, uses, fold, name, revoked FROM invitation";
  return {
    insert: db.prepare<
      null,
      [Uint8Array, number, number, Nullable<number>, Nullable<number>, Nullable<string>, Nullable<string>]
    >("INSERT INTO invitation (hash, role, time, expires, uses, fold, name) VALUES (?, ?, ?, ?, ?, ?, ?)"),
    all: db.prepare<Row, []>(`${rows} ORDER BY n`),
    byHash: db.prepare<Row, [Uint8Array]>(`${rows} WHERE hash = ?`),
    byFold: db.prepare<Row, [string]>(`${rows} WHERE fold = ? AND revoked = 0 ORDER BY n DESC`),
    revoke: db.prepare<null, [number]>("UPDATE invitation SET revoked = 1 WHERE n = ?"),
    exists: db.prepare<{ n: number }, [number]>("SELECT n FROM invitation WHERE n = ?"),
    used: db.prepare<{ used: number }, [number]>(
      "SELECT count(*) AS used FROM invitation_use WHERE invitation = ?",
    ),
    uses: db.prepare<{ invitation: number } & InvitationUse, []>(
      "SELECT invitation, name, identity, time FROM invitation_use ORDER BY n",
    ),
    usesOf: db.prepare<InvitationUse, [number]>(
      "SELECT name, identity, time FROM invitation_use WHERE invitation = ? ORDER BY n",
    ),
    use: db.prepare<null, [number, string, Uint8Array, number]>(
      "INSERT INTO invitation_use (invitation, name, identity, time) VALUES (?, ?, ?, ?)",
    ),
    account: db.prepare<{ n: number }, [string]>("SELECT n FROM account WHERE fold = ?"),
  };
}

export class ServerInvitations implements InvitationSteps {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database) {
    this.#sql = prepare(db);
  }

  invite(invitations: readonly NewInvitation[], renew: boolean): Invited[] {
    return invitations.map((one) => {
      const { hash, role, time, expires = null, uses = null, invitee } = one;
      const former = invitee === undefined ? [] : this.#sql.byFold.all(invitee.fold);
      const good = former.find((row) => invitationState(termsOf(row), this.#used(row.n), time) === "open");
      if (renew) for (const { n } of former) this.#sql.revoke.run(n);
      else if (invitee !== undefined && this.#sql.account.get(invitee.fold) !== null)
        return { outcome: "joined" };
      else if (good !== undefined) return { outcome: "invited", id: good.n };
      const [fold, name] = [invitee?.fold ?? null, invitee?.name ?? null];
      const { lastInsertRowid } = this.#sql.insert.run(
        hash,
        roleNumber(role),
        time,
        expires,
        uses,
        fold,
        name,
      );
      return { outcome: "made", id: Number(lastInsertRowid) };
    });
  }

  find(hash: Uint8Array): Invitation | undefined {
    const row = this.#sql.byHash.get(hash);
    return row === null ? undefined : invitationOf(row, this.#sql.usesOf.all(row.n));
  }

  list(): Invitation[] {
    const uses = Map.groupBy(this.#sql.uses.all(), ({ invitation }) => invitation);
    return this.#sql.all.all().map((row) => invitationOf(row, uses.get(row.n) ?? []));
  }

  revoke(ids: readonly number[]): "revoked" | "none" {
    if (ids.some((id) => this.#sql.exists.get(id) === null)) return "none";
    for (const id of ids) this.#sql.revoke.run(id);
    return "revoked";
  }

  admit(hash: Uint8Array, comer: { readonly fold: string; readonly time: number }): Admitted {
    const row = this.#sql.byHash.get(hash);
    if (row === null) return { refused: "no-such-invitation" };
    const refused = refusalOf(termsOf(row), this.#used(row.n), comer);
    return refused === undefined ? { n: row.n, role: roleOf(row.role) } : { refused };
  }

  use(n: number, { name, identity, time }: InvitationUse): void {
    this.#sql.use.run(n, name, identity, time);
  }

  #used(n: number): number {
    return this.#sql.used.get(n)?.used ?? 0;
  }
}

function invitationOf(row: Row, uses: readonly InvitationUse[]): Invitation {
  const { n: id, role, time } = row;
  const usedBy = uses.map((use) => ({ name: use.name, identity: use.identity, time: use.time }));
  return { id, role: roleOf(role), time, ...termsOf(row), usedBy };
}

function termsOf({ revoked, expires, uses, fold, name }: Row) {
  return {
    revoked: revoked === 1,
    ...(expires === null ? {} : { expires }),
    ...(uses === null ? {} : { uses }),
    ...(fold === null || name === null ? {} : { invitee: { fold, name } }),
  };
}

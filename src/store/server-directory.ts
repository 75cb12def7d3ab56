// Accounts, devices and key packages in SQLite. Every method is one step inside the transaction of its tick.
// Nothing is cached: another process may unregister a name at any time. Must not know entries.

import type { Database } from "bun:sqlite";
import type { DeviceId } from "../domain/id.ts";
import { ORDINARY, type Role } from "../domain/role.ts";
import type { Account, Registered, Registration, StoredKeyPackage } from "../ports/server-store.ts";
import type { Admitted, ServerInvitations } from "./server-invitations.ts";
import { roleNumber, roleOf } from "./server-schema.ts";

interface AccountRow {
  n: number;
  name: string;
  fold: string;
  identity: Uint8Array;
  role: number;
}

interface DeviceRow {
  n: number;
  key: DeviceId;
  account: number | null;
}

function prepare(db: Database) {
  const accounts = "SELECT n, name, fold, identity, role FROM account";
  return {
    byFold: db.prepare<AccountRow, [string]>(`${accounts} WHERE fold = ?`),
    byDevice: db.prepare<AccountRow, [DeviceId]>(
      `${accounts} WHERE n = (SELECT account FROM device WHERE key = ?)`,
    ),
    afterFold: db.prepare<AccountRow, [string, number]>(`${accounts} WHERE fold > ? ORDER BY fold LIMIT ?`),
    bySkeleton: db.prepare<{ n: number }, [string]>("SELECT n FROM account WHERE skeleton = ?"),
    insertAccount: db.prepare<null, [string, string, string, Uint8Array, number, number]>(
      "INSERT INTO account (fold, name, skeleton, identity, time, role) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    setRole: db.prepare<null, [number, string]>("UPDATE account SET role = ? WHERE fold = ?"),
    removeAccount: db.prepare<null, [number]>("DELETE FROM account WHERE n = ?"),
    device: db.prepare<DeviceRow, [DeviceId]>("SELECT n, key, account FROM device WHERE key = ?"),
    devices: db.prepare<DeviceRow, [number]>(
      "SELECT n, key, account FROM device WHERE account = ? ORDER BY n",
    ),
    putDevice: db.prepare<null, [DeviceId, number, Uint8Array]>(
      `INSERT INTO device (key, account, credential) VALUES (?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET account = excluded.account, credential = excluded.credential`,
    ),
    freeDevice: db.prepare<null, [number]>("UPDATE device SET account = NULL, credential = NULL WHERE n = ?"),
    insertPackage: db.prepare<null, [number, string, number, Uint8Array]>(
      "INSERT OR IGNORE INTO key_package (device, id, last_resort, body) VALUES (?, ?, ?, ?)",
    ),
    removeOtherLastResorts: db.prepare<null, [number, string]>(
      "DELETE FROM key_package WHERE device = ? AND last_resort = 1 AND id <> ?",
    ),
    countSingleUse: db.prepare<{ count: number }, [number]>(
      "SELECT count(*) AS count FROM key_package WHERE device = ? AND last_resort = 0 AND body IS NOT NULL",
    ),
    nextPackage: db.prepare<{ n: number; id: string; lastResort: number; body: Uint8Array }, [number]>(
      `SELECT n, id, last_resort AS lastResort, body FROM key_package
       WHERE device = ? AND body IS NOT NULL ORDER BY last_resort, n LIMIT 1`,
    ),
    spendPackage: db.prepare<null, [number]>("UPDATE key_package SET body = NULL WHERE n = ?"),
    removePackages: db.prepare<null, [number]>("DELETE FROM key_package WHERE device = ?"),
  };
}

export class ServerDirectory {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #invitations: ServerInvitations;

  constructor(db: Database, invitations: ServerInvitations) {
    this.#sql = prepare(db);
    this.#invitations = invitations;
  }

  register(registration: Registration): Registered {
    const { fold, skeleton, identity, device, credential, invitation: hash } = registration;
    const account = this.#sql.byFold.get(fold);
    const isOwn = account !== null && sameBytes(account.identity, identity);
    const invitation = hash === undefined ? undefined : this.#invitations.admit(hash, registration);
    if (invitation !== undefined && "refused" in invitation)
      if (!isOwn || invitation.refused === "no-such-invitation") return invitation.refused;
    if (account !== null && !isOwn) return "name-taken";
    if (account === null && this.#sql.bySkeleton.get(skeleton) !== null) return "name-alike";
    const holder = this.#sql.device.get(device)?.account ?? null;
    if (holder !== null) return holder === account?.n ? "known" : "device-taken";
    this.#sql.putDevice.run(device, account?.n ?? this.#open(registration, invitation), credential);
    return "registered";
  }

  setRole(fold: string, role: Role): boolean {
    return this.#sql.setRole.run(roleNumber(role), fold).changes > 0;
  }

  /** Answers the devices that were set free, or undefined when there is no such account. */
  unregister(fold: string): DeviceId[] | undefined {
    const account = this.#sql.byFold.get(fold);
    if (account === null) return undefined;
    const devices = this.#sql.devices.all(account.n);
    for (const { n } of devices) {
      this.#sql.removePackages.run(n);
      this.#sql.freeDevice.run(n);
    }
    this.#sql.removeAccount.run(account.n);
    return devices.map(({ key }) => key);
  }

  accountOfDevice(device: DeviceId): Account | undefined {
    return this.#account(this.#sql.byDevice.get(device));
  }

  account(fold: string): Account | undefined {
    return this.#account(this.#sql.byFold.get(fold));
  }

  accounts(after: string, limit: number): Account[] {
    return this.#sql.afterFold.all(after, limit).map((row) => this.#withDevices(row));
  }

  publish(key: DeviceId, packages: readonly StoredKeyPackage[]): number {
    const device = this.#registered(key);
    if (device === undefined) return 0;
    for (const { id, body, lastResort } of packages) {
      const { changes } = this.#sql.insertPackage.run(device, id, lastResort ? 1 : 0, body);
      if (changes > 0 && lastResort) this.#sql.removeOtherLastResorts.run(device, id);
    }
    return this.#sql.countSingleUse.get(device)?.count ?? 0;
  }

  claim(key: DeviceId): StoredKeyPackage | undefined {
    const device = this.#registered(key);
    const found = device === undefined ? null : this.#sql.nextPackage.get(device);
    if (found === null) return undefined;
    const { n, id, body } = found;
    const lastResort = found.lastResort === 1;
    if (!lastResort) this.#sql.spendPackage.run(n);
    return { id, body, lastResort };
  }

  /** A new account, which uses the invitation that it comes with. */
  #open({ fold, name, skeleton, identity, time }: Registration, invitation: Admitted | undefined): number {
    const admitted = invitation === undefined || "refused" in invitation ? undefined : invitation;
    const role = roleNumber(admitted?.role ?? ORDINARY);
    const { lastInsertRowid } = this.#sql.insertAccount.run(fold, name, skeleton, identity, time, role);
    if (admitted !== undefined) this.#invitations.use(admitted.n, { name, identity, time });
    return Number(lastInsertRowid);
  }

  #registered(key: DeviceId): number | undefined {
    const row = this.#sql.device.get(key);
    return row === null || row.account === null ? undefined : row.n;
  }

  #account(row: AccountRow | null): Account | undefined {
    return row === null ? undefined : this.#withDevices(row);
  }

  #withDevices({ n, name, fold, identity, role }: AccountRow): Account {
    const devices = this.#sql.devices.all(n).map(({ key }) => key);
    return { name, fold, identity, devices, role: roleOf(role) };
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

// The server's store in memory, for the simulation: the same contract, without a disk that could lose or keep anything.
// Must not know SQLite. What lasts is an object of its own, over which a store can be opened again after a crash.

import type { DeviceId, LogId } from "../domain/id.ts";
import { StoreFailure } from "../ports.ts";
import { ORDINARY, type Role } from "../domain/role.ts";
import type { BlobRegister } from "../ports/blobs.ts";
import type { Invitations } from "../ports/invitations.ts";
import type {
  Account,
  Append,
  Appended,
  Expired,
  Founding,
  LogCreation,
  Membership,
  Quota,
  Registration,
  ServerStore,
  StoredKeyPackage,
} from "../ports/server-store.ts";
import { blobRegister } from "./server-blob-steps.ts";
import { invitationBook } from "./server-invitation-steps.ts";
import { MemoryBlobs } from "./server-memory-blobs.ts";
import { MemoryGroups } from "./server-memory-groups.ts";
import { MemoryInvitations } from "./server-memory-invitations.ts";
import { MemoryKeeping } from "./server-memory-keeping.ts";
import { MemoryLogs } from "./server-memory-logs.ts";
import { accountOf, DurableMemory, pageByFold, published } from "./server-memory-rows.ts";
import { type Schedule, TickQueue } from "./server-queue.ts";

export { DurableMemory };

export interface ServerMemoryOptions {
  /** When the calls made so far are run; the end of the tick unless given. */
  readonly schedule?: Schedule;
  /** Asked before each transaction, which may write or not: a failure it answers is that transaction's. */
  readonly fault?: (writes: boolean) => StoreFailure | undefined;
}

export class ServerMemory implements ServerStore {
  readonly blobs: BlobRegister;
  readonly invitations: Invitations;
  readonly #blobs: MemoryBlobs;
  readonly #durable: DurableMemory;
  readonly #queue: TickQueue;
  readonly #groups: MemoryGroups;
  readonly #logs: MemoryLogs;
  readonly #invitations: MemoryInvitations;

  constructor(durable: DurableMemory, options: ServerMemoryOptions = {}) {
    this.#durable = durable;
    const keeping = new MemoryKeeping(durable.logs);
    this.#groups = new MemoryGroups(durable, keeping);
    this.#blobs = new MemoryBlobs(durable);
    this.#invitations = new MemoryInvitations(durable);
    this.#logs = new MemoryLogs(durable, keeping, this.#groups, this.#blobs);
    const begin = (writes: boolean): void => {
      const failure = options.fault?.(writes);
      if (failure !== undefined) throw failure;
    };
    const failureOf = (error: unknown): StoreFailure => {
      if (error instanceof StoreFailure) return error;
      // Nothing here throws half-way; were it otherwise, what it had changed could not be taken back.
      throw error;
    };
    const transactions = { begin, commit: () => {}, rollback: () => {}, failureOf };
    this.#queue = new TickQueue(transactions, options.schedule ?? setImmediate);
    this.blobs = blobRegister(this.#queue, this.#blobs);
    this.invitations = invitationBook(this.#queue, this.#invitations);
  }

  /** Ends as a process does that is killed: calls not yet run have no effect, and no promise settles any more. */
  crash(): void {
    this.#queue.abandon();
  }

  register(registration: Registration): ReturnType<ServerStore["register"]> {
    return this.#queue.write(() => {
      const { fold, name, skeleton, identity, device, invitation: hash } = registration;
      const { accounts } = this.#durable;
      const account = accounts.get(fold);
      const isOwn = account !== undefined && Buffer.compare(account.identity, identity) === 0;
      const invitation = hash === undefined ? undefined : this.#invitations.admit(hash, registration);
      const refused = invitation !== undefined && "refused" in invitation ? invitation.refused : undefined;
      if (refused !== undefined && (!isOwn || refused === "no-such-invitation")) return refused;
      if (account !== undefined && !isOwn) return "name-taken";
      const others = accounts.values();
      if (account === undefined && others.some((other) => other.skeleton === skeleton)) return "name-alike";
      const holder = accountOf(this.#durable.accounts, device);
      if (holder !== undefined) return holder === account ? "known" : "device-taken";
      if (account === undefined) {
        const admitted = invitation !== undefined && "n" in invitation ? invitation : undefined;
        const role = admitted?.role ?? ORDINARY;
        accounts.set(fold, { name, fold, skeleton, identity, devices: [device], role });
        if (admitted !== undefined) this.#invitations.use(admitted.n, registration);
      } else account.devices.push(device);
      this.#logs.openInbox(device);
      return "registered";
    });
  }

  unregister(fold: string): Promise<boolean> {
    return this.#queue.write(() => {
      const { accounts, packages } = this.#durable;
      for (const device of accounts.get(fold)?.devices ?? []) {
        packages.delete(device);
        this.#blobs.forgetOf(device);
        this.#logs.leaveAll(device);
      }
      return accounts.delete(fold);
    });
  }

  setRole(fold: string, role: Role): Promise<boolean> {
    return this.#queue.write(() => {
      const account = this.#durable.accounts.get(fold);
      if (account !== undefined) account.role = role;
      return account !== undefined;
    });
  }

  accountOfDevice(device: DeviceId): Promise<Account | undefined> {
    return this.#queue.read(() => {
      const account = accountOf(this.#durable.accounts, device);
      return account === undefined ? undefined : published(account);
    });
  }

  account(fold: string): Promise<Account | undefined> {
    return this.#queue.read(() => {
      const account = this.#durable.accounts.get(fold);
      return account === undefined ? undefined : published(account);
    });
  }

  accounts(after: string, limit: number): Promise<Account[]> {
    return this.#queue.read(() => pageByFold(this.#durable.accounts.values(), after, limit).map(published));
  }

  publish(device: DeviceId, packages: readonly StoredKeyPackage[]): Promise<number> {
    return this.#queue.write(() => {
      if (accountOf(this.#durable.accounts, device) === undefined) return 0;
      const mine = this.#durable.packages.get(device) ?? { held: [], spent: new Set<string>() };
      this.#durable.packages.set(device, mine);
      for (const added of packages) {
        if (mine.spent.has(added.id) || mine.held.some(({ id }) => id === added.id)) continue;
        if (added.lastResort) mine.held = mine.held.filter(({ lastResort }) => !lastResort);
        mine.held.push(added);
      }
      return mine.held.filter(({ lastResort }) => !lastResort).length;
    });
  }

  claim(device: DeviceId): Promise<StoredKeyPackage | undefined> {
    return this.#queue.write(() => {
      const mine = this.#durable.packages.get(device);
      const single = mine?.held.find(({ lastResort }) => !lastResort);
      if (mine === undefined || single === undefined) return mine?.held[0];
      mine.held = mine.held.filter((one) => one !== single);
      mine.spent.add(single.id);
      return single;
    });
  }

  create(creation: LogCreation): ReturnType<ServerStore["create"]> {
    return this.#queue.write(() => this.#logs.create(creation));
  }

  found(founding: Founding): ReturnType<ServerStore["found"]> {
    return this.#queue.write(() => this.#groups.found(founding));
  }

  group(fold: string): ReturnType<ServerStore["group"]> {
    return this.#queue.read(() => this.#groups.group(fold));
  }

  groupOfLog(log: LogId): ReturnType<ServerStore["groupOfLog"]> {
    return this.#queue.read(() => this.#groups.groupOfLog(log));
  }

  groups(after: string, limit: number): ReturnType<ServerStore["groups"]> {
    return this.#queue.read(() => this.#groups.groups(after, limit));
  }

  people(log: LogId, after: string, limit: number): ReturnType<ServerStore["people"]> {
    return this.#queue.read(() => this.#groups.people(log, after, limit));
  }

  depart(log: LogId, device: DeviceId, statement: Uint8Array): ReturnType<ServerStore["depart"]> {
    return this.#queue.write(() => this.#groups.depart(log, device, statement));
  }

  departed(log: LogId): ReturnType<ServerStore["departed"]> {
    return this.#queue.read(() => this.#groups.departed(log));
  }

  append(append: Append, quota?: Quota): Promise<Appended> {
    return this.#queue.write(() => this.#logs.append(append, quota));
  }

  groupInfo(log: LogId, epoch?: number): ReturnType<ServerStore["groupInfo"]> {
    return this.#queue.read(() => this.#logs.groupInfo(log, epoch));
  }

  advance(log: LogId, device: DeviceId, seq: number): ReturnType<ServerStore["advance"]> {
    return this.#queue.write(() => this.#logs.advance(log, device, seq));
  }

  entries(log: LogId, after: number, limit: number, bytes: number): ReturnType<ServerStore["entries"]> {
    return this.#queue.read(() => this.#logs.entries(log, after, limit, bytes));
  }

  memberships(device: DeviceId): Promise<Membership[]> {
    return this.#queue.read(() => this.#logs.memberships(device));
  }

  members(log: LogId): ReturnType<ServerStore["members"]> {
    return this.#queue.read(() => this.#logs.members(log));
  }

  expired(log: LogId): Promise<number> {
    return this.#queue.read(() => this.#logs.expired(log));
  }

  waiting(device: DeviceId): Promise<number> {
    return this.#queue.read(() => this.#logs.waiting(device));
  }

  trim(): Promise<number> {
    return this.#queue.write(() => this.#logs.trim());
  }

  expire(before: number): Promise<Expired> {
    return this.#queue.write(() => this.#logs.expire(before));
  }

  async close(): Promise<void> {
    this.#queue.close();
  }
}

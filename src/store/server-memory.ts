// The server's store in memory, for the simulation: the same contract, without a disk that could lose or keep anything.
// Must not know SQLite. What lasts is an object of its own, over which a store can be opened again after a crash.

import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId } from "../domain/id.ts";
import {
  type Account,
  type Append,
  type Appended,
  type Expired,
  type LogCreation,
  type Membership,
  type Quota,
  type Registration,
  type ServerStore,
  type StoredKeyPackage,
  StoreFailure,
} from "../ports.ts";
import { MemoryKeeping } from "./server-memory-keeping.ts";
import {
  byBytes,
  find,
  type HeldAccount,
  type HeldLog,
  type HeldPackages,
  newLog,
  published,
} from "./server-memory-rows.ts";
import { type Schedule, TickQueue } from "./server-queue.ts";

/** What a crash does not take. */
export class DurableMemory {
  readonly accounts = new Map<string, HeldAccount>();
  readonly packages = new Map<DeviceId, HeldPackages>();
  readonly logs = new Map<LogId, HeldLog>();
}

export interface ServerMemoryOptions {
  /** When the calls made so far are run; the end of the tick unless given. */
  readonly schedule?: Schedule;
  /** Asked before each transaction, which may write or not: a failure it answers is that transaction's. */
  readonly fault?: (writes: boolean) => StoreFailure | undefined;
}

export class ServerMemory implements ServerStore {
  readonly #durable: DurableMemory;
  readonly #queue: TickQueue;
  readonly #keeping: MemoryKeeping;

  constructor(durable: DurableMemory, options: ServerMemoryOptions = {}) {
    this.#durable = durable;
    this.#keeping = new MemoryKeeping(durable.logs.values());
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
  }

  /** Ends as a process does that is killed: calls not yet run have no effect, and no promise settles any more. */
  crash(): void {
    this.#queue.abandon();
  }

  register(registration: Registration): ReturnType<ServerStore["register"]> {
    return this.#queue.write(() => {
      const { fold, name, skeleton, identity, device } = registration;
      const { accounts, logs } = this.#durable;
      const account = accounts.get(fold);
      if (account !== undefined && Buffer.compare(account.identity, identity) !== 0) return "name-taken";
      const others = accounts.values();
      if (account === undefined && others.some((other) => other.skeleton === skeleton)) return "name-alike";
      const holder = this.#accountOf(device);
      if (holder !== undefined) return holder === account ? "known" : "device-taken";
      if (account === undefined) accounts.set(fold, { name, fold, skeleton, identity, devices: [device] });
      else account.devices.push(device);
      const inbox = logs.get(device) ?? newLog("inbox", 0, device);
      logs.set(device, inbox);
      inbox.cursors.set(device, inbox.head);
      return "registered";
    });
  }

  unregister(fold: string): Promise<boolean> {
    return this.#queue.write(() => {
      const { accounts, packages, logs } = this.#durable;
      for (const device of accounts.get(fold)?.devices ?? []) {
        packages.delete(device);
        for (const log of logs.values()) log.cursors.delete(device);
        const inbox = logs.get(device);
        if (inbox !== undefined) this.#keeping.empty(inbox);
      }
      return accounts.delete(fold);
    });
  }

  accountOfDevice(device: DeviceId): Promise<Account | undefined> {
    return this.#queue.read(() => {
      const account = this.#accountOf(device);
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
    return this.#queue.read(() => {
      const following = [...this.#durable.accounts.values()].filter(({ fold }) => byBytes(fold, after) > 0);
      return following
        .sort((a, b) => byBytes(a.fold, b.fold))
        .slice(0, limit)
        .map(published);
    });
  }

  publish(device: DeviceId, packages: readonly StoredKeyPackage[]): Promise<number> {
    return this.#queue.write(() => {
      if (this.#accountOf(device) === undefined) return 0;
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
    return this.#queue.write(() => {
      const { log: key, kind, epoch, creator, time } = creation;
      const there = this.#durable.logs.get(key);
      if (there !== undefined && there.cursors.size >= 2)
        return { outcome: "exists", creator: there.creator };
      const head = there?.head ?? 0;
      // What lies before the head has been passed by all of its new members, and is trimmed in time.
      const log = {
        ...newLog(kind, epoch, creator),
        head,
        entries: there?.entries ?? [],
        expired: there?.expired ?? 0,
        info: creation.info,
      };
      this.#durable.logs.set(key, log);
      for (const device of creation.members) {
        if (this.#accountOf(device) !== undefined) log.cursors.set(device, head);
      }
      const welcomes: Entry[] = [];
      for (const { device, id, body } of creation.welcomes) {
        const inbox = this.#durable.logs.get(device);
        if (inbox === undefined || !inbox.cursors.has(device) || find(inbox, creator, id)) continue;
        const seq = ++inbox.head;
        const entry: Entry = { log: device, seq, id, sender: creator, kind: "welcome", epoch, time, body };
        this.#keeping.add(inbox, entry);
        welcomes.push(entry);
      }
      return { outcome: "created", head, welcomes };
    });
  }

  append(append: Append, quota?: Quota): Promise<Appended> {
    return this.#queue.write(() => {
      const { log: key, id, sender, kind, epoch, time, body, info } = append;
      const log = this.#durable.logs.get(key);
      if (log === undefined) return { outcome: "no-such-log" };
      const members = log.cursors.size;
      const first = find(log, sender, id);
      if (first !== undefined) return { outcome: "repeated", seq: first.seq, time: first.time, members };
      if (!log.cursors.has(sender)) return { outcome: "not-member" };
      if (members < 2) return { outcome: "no-such-log" };
      if (epoch !== log.epoch) return { outcome: "stale-epoch", epoch: log.epoch };
      const devices = this.#accountOf(sender)?.devices ?? [];
      if (!this.#keeping.isRoom(log, devices, append, quota)) return { outcome: "quota" };
      const seq = ++log.head;
      this.#keeping.add(log, { log: key, seq, id, sender, kind, epoch, time, body });
      if (info !== undefined) {
        log.epoch += 1;
        log.info = info;
      }
      return { outcome: "appended", seq, time, members };
    });
  }

  groupInfo(key: LogId): ReturnType<ServerStore["groupInfo"]> {
    return this.#queue.read(() => {
      const log = this.#durable.logs.get(key);
      return log?.info === undefined ? undefined : { epoch: log.epoch, info: log.info };
    });
  }

  advance(key: LogId, device: DeviceId, seq: number): ReturnType<ServerStore["advance"]> {
    return this.#queue.write(() => {
      const log = this.#durable.logs.get(key);
      const from = log?.cursors.get(device);
      if (log === undefined || from === undefined) return { from: 0, to: 0, expired: 0 };
      const to = Math.max(from, Math.min(seq, log.head));
      log.cursors.set(device, to);
      return { from, to, expired: log.expired };
    });
  }

  entries(key: LogId, after: number, limit: number, bytes: number): Promise<Entry[]> {
    return this.#queue.read(() => {
      const following = this.#durable.logs.get(key)?.entries.filter(({ seq }) => seq > after) ?? [];
      let size = 0;
      const beyond = following.findIndex(({ body }, at) => {
        size += body.byteLength;
        return at >= limit || (at > 0 && size > bytes);
      });
      return beyond === -1 ? following : following.slice(0, beyond);
    });
  }

  memberships(device: DeviceId): Promise<Membership[]> {
    return this.#queue.read(() => {
      const found: Membership[] = [];
      for (const [log, { kind, epoch, head, cursors, expired }] of this.#durable.logs) {
        const cursor = cursors.get(device);
        if (cursor !== undefined) found.push({ log, kind, epoch, head, cursor, expired });
      }
      return found.sort((a, b) => Number(a.kind !== "inbox") - Number(b.kind !== "inbox"));
    });
  }

  members(key: LogId): ReturnType<ServerStore["members"]> {
    return this.#queue.read(() => {
      const cursors = this.#durable.logs.get(key)?.cursors ?? [];
      return Array.from(cursors, ([device, cursor]) => ({ device, cursor }));
    });
  }

  expired(key: LogId): Promise<number> {
    return this.#queue.read(() => this.#durable.logs.get(key)?.expired ?? 0);
  }

  waiting(device: DeviceId): Promise<number> {
    return this.#queue.read(() => {
      let count = 0;
      for (const { cursors, entries } of this.#durable.logs.values()) {
        const cursor = cursors.get(device) ?? Number.POSITIVE_INFINITY;
        for (const { seq, kind, sender } of entries) {
          if (seq > cursor && kind === "message" && sender !== device) count++;
        }
      }
      return count;
    });
  }

  trim(): Promise<number> {
    return this.#queue.write(() => {
      let deleted = 0;
      for (const log of this.#durable.logs.values()) deleted += this.#keeping.dropPassed(log);
      return deleted;
    });
  }

  expire(before: number): Promise<Expired> {
    return this.#queue.write(() => {
      const missed: Expired["missed"][number][] = [];
      let deleted = 0;
      for (const [key, log] of this.#durable.logs) {
        const expired = this.#keeping.expire(log, before);
        deleted += expired.deleted;
        if (expired.missed !== undefined) missed.push({ log: key, seq: expired.missed, epoch: log.epoch });
      }
      return { deleted, missed };
    });
  }

  async close(): Promise<void> {
    this.#queue.close();
  }

  #accountOf(device: DeviceId): HeldAccount | undefined {
    return this.#durable.accounts.values().find(({ devices }) => devices.includes(device));
  }
}

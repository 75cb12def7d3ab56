// Groups of the store in memory: their names and rules, who comes and who goes.
// Must not know what rules say; `admit` does.

import type { Entry } from "../domain/entry.ts";
import type { BlobId, DeviceId, LogId } from "../domain/id.ts";
import {
  type Append,
  type Appended,
  type Founding,
  type Group,
  type GroupChange,
  type GroupName,
  MAX_GROUP,
  type ServerStore,
} from "../ports/server-store.ts";
import { NEEDED } from "./server-blob-steps.ts";
import type { HeldBlob } from "./server-memory-blobs.ts";
import type { MemoryKeeping } from "./server-memory-keeping.ts";
import {
  type DurableMemory,
  accountOf,
  type HeldAccount,
  type HeldGroup,
  type HeldLog,
  newLog,
  pageByFold,
  passedByAll,
} from "./server-memory-rows.ts";

export class MemoryGroups {
  readonly #accounts: ReadonlyMap<string, HeldAccount>;
  readonly #logs: Map<LogId, HeldLog>;
  readonly #blobs: ReadonlyMap<BlobId, HeldBlob>;
  readonly #keeping: MemoryKeeping;

  constructor(
    { accounts, logs, blobs }: Pick<DurableMemory, "accounts" | "logs" | "blobs">,
    keeping: MemoryKeeping,
  ) {
    this.#accounts = accounts;
    this.#logs = logs;
    this.#blobs = blobs;
    this.#keeping = keeping;
  }

  #release(log: LogId, device: DeviceId): void {
    for (const { log: key, devices } of this.#blobs.values())
      if (key === log && devices.get(device) === NEEDED) devices.delete(device);
  }

  found({
    log: key,
    fold,
    skeleton,
    rules,
    info,
    creator,
  }: Founding): Awaited<ReturnType<ServerStore["found"]>> {
    const there = this.#logs.get(key);
    if (there !== undefined)
      return there.group !== undefined && there.creator === creator ? "founded" : "exists";
    const taken = this.#taken({ fold, skeleton }, undefined);
    if (taken !== undefined) return taken;
    const log = newLog("group", 0, creator);
    log.info = info;
    log.group = { fold, skeleton, rules, closed: false, departed: new Map(), infos: [] };
    this.#logs.set(key, log);
    // A creator unregistered a moment ago is left out, as if it had been unregistered a moment later.
    if (this.#isRegistered(creator)) log.cursors.set(creator, 0);
    this.endIfLeft(log);
    return "founded";
  }

  group(fold: string): Group | undefined {
    return this.#open().find((group) => group.fold === fold);
  }

  groupOfLog(key: LogId): Group | undefined {
    const log = this.#logs.get(key);
    return log?.group === undefined ? undefined : this.#published(key, log, log.group);
  }

  groups(after: string, limit: number): Group[] {
    return pageByFold(this.#open(), after, limit);
  }

  people(key: LogId, after: string, limit: number): Awaited<ReturnType<ServerStore["people"]>> {
    const log = this.#logs.get(key);
    const people = log?.kind === "group" ? this.#people(log) : [];
    return pageByFold(people, after, limit).map(({ name, fold, role }) => ({ name, fold, role }));
  }

  depart(key: LogId, device: DeviceId, statement: Uint8Array): Awaited<ReturnType<ServerStore["depart"]>> {
    const log = this.#logs.get(key);
    if (log?.group === undefined || !log.cursors.delete(device)) return "not-member";
    if (this.endIfLeft(log)) return "ended";
    log.group = { ...log.group, departed: new Map(log.group.departed).set(device, statement) };
    return "departed";
  }

  departed(key: LogId): { device: DeviceId; statement: Uint8Array }[] {
    const departed = this.#logs.get(key)?.group?.departed ?? [];
    return Array.from(departed, ([device, statement]) => ({ device, statement }));
  }

  /** Why an entry is not taken into a group's log, whatever it holds. */
  refusal(log: HeldLog, { sender, epoch, admit, change }: Append): Appended | undefined {
    const { group } = log;
    if (group === undefined) return { outcome: "no-such-log" };
    if (group.closed) return { outcome: "group-closed" };
    const member = log.cursors.has(sender);
    const enters =
      change?.added.some(({ device }) => device === sender) === true && this.#isRegistered(sender);
    if (!member && !enters) return { outcome: "not-member" };
    if (epoch !== log.epoch) return { outcome: "stale-epoch", epoch: log.epoch };
    const departed = new Set(group.departed.keys());
    const admitted = admit === undefined || admit({ rules: group.rules, member, departed });
    return admitted ? undefined : { outcome: "forbidden" };
  }

  /** Why a change is not possible beside what else there is. */
  clash(
    log: HeldLog,
    change: GroupChange | undefined,
  ): "group-full" | "group-exists" | "group-alike" | undefined {
    if (change === undefined) return undefined;
    const members = new Set(log.cursors.keys());
    for (const device of change.removed) members.delete(device);
    for (const { device } of change.added) if (this.#isRegistered(device)) members.add(device);
    if (change.added.length > 0 && members.size > MAX_GROUP) return "group-full";
    if (change.rules === undefined || change.rules.closed) return undefined;
    const taken = this.#taken(change.rules, log.group);
    return taken === undefined ? undefined : `group-${taken}`;
  }

  /** Keeps the GroupInfo of the epoch that ends, if somebody may still come to the commit that began it. */
  keepInfo(log: HeldLog): void {
    const { group, epoch, began, info } = log;
    if (group === undefined || info === undefined) return;
    if (began > passedByAll(log) && log.entries.some(({ seq }) => seq === began))
      log.group = { ...group, infos: [...group.infos, { epoch, began, info }] };
  }

  /** Does what the commit `entry` says, and answers what it put into inboxes. */
  apply(log: HeldLog, change: GroupChange, entry: Entry): Entry[] {
    if (log.group === undefined) return [];
    const departed = new Map(log.group.departed);
    const leaving = new Map(log.leaving);
    for (const device of change.removed) {
      departed.delete(device);
      const cursor = log.cursors.get(device);
      // Who removes itself knows what it did, and waits for nothing.
      if (log.cursors.delete(device) && cursor !== undefined && device !== entry.sender)
        leaving.set(device, { cursor, until: entry.seq });
    }
    const inboxes: Entry[] = [];
    for (const { device, welcome } of change.added) {
      if (!this.#isRegistered(device)) continue;
      departed.delete(device);
      leaving.delete(device);
      // Of an earlier time in it nothing is waited for; who comes back in one step was never out.
      if (!log.cursors.has(device) && !change.removed.includes(device)) this.#release(entry.log, device);
      log.cursors.set(device, entry.seq - 1);
      if (welcome === undefined) continue;
      const put = { log: device, sender: entry.sender, epoch: log.epoch, time: entry.time };
      inboxes.push(...this.#keeping.deliver({ ...put, ...welcome, kind: "welcome" }));
      if (change.history !== undefined)
        inboxes.push(...this.#keeping.deliver({ ...put, ...change.history, kind: "history" }));
    }
    log.leaving = leaving;
    log.group = { ...log.group, departed };
    if (change.rules !== undefined) {
      const { fold, skeleton, bytes: rules, closed } = change.rules;
      log.group = { ...log.group, fold, skeleton, rules, closed };
    }
    this.endIfLeft(log);
    return inboxes;
  }

  /** A group that nobody is in is no more. Answers whether this one ended now. */
  endIfLeft(log: HeldLog): boolean {
    if (log.group === undefined || log.cursors.size > 0) return false;
    log.group = undefined;
    log.info = undefined;
    return true;
  }

  #isRegistered(device: DeviceId): boolean {
    return accountOf(this.#accounts, device) !== undefined;
  }

  /** Whether another group has the name, or one that looks like it. */
  #taken(name: GroupName, own: HeldGroup | undefined): "exists" | "alike" | undefined {
    const held = this.#logs.values().map(({ group }) => group);
    const others = [...held].filter((group) => group !== undefined && group !== own && !group.closed);
    if (others.some((group) => group?.fold === name.fold)) return "exists";
    return others.some((group) => group?.skeleton === name.skeleton) ? "alike" : undefined;
  }

  *#open(): Generator<Group, undefined> {
    for (const [key, log] of this.#logs)
      if (log.group !== undefined && !log.group.closed) yield this.#published(key, log, log.group);
  }

  #published(log: LogId, held: HeldLog, { fold, rules }: HeldGroup): Group {
    return { log, fold, rules, epoch: held.epoch, size: this.#people(held).length };
  }

  #people({ cursors }: HeldLog): HeldAccount[] {
    return [...this.#accounts.values()].filter(({ devices }) =>
      devices.some((device) => cursors.has(device)),
    );
  }
}

// Groups in SQLite: their names and rules, who comes and who goes. Every method is one step inside the transaction of its
// tick. Must not know what rules say (`admit` does), nor how entries are kept.

import type { Database } from "bun:sqlite";
import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId } from "../domain/id.ts";
import {
  type Append,
  type Appended,
  type Founding,
  type Group,
  type GroupChange,
  type GroupName,
  MAX_GROUP,
  type ServerStore,
  type GroupInfo,
} from "../ports/server-store.ts";
import { groupInfoOf } from "./group-change.ts";
import type { LogEntries } from "./server-entries.ts";
import { prepareGroups } from "./server-group-sql.ts";
import {
  type GroupState,
  type LogCache,
  type LogState,
  type Member,
  passedByAll,
} from "./server-log-cache.ts";
import { deviceNumber, insertLog, type LogStatements } from "./server-log-sql.ts";
import { roleOf } from "./server-schema.ts";

export class ServerGroups {
  readonly #sql: ReturnType<typeof prepareGroups>;
  readonly #logs: LogStatements;
  readonly #cache: LogCache;
  readonly #entries: LogEntries;

  constructor(db: Database, logs: LogStatements, cache: LogCache, entries: LogEntries) {
    this.#sql = prepareGroups(db);
    this.#logs = logs;
    this.#cache = cache;
    this.#entries = entries;
  }

  found({
    log: key,
    fold,
    skeleton,
    rules,
    info,
    creator,
  }: Founding): Awaited<ReturnType<ServerStore["found"]>> {
    const there = this.#cache.get(key);
    if (there !== undefined)
      return there.group !== undefined && there.creator === creator ? "founded" : "exists";
    const taken = this.#taken({ fold, skeleton }, undefined);
    if (taken !== undefined) return taken;
    const log = insertLog(this.#logs, key, "group", 0, deviceNumber(this.#logs, creator), info);
    this.#sql.insert.run(log, fold, skeleton, rules);
    // A creator unregistered a moment ago is left out, as if it had been unregistered a moment later.
    this.#logs.insertMember.run(log, 0, creator);
    this.endIfLeft(this.#cache.get(key));
    return "founded";
  }

  group(fold: string): Group | undefined {
    const row = this.#sql.ofFold.get(fold);
    return row === null ? undefined : this.groupOfLog(row.key);
  }

  groupOfLog(key: LogId): Group | undefined {
    const log = this.#cache.get(key);
    if (log?.group === undefined) return undefined;
    const { fold, rules } = log.group;
    return { log: key, fold, rules, epoch: log.epoch, size: this.#size(log, log.group) };
  }

  groups(after: string, limit: number): Group[] {
    return this.#sql.afterFold.all(after, limit).flatMap(({ key }) => this.groupOfLog(key) ?? []);
  }

  people(key: LogId, after: string, limit: number): Awaited<ReturnType<ServerStore["people"]>> {
    const log = this.#cache.get(key);
    const rows = log?.kind === "group" ? this.#sql.people.all(log.n, after, limit) : [];
    return rows.map(({ name, fold, role }) => ({ name, fold, role: roleOf(role) }));
  }

  depart(key: LogId, device: DeviceId, statement: Uint8Array): Awaited<ReturnType<ServerStore["depart"]>> {
    const log = this.#cache.get(key);
    const member = log?.members.get(device);
    if (log?.group === undefined || member === undefined) return "not-member";
    this.#removeMember(log, device, member);
    if (this.endIfLeft(log)) return "ended";
    this.#sql.putDeparture.run(log.n, member.device, statement);
    log.group.departed.add(device);
    return "departed";
  }

  departed(key: LogId): { device: DeviceId; statement: Uint8Array }[] {
    return this.#sql.departures.all(key);
  }

  /** The groups that a device is in or is still leaving. */
  keysOf(device: DeviceId): LogId[] {
    return this.#sql.ofDevice.all(device).map(({ key }) => key);
  }

  /** Why an entry is not taken into a group's log, whatever it holds. */
  refusal(log: LogState, { sender, epoch, admit, change }: Append): Appended | undefined {
    const { group } = log;
    if (group === undefined) return { outcome: "no-such-log" };
    if (group.closed) return { outcome: "group-closed" };
    const member = log.members.has(sender);
    if (!member && !this.#enters(sender, change)) return { outcome: "not-member" };
    if (epoch !== log.epoch) return { outcome: "stale-epoch", epoch: log.epoch };
    const { rules, departed } = group;
    return admit === undefined || admit({ rules, member, departed }) ? undefined : { outcome: "forbidden" };
  }

  /** Why a change is not possible beside what else there is. */
  clash(log: LogState, change: GroupChange): "group-full" | "group-exists" | "group-alike" | undefined {
    if (change.added.length > 0) {
      const members = new Set(log.members.keys());
      for (const device of change.removed) members.delete(device);
      for (const { device } of change.added) if (this.#registered(device) !== undefined) members.add(device);
      if (members.size > MAX_GROUP) return "group-full";
    }
    if (change.rules === undefined || change.rules.closed) return undefined;
    const taken = this.#taken(change.rules, log.n);
    return taken === undefined ? undefined : `group-${taken}`;
  }

  /** Keeps the GroupInfo of the epoch that ends, if somebody may still come to the commit that began it. */
  keepInfo(log: LogState): void {
    if (log.group === undefined || log.began <= passedByAll(log)) return;
    if (log.began > (this.#logs.log.get(log.n)?.trimmed ?? 0)) this.#sql.keepInfo.run(log.n);
  }

  /** The GroupInfo of a former epoch. */
  pastInfo(key: LogId, epoch: number): GroupInfo | undefined {
    const row = this.#sql.pastInfo.get(key, epoch);
    return row === null ? undefined : groupInfoOf(row.epoch, row.info, row.began);
  }

  /** Does what the commit `entry` says, and answers what it put into inboxes; `sender` is its row number. */
  apply(log: LogState, change: GroupChange, sender: number, entry: Entry): Entry[] {
    const { group } = log;
    if (group === undefined) return [];
    group.size = undefined;
    this.#cache.flush(); // so that no cursor of before is written over a new one
    for (const device of change.removed) this.#remove(log, group, device, entry);
    const inboxes: Entry[] = [];
    for (const { device, welcome } of change.added) {
      const n = this.#registered(device);
      if (n === undefined) continue;
      // Of an earlier time in it nothing is waited for; who comes back in one step was never out.
      const isNew = !log.members.has(device) && !change.removed.includes(device);
      if (isNew) this.#sql.releaseBlobs.run(log.n, n);
      this.#add(log, group, device, n, entry.seq - 1);
      if (welcome === undefined) continue;
      const put = { log: device, sender: entry.sender, epoch: log.epoch, time: entry.time };
      inboxes.push(...this.#entries.deliver(sender, { ...put, ...welcome, kind: "welcome" }));
      if (change.history !== undefined)
        inboxes.push(...this.#entries.deliver(sender, { ...put, ...change.history, kind: "history" }));
    }
    if (change.rules !== undefined) {
      const { fold, skeleton, bytes: rules, closed } = change.rules;
      Object.assign(group, { fold, skeleton, rules, closed });
      this.#sql.setRules.run(fold, skeleton, closed ? 1 : 0, rules, log.n);
    }
    this.endIfLeft(log);
    return inboxes;
  }

  /** A removed device has come to the last entry that is for it. */
  takeLeave(log: LogState, device: DeviceId, member: Member): void {
    log.leaving.delete(device);
    this.#sql.removeMember.run(log.n, member.device);
  }

  /** A group that nobody is in is no more. Answers whether this one ended now. */
  endIfLeft(log: LogState | undefined): boolean {
    if (log?.group === undefined || log.members.size > 0) return false;
    this.#sql.removeRules.run(log.n);
    this.#sql.removeDepartures.run(log.n);
    this.#sql.removeInfos.run(log.n);
    this.#sql.forgetInfo.run(log.n);
    log.group = undefined;
    return true;
  }

  #add(log: LogState, group: GroupState, device: DeviceId, n: number, cursor: number): void {
    this.#settleDeparture(log, group, device);
    log.leaving.delete(device);
    log.members.set(device, { log: log.n, device: n, cursor, unwritten: false, until: undefined });
    this.#sql.putMember.run(log.n, n, cursor);
  }

  #remove(log: LogState, group: GroupState, device: DeviceId, commit: Entry): void {
    this.#settleDeparture(log, group, device);
    const member = log.members.get(device);
    if (member === undefined) return;
    // Who removes itself knows what it did, and waits for nothing.
    if (device === commit.sender) return this.#removeMember(log, device, member);
    log.members.delete(device);
    log.leaving.set(device, member);
    member.until = commit.seq;
    this.#sql.setUntil.run(commit.seq, log.n, member.device);
  }

  #removeMember(log: LogState, device: DeviceId, member: Member): void {
    log.members.delete(device);
    this.#sql.removeMember.run(log.n, member.device);
    if (log.group !== undefined) log.group.size = undefined;
  }

  #settleDeparture(log: LogState, group: GroupState, device: DeviceId): void {
    if (group.departed.delete(device)) this.#sql.removeDeparture.run(log.n, device);
  }

  /** Whether a change lets `sender` in by itself. */
  #enters(sender: DeviceId, change: GroupChange | undefined): boolean {
    const adds = change?.added.some(({ device }) => device === sender);
    return adds === true && this.#registered(sender) !== undefined;
  }

  #registered(device: DeviceId): number | undefined {
    return this.#sql.registered.get(device)?.n;
  }

  #size(log: LogState, group: GroupState): number {
    group.size ??= this.#sql.size.get(log.n)?.size ?? 0;
    return group.size;
  }

  /** Whether another group has the name, or one that looks like it. */
  #taken({ fold, skeleton }: GroupName, own: number | undefined): "exists" | "alike" | undefined {
    const isOther = (row: { log: number } | null): boolean => row !== null && row.log !== own;
    if (isOther(this.#sql.ofFold.get(fold))) return "exists";
    return isOther(this.#sql.ofSkeleton.get(skeleton)) ? "alike" : undefined;
  }
}

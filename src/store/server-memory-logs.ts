// Logs, members and cursors of the store in memory.
// Must not know how names and key packages are kept, nor when a call takes effect.

import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId } from "../domain/id.ts";
import type {
  Append,
  Appended,
  Expired,
  LogCreation,
  Membership,
  Quota,
  ServerStore,
  GroupInfo,
} from "../ports/server-store.ts";
import { groupInfoOf, hasWelcomes } from "./group-change.ts";
import type { MemoryBlobs } from "./server-memory-blobs.ts";
import type { MemoryGroups } from "./server-memory-groups.ts";
import type { MemoryKeeping } from "./server-memory-keeping.ts";
import {
  accountOf,
  type DurableMemory,
  find,
  type HeldAccount,
  type HeldLog,
  newLog,
} from "./server-memory-rows.ts";

/** In the order in which a device's logs are told. */
const KINDS: readonly Membership["kind"][] = ["inbox", "direct", "group"];

export class MemoryLogs {
  readonly #accounts: ReadonlyMap<string, HeldAccount>;
  readonly #logs: Map<LogId, HeldLog>;
  readonly #keeping: MemoryKeeping;
  readonly #groups: MemoryGroups;
  readonly #blobs: MemoryBlobs;

  constructor(
    { accounts, logs }: DurableMemory,
    keeping: MemoryKeeping,
    groups: MemoryGroups,
    blobs: MemoryBlobs,
  ) {
    this.#blobs = blobs;
    this.#accounts = accounts;
    this.#logs = logs;
    this.#keeping = keeping;
    this.#groups = groups;
  }

  openInbox(device: DeviceId): void {
    const inbox = this.#logs.get(device) ?? newLog("inbox", 0, device);
    this.#logs.set(device, inbox);
    inbox.cursors.set(device, inbox.head);
  }

  /** Takes a device out of all logs, and empties its inbox. */
  leaveAll(device: DeviceId): void {
    for (const log of this.#logs.values()) {
      log.cursors.delete(device);
      if (log.leaving.has(device))
        log.leaving = new Map(log.leaving.entries().filter(([key]) => key !== device));
      this.#groups.endIfLeft(log);
    }
    const inbox = this.#logs.get(device);
    if (inbox !== undefined) this.#keeping.empty(inbox);
  }

  create(creation: LogCreation): Awaited<ReturnType<ServerStore["create"]>> {
    const { log: key, kind, epoch, creator, time } = creation;
    const there = this.#logs.get(key);
    if (there !== undefined && (there.kind !== kind || there.cursors.size >= 2))
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
    this.#logs.set(key, log);
    for (const device of creation.members) {
      if (accountOf(this.#accounts, device) !== undefined) log.cursors.set(device, head);
    }
    const welcomes = creation.welcomes.flatMap(({ device, id, body }) =>
      this.#keeping.deliver({ log: device, id, sender: creator, kind: "welcome", epoch, time, body }),
    );
    return { outcome: "created", head, welcomes };
  }

  append(append: Append, quota: Quota | undefined): Appended {
    const { log: key, id, sender, kind, epoch, time, body, info, change, blob } = append;
    const log = this.#logs.get(key);
    if (log === undefined) return { outcome: "no-such-log" };
    const first = find(log, sender, id);
    if (first !== undefined)
      return { outcome: "repeated", seq: first.seq, time: first.time, members: log.cursors.size };
    const refused = log.kind === "group" ? this.#groups.refusal(log, append) : refusal(log, append);
    if (refused !== undefined) return refused;
    if (blob !== undefined && !this.#blobs.tellable(blob, key, sender)) return { outcome: "no-such-blob" };
    const devices = accountOf(this.#accounts, sender)?.devices ?? [];
    if (!this.#keeping.isRoom(log, devices, append, quota)) return { outcome: "quota" };
    const clash = this.#groups.clash(log, change);
    if (clash !== undefined) return { outcome: clash };

    if (blob !== undefined) this.#blobs.tell(blob);
    const entry = this.#keeping.add(log, { log: key, id, sender, kind, epoch, time, body });
    if (info !== undefined) {
      this.#groups.keepInfo(log);
      log.epoch += 1;
      log.info = info;
      log.began = hasWelcomes(change) ? entry.seq : 0;
    }
    const inboxes = change === undefined ? undefined : this.#groups.apply(log, change, entry);
    const appended = { outcome: "appended", seq: entry.seq, time, members: log.cursors.size } as const;
    return inboxes === undefined ? appended : { ...appended, inboxes };
  }

  groupInfo(key: LogId, epoch: number | undefined): GroupInfo | undefined {
    const log = this.#logs.get(key);
    if (log?.info === undefined) return undefined;
    if (epoch === undefined || epoch === log.epoch) {
      return groupInfoOf(log.epoch, log.info, log.began);
    }
    const past = log.group?.infos.find((one) => one.epoch === epoch);
    return past === undefined ? undefined : groupInfoOf(epoch, past.info, past.began);
  }

  advance(key: LogId, device: DeviceId, seq: number): { from: number; to: number; expired: number } {
    const log = this.#logs.get(key);
    const leaving = log?.leaving.get(device);
    const from = leaving?.cursor ?? log?.cursors.get(device);
    if (log === undefined || from === undefined) return { from: 0, to: 0, expired: 0 };
    const to = Math.max(from, Math.min(seq, leaving?.until ?? log.head));
    if (leaving === undefined) log.cursors.set(device, to);
    else {
      const others = new Map(log.leaving);
      if (to === leaving.until) others.delete(device);
      else others.set(device, { cursor: to, until: leaving.until });
      log.leaving = others;
    }
    return { from, to, expired: log.expired };
  }

  entries(key: LogId, after: number, limit: number, bytes: number): Entry[] {
    const following = this.#logs.get(key)?.entries.filter(({ seq }) => seq > after) ?? [];
    let size = 0;
    const beyond = following.findIndex(({ body }, at) => {
      size += body.byteLength;
      return at >= limit || (at > 0 && size > bytes);
    });
    return beyond === -1 ? following : following.slice(0, beyond);
  }

  memberships(device: DeviceId): Membership[] {
    const found: Membership[] = [];
    for (const [log, { kind, epoch, head, cursors, leaving, expired }] of this.#logs) {
      const cursor = cursors.get(device);
      if (cursor !== undefined) found.push({ log, kind, epoch, head, cursor, expired });
      const left = leaving.get(device);
      if (left !== undefined) found.push({ log, kind, epoch, head: left.until, expired, ...left });
    }
    return found.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  }

  members(key: LogId): { device: DeviceId; cursor: number }[] {
    return Array.from(this.#logs.get(key)?.cursors ?? [], ([device, cursor]) => ({ device, cursor }));
  }

  expired(key: LogId): number {
    return this.#logs.get(key)?.expired ?? 0;
  }

  waiting(device: DeviceId): number {
    let count = 0;
    for (const { cursors, leaving, entries, head } of this.#logs.values()) {
      const left = leaving.get(device);
      const cursor = left?.cursor ?? cursors.get(device) ?? head;
      const until = left?.until ?? head;
      for (const { seq, kind, sender } of entries) {
        if (seq > cursor && seq <= until && kind === "message" && sender !== device) count++;
      }
    }
    return count;
  }

  trim(): number {
    let deleted = 0;
    for (const log of this.#logs.values()) deleted += this.#keeping.dropPassed(log);
    return deleted;
  }

  expire(before: number): Expired {
    const missed: Expired["missed"][number][] = [];
    let deleted = 0;
    for (const [key, log] of this.#logs) {
      const expired = this.#keeping.expire(log, before);
      deleted += expired.deleted;
      if (expired.missed !== undefined) missed.push({ log: key, seq: expired.missed, epoch: log.epoch });
    }
    return { deleted, missed };
  }
}

/** Why an entry is not taken into a log that is no group's. */
function refusal(log: HeldLog, { sender, epoch }: Append): Appended | undefined {
  if (!log.cursors.has(sender)) return { outcome: "not-member" };
  if (log.cursors.size < 2) return { outcome: "no-such-log" };
  return epoch === log.epoch ? undefined : { outcome: "stale-epoch", epoch: log.epoch };
}

// Who lets newcomers into a group and takes leavers out: one member at a time is asked, with all that has gathered, and
// the next one when it stays silent. In memory alone: whoever still wants in asks again. Must not know links.

import { decodeRules } from "../wire/rules.ts";
import { type DeviceId, encodeId, type LogId } from "../domain/id.ts";
import type { Clock } from "../ports.ts";
import type { ServerStore } from "../ports/server-store.ts";
import { MAX_ADDED, MAX_MEMBERS } from "../wire/limits.ts";
import { Lease } from "./lease.ts";
import type { Session } from "./session.ts";

/** How long requests are gathered, again as long as new ones come, but no longer than the second; ms. */
const GATHER = 250;
const GATHER_AT_MOST = 1_000;
/** How long a member has to do what it was asked, ms. */
const HOLD = 3_000;
/** The pause before a group that could not be read is looked at again, ms. */
const AGAIN_AFTER = 1_000;
/** A request that was not repeated for so long is forgotten, ms: its device has come in or has gone. */
const FORGET_AFTER = 60_000;
/** Members asked one after the other; what none of these does waits until it is asked for again. */
const MOST_HOLDERS = 5;
/** Leavers told at once: their names and those of the newcomers fit into one header (MAX_HEADER). */
const MAX_LEAVING = 600;
/** Devices that may wait for one group. */
const MAX_WAITING = 2 * MAX_MEMBERS;

export interface AddingEvents {
  /** Members of a group that are here and have been told where they stand. */
  members(log: LogId): readonly Session[];
  fault(error: unknown): void;
}

export class Adding {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #events: AddingEvents;
  readonly #leases = new Map<LogId, Lease>();
  /** Those who let their time go by, and have committed nothing since: asked last. */
  readonly #silent = new WeakSet<Session>();

  constructor(store: ServerStore, clock: Clock, events: AddingEvents) {
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
  }

  /** Whether anybody is here who could let somebody in. */
  isPossible(log: LogId): boolean {
    return this.#events.members(log).length > 0;
  }

  /** A device asks to be let in; answers for how long it has, in ms, or that too many do. */
  ask(log: LogId, device: DeviceId, keyPackage: Uint8Array): number | "too-many" {
    const lease = this.#lease(log);
    const now = this.#clock.now();
    const known = lease.joins.get(device);
    if (known === undefined && lease.joins.size >= MAX_WAITING) return "too-many";
    const since = known?.since ?? now;
    lease.joins.set(device, { keyPackage, since, heard: now, passedOver: false });
    // Who was to be taken out is now to be let in as well.
    if (known === undefined || known.passedOver) lease.round?.open.delete(device);
    // What the holder has in hand already is not told again.
    if (lease.round?.open.has(device) !== true) this.#gather(log, lease);
    return now - since;
  }

  /** Somebody has left, or somebody has come who could help. */
  look(log: LogId): void {
    const lease = this.#lease(log);
    for (const join of lease.joins.values()) join.passedOver = false;
    this.#gather(log, lease);
  }

  /** A commit has added and removed these devices. */
  settled(log: LogId, by: Session, added: readonly DeviceId[], removed: readonly DeviceId[]): void {
    this.#silent.delete(by);
    const lease = this.#leases.get(log);
    if (lease === undefined) return;
    for (const device of added) lease.joins.delete(device);
    const { round } = lease;
    if (round !== undefined) {
      const before = round.open.size;
      for (const device of [...added, ...removed])
        // Who comes back is taken out and put in; taken out alone, it still waits.
        if (!lease.joins.has(device)) round.open.delete(device);
      const isOut = removed.includes(round.holder.device);
      if (round.open.size === 0) lease.end();
      else if (round.open.size < before && !isOut) this.#hold(log, lease, round.holder); // it is at work
      if (lease.rest || (isOut && round.open.size > 0)) this.#gather(log, lease);
    }
    this.#drop(log, lease);
  }

  /** A link has ended: what its device was asked to do is for another. */
  gone(session: Session): void {
    for (const [log, lease] of this.#leases)
      if (lease.round?.holder === session) this.#offer(log, lease, session);
  }

  /** The group takes nobody in any more. */
  forget(log: LogId): void {
    this.#leases.get(log)?.close();
    this.#leases.delete(log);
  }

  /** Forgets those who ask no more. */
  sweep(now: number): void {
    for (const [log, lease] of this.#leases) {
      for (const [device, { heard }] of lease.joins)
        if (now - heard > FORGET_AFTER) lease.joins.delete(device);
      this.#drop(log, lease);
    }
  }

  close(): void {
    for (const lease of this.#leases.values()) lease.close();
    this.#leases.clear();
  }

  #lease(log: LogId): Lease {
    const lease = this.#leases.get(log) ?? new Lease();
    this.#leases.set(log, lease);
    return lease;
  }

  #drop(log: LogId, lease: Lease): void {
    if (lease.isIdle) this.#leases.delete(log);
  }

  #gather(log: LogId, lease: Lease): void {
    lease.more = true;
    if (lease.isGathering) return;
    const began = this.#clock.now();
    const wait = (ms: number) => {
      lease.more = false;
      lease.gather(
        this.#clock.after(ms, () => {
          const left = began + GATHER_AT_MOST - this.#clock.now();
          if (lease.more && left > 0) return wait(Math.min(GATHER, left));
          lease.gather(undefined);
          this.#offer(log, lease);
        }),
      );
    };
    wait(GATHER);
  }

  /** Asks the holder, or the next one where there is none or it is `past`. */
  #offer(log: LogId, lease: Lease, past?: Session): void {
    this.#ask(log, lease, past).catch((error: unknown) => {
      this.#events.fault(error);
      if (this.#leases.get(log) !== lease || lease.isGathering) return;
      const again = () => {
        lease.gather(undefined);
        this.#offer(log, lease, past);
      };
      lease.gather(this.#clock.after(AGAIN_AFTER, again));
    });
  }

  async #ask(log: LogId, lease: Lease, past: Session | undefined): Promise<void> {
    const [group, departed] = await Promise.all([this.#store.groupOfLog(log), this.#store.departed(log)]);
    if (this.#leases.get(log) !== lease) return; // forgotten meanwhile
    const rules = group === undefined ? undefined : decodeRules(group.rules);
    if (rules === undefined || rules.closed) return this.forget(log);
    if (past !== undefined && lease.round?.holder === past) lease.tried.add(past);
    const holder = this.#holder(log, lease, rules.admins);
    const asked = holder === undefined ? undefined : lease.next(holder, departed, MAX_ADDED, MAX_LEAVING);
    if (holder === undefined || asked === undefined) {
      // Nobody is left to ask, or there is nothing to ask for.
      if (holder === undefined) lease.giveUp();
      return this.#drop(log, lease);
    }
    const joins = asked.joins.map(({ device, body }) => ({ device, size: body.length }));
    const leaves = asked.leaves.map(({ device, body }) => ({ device, size: body.length }));
    const body = Buffer.concat([...asked.joins, ...asked.leaves].map((one) => one.body));
    holder.send({ t: "asked", log, joins, leaves }, body);
    if (!lease.isHeld) this.#hold(log, lease, holder);
  }

  #hold(log: LogId, lease: Lease, holder: Session): void {
    const silent = () => {
      this.#silent.add(holder);
      this.#offer(log, lease, holder);
    };
    lease.hold(this.#clock.after(HOLD, silent));
  }

  /** Who has been asked goes on being asked; else an admin, else anybody who was not tried yet. */
  #holder(log: LogId, lease: Lease, admins: readonly string[]): Session | undefined {
    const here = this.#events.members(log).filter((session) => !lease.tried.has(session));
    const { round } = lease;
    if (round !== undefined && here.includes(round.holder)) return round.holder;
    if (lease.tried.size >= MOST_HOLDERS) return undefined;
    const answering = here.filter((session) => !this.#silent.has(session));
    const isAdmin = ({ account }: Session) =>
      account !== undefined && admins.includes(encodeId(account.identity));
    return answering.find(isAdmin) ?? answering[0] ?? here[0];
  }
}

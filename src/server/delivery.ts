// From a log to the devices online: what lies beyond a cursor is sent, in order, as fast as each link takes it;
// catching up and live delivery are one path. Must not know what is in an entry.

import type { Entry } from "../domain/entry.ts";
import type { LogId } from "../domain/id.ts";
import type { Clock } from "../ports.ts";
import type { Expired, Membership, ServerStore } from "../ports/server-store.ts";
import { encodeEntry } from "../wire/frequent.ts";
import { PLACES_PAGE } from "../wire/limits.ts";
import { type Moved, Receipts } from "./receipts.ts";
import type { Session } from "./session.ts";
import { flows, HIGH, isCurrent, isNext, type Place, type Subscription } from "./subscription.ts";

export interface DeliveryEvents {
  fault(error: unknown): void;
  /** A session was sent its inbox, and where it stands in its logs. */
  placed(session: Session): void;
}

/** What happened to a session's logs while its places were being read. */
interface Meanwhile {
  /** The newest seq of what was appended, by log. */
  readonly heads: Map<LogId, number>;
  /** Logs that are not the device's any more, and the last seq that it is sent of them. */
  readonly ended: Map<LogId, number>;
}

/** The epoch in which a conversation of two begins: its creator's commit added the other (RFC 9420 §11). */
export const FIRST_EPOCH = 1;
/** What the pump reads at once. */
const PAGE = 200;
const PAGE_BYTES = 128 * 1024;
/** The pause before a log that could not be read is tried again, ms. */
const AGAIN_AFTER = 1_000;
const NOBODY: readonly Subscription[] = [];

export class Delivery {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #online = new Map<LogId, Subscription[]>();
  readonly #receipts: Receipts;
  /** Sessions whose places are being read. */
  readonly #expecting = new Map<Session, Meanwhile>();
  /** Sessions whose inbox is still being sent, and the places they are to be told after it. */
  readonly #places = new Map<Session, readonly Membership[]>();
  readonly #events: DeliveryEvents;

  constructor(store: ServerStore, clock: Clock, events: DeliveryEvents) {
    this.#store = store;
    this.#clock = clock;
    this.#receipts = new Receipts(clock, (log) => this.subscriptions(log));
    this.#events = events;
  }

  close(): void {
    this.#receipts.close();
  }

  /** Those who are here on a log, and for whom what comes is. */
  subscriptions(log: LogId): readonly Subscription[] {
    return this.#online.get(log) ?? NOBODY;
  }

  /** Those of them who were told where they stand: to the others what lies in it means nothing yet. */
  placed(log: LogId): Session[] {
    return this.subscriptions(log).flatMap(({ session }) =>
      session.placed && session.open ? [session] : [],
    );
  }

  /** To be called before the places are read that `synchronise` is given: what is appended meanwhile is not missed. */
  expect(session: Session): void {
    session.subscriptions = new Map();
    this.#expecting.set(session, { heads: new Map(), ended: new Map() });
  }

  /** From now on the session is sent what follows its cursors. */
  synchronise(session: Session, memberships: readonly Membership[]): void {
    const meanwhile = this.#expecting.get(session);
    this.#expecting.delete(session);
    for (const place of memberships) {
      const until = meanwhile?.ended.get(place.log) ?? place.until;
      const newest = Math.max(place.head, meanwhile?.heads.get(place.log) ?? 0);
      if (until === undefined) this.subscribe(session, { ...place, head: newest });
      else this.subscribe(session, { ...place, head: Math.min(newest, until), until });
    }
    this.#places.set(session, memberships);
    this.#tellPlaces(session);
  }

  /** As `synchronise`, for a log that has just begun for this device. */
  subscribe(session: Session, place: Place): void {
    const { log, kind, epoch, head, cursor, until, appended = head } = place;
    if (session.subscriptions === undefined || session.subscriptions.has(log)) return;
    if (until !== undefined && cursor >= until) return;
    const subscription = {
      session,
      log,
      kind,
      epoch,
      until,
      sent: cursor,
      head,
      appended,
      acknowledged: cursor,
      pumping: false,
    };
    session.subscriptions.set(log, subscription);
    if (log === session.device) session.inbox = subscription;
    if (until === undefined) {
      const others = this.#online.get(log);
      if (others === undefined) this.#online.set(log, [subscription]);
      else others.push(subscription);
    }
    if (log === session.device) this.#advanceAll(session);
    else this.#advance(subscription);
  }

  /** The device is out of the log: it is sent what lies in it up to `until`, nothing at all unless given. */
  end(session: Session, log: LogId, until = 0): void {
    this.#expecting.get(session)?.ended.set(log, until);
    const subscription = session.subscriptions?.get(log);
    if (subscription === undefined) return;
    this.#detach(subscription);
    subscription.until = until;
    subscription.head = Math.min(subscription.head, until);
    if (subscription.sent >= until) session.subscriptions?.delete(log);
  }

  unsubscribe(session: Session): void {
    for (const subscription of session.subscriptions?.values() ?? []) this.#detach(subscription);
    session.subscriptions = undefined;
    session.inbox = undefined;
    session.placed = false;
    this.#expecting.delete(session);
    this.#places.delete(session);
  }

  #detach(subscription: Subscription): void {
    const { log } = subscription;
    const left = this.#online.get(log)?.filter((other) => other !== subscription) ?? [];
    if (left.length === 0) this.#online.delete(log);
    else this.#online.set(log, left);
  }

  /** A log begins, perhaps anew: nobody is anywhere in it yet. */
  begin(log: LogId): void {
    for (const { session } of this.#online.get(log) ?? []) session.subscriptions?.delete(log);
    this.#online.delete(log);
  }

  /** Whether everything before `seq` was sent to this session, so that an answer may stand for the entry itself. */
  isNext(session: Session, log: LogId, seq: number): boolean {
    const subscription = session.subscriptions?.get(log);
    return subscription !== undefined && isNext(subscription, seq);
  }

  /**
   * A new entry is in its log. To the session that appended it (`from`) the answer stands for the entry where
   * `isNext` says so; else the pump will send it in its turn.
   */
  publish(entry: Entry, from?: Session): void {
    let bytes: Uint8Array | undefined;
    for (const { heads } of this.#expecting.values()) heads.set(entry.log, entry.seq);
    for (const subscription of this.subscriptions(entry.log)) {
      subscription.head = Math.max(subscription.head, entry.seq);
      const { session } = subscription;
      if (session === from) subscription.appended = entry.seq;
      if (!isNext(subscription, entry.seq) || (session !== from && session.link.queued > HIGH)) {
        this.#advance(subscription);
        continue;
      }
      subscription.sent = entry.seq;
      if (session === from || !session.open) continue;
      bytes ??= encodeEntry(entry);
      session.link.send(bytes);
    }
  }

  /** A device's cursor has moved: those who may have written what it passed are told. */
  passed(log: LogId, by: Session, moved: Moved): void {
    this.#receipts.passed(log, by, moved);
  }

  /** Entries are gone that somebody had not passed: those who may have written them are told. */
  missed({ log, seq, epoch }: Expired["missed"][number]): void {
    for (const { session } of this.subscriptions(log)) session.send({ t: "expired", log, seq, epoch });
  }

  /** The link has room again. */
  drained(session: Session): void {
    this.#advanceAll(session);
  }

  #advanceAll(session: Session): void {
    for (const subscription of session.subscriptions?.values() ?? []) this.#advance(subscription);
  }

  #advance(subscription: Subscription): void {
    if (subscription.pumping || subscription.sent >= subscription.head || !flows(subscription)) return;
    subscription.pumping = true;
    this.#pump(subscription).catch((error: unknown) => {
      this.#events.fault(error);
      this.#clock.after(AGAIN_AFTER, () => this.#advance(subscription));
    });
  }

  async #pump(subscription: Subscription): Promise<void> {
    const { session, log } = subscription;
    try {
      while (flows(subscription)) {
        const head = subscription.head;
        const entries = await this.#store.entries(log, subscription.sent, PAGE, PAGE_BYTES);
        if (!isCurrent(subscription)) return;
        const { until = Number.POSITIVE_INFINITY } = subscription;
        for (const entry of entries) if (entry.seq <= until) session.link.send(encodeEntry(entry));
        // Where nothing came, what was there before the read is gone (trimmed); what came since is still to be read.
        subscription.sent = Math.max(subscription.sent, entries.at(-1)?.seq ?? head);
        if (subscription.sent >= subscription.head) break;
      }
    } finally {
      subscription.pumping = false;
    }
    const { until } = subscription;
    if (until !== undefined && subscription.sent >= until) session.subscriptions?.delete(log);
    // Not after a failure: this would begin with the same read again, at once and without end.
    if (log === session.device) this.#tellPlaces(session);
  }

  /** Once every Welcome was sent: where the device stands, then what lies beyond. */
  #tellPlaces(session: Session): void {
    const { inbox } = session;
    const places = this.#places.get(session);
    if (places !== undefined && inbox !== undefined && inbox.sent >= inbox.head) {
      this.#places.delete(session);
      session.placed = true;
      const epochs = new Map(places.map(({ log, epoch }) => [log, epoch]));
      const logs = [...(session.subscriptions?.values() ?? [])].flatMap(
        ({ log, epoch, head, sent }): [string, number, number, number][] =>
          // A log that has begun since the places were read is where it was then, as far as this device has seen.
          log === session.device ? [] : [[log, epochs.get(log) ?? epoch, head, sent]],
      );
      for (let at = 0; at === 0 || at < logs.length; at += PLACES_PAGE) {
        const more = at + PLACES_PAGE < logs.length ? { more: true } : {};
        session.send({ t: "places", logs: logs.slice(at, at + PLACES_PAGE), ...more });
      }
      for (const { log, epoch, cursor, expired } of places)
        if (expired > cursor && log !== session.device && session.subscriptions?.has(log) === true)
          session.send({ t: "expired", log, seq: expired, epoch });
      this.#events.placed(session);
    }
    this.#advanceAll(session);
  }
}

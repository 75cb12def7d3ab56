// From a log to the devices online: what lies beyond a cursor is sent, in order, as fast as each link takes it;
// catching up and live delivery are one path. Must not know what is in an entry.

import type { Entry } from "../domain/entry.ts";
import type { LogId } from "../domain/id.ts";
import type { Clock, Expired, Membership, ServerStore } from "../ports.ts";
import { encodeEntry, encodeReceipt } from "../wire/frequent.ts";
import { PLACES_PAGE } from "../wire/limits.ts";
import type { Session } from "./session.ts";

/** One device's place in one log while it is online. */
export interface Subscription {
  readonly session: Session;
  readonly log: LogId;
  /** The seq up to which everything was sent to it. */
  sent: number;
  /** The newest seq it is known that there is. */
  head: number;
  /** The newest entry that may be of this device; a receipt before that is of no use to it. */
  appended: number;
  /** The furthest cursor that the device has told on this link. */
  acknowledged: number;
  pumping: boolean;
}

/** Bytes waiting in a link beyond which the pump pauses. */
const HIGH = 256 * 1024;
/** The epoch in which a conversation begins: its creator's first commit added the others (RFC 9420 §11). */
export const FIRST_EPOCH = 1;
/** What the pump reads at once. */
const PAGE = 200;
const PAGE_BYTES = 128 * 1024;
/** The pause before a log that could not be read is tried again, ms. */
const AGAIN_AFTER = 1_000;

export class Delivery {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #online = new Map<LogId, Subscription[]>();
  /** Sessions whose places are being read, and the newest seq of what was appended meanwhile, by log. */
  readonly #expecting = new Map<Session, Map<LogId, number>>();
  /** Sessions whose inbox is still being sent, and the places they are to be told after it. */
  readonly #places = new Map<Session, readonly Membership[]>();
  readonly #fault: (error: unknown) => void;

  constructor(store: ServerStore, clock: Clock, fault: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#fault = fault;
  }

  /** To be called before the places are read that `synchronise` is given: what is appended meanwhile is not missed. */
  expect(session: Session): void {
    session.subscriptions = new Map();
    this.#expecting.set(session, new Map());
  }

  /** From now on the session is sent what follows its cursors. */
  synchronise(session: Session, memberships: readonly Membership[]): void {
    const meanwhile = this.#expecting.get(session);
    this.#expecting.delete(session);
    for (const { log, head, cursor } of memberships) {
      this.subscribe(session, { log, head: Math.max(head, meanwhile?.get(log) ?? 0), cursor });
    }
    this.#places.set(session, memberships);
    this.#tellPlaces(session);
  }

  /** As `synchronise`, for a log that has just begun. */
  subscribe(session: Session, { log, head, cursor }: Pick<Membership, "log" | "head" | "cursor">): void {
    if (session.subscriptions === undefined || session.subscriptions.has(log)) return;
    const subscription = {
      session,
      log,
      sent: cursor,
      head,
      appended: head,
      acknowledged: cursor,
      pumping: false,
    };
    session.subscriptions.set(log, subscription);
    if (log === session.device) session.inbox = subscription;
    const others = this.#online.get(log);
    if (others === undefined) this.#online.set(log, [subscription]);
    else others.push(subscription);
    if (log === session.device) this.#advanceAll(session);
    else this.#advance(subscription);
  }

  unsubscribe(session: Session): void {
    for (const [log, subscription] of session.subscriptions ?? []) {
      const left = this.#online.get(log)?.filter((other) => other !== subscription) ?? [];
      if (left.length === 0) this.#online.delete(log);
      else this.#online.set(log, left);
    }
    session.subscriptions = undefined;
    session.inbox = undefined;
    session.placed = false;
    this.#expecting.delete(session);
    this.#places.delete(session);
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
    for (const heads of this.#expecting.values()) heads.set(entry.log, entry.seq);
    for (const subscription of this.#online.get(entry.log) ?? []) {
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

  /** A device's cursor went from `from` to `to`: those who may have written what it passed are told. */
  passed(
    log: LogId,
    by: Session,
    { from, to, expired }: { readonly from: number; readonly to: number; readonly expired: number },
  ): void {
    if (to <= from) return;
    const { device } = by;
    let bytes: Uint8Array[] | undefined;
    for (const { session, appended } of this.#online.get(log) ?? []) {
      if (session === by || appended <= from || !session.open) continue;
      // Over a gap: what came before it was delivered, what lay in it was not.
      bytes ??=
        expired > from
          ? [encodeReceipt({ log, device, seq: from }), encodeReceipt({ log, device, seq: to, expired })]
          : [encodeReceipt({ log, device, seq: to })];
      for (const one of bytes) session.link.send(one);
    }
  }

  /** Entries are gone that somebody had not passed: those who may have written them are told. */
  missed({ log, seq, epoch }: Expired["missed"][number]): void {
    for (const { session } of this.#online.get(log) ?? []) session.send({ t: "expired", log, seq, epoch });
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
      this.#fault(error);
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
        for (const entry of entries) session.link.send(encodeEntry(entry));
        // Where nothing came, what was there before the read is gone (trimmed); what came since is still to be read.
        subscription.sent = Math.max(subscription.sent, entries.at(-1)?.seq ?? head);
        if (subscription.sent >= subscription.head) break;
      }
    } finally {
      subscription.pumping = false;
    }
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
        ({ log, head, sent }): [string, number, number, number][] =>
          // A log that has begun since the places were read is in its first epoch, as far as this device has seen.
          log === session.device ? [] : [[log, epochs.get(log) ?? FIRST_EPOCH, head, sent]],
      );
      for (let at = 0; at === 0 || at < logs.length; at += PLACES_PAGE) {
        const more = at + PLACES_PAGE < logs.length ? { more: true } : {};
        session.send({ t: "places", logs: logs.slice(at, at + PLACES_PAGE), ...more });
      }
      for (const { log, epoch, cursor, expired } of places)
        if (expired > cursor && log !== session.device)
          session.send({ t: "expired", log, seq: expired, epoch });
    }
    this.#advanceAll(session);
  }
}

function isCurrent(subscription: Subscription): boolean {
  const { session, log } = subscription;
  return session.open && session.subscriptions?.get(log) === subscription;
}

/**
 * Whether it may be sent more now. The inbox goes first: entries of a log mean nothing to a device that has not seen
 * its Welcome.
 */
function flows(subscription: Subscription): boolean {
  const { session, log } = subscription;
  if (!isCurrent(subscription) || session.link.queued > HIGH) return false;
  return log === session.device || isInvited(session);
}

function isInvited(session: Session): boolean {
  const { inbox } = session;
  return session.placed && inbox !== undefined && inbox.sent >= inbox.head;
}

/** Whether everything before `seq`, and every Welcome, was sent. */
function isNext(subscription: Subscription, seq: number): boolean {
  const { session, log, sent, pumping } = subscription;
  return !pumping && sent === seq - 1 && (log === session.device || isInvited(session));
}

// How far each device has come in each log: moved by acks, asked for by those who were away.
// Must not know what lies in a log.

import type { DeviceId, LogId } from "../domain/id.ts";
import type { Clock } from "../ports.ts";
import type { ServerStore } from "../ports/server-store.ts";
import { MAX_CURSORS } from "../wire/limits.ts";
import type { ClientMessage } from "../wire/messages.ts";
import type { Delivery } from "./delivery.ts";
import type { Answer } from "./directory.ts";
import type { Disk } from "./disk.ts";
import type { Session } from "./session.ts";

/** Entries by which the cursor that comes with an append must have moved to be worth a write. */
const CURSOR_STEP = 16;
/** The pause before a cursor that the disk did not take is moved again, ms. */
const AGAIN_AFTER = 1_000;

export class Cursors {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  readonly #disk: Disk;

  constructor(store: ServerStore, clock: Clock, delivery: Delivery, disk: Disk) {
    this.#store = store;
    this.#clock = clock;
    this.#delivery = delivery;
    this.#disk = disk;
  }

  /** The cursor that came with an append tells of the sender's own entries alone, and only trimming waits for it. */
  along(session: Session, log: LogId, seq: number): void {
    const known = session.subscriptions?.get(log)?.acknowledged ?? 0;
    if (seq - known >= CURSOR_STEP) this.ack(session, log, seq);
  }

  ack(session: Session, log: LogId, seq: number): void {
    const subscription = session.subscriptions?.get(log);
    if (subscription !== undefined) subscription.acknowledged = Math.max(subscription.acknowledged, seq);
    this.#store
      .advance(log, session.device, seq)
      .then((moved) => this.#delivery.passed(log, session, moved))
      .catch((error: unknown) => {
        this.#disk.fault("ack", error);
        this.#ackAgain(session, log, seq);
      });
  }

  /** The device does not say it again, and the senders wait to be told: the cursor moves once the disk takes it. */
  #ackAgain(session: Session, log: LogId, seq: number): void {
    const { unmoved } = session;
    unmoved.set(log, Math.max(seq, unmoved.get(log) ?? 0));
    if (unmoved.size > 1) return; // they go together
    this.#clock.after(AGAIN_AFTER, () => {
      const due = [...unmoved];
      unmoved.clear();
      if (session.open) for (const [log, seq] of due) this.ack(session, log, seq);
    });
  }

  /** A page of the cursors of a log, in the order of its devices, to one of these. */
  async page(
    session: Session,
    { re, log, after = "" }: Extract<ClientMessage, { t: "cursors" }>,
  ): Promise<Answer> {
    const [members, expired] = await Promise.all([this.#store.members(log), this.#store.expired(log)]);
    if (!members.some(({ device }) => device === session.device)) return { refused: "no-such-log" };
    const following = members.filter(({ device }) => device > after).sort(byDevice);
    const cursors = following
      .slice(0, MAX_CURSORS)
      .map(({ device, cursor }): [DeviceId, number] => [device, cursor]);
    const last = following.length > MAX_CURSORS ? cursors.at(-1)?.[0] : undefined;
    const more = last === undefined ? {} : { after: last };
    return { answer: { t: "cursors", re, cursors, ...(expired > 0 ? { expired } : {}), ...more } };
  }
}

function byDevice(a: { readonly device: DeviceId }, b: { readonly device: DeviceId }): number {
  return a.device < b.device ? -1 : 1;
}

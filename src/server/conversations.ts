// Logs: created with all their members in one step, appended to under the epoch's condition, passed by cursors.
// Must not know links; what is new goes to delivery.

import { directLog } from "../domain/direct-log.ts";
import type { Entry } from "../domain/entry.ts";
import { parseName } from "../domain/name.ts";
import type { Append, Appended, Clock, Quota, ServerStore } from "../ports.ts";
import { splitBody } from "../wire/codec.ts";
import { encodeAccepted } from "../wire/frequent.ts";
import { MAX_MESSAGE } from "../wire/limits.ts";
import type { ClientMessage } from "../wire/messages.ts";
import { type Delivery, FIRST_EPOCH } from "./delivery.ts";
import type { Answer } from "./directory.ts";
import type { Disk } from "./disk.ts";
import type { Session } from "./session.ts";

type Create = Extract<ClientMessage, { t: "create" }>;
type AppendRequest = Extract<ClientMessage, { t: "append" }>;

/** Entries by which the cursor that comes with an append must have moved to be worth a write. */
const CURSOR_STEP = 16;

type CommitRequest = Extract<ClientMessage, { t: "commit" }>;

/** The pause before a cursor that the disk did not take is moved again, ms. */
const AGAIN_AFTER = 1_000;

export class Conversations {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  readonly #sessionOf: (device: string) => Session | undefined;
  readonly #disk: Disk;
  readonly #quota: Quota;

  constructor(
    store: ServerStore,
    clock: Clock,
    delivery: Delivery,
    sessionOf: (device: string) => Session | undefined,
    disk: Disk,
    quota: Quota,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#delivery = delivery;
    this.#sessionOf = sessionOf;
    this.#disk = disk;
    this.#quota = quota;
  }

  /** A conversation of two people: the log their keys name, all their devices in it, a Welcome for each. */
  async create(session: Session, m: Create, body: Uint8Array): Promise<Answer> {
    const me = session.account;
    const parsed = parseName(m.with);
    const them = parsed.ok ? await this.#store.account(parsed.fold) : undefined;
    if (me === undefined) return { refused: "not-registered" };
    if (them === undefined) return { refused: "no-such-user" };
    if (them.fold === me.fold || m.log !== directLog(me.identity, them.identity))
      return { refused: "wrong-log" };
    const sizes = m.welcomes.map(({ size }) => size);
    const parts = splitBody(body, [...sizes, m.info]);
    const allowed = new Set([...me.devices, ...them.devices].filter((device) => device !== session.device));
    const welcomed = m.welcomes.map(({ device }) => device);
    const info = parts?.at(-1);
    if (parts === undefined || info === undefined || new Set(welcomed).size !== welcomed.length)
      return { refused: "malformed" };
    if (welcomed.some((device) => !allowed.has(device))) return { refused: "not-member" };
    if (!welcomed.some((device) => them.devices.includes(device))) return { refused: "malformed" };
    const members = [session.device, ...welcomed];
    const created = await this.#store.create({
      log: m.log,
      kind: "direct",
      epoch: FIRST_EPOCH,
      info,
      members,
      welcomes: m.welcomes.flatMap(({ device, id }, i) => {
        const part = parts[i];
        // A copy: the entry is kept in memory for a while, and all parts of the request would be with it.
        return part === undefined ? [] : [{ device, id, body: new Uint8Array(part) }];
      }),
      creator: session.device,
      time: this.#clock.now(),
    });
    if (created.outcome === "exists") {
      // Its creator asks again when the first answer was lost: the same request, so the same answer.
      if (created.creator !== session.device) return { refused: "log-exists" };
      const place = (await this.#store.memberships(session.device)).find(({ log }) => log === m.log);
      return { answer: { t: "created", re: m.re, seq: place?.cursor ?? 0 } };
    }
    const { head } = created;
    for (const welcome of created.welcomes) this.#delivery.publish(welcome);
    this.#delivery.begin(m.log);
    for (const device of members) {
      const member = this.#sessionOf(device);
      if (member !== undefined) this.#delivery.subscribe(member, { log: m.log, head, cursor: head });
    }
    return { answer: { t: "created", re: m.re, seq: head } };
  }

  /** The answer is sent by this, at its place among the pushes of the log (see Delivery.publish). */
  append(session: Session, m: AppendRequest, body: Uint8Array): Promise<void> {
    if (body.length > MAX_MESSAGE) return Promise.resolve(session.refuse(m.re, "too-large"));
    const { log, id, epoch, cursor } = m;
    // It tells of the sender's own entries alone, and only trimming waits for it.
    const known = session.subscriptions?.get(log)?.acknowledged ?? 0;
    if (cursor !== undefined && cursor - known >= CURSOR_STEP) this.ack(session, log, cursor);
    const sender = session.device;
    return this.#append(session, m.re, {
      log,
      id,
      sender,
      kind: "message",
      epoch,
      time: this.#clock.now(),
      body,
    });
  }

  /** A commit: one for each epoch, whoever comes first (RFC 9420 §14). Answered as an append is. */
  async commit(session: Session, m: CommitRequest, body: Uint8Array): Promise<void> {
    const [commit, info] = splitBody(body, [m.commit, m.info]) ?? [];
    if (commit === undefined || info === undefined) return session.refuse(m.re, "malformed");
    const { log, id, epoch } = m;
    const time = this.#clock.now();
    const entry = { log, id, sender: session.device, kind: "commit" as const, epoch, time, body: commit };
    return this.#append(session, m.re, entry, info);
  }

  /** Without async layers: this is the server's hot path, and each promise between it and the store shows. */
  #append(session: Session, re: number, entry: Omit<Append, "info">, info?: Uint8Array): Promise<void> {
    const append = info === undefined ? entry : { ...entry, info };
    const { log, id, kind } = entry;
    const attempt = kind === "message" ? session.untaken.admit(log, id) : undefined;
    if (kind === "message" && attempt === undefined)
      return Promise.resolve(session.refuse(re, "storage-failed"));
    return this.#store.append(append, this.#quota).then(
      (result) => this.#appended(session, re, entry, result),
      (error: unknown) => {
        if (attempt !== undefined) session.untaken.failed(log, attempt);
        throw error;
      },
    );
  }

  #appended(session: Session, re: number, entry: Omit<Entry, "seq">, result: Appended): void {
    switch (result.outcome) {
      case "appended":
      case "repeated": {
        const { outcome, seq, time, members } = result;
        const isNew = outcome === "appended";
        const stands = isNew && this.#delivery.isNext(session, entry.log, seq);
        session.sendFrame(encodeAccepted({ re, seq, time, of: members - 1, stands }));
        if (!isNew) return;
        this.#disk.works();
        // Written out: a spread of the entry costs several times as much, and this is done for every message.
        const { log, id, sender, kind, epoch, body } = entry;
        this.#delivery.publish({ log, seq, id, sender, kind, epoch, time, body }, session);
        return;
      }
      case "no-such-log":
      case "not-member":
      case "quota":
      case "stale-epoch":
        return session.refuse(re, result.outcome);
    }
  }

  /** What a device needs to come back into its conversation from outside (RFC 9420 §12.4.3.2). */
  async info(session: Session, re: number, log: string): Promise<Answer> {
    const [members, group] = await Promise.all([this.#store.members(log), this.#store.groupInfo(log)]);
    if (group === undefined || !members.some(({ device }) => device === session.device)) {
      return { refused: "no-such-log" };
    }
    return { answer: { t: "group", re, epoch: group.epoch }, body: group.info };
  }

  ack(session: Session, log: string, seq: number): void {
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
  #ackAgain(session: Session, log: string, seq: number): void {
    const { unmoved } = session;
    unmoved.set(log, Math.max(seq, unmoved.get(log) ?? 0));
    if (unmoved.size > 1) return; // they go together
    this.#clock.after(AGAIN_AFTER, () => {
      const due = [...unmoved];
      unmoved.clear();
      if (session.open) for (const [log, seq] of due) this.ack(session, log, seq);
    });
  }

  async cursors(session: Session, re: number, log: string): Promise<Answer> {
    const [members, expired] = await Promise.all([this.#store.members(log), this.#store.expired(log)]);
    if (!members.some(({ device }) => device === session.device)) return { refused: "no-such-log" };
    const cursors = members.map(({ device, cursor }): [string, number] => [device, cursor]);
    return { answer: { t: "cursors", re, cursors, ...(expired > 0 ? { expired } : {}) } };
  }
}

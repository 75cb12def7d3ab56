// Conversations of two: created with all their devices in one step; and how a device comes back into any conversation.
// Must not know links; what is new goes to delivery.

import { directLog } from "../domain/direct-log.ts";
import { parseName } from "../domain/name.ts";
import type { Clock } from "../ports.ts";
import type { ServerStore } from "../ports/server-store.ts";
import { splitBody } from "../wire/codec.ts";
import type { ClientMessage } from "../wire/messages.ts";
import { type Delivery, FIRST_EPOCH } from "./delivery.ts";
import type { Answer } from "./directory.ts";
import type { Session } from "./session.ts";

type Create = Extract<ClientMessage, { t: "create" }>;
export class Conversations {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  readonly #sessionOf: (device: string) => Session | undefined;

  constructor(
    store: ServerStore,
    clock: Clock,
    delivery: Delivery,
    sessionOf: (device: string) => Session | undefined,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#delivery = delivery;
    this.#sessionOf = sessionOf;
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
      const place = { log: m.log, kind: "direct" as const, epoch: FIRST_EPOCH, head, cursor: head };
      if (member !== undefined) this.#delivery.subscribe(member, place);
    }
    return { answer: { t: "created", re: m.re, seq: head } };
  }

  /**
   * What a device needs to come back into its conversation from outside (RFC 9420 §12.4.3.2), and a newcomer for the tree
   * that its Welcome goes without: the GroupInfo of the epoch it asks for where that is still kept, else of the present one.
   */
  async info(session: Session, { re, log, epoch }: Extract<ClientMessage, { t: "info" }>): Promise<Answer> {
    const [memberships, wanted] = await Promise.all([
      this.#store.memberships(session.device),
      this.#store.groupInfo(log, epoch),
    ]);
    const isMember = memberships.some((place) => place.log === log && place.until === undefined);
    if (!isMember) return { refused: "no-such-log" };
    const group = wanted ?? (epoch === undefined ? undefined : await this.#store.groupInfo(log));
    if (group === undefined) return { refused: "no-such-log" };
    const seq = group.began === undefined ? {} : { seq: group.began };
    return { answer: { t: "group", re, epoch: group.epoch, ...seq }, body: group.info };
  }
}

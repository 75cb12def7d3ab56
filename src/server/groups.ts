// Groups as people speak of them: founded, joined, left, listed; by their names, within their rules.
// Must not know commits, nor who lets newcomers in.

import { type GroupRules, mayEnter } from "../domain/group-rules.ts";
import { decodeRules } from "../wire/rules.ts";
import { decodeId, encodeId, type LogId } from "../domain/id.ts";
import { groupLog, NONCE_BYTES } from "../domain/group-log.ts";
import { parseName } from "../domain/name.ts";
import { roleField } from "../domain/role.ts";
import type { Clock } from "../ports.ts";
import type { Group, Membership, ServerStore } from "../ports/server-store.ts";
import { splitBody } from "../wire/codec.ts";
import { GROUPS_PAGE, MAX_KEY_PACKAGE, MAX_MEMBERS, MAX_STATEMENT, MEMBERS_PAGE } from "../wire/limits.ts";
import type { ClientMessage } from "../wire/messages.ts";
import type { Adding } from "./adding.ts";
import type { Administration } from "./administration.ts";
import type { Depot } from "./blobs.ts";
import type { Delivery } from "./delivery.ts";
import type { Answer } from "./directory.ts";
import { Allowances } from "./limits.ts";
import type { Presence } from "./presence.ts";
import type { Session } from "./session.ts";

type Request<T extends ClientMessage["t"]> = Extract<ClientMessage, { t: T }>;

/** Groups that one person founds at once, and the pause after which one more is free, ms. */
const FOUNDINGS = 10;
const FOUND_EVERY = 10_000;
/** The same for asking to be let in. */
const JOINS = 30;
const JOIN_EVERY = 1_000;
/** How long nobody has let a device in until it is told how to come in by itself, ms. */
const WAITED_ENOUGH = 4_000;

export class Groups {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #delivery: Delivery;
  readonly #adding: Adding;
  readonly #administration: Administration;
  readonly #presence: Presence;
  readonly #depot: Pick<Depot, "left">;
  readonly #foundings = new Allowances(FOUNDINGS, FOUND_EVERY);
  readonly #joins = new Allowances(JOINS, JOIN_EVERY);

  constructor(
    store: ServerStore,
    clock: Clock,
    parts: {
      readonly delivery: Delivery;
      readonly adding: Adding;
      readonly administration: Administration;
      readonly presence: Presence;
      readonly depot: Pick<Depot, "left">;
    },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#delivery = parts.delivery;
    this.#adding = parts.adding;
    this.#administration = parts.administration;
    this.#presence = parts.presence;
    this.#depot = parts.depot;
  }

  /** Forgets what nobody has asked for in a while. */
  sweep(now: number): void {
    this.#foundings.sweep(now);
    this.#joins.sweep(now);
    this.#adding.sweep(now);
  }

  /** A group with its creator in it, whose name nobody has. */
  async found(session: Session, m: Request<"found">, body: Uint8Array): Promise<Answer> {
    const { re, log } = m;
    const { account } = session;
    if (account === undefined) return { refused: "not-registered" };
    if (!this.#foundings.take(account.fold, this.#clock.now())) return { refused: "too-many" };
    const [first, second] = splitBody(body, [m.rules, m.info]) ?? [];
    if (first === undefined || second === undefined) return { refused: "malformed" };
    // Copies: they are kept, and the request they came in is not.
    const [rules, info] = [new Uint8Array(first), new Uint8Array(second)];
    const read = decodeRules(rules);
    const name = read === undefined ? undefined : parseName(read.name);
    if (read === undefined || name?.ok !== true || read.closed) return { refused: "malformed" };
    if (!read.admins.includes(encodeId(account.identity))) return { refused: "malformed" };
    const nonce = decodeId(m.nonce, NONCE_BYTES);
    if (nonce === undefined || log !== groupLog(nonce)) return { refused: "wrong-log" };
    const { fold, skeleton } = name;
    const creator = session.device;
    const [outcome, place] = await Promise.all([
      this.#store.found({ log, fold, skeleton, rules, info, creator }),
      // At once, so that what it writes next finds it there. Where it asks again after a lost answer, much may have
      // happened since.
      this.#store.memberships(creator).then((memberships) => {
        const mine = placeIn(memberships, log);
        if (mine !== undefined) this.#delivery.subscribe(session, mine);
        return mine;
      }),
    ]);
    switch (outcome) {
      case "exists":
        return { refused: "group-exists" };
      case "alike":
        return { refused: "group-alike" };
      case "founded":
        return { answer: { t: "created", re, seq: place?.cursor ?? 0 } };
    }
  }

  /** Asks a member to let the device in; where that helps nothing, it is told how to come in by itself. */
  async join(session: Session, { re, name }: Request<"join">, body: Uint8Array): Promise<Answer> {
    const { account } = session;
    if (account === undefined) return { refused: "not-registered" };
    if (!this.#joins.take(account.fold, this.#clock.now())) return { refused: "too-many" };
    if (body.length > MAX_KEY_PACKAGE) return { refused: "too-large" };
    const found = await this.#named(name);
    if (found === undefined) return { refused: "no-such-group" };
    const { group, rules } = found;
    const { log } = group;
    if ((await this.#placeIn(session, log)) !== undefined) return { refused: "already-in" };
    const may = mayEnter(rules, encodeId(account.identity));
    if (may !== "yes") return { refused: may };
    if (body.length === 0) return { refused: "malformed" };
    if (group.size >= MAX_MEMBERS) return { refused: "group-full" };
    if (this.#adding.isPossible(log)) {
      const waited = this.#adding.ask(log, session.device, body);
      if (waited === "too-many") return { refused: waited };
      if (waited <= WAITED_ENOUGH) return { answer: { t: "entrance", re, log } };
    }
    const present = await this.#store.groupInfo(log);
    if (present === undefined) return { refused: "no-such-group" };
    return { answer: { t: "entrance", re, log, epoch: present.epoch }, body: present.info };
  }

  /** Nothing of the group is sent to the device from here on; the others are asked to change their keys. */
  async leave(session: Session, { re, log }: Request<"leave">, body: Uint8Array): Promise<Answer> {
    if (body.length === 0) return { refused: "malformed" };
    if (body.length > MAX_STATEMENT) return { refused: "too-large" };
    const outcome = await this.#store.depart(log, session.device, body);
    if (outcome === "not-member") return { refused: "not-member" };
    this.#delivery.end(session, log);
    this.#depot.left(session);
    this.#administration.changed(log);
    if (outcome === "ended") this.#adding.forget(log);
    else this.#adding.look(log);
    return { answer: { t: "left", re } };
  }

  /** A page of the groups there are, in the order of their names. */
  async list(session: Session, { re, after }: Request<"groups">): Promise<Answer> {
    const [page, memberships] = await Promise.all([
      this.#store.groups(after ?? "", GROUPS_PAGE),
      this.#store.memberships(session.device),
    ]);
    const mine = new Set(memberships.filter(isIn).map(({ log }) => log));
    const groups = page.flatMap(({ log, rules: bytes, size }) => {
      const rules = decodeRules(bytes);
      if (rules === undefined) return [];
      const { name, open, announcement } = rules;
      return [{ log, name, size, open, announcement, mine: mine.has(log) }];
    });
    const last = page.length === GROUPS_PAGE ? page.at(-1) : undefined;
    return { answer: { t: "groups", re, groups, ...(last === undefined ? {} : { after: last.fold }) } };
  }

  /** A page of who is in a group; of one that is by invitation, for those in it alone. */
  async members(session: Session, { re, name, after }: Request<"members">): Promise<Answer> {
    const found = await this.#named(name);
    if (found === undefined) return { refused: "no-such-group" };
    const { log } = found.group;
    if (!found.rules.open && (await this.#placeIn(session, log)) === undefined)
      return { refused: "invite-only" };
    const page = await this.#store.people(log, after ?? "", MEMBERS_PAGE);
    this.#presence.flush();
    const members = page.map((person) => ({
      name: person.name,
      online: this.#presence.isOnline(person.fold),
      ...roleField(person.role),
    }));
    const last = page.length === MEMBERS_PAGE ? page.at(-1) : undefined;
    return { answer: { t: "members", re, members, ...(last === undefined ? {} : { after: last.fold }) } };
  }

  async #named(name: string): Promise<{ readonly group: Group; readonly rules: GroupRules } | undefined> {
    const parsed = parseName(name);
    const group = parsed.ok ? await this.#store.group(parsed.fold) : undefined;
    const rules = group === undefined ? undefined : decodeRules(group.rules);
    return group === undefined || rules === undefined ? undefined : { group, rules };
  }

  async #placeIn({ device }: Session, log: LogId): Promise<Membership | undefined> {
    return placeIn(await this.#store.memberships(device), log);
  }
}

/** Where a device stands in a log, while it is in it. */
function placeIn(memberships: readonly Membership[], log: LogId): Membership | undefined {
  return memberships.find((place) => place.log === log && isIn(place));
}

function isIn({ until }: Membership): boolean {
  return until === undefined;
}

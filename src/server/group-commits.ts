// Commits of groups: what the server is told with one is held against the group's rules, then done with it in one step,
// and delivery follows. Must not know MLS: members hold what was told against the commit itself.

import { decodeRules } from "../wire/rules.ts";
import { encodeId, type DeviceId, type LogId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import type { Clock } from "../ports.ts";
import type { Append, Appended, GroupChange, ServerStore } from "../ports/server-store.ts";
import { splitBody } from "../wire/codec.ts";
import type { ClientMessage } from "../wire/messages.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import { decodeTold, type Told } from "../wire/told.ts";
import type { Adding } from "./adding.ts";
import { admitCommit, type Committing } from "./admission.ts";
import type { Administration } from "./administration.ts";
import type { Appending, Unnumbered } from "./appending.ts";
import type { Depot } from "./blobs.ts";
import type { Delivery } from "./delivery.ts";
import { Allowances } from "./limits.ts";
import type { Session } from "./session.ts";

type CommitRequest = Extract<ClientMessage, { t: "commit" }>;

/** Commits of one person at once, and the pause after which one more is free, ms: each is work for every member. */
const COMMITS = 60;
const COMMIT_EVERY = 250;

/** What a commit request holds. */
interface Bundle {
  readonly body: Uint8Array;
  readonly info: Uint8Array;
  readonly told: Told;
  readonly change: GroupChange;
}

export class GroupCommits {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #appending: Appending;
  readonly #delivery: Delivery;
  readonly #adding: Adding;
  readonly #administration: Administration;
  readonly #depot: Pick<Depot, "left">;
  readonly #sessionOf: (device: DeviceId) => Session | undefined;
  readonly #commits = new Allowances(COMMITS, COMMIT_EVERY);

  constructor(
    store: ServerStore,
    clock: Clock,
    parts: {
      readonly appending: Appending;
      readonly delivery: Delivery;
      readonly adding: Adding;
      readonly administration: Administration;
      readonly depot: Pick<Depot, "left">;
      readonly sessionOf: (device: DeviceId) => Session | undefined;
    },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#appending = parts.appending;
    this.#delivery = parts.delivery;
    this.#adding = parts.adding;
    this.#administration = parts.administration;
    this.#depot = parts.depot;
    this.#sessionOf = parts.sessionOf;
  }

  /** Forgets who has committed nothing in a while. */
  sweep(now: number): void {
    this.#commits.sweep(now);
  }

  /** Whether a log is a group's: known where the device is on it, else looked up. */
  async isOf(session: Session, log: LogId): Promise<boolean> {
    const subscription = session.subscriptions?.get(log);
    if (subscription !== undefined) return subscription.kind === "group";
    return (await this.#store.groupOfLog(log)) !== undefined;
  }

  /** One for each epoch, whoever comes first (RFC 9420 §14), with all that comes along or not at all. */
  async commit(session: Session, m: CommitRequest, body: Uint8Array): Promise<void> {
    const { re, log, id, epoch } = m;
    const bundle = readBundle(m, session.device, body);
    if (bundle === undefined) return session.refuse(re, "malformed");
    const committing = await this.#committing(session, m, bundle.told);
    if (typeof committing === "string") return session.refuse(re, committing);
    const { info, change } = bundle;
    const time = this.#clock.now();
    const sender = session.device;
    const entry: Unnumbered = { log, id, sender, kind: "commit", epoch, time, body: bundle.body };
    const append: Append = { ...entry, info, change };
    let result = await this.#appending.append({ ...append, admit: admitCommit(committing) });
    if (result.outcome === "forbidden" && !(await this.#administration.isThere(log)))
      result = await this.#appending.append({
        ...append,
        admit: admitCommit({ ...committing, asAdmin: true }),
      });
    this.#appending.answer(session, re, entry, result);
    if (result.outcome === "appended") this.#follow(session, entry, bundle, result);
  }

  /** What is to be known of whoever commits and of those it adds; or why it cannot be. */
  async #committing(
    session: Session,
    { log, epoch }: CommitRequest,
    told: Told,
  ): Promise<Committing | RefusalCode> {
    const { device } = session;
    // Asked in one go: the members are those of the group's epoch.
    const [group, members, own, ...added] = await Promise.all([
      this.#store.groupOfLog(log),
      told.added.length === 0 ? [] : this.#store.members(log),
      this.#store.accountOfDevice(device),
      ...told.added.map((newcomer) => this.#store.accountOfDevice(newcomer)),
    ]);
    if (group === undefined) return "no-such-log";
    if (own === undefined) return "not-registered";
    if (!this.#commits.take(own.fold, this.#clock.now())) return "too-many";
    const addedIdentities: string[] = [];
    for (const account of added) {
      if (account === undefined) return "no-such-user";
      addedIdentities.push(encodeId(account.identity));
    }
    return {
      told,
      device,
      identity: encodeId(own.identity),
      devices: own.devices,
      // Of an epoch that is still to come, nobody knows them yet.
      members: epoch > group.epoch ? undefined : new Set(members.map((member) => member.device)),
      addedIdentities,
      asAdmin: false,
    };
  }

  /** It is in the log: those it speaks of are sent what is theirs from now on, and no more. */
  #follow(
    session: Session,
    { log, epoch }: Unnumbered,
    { told, change }: Bundle,
    { seq, inboxes = [] }: Extract<Appended, { outcome: "appended" | "repeated" }>,
  ): void {
    // Inboxes first: whoever is added is sent its Welcome before what follows it.
    for (const entry of inboxes) this.#delivery.publish(entry);
    for (const device of told.removed) {
      const gone = this.#sessionOf(device);
      if (gone === undefined) continue;
      this.#delivery.end(gone, log, seq);
      this.#depot.left(gone);
    }
    for (const device of told.added) {
      const newcomer = this.#sessionOf(device);
      if (newcomer === undefined) continue;
      this.#delivery.end(newcomer, log); // what was left of an earlier time in it
      const cursor = seq - 1;
      const place = { log, kind: "group" as const, epoch: epoch + 1, head: seq, cursor, appended: cursor };
      this.#delivery.subscribe(newcomer, place);
    }
    this.#administration.changed(log);
    if (change.rules?.closed === true) this.#adding.forget(log);
    else this.#adding.settled(log, session, told.added, told.removed);
  }
}

/** The parts of a bundle, each checked; undefined when they do not belong together. */
function readBundle(m: CommitRequest, sender: DeviceId, whole: Uint8Array): Bundle | undefined {
  const { commit, info, welcomes = [], history } = m;
  const sizes = [commit, info, ...welcomes.map(({ size }) => size), ...(history ? [history.size] : [])];
  // Copies: the entries are kept in memory for a while, and all parts of the request would be with each.
  const parts = splitBody(whole, sizes)?.map((part) => new Uint8Array(part));
  const [body, groupInfo, ...rest] = parts ?? [];
  if (body === undefined || groupInfo === undefined) return undefined;
  const told = decodeTold(body)?.told;
  if (told === undefined || hasTwice(told.added) || hasTwice(told.removed)) return undefined;
  const letters = new Map(welcomes.map(({ device, id }, i) => [device, { id, body: rest[i] ?? EMPTY }]));
  const invited = told.added.filter((device) => device !== sender);
  if (letters.size !== welcomes.length || letters.size !== invited.length) return undefined;
  if (!invited.every((device) => letters.has(device))) return undefined;
  const handed = rest[welcomes.length];
  if (history !== undefined && invited.length === 0) return undefined;
  const rules = told.rules === undefined ? undefined : readRules(told.rules);
  if (told.rules !== undefined && rules === undefined) return undefined;
  const added = told.added.map((device) => {
    const welcome = letters.get(device);
    return welcome === undefined ? { device } : { device, welcome };
  });
  const change: GroupChange = {
    added,
    removed: told.removed,
    ...(rules === undefined ? {} : { rules }),
    ...(history === undefined || handed === undefined ? {} : { history: { id: history.id, body: handed } }),
  };
  return { body, info: groupInfo, told, change };
}

function readRules(bytes: Uint8Array): GroupChange["rules"] | undefined {
  const rules = decodeRules(bytes);
  const name = rules === undefined ? undefined : parseName(rules.name);
  if (rules === undefined || name?.ok !== true) return undefined;
  return { fold: name.fold, skeleton: name.skeleton, bytes, closed: rules.closed };
}

function hasTwice(devices: readonly DeviceId[]): boolean {
  return new Set(devices).size < devices.length;
}

const EMPTY = new Uint8Array(0);

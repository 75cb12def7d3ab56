// The client's core as every face sees it: one profile, one queue, one way to the server.
// Knows ports alone: no socket, no database, no timer, no user text.

import type { LogId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import { checkText } from "../domain/text.ts";
import { mlsProvider, type MlsProvider } from "../mls/provider.ts";
import { type ClientStore, type Clock, type Dial, type Random, StoreFailure } from "../ports.ts";
import type { Connection, Reply, Request } from "./connection.ts";
import { groupKey } from "./conversation-record.ts";
import type { Finding } from "./diagnosis.ts";
import type {
  Asked,
  ClientEvent,
  Conversation,
  Face,
  Group,
  GroupChange,
  GroupMember,
  GroupOutcome,
  HistoryQuery,
  Message,
  NewGroup,
  Person,
  Status,
  Verification,
} from "./events.ts";
import { Examination } from "./examination.ts";
import { Groups } from "./groups.ts";
import { asMessage } from "./outbox.ts";
import type { Profile } from "./profile.ts";
import { SerialEnded } from "./serial.ts";
import { ClientState } from "./state.ts";
import { ConnectionTraffic } from "./traffic.ts";
import { type Greeting, type Traffic, Uplink } from "./uplink.ts";
import { Verifying } from "./verifying.ts";
import { visit, type Visited } from "./visit.ts";

export interface ClientPorts {
  readonly store: ClientStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly dial: Dial;
  /** A bug: whatever it is, the program cannot go on as if nothing were. */
  readonly bug: (error: unknown) => void;
}

interface Online extends Greeting {
  readonly connection: Connection;
  readonly traffic: ConnectionTraffic;
}

/** The pause before the server is asked again to found a group that it could not take, ms. */
const FOUND_AGAIN = 5_000;
/** How long the end of a client waits for its last words to leave, ms. */
const LEAVE_WITHIN = 1_000;
/** The same for what was written and can go out now, ms. */
const SEE_OFF_WITHIN = 5_000;

export class Client implements Face {
  readonly #state: ClientState;
  readonly #mls: MlsProvider;
  readonly #uplink: Uplink;
  readonly #verifying: Verifying;
  readonly #bug: (error: unknown) => void;
  readonly #visit: () => Promise<Visited>;
  readonly #groups: Groups;
  #online: Online | undefined;
  #status: Status = { state: "connecting" };

  constructor(ports: ClientPorts, profile: Profile, agent: string) {
    const { store, clock, random, dial } = ports;
    this.#bug = ports.bug;
    this.#mls = mlsProvider(random);
    this.#state = new ClientState(store, clock, random, this.#mls, profile);
    this.#visit = () => visit(this.#state, dial, agent);
    this.#verifying = new Verifying(this.#state, (request) => this.#ask(request));
    this.#groups = new Groups(this.#state, this.#mls, () => this.#online?.traffic);
    this.#uplink = new Uplink(this.#state, dial, agent, {
      status: (status) => this.#changed(status),
      connected: (connection, since) => this.#connected(connection, since),
      fault: (error) => this.#fault(error),
    });
  }

  start(): void {
    this.#uplink.start();
  }

  async close(): Promise<void> {
    await this.#seeOff();
    this.#online?.traffic.leave();
    const left = this.#uplink.stop();
    this.#online?.traffic.end();
    await this.#state.serial.end(() => this.#state.store.close());
    // The last acknowledgements: a process that ended now would take them with it. A dead link is not waited for.
    await this.#within(LEAVE_WITHIN, left);
  }

  /** What was written while the server was away goes out whichever command connects next, and however short it is. */
  async #seeOff(): Promise<void> {
    const { outbox } = this.#state;
    const sending = this.#online?.traffic.sending;
    if (sending === undefined || outbox.unsealed().length + outbox.unaccepted().length === 0) return;
    await this.#within(SEE_OFF_WITHIN, sending.idle());
  }

  /** Resolves when it is done, or after `ms`. */
  async #within(ms: number, done: Promise<void>): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const cancel = this.#state.clock.after(ms, patience.resolve);
    await Promise.race([done, patience.promise]);
    cancel();
  }

  async send(to: string, text: string): Promise<{ readonly id: string }> {
    const name = parseName(to.startsWith("@") ? to.slice(1) : to);
    if (!name.ok || checkText(text) !== "ok")
      throw new TypeError("client: a name or text that was not checked");
    return this.#state.serial.run(async () => {
      const { outbox, time } = this.#state;
      const id = this.#state.messageId();
      const whom = to.startsWith("@") ? this.#group(name) : { to: name.name, fold: name.fold };
      const item = outbox.add({ id, ...whom, text, sentAt: time.now() });
      const sending = this.#online?.traffic.sending;
      if (!(await sending?.sendNow(item))) {
        this.#state.commit(outbox.put(item));
        sending?.wake();
      }
      // Else it could not be written there, and that was told.
      if (outbox.get(id) !== undefined)
        this.#state.emit({ type: "state", id, conversation: item.to, state: "waiting", delivered: 0, of: 1 });
      return { id };
    });
  }

  /** A group that this device is not in has no log: what is written there fails, and is kept under the name. */
  #group({ name, fold }: { readonly name: string; readonly fold: string }): { to: string; fold: string } {
    const log = this.#state.conversations.groupNamed(`@${fold}`);
    return { to: `@${name}`, fold: log === undefined ? `@?${fold}` : groupKey(log) };
  }

  groups(): Promise<Asked<readonly Group[]>> {
    return this.#groups.list();
  }

  members(group: string): Promise<Asked<readonly GroupMember[]>> {
    return this.#groups.members(group);
  }

  createGroup(group: NewGroup): Promise<Asked<GroupOutcome>> {
    return this.#groups.create(group);
  }

  joinGroup(name: string): Promise<Asked<GroupOutcome>> {
    return this.#groups.join(name);
  }

  leaveGroup(name: string): Promise<Asked<GroupOutcome>> {
    return this.#groups.leave(name);
  }

  changeGroup(name: string, change: GroupChange): Promise<Asked<GroupOutcome>> {
    return this.#groups.change(name, change);
  }

  async users(): Promise<Asked<readonly Person[]>> {
    const people: Person[] = [];
    for (let after: string | undefined; ;) {
      const reply = await this.#ask({ t: "users", ...(after === undefined ? {} : { after }) });
      if (!reply.ok) return { ok: false, reason: reply.refused };
      if (reply.answer.t !== "users") return { ok: false, reason: "malformed" };
      for (const { name, online } of reply.answer.users) {
        const parsed = parseName(name);
        if (!parsed.ok) continue; // no server of ours has such a name; it is not shown
        const me = name === this.#state.profile.name;
        people.push({ name, online, me, trust: this.#state.trust.state(parsed.fold) });
      }
      const next = reply.answer.after;
      if (next === undefined || next === after) return { ok: true, value: people };
      after = next;
    }
  }

  async history(query: HistoryQuery): Promise<readonly Message[]> {
    return this.#state.serial.run(() => {
      const { outbox, timeline, profile } = this.#state;
      const words = (query.search ?? "").toLowerCase().split(/\s+/);
      const wanted = query.with === undefined ? undefined : timeline.keysOf(query.with);
      const waiting = outbox
        .unplaced()
        .filter(({ fold }) => wanted === undefined || wanted.includes(fold))
        .filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)))
        .map((item) => asMessage(item, profile.name));
      if (query.before !== undefined) return timeline.history(query);
      return [...timeline.history(query), ...waiting].slice(-query.limit);
    });
  }

  conversations(): Promise<readonly Conversation[]> {
    const { timeline, profile, serial } = this.#state;
    return serial.run(() => timeline.conversations(profile.name));
  }

  unread(): Promise<readonly Message[]> {
    return this.#state.serial.run(() => this.#state.timeline.unread());
  }

  shown(conversation: string, position: number): Promise<void> {
    return this.#state.serial.run(() =>
      this.#state.commit(this.#state.timeline.shown(conversation, position)),
    );
  }

  verify(name: string): Promise<Asked<Verification>> {
    return this.#verifying.after(name, () => []);
  }

  verified(name: string): Promise<Asked<Verification>> {
    return this.#verifying.after(name, (fold) => this.#state.trust.confirm(fold));
  }

  trust(name: string): Promise<Asked<Verification>> {
    return this.#verifying.after(name, (fold) => this.#state.trust.accept(fold));
  }

  async status(): Promise<Status> {
    return this.#status;
  }

  async diagnose(): Promise<readonly Finding[]> {
    const examination = new Examination(this.#state);
    const online = this.#online;
    if (online !== undefined) return examination.during(online, this.#status);
    if (this.#uplink.started) return examination.without(this.#status);
    return examination.onVisit(this.#visit);
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    return this.#state.subscribe(listener);
  }

  #ask(request: Request): Promise<Reply> {
    const online = this.#online;
    return online === undefined
      ? Promise.resolve({ ok: false, refused: "offline" })
      : online.connection.request(request);
  }

  #connected(connection: Connection, since: number): Traffic {
    const fault = (error: unknown) => this.#fault(error);
    const traffic = new ConnectionTraffic(this.#state, this.#mls, connection, since, {
      status: (status) => this.#changed(status),
      ended: (what, ended) => this.#groups.ended(what, ended),
      placed: () => void this.#goOn(traffic).catch(fault),
      fault,
    });
    return {
      prepare: () => traffic.prepare(),
      notices: (notices) => traffic.notices(notices),
      begin: (greeting, waiting) => {
        this.#online = { connection, traffic, ...greeting };
        traffic.begin(greeting, waiting);
      },
      end: () => {
        traffic.end();
        this.#online = undefined;
      },
    };
  }

  /** What was begun with groups while there was no connection. */
  async #goOn(traffic: ConnectionTraffic): Promise<void> {
    const { conversations, serial } = this.#state;
    for (const log of await serial.run(() => conversations.groupLogs())) {
      await this.#found(traffic, log);
      await traffic.tellLeaving(log);
    }
  }

  async #found(traffic: ConnectionTraffic, log: LogId): Promise<void> {
    const ended = await this.#groups.found(traffic, log, { asked: false });
    if (ended !== "waiting" || this.#online?.traffic !== traffic) return;
    this.#state.clock.after(FOUND_AGAIN, () => {
      if (this.#online?.traffic === traffic)
        this.#found(traffic, log).catch((error: unknown) => this.#fault(error));
    });
  }

  #changed(status: Status): void {
    this.#status = status;
    this.#state.emit({ type: "status", status });
  }

  #fault(error: unknown): void {
    if (error instanceof SerialEnded) return; // it came too late for a client that was closed
    if (!(error instanceof StoreFailure)) return this.#bug(error);
    this.#uplink.interrupt({ kind: "storage", reason: error.reason });
  }
}

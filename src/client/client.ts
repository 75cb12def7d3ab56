// The client's core as every face sees it: one profile, one queue, one way to the server.
// Knows ports alone: no socket, no database, no timer, no user text.

import { mlsProvider, type MlsProvider } from "../mls/provider.ts";
import { type ClientStore, type Clock, type Dial, type Random, StoreFailure } from "../ports.ts";
import type { FileShelf } from "../ports/file-shelf.ts";
import type { Connection, Reply, Request } from "./connection.ts";
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
  Showing,
  Status,
  Verification,
} from "./events.ts";
import { everybody } from "./everybody.ts";
import { Examination } from "./examination.ts";
import { Foundings } from "./foundings.ts";
import { Groups } from "./groups.ts";
import { history } from "./history.ts";
import type { Profile } from "./profile.ts";
import { ReadReceipts } from "./read-receipts.ts";
import { recipientOf } from "./recipient.ts";
import type { Answering } from "./remark-view.ts";
import { SerialEnded } from "./serial.ts";
import { ClientState } from "./state.ts";
import { ConnectionTraffic } from "./traffic.ts";
import { Transfers } from "./transfers.ts";
import type { Downloads, Transfer, TransferAction } from "./transfer-view.ts";
import { Typing } from "./typing.ts";
import { type Greeting, type Traffic, Uplink } from "./uplink.ts";
import { Verifying } from "./verifying.ts";
import { visit, type Visited } from "./visit.ts";
import { Writing } from "./writing.ts";

export interface ClientPorts {
  readonly store: ClientStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly dial: Dial;
  readonly shelf: FileShelf;
  /** A bug: whatever it is, the program cannot go on as if nothing were. */
  readonly bug: (error: unknown) => void;
}

interface Online extends Greeting {
  readonly connection: Connection;
  readonly traffic: ConnectionTraffic;
}

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
  readonly #foundings: Foundings;
  readonly #typing: Typing;
  readonly #writing: Writing;
  readonly #readReceipts: ReadReceipts;
  readonly #shelf: FileShelf;
  readonly #transfers: Transfers;
  #online: Online | undefined;
  #status: Status = { state: "connecting" };

  constructor(ports: ClientPorts, profile: Profile, agent: string) {
    const { store, clock, random, dial, shelf } = ports;
    this.#bug = ports.bug;
    this.#shelf = shelf;
    this.#mls = mlsProvider(random);
    this.#state = new ClientState(store, clock, random, this.#mls, profile);
    this.#visit = () => visit(this.#state, dial, agent);
    this.#verifying = new Verifying(this.#state, (request) => this.#ask(request));
    this.#writing = new Writing(this.#state, () => this.#online?.traffic.sending);
    this.#readReceipts = new ReadReceipts(this.#state, {
      written: () => this.#online?.traffic.sending.wake(),
      fault: (error) => this.#fault(error),
    });
    this.#groups = new Groups(this.#state, this.#mls, () => this.#online?.traffic);
    const fault = (error: unknown) => this.#fault(error);
    this.#foundings = new Foundings(this.#state, this.#groups, () => this.#online?.traffic, fault);
    this.#typing = new Typing(this.#state, () => this.#online?.connection);
    this.#transfers = new Transfers(this.#state, shelf, {
      written: () => this.#online?.traffic.sending.wake(),
      look: (key) => this.#online?.traffic.lookAt(key),
      fault,
    });
    this.#uplink = new Uplink(this.#state, dial, agent, {
      status: (status) => this.#changed(status),
      connected: (connection, since) => this.#connected(connection, since),
      fault,
    });
  }

  start(): void {
    this.#transfers.start();
    this.#uplink.start();
  }

  async close(): Promise<void> {
    // Whatever the server leaves unanswered must not keep the user here.
    await this.#within(SEE_OFF_WITHIN, this.#readReceipts.end());
    await this.#seeOff();
    this.#online?.traffic.leave();
    this.#transfers.stop();
    this.#typing.stop();
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

  send(to: string, text: string, answering?: Answering): Promise<{ readonly id: string }> {
    return this.#writing.send(to, text, answering);
  }

  react(conversation: string, to: string, emoji?: string): Promise<Asked<Message>> {
    const chosen = emoji === undefined ? {} : { emoji };
    return this.#writing.say(conversation, { type: "reaction", to, ...chosen });
  }

  edit(conversation: string, to: string, text: string): Promise<Asked<Message>> {
    return this.#writing.say(conversation, { type: "edit", to, text });
  }

  remove(conversation: string, to: string): Promise<Asked<Message>> {
    return this.#writing.say(conversation, { type: "delete", to });
  }

  async sendFile(to: string, path: string): Promise<Asked<Transfer>> {
    return this.#transfers.send(await this.#state.serial.run(() => recipientOf(this.#state, to)), path);
  }

  transfers(): Promise<readonly Transfer[]> {
    return this.#transfers.list();
  }

  changeTransfer(which: string, action: TransferAction): Promise<Asked<Transfer>> {
    return this.#transfers.change(which, action);
  }

  receiveInto(downloads: Downloads): Promise<void> {
    return this.#transfers.receiveInto(downloads);
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

  users(): Promise<Asked<readonly Person[]>> {
    return everybody(this.#state, (request) => this.#ask(request));
  }

  history(query: HistoryQuery): Promise<readonly Message[]> {
    return this.#state.serial.soon(() => history(this.#state, query));
  }

  conversations(): Promise<readonly Conversation[]> {
    const { timeline, profile, serial } = this.#state;
    return serial.soon(() => timeline.conversations(profile.name));
  }

  unread(): Promise<readonly Message[]> {
    return this.#state.serial.soon(() => this.#state.timeline.unread());
  }

  shown(conversation: string, position: number, how?: Showing): Promise<void> {
    return this.#readReceipts.shown(conversation, position, how);
  }

  typing(conversation: string): Promise<void> {
    return this.#typing.say(conversation);
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
    const traffic = new ConnectionTraffic(this.#state, this.#mls, connection, since, this.#shelf, {
      status: (status) => this.#changed(status),
      ended: (what, ended) => this.#groups.ended(what, ended),
      placed: () => void this.#foundings.goOn(traffic).catch(fault),
      whispered: ({ log, sender }, body) => void this.#typing.heard(log, sender, body).catch(fault),
      fault,
    });
    return {
      prepare: () => traffic.prepare(),
      notices: (notices) => traffic.notices(notices),
      drained: () => traffic.drained(),
      begin: (greeting, waiting) => {
        this.#online = { connection, traffic, ...greeting };
        traffic.begin(greeting, waiting);
        this.#readReceipts.connected();
      },
      end: () => {
        traffic.end();
        this.#online = undefined;
      },
    };
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

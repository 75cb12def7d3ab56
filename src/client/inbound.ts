// What comes from the server: entries in the order of their logs, each processed once and written down before it is
// acknowledged; receipts. Must not know how a connection is made, or what is done about each kind of entry.

import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId } from "../domain/id.ts";
import type { ServerNotice } from "../wire/messages.ts";
import { admit, takeHistory } from "./admitting.ts";
import type { Acknowledging } from "./acknowledging.ts";
import type { Adding } from "./adding.ts";
import { wordsIn } from "./catching-up.ts";
import type { Committing } from "./committing.ts";
import type { Connection } from "./connection.ts";
import { type Held, isGroup } from "./conversation-record.ts";
import { type Doubt, Doubts } from "./doubts.ts";
import { invitedTo } from "./conversations.ts";
import { type Followed, follow } from "./following.ts";
import type { Healing, Why } from "./healing.ts";
import { hasLeft } from "./leaving.ts";
import { Levelling, type LevellingEvents } from "./levelling.ts";
import { isElsewhere, passOver, type Place, reconcile } from "./places.ts";
import type { Read, Reading } from "./reading.ts";
import type { Receipts } from "./receipts.ts";
import type { ClientState } from "./state.ts";
import { Step } from "./step.ts";

export type Notice = { readonly notice: Exclude<ServerNotice, { t: "bye" }>; readonly body: Uint8Array };

/** What this brings about elsewhere. `fold`: what a conversation is known by that was joined, or has moved on. */
export interface InboundEvents extends LevellingEvents {
  joined(fold: string): void;
  movedOn(fold: string): void;
  /** A commit was passed over: the group's keys are to be renewed by somebody, so that all agree again. */
  passedOver(log: LogId): void;
  /** What was joined is not the group that was asked for: it is to be left. */
  wrong(asked: string, log: LogId): void;
  /** So many messages of others have come and were processed; so many of those that waited can be seen now. */
  passed(messages: number, words: number): void;
  /** The server has given something up: what of this device's may be among it. */
  expired(): void;
}

/** What is done about what comes. */
export interface InboundParts {
  readonly healing: Healing;
  readonly receipts: Receipts;
  readonly reading: Reading;
  readonly committing: Committing;
  readonly adding: Adding;
  readonly acknowledging: Acknowledging;
}

export class Inbound {
  readonly #state: ClientState;
  readonly #connection: Connection;
  readonly #parts: InboundParts;
  readonly #events: InboundEvents;
  readonly #places: Place[] = [];
  readonly #levelling: Levelling;
  /** Logs that this device cannot follow any more, until it has come back into them. */
  readonly #broken = new Map<LogId, Why>();
  readonly #doubts = new Doubts();
  /** Something could not be told yet: what follows it waits for the next connection, or it would be passed over. */
  #halted = false;

  constructor(state: ClientState, connection: Connection, parts: InboundParts, events: InboundEvents) {
    this.#state = state;
    this.#connection = connection;
    this.#parts = parts;
    this.#events = events;
    this.#levelling = new Levelling(state.conversations, events);
  }

  /** Whether nothing of this log that has come was left unread. */
  isRead(log: LogId): boolean {
    return !this.#halted && !this.#broken.has(log);
  }

  /** Whether this device stands where all others do, so that it may seal and commit: what it has yet to read may tell. */
  isLevel(log: LogId): boolean {
    return this.isRead(log) && this.#levelling.isLevel(log);
  }

  /** Run inside the client's queue. */
  async take(notices: readonly Notice[]): Promise<void> {
    let step = new Step();
    const joined: string[] = [];
    let [messages, words] = [0, 0];
    const { receipts, acknowledging, adding } = this.#parts;
    const commit = () => {
      words += wordsIn(step.events);
      this.#state.commit(step.writes, step.events);
      for (const [log, seq] of step.acks) acknowledging.acknowledge(log, seq);
      step = new Step();
    };
    for (const { notice, body } of notices) {
      if (this.#halted) break;
      switch (notice.t) {
        case "entry": {
          const { t: _, ...fields } = notice;
          // Joining may have to be taken back; what a commit changes besides must be there.
          if (notice.kind === "welcome" || this.#isAwaited(notice)) commit();
          const wasBroken = this.#broken.has(notice.log);
          const fold = await this.#entry({ ...fields, body }, step);
          if (!wasBroken && this.#broken.has(notice.log)) {
            commit(); // before what follows, which it may still have to read
            await this.#comeBack(notice.log);
          }
          if (fold !== undefined) {
            commit(); // its messages may follow at once
            joined.push(fold);
          }
          if (receipts.isEarly(notice.log)) {
            commit();
            receipts.readOn(notice.log);
          }
          if (notice.kind === "message" && notice.sender !== this.#state.deviceId) messages += 1;
          break;
        }
        case "places":
          commit();
          await this.#place(notice.logs, notice.more ?? false);
          break;
        case "receipt":
          commit(); // it may speak of a row that this step has only just made
          receipts.received(notice.log, [[notice.device, notice.seq]], notice.expired);
          break;
        case "receipts":
          commit();
          receipts.received(notice.log, notice.cursors);
          break;
        case "asked":
          commit();
          await adding.asked(notice, body);
          break;
        case "expired":
          commit();
          this.#passOver(notice);
          receipts.readOn(notice.log);
          this.#events.expired();
          break;
        case "arrived":
        case "taken":
        case "gone":
        case "whisper":
          break; // not for this: see ConnectionTraffic
        case "presence":
          for (const name of notice.online) step.events.push({ type: "presence", name, online: true });
          for (const name of notice.offline) step.events.push({ type: "presence", name, online: false });
          break;
      }
    }
    commit();
    for (const log of this.#broken.keys()) await this.#comeBack(log);
    this.#events.passed(messages, words);
    this.#levelling.look((log) => this.#broken.has(log));
    for (const fold of joined) this.#events.joined(fold);
  }

  #isAwaited({ kind, log }: { readonly kind: string; readonly log: LogId }): boolean {
    if (kind !== "commit") return false;
    return this.#state.pending.has(log) || this.#state.outbox.ofLog(log).length > 0;
  }

  #passOver(expired: Extract<Notice["notice"], { t: "expired" }>): void {
    const passed = passOver(this.#state, expired);
    this.#levelling.came(expired.log, expired.seq);
    if (passed === "comes-back") this.#broken.set(expired.log, "known");
    if (passed === "follows") this.#connection.acknowledge(expired.log, expired.seq);
  }

  /** Answers whose conversation was joined, if one was. */
  async #entry(entry: Entry, step: Step): Promise<string | undefined> {
    const { conversations, outbox } = this.#state;
    if (entry.log === this.#state.deviceId) return this.#inbox(entry, step);
    this.#levelling.came(entry.log, entry.seq);
    const held = conversations.get(entry.log);
    // Of a group that is over for this device: what still lies there for it has not to wait any longer.
    if (held === undefined && hasLeft(this.#state, entry.log)) step.acks.set(entry.log, entry.seq);
    // Not known: its Welcome was lost or refused. Nothing is acknowledged, so that nothing is lost by that.
    if (held === undefined || entry.kind === "welcome" || entry.kind === "history") return undefined;
    if (this.#broken.has(entry.log) || (isGroup(held) && held.leaving !== undefined)) return undefined;
    if (isElsewhere(held, entry)) this.#broken.set(entry.log, "known");
    else if (entry.seq <= held.cursor) step.acks.set(entry.log, held.cursor);
    if (this.#broken.has(entry.log) || entry.seq <= held.cursor) return undefined;
    // Where a log begins for this device only its first entry tells.
    if (held.cursor > 0 && entry.seq > held.cursor + 1)
      step.events.push({ type: "missing", conversation: held.name });
    const own = outbox.ofEntry(entry.id);
    if (entry.kind === "commit") await this.#commit(held, entry, step);
    else if (own !== undefined && this.#parts.reading.own(held, entry, own, step) === "broken")
      this.#broken.set(entry.log, "known");
    else if (own === undefined) this.#read(held, entry, await this.#parts.reading.message(held, entry, step));
    if (!this.#broken.has(entry.log) && !this.#halted) step.acks.set(entry.log, entry.seq);
    return undefined;
  }

  #read(held: Held, entry: Entry, read: Read): void {
    switch (read) {
      case "read":
        return this.#doubts.settle(entry.log, entry.sender);
      case "unread":
      case "ahead":
        return this.#doubt(held, entry.sender, read);
      case "broken":
        return void this.#broken.set(entry.log, "known");
      case "later":
        return this.#halt();
    }
  }

  #doubt(held: Held, sender: DeviceId, doubt: Doubt): void {
    if (this.#doubts.raise(held, sender, doubt))
      this.#broken.set(held.log, isGroup(held) ? "doubt" : "known");
  }

  async #commit(held: Held, entry: Entry, step: Step): Promise<void> {
    const { committing } = this.#parts;
    if (isGroup(held) && committing.ownEntry(held, entry)) return;
    const followed: Followed = await follow(this.#state, held, entry, step);
    switch (followed) {
      case "followed":
        this.#doubts.settle(entry.log, entry.sender);
        this.#events.movedOn(held.fold);
        return committing.moved(entry.log);
      case "void":
      case "dubious":
      case "ahead":
        if (followed !== "void") this.#doubt(held, entry.sender, followed);
        this.#events.movedOn(held.fold);
        committing.moved(entry.log);
        return this.#events.passedOver(entry.log);
      case "out":
        return committing.ended(entry.log);
      case "broken":
        this.#broken.set(entry.log, "known");
    }
  }

  async #inbox(entry: Entry, step: Step): Promise<string | undefined> {
    if (entry.kind === "history") {
      const taken = await takeHistory(this.#state, this.#connection, entry, step);
      if (taken === "later") this.#halt();
      return undefined;
    }
    if (entry.kind !== "welcome") return undefined;
    const admitted = await admit(this.#state, this.#connection, entry, step);
    switch (admitted.is) {
      case "joined":
        this.#broken.delete(invitedTo(entry.body)); // it was not there before
        return admitted.fold;
      case "broken":
        this.#broken.set(admitted.log, "known");
        return undefined;
      case "doubtful": {
        const held = this.#state.conversations.get(admitted.log);
        if (held !== undefined && !isGroup(held)) this.#doubt(held, entry.sender, "dubious");
        return undefined;
      }
      case "wrong":
        this.#events.wrong(admitted.asked, admitted.log);
        return undefined;
      case "later":
        this.#halt();
        return undefined;
      case "nothing":
        return undefined;
    }
  }

  #halt(): void {
    this.#halted = true;
    void this.#connection.close();
  }

  async #place(logs: readonly Place[], more: boolean): Promise<void> {
    this.#places.push(...logs);
    if (more) return;
    const places = this.#places.splice(0);
    const broken = await reconcile(this.#state, this.#parts.healing, places);
    for (const log of broken) this.#broken.set(log, "known");
    this.#levelling.begin(places);
  }

  async #comeBack(log: LogId): Promise<void> {
    const { pending } = this.#state;
    const why = this.#broken.get(log) ?? "known";
    // What it was about is of a state that is no more.
    if (why === "known" && pending.isChange(log)) this.#state.commit([pending.remove(log)]);
    const healed = await this.#parts.healing.heal(log, why);
    // What comes in this log is left where it is until the next connection; unless others may just have made it seem so.
    if (healed === undefined && why === "known") return;
    this.#broken.delete(log);
    if (healed === undefined) return;
    this.#doubts.forget(log);
    this.#parts.committing.moved(log);
    this.#events.movedOn(healed.fold);
  }
}

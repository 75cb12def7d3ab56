// All that is done over one connection while it lasts, put together.
// Must not know how the connection came to be, nor what a face shows.

import type { MlsProvider } from "../mls/provider.ts";
import type { LogId } from "../domain/id.ts";
import type { FileShelf } from "../ports/file-shelf.ts";
import { Acknowledging } from "./acknowledging.ts";
import { Adding } from "./adding.ts";
import { CatchingUp } from "./catching-up.ts";
import { perform } from "./changing.ts";
import { Committing } from "./committing.ts";
import type { Connection } from "./connection.ts";
import { isGroup } from "./conversation-record.ts";
import type { Status } from "./events.ts";
import type { FailureReason } from "./failure-reason.ts";
import { Downloads } from "./downloads.ts";
import { Healing } from "./healing.ts";
import { Inbound, type Notice } from "./inbound.ts";
import { type Intent, intentsOf } from "./intents.ts";
import { Introductions } from "./introductions.ts";
import { Joining } from "./joining.ts";
import { groupFold, tellLeaving } from "./leaving.ts";
import { Reading } from "./reading.ts";
import { Receipts } from "./receipts.ts";
import { Renewing } from "./renewing.ts";
import { Sending } from "./sending.ts";
import type { ClientState } from "./state.ts";
import type { Greeting } from "./uplink.ts";
import { Uploads } from "./uploads.ts";

export interface TrafficEvents {
  status(status: Status): void;
  /** Something with groups has come to its end: see Groups.ended. */
  ended(what: string, ended: "done" | FailureReason): void;
  /** It is known where this device stands. */
  placed(): void;
  whispered(notice: Extract<Notice["notice"], { t: "whisper" }>, body: Uint8Array): void;
  readonly fault: (error: unknown) => void;
}

/** The pause before KeyPackages that the server did not take are offered again, ms. */
const REFILL_AGAIN = 5_000;
/** The same for a leave, and for what is wanted of a group. */
const LEAVE_AGAIN = 5_000;
const CHANGE_AGAIN = 5_000;

export class ConnectionTraffic {
  readonly connection: Connection;
  readonly sending: Sending;
  readonly #state: ClientState;
  readonly #mls: MlsProvider;
  readonly #events: TrafficEvents;
  readonly #catchingUp: CatchingUp;
  readonly #introductions: Introductions;
  readonly #committing: Committing;
  readonly #joining: Joining;
  readonly #renewing: Renewing;
  readonly #acknowledging: Acknowledging;
  readonly #inbound: Inbound;
  readonly #uploads: Uploads;
  readonly #downloads: Downloads;
  #over = false;
  #cancelRefill: (() => void) | undefined;

  constructor(
    state: ClientState,
    mls: MlsProvider,
    connection: Connection,
    since: number,
    shelf: FileShelf,
    events: TrafficEvents,
  ) {
    this.connection = connection;
    this.#state = state;
    this.#mls = mls;
    this.#events = events;
    const { fault } = events;
    const { serial } = state;
    const receipts = new Receipts(state);
    this.#introductions = new Introductions(state, connection, mls);
    this.sending = new Sending(state, connection, this.#introductions, {
      sentAgain: () => receipts.catchUp(connection),
      isRead: (log) => this.#inbound.isRead(log),
      isLevel: (log) => this.#inbound.isLevel(log),
      wrote: (log) => this.#renewing.wrote(log),
      begin: (record, log) => this.#uploads.begin(record, log),
      begun: (key) => this.#uploads.look(key),
      fault,
    });
    this.#uploads = new Uploads(state, shelf, connection, fault);
    this.#downloads = new Downloads(state, shelf, connection, fault);
    this.#catchingUp = new CatchingUp(state.clock, {
      status: (status) => this.#changed(status),
      emit: (event) => state.emit(event),
      inTurn: (step) => void serial.run(step).catch(fault),
    });
    this.#committing = new Committing(state, connection, mls, {
      movedOn: (fold) => this.sending.wake(fold),
      isRead: (log) => this.#inbound.isRead(log),
      isLevel: (log) => this.#inbound.isLevel(log),
      open: (intents) => {
        for (const intent of intentsOf(state.store)) if (intents.includes(intent.key)) this.change(intent);
      },
      fault,
    });
    this.#joining = new Joining(state, connection, mls, {
      joined: (fold) => this.#joined(fold),
      failed: (asked, reason) => events.ended(asked, reason),
      fault,
    });
    this.#renewing = new Renewing(state, (log) => this.#renew(log));
    this.#acknowledging = new Acknowledging(state, connection);
    const parts = {
      healing: new Healing(state, connection, mls),
      receipts,
      reading: new Reading(state, connection, since),
      committing: this.#committing,
      adding: new Adding(state, mls, this.#committing),
      acknowledging: this.#acknowledging,
    };
    this.#inbound = new Inbound(state, connection, parts, {
      joined: (fold) => {
        this.#joined(fold);
        this.prepare().catch(fault);
      },
      movedOn: (fold) => {
        this.#renewing.moved(fold);
        this.sending.wake(fold);
      },
      passedOver: (log) => this.#renewing.passedOver(log),
      wrong: (asked, log) => {
        events.ended(asked, "wrong-log");
        this.tellLeaving(log).catch(fault);
      },
      passed: (messages, words) => this.#catchingUp.passed(messages, words),
      placed: () => this.#placed(),
      read: ({ log, fold }) => {
        this.sending.wake(fold);
        this.#committing.moved(log);
      },
      level: () => this.#catchingUp.level(),
      expired: () => void receipts.catchUp(connection).catch(fault),
    });
  }

  /** Whoever is online can be written to, also by those who never met them. */
  async prepare(): Promise<void> {
    const { serial, keyPackages, clock } = this.#state;
    if (this.#over || (await serial.run(() => keyPackages.refill(this.connection))) || this.#over) return;
    this.#cancelRefill?.(); // one more try in a while, however many failed
    this.#cancelRefill = clock.after(REFILL_AGAIN, () => void this.prepare().catch(this.#events.fault));
  }

  notices(given: readonly Notice[]): void {
    const notices = given.filter((one) => !this.#aside(one));
    if (notices.length === 0) return;
    // Where one step failed, those after it would pass over what it was about; the next connection brings it all.
    this.#state.serial.run(() => (this.#over ? undefined : this.#take(notices))).catch(this.#events.fault);
  }

  async #take(notices: readonly Notice[]): Promise<void> {
    await this.#inbound.take(notices);
    for (const key of this.#state.transfers.fresh()) this.lookAt(key);
  }

  /** What is said of files' chunks, or whispered, has nothing to do with what stands in logs. */
  #aside({ notice, body }: Notice): boolean {
    switch (notice.t) {
      case "whisper":
        this.#events.whispered(notice, body);
        return true;
      case "arrived":
        this.#downloads.arrived(notice.blob, notice.chunks);
        return true;
      case "taken":
        this.#uploads.taken(notice);
        return true;
      case "gone":
        this.#uploads.gone(notice.blob);
        this.#downloads.gone(notice.blob);
        return true;
      default:
        return false;
    }
  }

  /** Something about a file has changed. */
  lookAt(key: string): void {
    this.#uploads.look(key);
    this.#downloads.look(key);
  }

  /** The link has room again. */
  drained(): void {
    this.#uploads.drained();
  }

  begin({ className }: Greeting, waiting: number): void {
    this.#catchingUp.begin(className, waiting);
  }

  /** What was read is acknowledged before the link ends. */
  leave(): void {
    this.#acknowledging.flush();
  }

  end(): void {
    this.#over = true;
    this.#cancelRefill?.();
    this.#catchingUp.stop();
    this.#renewing.stop();
    this.#joining.stop();
    this.#committing.stop();
    this.sending.stop();
    this.#uploads.stop();
    this.#downloads.stop();
  }

  join(fold: string): void {
    this.#joining.ask(fold);
  }

  /** That this device has left; told again after a while where the server cannot take it now. */
  async tellLeaving(log: LogId): Promise<"done" | "later"> {
    const telling = tellLeaving(this.#state, this.#mls, this.connection, log);
    const told = await telling.catch((error: unknown) => {
      this.#events.fault(error);
      return "later" as const;
    });
    if (told === "later" && !this.#over) {
      this.#state.clock.after(LEAVE_AGAIN, () => {
        if (!this.#over) this.tellLeaving(log).catch(this.#events.fault);
      });
    }
    return told;
  }

  founded(log: LogId): void {
    const held = this.#state.conversations.get(log);
    if (held !== undefined) this.sending.wake(held.fold);
    this.#committing.moved(log);
  }

  change(intent: Intent): void {
    this.#perform(intent).catch(this.#events.fault);
  }

  async #perform(intent: Intent): Promise<void> {
    const { store, clock } = this.#state;
    const came = await perform(this.#state, this.#introductions, this.#committing, intent, (key, ended) =>
      this.#events.ended(key, ended),
    );
    if (came !== "later" || this.#over) return;
    clock.after(CHANGE_AGAIN, () => {
      const isOpen = !this.#over && store.get("intent", intent.key) !== undefined;
      if (isOpen) this.change(intent);
    });
  }

  /** Run inside the client's queue. */
  #placed(): void {
    const { store, pending } = this.#state;
    this.sending.start();
    this.#uploads.start();
    this.#downloads.start();
    this.#committing.resume();
    this.#joining.start();
    const underWay = new Set(pending.logs().flatMap((log) => pending.get(log)?.change?.intents ?? []));
    for (const intent of intentsOf(store)) if (!underWay.has(intent.key)) this.change(intent);
    this.#events.placed();
  }

  #joined(fold: string): void {
    this.sending.wake(fold);
    this.#renewing.changed();
    const held = this.#state.conversations.get(fold.slice(1));
    if (held !== undefined && isGroup(held)) this.#events.ended(groupFold(held.name) ?? fold, "done");
  }

  #renew(log: LogId): void {
    this.#committing.wish(log, { asAdmin: false, renew: true });
  }

  #changed(status: Status): void {
    // Never while something waits to be read: what it brings may be another commit.
    if (status.state === "online") this.#renewing.start();
    this.#events.status(status);
  }
}

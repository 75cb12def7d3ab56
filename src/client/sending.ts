// The way out: from the outbox, in order, sealed and written down before it leaves, sent again unchanged until the
// server has said what became of it. Must not know how the link came to be.

import type { LogId } from "../domain/id.ts";
import { type RefusalCode, REFUSALS } from "../wire/refusal.ts";
import { accepted, type AcceptedAnswer, failed } from "./answering.ts";
import type { Connection, Reply } from "./connection.ts";
import { type Held, isGroupKey } from "./conversation-record.ts";
import type { FailureReason } from "./failure-reason.ts";
import { forsake } from "./forsaken.ts";
import { isBehind, mayNotWrite, recipientsIn } from "./fit-to-seal.ts";
import { contentOf, type OutboxItem, progress, told } from "./outbox.ts";
import type { Introductions } from "./introductions.ts";
import type { SendingEvents } from "./sending-events.ts";
import type { ClientState } from "./state.ts";

/** Messages on their way to the server at once. */
const WINDOW = 64;
/** The pause before what the server could not take for now is tried again, ms. */
const AGAIN_AFTER = 3_000;

export class Sending {
  readonly #state: ClientState;
  readonly #connection: Connection;
  readonly #introductions: Introductions;
  readonly #events: SendingEvents;
  /** The epochs in which the server took nothing any more, by whom it was for. */
  readonly #stale = new Map<string, number>();
  /** Recipients whose messages must wait for a Welcome or for the server, by folded name. */
  readonly #blocked = new Set<string>();
  /** Files that the server does not take for now, by message id: what is written after them goes before them. */
  readonly #blockedFiles = new Set<string>();
  /** Recipients whose conversation was begun anew on this connection: a second time would be a quarrel. */
  readonly #begunAnew = new Set<string>();
  /** Entries sent on this connection and not answered, by id. */
  readonly #inFlight = new Set<string>();
  /** The same, and those whose answer was not dealt with. */
  #unanswered = 0;
  /** Files whose message was sealed anew on this connection, for the server did not have them. */
  readonly #toldAnew = new Set<string>();
  #started = false;
  /** Called back when nothing is on its way any more. */
  readonly #idle = new Set<() => void>();
  #pumping = false;
  #closed = false;
  #cancelAgain: (() => void) | undefined;

  constructor(
    state: ClientState,
    connection: Connection,
    introductions: Introductions,
    events: SendingEvents,
  ) {
    this.#state = state;
    this.#connection = connection;
    this.#introductions = introductions;
    this.#events = events;
  }

  /** Everything the server may not have goes out again, byte for byte, then what is new. */
  start(): void {
    this.#started = true;
    const answers = this.#state.outbox.unaccepted().map((item) => this.#transmit(item));
    Promise.all(answers)
      .then(() => this.#events.sentAgain())
      .catch(this.#events.fault);
    this.wake();
  }

  stop(): void {
    this.#closed = true;
    this.#cancelAgain?.();
    this.#lookIdle();
  }

  /** Resolves when all that could go has gone and was answered, or nothing goes any more. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.add(resolve);
      this.#lookIdle();
    });
  }

  /** There may be something to send. `fold`: somebody whose messages were held back need wait no more. */
  wake(fold?: string): void {
    if (fold !== undefined) this.#blocked.delete(fold);
    if (!this.#started || this.#pumping || this.#closed) return;
    this.#pumping = true;
    this.#pump().catch(this.#events.fault);
  }

  /**
   * Run inside the client's queue: a message that can go at once is sealed and stored in one write. False when it has
   * to wait its turn.
   */
  async sendNow(item: OutboxItem): Promise<boolean> {
    const { outbox } = this.#state;
    if (!this.#started || this.#closed || this.#inFlight.size >= WINDOW || this.#blocked.has(item.fold))
      return false;
    const isFirst = ({ id, fold }: OutboxItem) => fold === item.fold && !this.#blockedFiles.has(id);
    if (outbox.unsealed().some(isFirst)) return false;
    const held = this.#introductions.known(item.fold);
    if (held === undefined || this.#mustWait(held)) return false;
    await this.#seal(held, item);
    return true;
  }

  async #pump(): Promise<void> {
    try {
      while (
        !this.#closed &&
        this.#inFlight.size < WINDOW &&
        (await this.#state.serial.run(() => this.#next()))
      );
    } finally {
      // In the same step as the look that found nothing: whoever wakes it later is heard.
      this.#pumping = false;
      this.#lookIdle();
    }
  }

  /** Takes the next message that need not wait as far as it goes; false when there is none. */
  async #next(): Promise<boolean> {
    const mayGo = ({ id, fold }: OutboxItem) => !this.#blocked.has(fold) && !this.#blockedFiles.has(id);
    const item = this.#state.outbox.unsealed().find(mayGo);
    if (item === undefined || this.#closed) return false;
    const introduced = await this.#introductions.introduce(item.fold, item.to);
    switch (introduced.outcome) {
      case "ready":
        if (this.#mustWait(introduced.held)) this.#blocked.add(item.fold);
        else if (item.file === undefined) await this.#seal(introduced.held, item);
        else await this.#sealFile(introduced.held, item);
        return true;
      case "later":
        this.#blocked.add(item.fold);
        if (introduced.again !== undefined) {
          this.#waits(item, introduced.again);
          this.#againLater();
        }
        return true;
      case "failed":
        this.#fail(item, introduced.reason);
        return true;
    }
  }

  /** The server keeps the file before it is told which message tells of it. */
  async #sealFile(held: Held, item: OutboxItem): Promise<void> {
    const { transfers } = this.#state;
    const reason = mayNotWrite(this.#state, held);
    const record = transfers.ofMessage(item.id);
    // Sealed anew, its chunks may all be there already.
    const isWanted = record?.state === "sending" || record?.state === "sent";
    if (reason !== undefined || !isWanted) return this.#fail(item, reason ?? "cancelled");
    const begun = await this.#events.begin(record, held.log);
    switch (begun.is) {
      case "begun": {
        const { name, size, file } = begun.record;
        await this.#seal(held, file === undefined ? item : { ...item, file: { name, size, ...file } });
        return this.#events.begun(record.key);
      }
      case "later":
        this.#blockedFiles.add(item.id);
        if (begun.why === undefined) return; // the next connection sees to it
        this.#state.emit(transfers.told(record, begun.why));
        return this.#againLater();
      case "failed":
        return this.#refused(item, held.log, begun.reason);
    }
  }

  async #seal(held: Held, item: OutboxItem): Promise<void> {
    const { conversations, outbox } = this.#state;
    const reason = mayNotWrite(this.#state, held);
    if (reason !== undefined) return this.#fail(item, reason);
    const { message, epoch, writes } = await conversations.seal(held, contentOf(item));
    const { log } = held;
    const recipients = recipientsIn(this.#state, held);
    const to = recipients === undefined ? {} : { to: recipients };
    const sealed = { ...item, to: held.name, sealed: { log, epoch, message, ...to } };
    this.#state.commit([...writes, ...outbox.put(sealed)]);
    this.#events.wrote(log);
    void this.#transmit(sealed);
  }

  /** Resolves when the answer, if one comes, was dealt with. */
  #transmit(item: OutboxItem): Promise<void> {
    const { id, sealed } = item;
    if (sealed === undefined) throw new Error("sending: not sealed");
    const entry = item.entry ?? id;
    if (this.#inFlight.has(entry)) return Promise.resolve();
    const { log, epoch, message } = sealed;
    const cursor = this.#state.conversations.get(log)?.cursor;
    this.#inFlight.add(entry);
    this.#unanswered += 1;
    const blob = item.file === undefined ? {} : { blob: item.file.blob };
    const request = { t: "append" as const, log, id: entry, epoch, ...(cursor ? { cursor } : {}), ...blob };
    return new Promise((resolve) => {
      this.#connection.ask(request, message, (reply) => {
        this.#inFlight.delete(entry);
        this.#state.serial
          .run(() => this.#answered(id, entry, reply))
          .catch(this.#events.fault)
          .finally(() => {
            this.#unanswered -= 1;
            // Whatever became of it, what is of a later epoch has waited for this.
            if (this.#blocked.has(item.fold)) this.wake(item.fold);
            this.#lookIdle();
            resolve();
          });
        if (this.#inFlight.size === WINDOW - 1) this.wake();
      });
    });
  }

  #answered(id: string, entry: string, reply: Reply): void {
    const item = this.#state.outbox.get(id);
    // Delivered meanwhile; or sent again, so that this answer is no longer about what counts.
    if (item === undefined || item.sealed === undefined || (item.entry ?? id) !== entry) return;
    if (reply.ok) {
      if (reply.answer.t === "accepted") this.#accepted(item, reply.answer);
      return;
    }
    if (reply.refused === "offline") return; // the next connection sends it again
    if (REFUSALS[reply.refused].again) {
      this.#waits(item, reply.refused);
      return this.#againLater();
    }
    if (reply.refused === "stale-epoch") return this.#sealAgain(item, item.sealed);
    // The server does not know it any more: it is begun there once more, as a new one if need be.
    if (reply.refused === "no-such-blob" && !this.#toldAnew.has(id)) {
      this.#toldAnew.add(id);
      this.#state.commit(this.#state.outbox.unseal(item));
      return this.wake();
    }
    this.#refused(item, item.sealed.log, reply.refused);
  }

  /** It is not for the log as the server has it. */
  #refused(item: OutboxItem, log: LogId, reason: FailureReason): void {
    const gone = reason === "no-such-log" || reason === "not-member";
    if (gone && isGroupKey(item.fold)) return this.#fail(item, "not-in-group");
    if (gone && !this.#begunAnew.has(item.fold)) return this.#beginAnew(item.fold, log);
    this.#fail(item, reason);
  }

  #accepted(item: OutboxItem, answer: AcceptedAnswer): void {
    const isRead = (log: LogId) => !this.#closed && this.#events.isRead(log);
    const { writes, events, needsReceipt } = accepted(this.#state, item, { ...answer, isRead });
    this.#state.commit(writes, events);
    if (needsReceipt) this.#events.sentAgain().catch(this.#events.fault);
  }

  /** Somebody's commit came first. The server has not taken the message and never will, so its text may be sealed anew. */
  #sealAgain(item: OutboxItem, { epoch }: { epoch: number }): void {
    this.#state.commit(this.#state.outbox.unseal(item));
    this.#stale.set(item.fold, epoch);
    this.wake(item.fold);
  }

  /** While others may be further than this device, and where it is not its turn. */
  #mustWait(held: Held): boolean {
    return !this.#events.isLevel(held.log) || isBehind(this.#state, held, this.#stale.get(held.fold));
  }

  /** The server does not have the conversation any more: what it has not taken goes into a new one, once. */
  #beginAnew(fold: string, log: LogId): void {
    this.#begunAnew.add(fold);
    const { writes, events } = forsake(this.#state, log);
    this.#state.commit([...writes, ...this.#state.conversations.drop(log)], events);
    this.#introductions.forget(fold);
    this.wake();
  }

  #fail(item: OutboxItem, reason: FailureReason): void {
    const { writes, events } = failed(this.#state, item, reason);
    this.#state.commit(writes, events);
  }

  #lookIdle(): void {
    if (!this.#closed && (!this.#started || this.#pumping || this.#unanswered > 0)) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  /** The server does not take it now, and why. */
  #waits(item: OutboxItem, reason: RefusalCode): void {
    for (const event of told(item, { ...progress(item), reason })) this.#state.emit(event);
  }

  #againLater(): void {
    this.#cancelAgain ??= this.#state.clock.after(AGAIN_AFTER, () => {
      this.#cancelAgain = undefined;
      this.#blocked.clear();
      this.#blockedFiles.clear();
      // In its turn: what a step has read and not written down yet may not be said to have been read.
      this.#state.serial.run(() => this.#closed || this.start()).catch(this.#events.fault);
    });
  }
}

// Read receipts between two people: what was shown here is told to the other one, and what they have read is kept.
// Must not know how any of it travels, nor who sees it.

import type { MessageId } from "../domain/id.ts";
import type { Credential } from "../mls/identity.ts";
import type { ReadUpTo } from "./content.ts";
import { type Held, isGroup } from "./conversation-record.ts";
import type { VaultWrite } from "../ports.ts";
import type { Showing } from "./events.ts";
import type { ClientState } from "./state.ts";
import type { Step } from "./step.ts";

/** One person is told no more often, ms. */
const TELL_EVERY = 3_000;

export interface ReadReceiptEvents {
  /** There is something to send. */
  written(): void;
  readonly fault: (error: unknown) => void;
}

/** What is owed lies in the vault until it is in the outbox: the same write takes it away and puts it there. */
export class ReadReceipts {
  readonly #state: ClientState;
  readonly #events: ReadReceiptEvents;
  /** Those who were told lately, by what their conversation is known by, and how their pause is cut short. */
  readonly #resting = new Map<string, () => void>();
  #isOver = false;

  constructor(state: ClientState, events: ReadReceiptEvents) {
    this.#state = state;
    this.#events = events;
  }

  /** There is a connection: what was shown before, and not told, as this device went out or its disk was full. */
  connected(): void {
    this.#state.serial.run(() => this.#look()).catch(this.#events.fault);
  }

  shown(conversation: string, position: number, { tell }: Showing = { tell: false }): Promise<void> {
    const { serial, timeline } = this.#state;
    return serial.soon(() => {
      this.#state.commit(timeline.shown(conversation, position, tell));
      if (tell) this.#look();
    });
  }

  /** Nobody waits any more for what is still owed. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const cancel of this.#resting.values()) cancel();
    this.#resting.clear();
    if (this.#state.timeline.owed().length === 0) return;
    await this.#state.serial.run(() => this.#look()).catch(this.#events.fault);
  }

  /** Run inside the client's queue: those are told who were not told just now. */
  #look(): void {
    const { timeline, trust } = this.#state;
    for (const { key, name, upTo } of timeline.owed()) {
      if (this.#resting.has(key)) continue;
      const settled = timeline.settled(key);
      // To whom nothing is sent that is not told later either.
      const isKnown = trust.state(key) === "pinned" || trust.state(key) === "verified";
      this.#state.commit(isKnown ? [...settled, ...this.#write(key, name, upTo)] : settled);
      if (isKnown) this.#told(key);
    }
  }

  /** Of what waits for the server the last is enough. */
  #write(fold: string, to: string, read: MessageId): VaultWrite[] {
    const { outbox, time } = this.#state;
    const waiting = outbox.unsealed().find((item) => item.fold === fold && item.read !== undefined);
    if (waiting !== undefined) return outbox.put({ ...waiting, read });
    const id = this.#state.messageId();
    return outbox.put(outbox.add({ id, to, fold, text: "", read, sentAt: time.now() }));
  }

  #told(key: string): void {
    this.#events.written();
    if (this.#isOver) return;
    const rested = () => {
      this.#resting.delete(key);
      this.#state.serial.run(() => this.#look()).catch(this.#events.fault);
    };
    this.#resting.set(key, this.#state.clock.after(TELL_EVERY, rested));
  }
}

/**
 * Run inside the client's queue: somebody says how far they have read. It counts in a conversation of two, from the other
 * person, about a message of this device's user, and never goes back; anything else has no effect.
 */
export function tookReceipt(
  { timeline }: ClientState,
  held: Held,
  content: ReadUpTo,
  by: { readonly sender: Credential; readonly trusted: boolean },
  step: Step,
): void {
  if (isGroup(held) || !by.trusted || Buffer.compare(by.sender.identity, held.identity) !== 0) return;
  const found = timeline.find(held.fold, content.upTo, step);
  if (found === undefined || !found.message.own || found.position <= timeline.readBy(held.fold)) return;
  step.write(timeline.read(held.fold, found.position));
  const { upTo: id } = content;
  step.events.push({ type: "read", conversation: held.name, id, position: found.position });
}

// What comes from the server: entries in the order of their logs, each processed once and written down before it is
// acknowledged; receipts. Must not know how a connection is made or how messages are sent.

import type { Entry } from "../domain/entry.ts";
import { type DeviceId, encodeId, type LogId } from "../domain/id.ts";
import type { MlsRefusal } from "../mls/outcome.ts";
import { members } from "../mls/state.ts";
import { fingerprint } from "../mls/safety-number.ts";
import type { VaultWrite } from "../ports.ts";
import type { ServerNotice } from "../wire/messages.ts";
import type { Connection } from "./connection.ts";
import type { Held } from "./conversations.ts";
import type { ClientEvent } from "./events.ts";
import { forsake, takeBack } from "./forsaken.ts";
import type { Healing } from "./healing.ts";
import { asMessage, type OutboxItem, progress } from "./outbox.ts";
import { passOver, type Place, reconcile } from "./places.ts";
import type { Receipts } from "./receipts.ts";
import type { ClientState } from "./state.ts";
import { vouchedFor } from "./vouching.ts";

export type Notice = { readonly notice: Exclude<ServerNotice, { t: "bye" }>; readonly body: Uint8Array };

/** Writes and news of one step, told together. */
interface Step {
  readonly writes: VaultWrite[];
  readonly events: ClientEvent[];
  readonly acks: Map<LogId, number>;
  /** Keys of what was shown by it. */
  readonly seen: Set<string>;
}

function emptyStep(): Step {
  return { writes: [], events: [], acks: new Map(), seen: new Set() };
}

/** What this brings about elsewhere. `fold`: somebody with whom a conversation was joined, or has moved on. */
export interface InboundEvents {
  joined(fold: string): void;
  movedOn(fold: string): void;
  /** So many messages of others have come and were processed. */
  passed(messages: number): void;
  /** It is known where this device stands: it may send. */
  placed(): void;
  /** The server has given something up: what of this device's may be among it. */
  expired(): void;
}

const SEEN = Uint8Array.of(1);

/** Messages in a row that this device can make nothing of, before it takes the fault to be its own. */
const UNREADABLE = 3;

export class Inbound {
  readonly #state: ClientState;
  readonly #connection: Connection;
  /** When this connection began, by the server's clock: what it accepted earlier has waited. */
  readonly #since: number;
  readonly #healing: Healing;
  readonly #receipts: Receipts;
  readonly #me: DeviceId;
  readonly #events: InboundEvents;
  readonly #places: Place[] = [];
  /** Logs that this device cannot follow any more, until it has come back into them. */
  readonly #broken = new Set<LogId>();
  readonly #unreadable = new Map<LogId, number>();
  /** Something could not be told yet: what follows it waits for the next connection, or it would be passed over. */
  #halted = false;

  constructor(
    state: ClientState,
    connection: Connection,
    { healing, receipts }: { readonly healing: Healing; readonly receipts: Receipts },
    since: number,
    events: InboundEvents,
  ) {
    this.#state = state;
    this.#connection = connection;
    this.#healing = healing;
    this.#receipts = receipts;
    this.#me = encodeId(state.profile.device.public);
    this.#since = since;
    this.#events = events;
  }

  /** Run inside the client's queue. */
  async take(notices: readonly Notice[]): Promise<void> {
    let step = emptyStep();
    const joined: string[] = [];
    let messages = 0;
    const commit = () => {
      this.#state.commit(step.writes, step.events);
      for (const [log, seq] of step.acks) this.#connection.acknowledge(log, seq);
      step = emptyStep();
    };
    for (const { notice, body } of notices) {
      if (this.#halted) break;
      switch (notice.t) {
        case "entry": {
          const { t: _, ...fields } = notice;
          if (notice.kind === "welcome") commit(); // joining may have to be taken back
          const fold = await this.#entry({ ...fields, body }, step);
          if (fold !== undefined) {
            commit(); // its messages may follow at once
            joined.push(fold);
          }
          if (this.#receipts.isEarly(notice.log)) {
            commit();
            this.#receipts.readOn(notice.log);
          }
          if (notice.kind === "message" && notice.sender !== this.#me) messages += 1;
          break;
        }
        case "places":
          commit();
          await this.#place(notice.logs, notice.more ?? false);
          break;
        case "receipt":
          commit(); // it may speak of a row that this step has only just made
          this.#receipts.received(notice.log, notice.device, notice.seq, notice.expired);
          break;
        case "expired":
          commit();
          this.#passOver(notice);
          this.#receipts.readOn(notice.log);
          this.#events.expired();
          break;
        case "presence":
          for (const name of notice.online) step.events.push({ type: "presence", name, online: true });
          for (const name of notice.offline) step.events.push({ type: "presence", name, online: false });
          break;
      }
    }
    commit();
    for (const log of this.#broken) await this.#comeBack(log);
    this.#events.passed(messages);
    for (const fold of joined) this.#events.joined(fold);
  }

  #passOver(expired: Extract<Notice["notice"], { t: "expired" }>): void {
    const passed = passOver(this.#state, expired);
    if (passed === "comes-back") this.#broken.add(expired.log);
    if (passed === "follows") this.#connection.acknowledge(expired.log, expired.seq);
  }

  /** Answers whose conversation was joined, if one was. */
  async #entry(entry: Entry, step: Step): Promise<string | undefined> {
    const { conversations } = this.#state;
    if (entry.log === this.#me) {
      return entry.kind === "welcome" ? this.#welcome(entry, step) : undefined;
    }
    const held = conversations.get(entry.log);
    // Not known: its Welcome was lost or refused. Nothing is acknowledged, so that nothing is lost by that.
    if (held === undefined || entry.kind === "welcome" || this.#broken.has(entry.log)) return undefined;
    if (entry.seq <= held.cursor) {
      step.acks.set(entry.log, held.cursor);
      return undefined;
    }
    // Where a log begins for this device only its first entry tells.
    if (held.cursor > 0 && entry.seq > held.cursor + 1)
      step.events.push({ type: "missing", conversation: held.name });
    const own = this.#state.outbox.ofEntry(entry.id);
    if (entry.kind === "commit") await this.#commit(held, entry, step);
    else if (own !== undefined) this.#own(held, entry, own, step);
    else await this.#message(held, entry, step);
    if (!this.#broken.has(entry.log)) step.acks.set(entry.log, entry.seq);
    return undefined;
  }

  /** Somebody changed the conversation's keys, or came back into it. */
  async #commit(held: Held, entry: Entry, step: Step): Promise<void> {
    const processed = await this.#state.conversations.process(held, entry);
    if (!processed.ok) return void this.#broken.add(entry.log);
    step.writes.push(...processed.writes);
    // Who came back from outside could not read what was on its way: it is sent again, to the new keys.
    if (processed.external) {
      const lost = this.#state.outbox.toSendAgain(entry.log, () => this.#state.messageId(), entry.seq);
      const again = takeBack(this.#state, lost);
      step.writes.push(...again.writes);
      step.events.push(...again.events);
    }
    this.#events.movedOn(held.fold);
  }

  async #place(logs: readonly Place[], more: boolean): Promise<void> {
    this.#places.push(...logs);
    if (more) return;
    await reconcile(this.#state, this.#healing, this.#places.splice(0));
    this.#events.placed();
  }

  async #comeBack(log: LogId): Promise<void> {
    const healed = await this.#healing.heal(log);
    if (healed === undefined) return; // what comes in this log is left where it is until the next connection
    this.#broken.delete(log);
    this.#unreadable.delete(log);
    this.#events.movedOn(healed.fold);
  }

  /** This device's own message, at its place in the log. */
  #own(held: Held, entry: Entry, item: OutboxItem, step: Step): void {
    const { conversations, outbox, timeline, profile } = this.#state;
    step.writes.push(...conversations.update(held, { cursor: entry.seq }));
    if (item.position !== undefined) return;
    const accepted = item.accepted ?? { seq: entry.seq, of: members(held.mls).length - 1, got: [] };
    const placed = timeline.add(asMessage({ ...item, accepted }, profile.name));
    const kept = { ...item, accepted, position: placed.position };
    const come = progress(kept);
    step.writes.push(
      ...placed.writes,
      ...(come.state === "delivered" ? outbox.remove(item.id) : outbox.put(kept)),
    );
    // The answer was lost, and the entry itself says it.
    if (item.accepted === undefined)
      step.events.push({ type: "state", id: item.id, conversation: item.to, ...come });
  }

  async #message(held: Held, entry: Entry, step: Step): Promise<void> {
    const { conversations, timeline, trust, store } = this.#state;
    const { content, sender, refused, writes } = await conversations.open(held, entry);
    if (refused === "future-epoch") return void this.#broken.add(entry.log);
    step.writes.push(...writes);
    if (content === undefined || sender === undefined) return this.#unread(held, entry, refused, step);
    this.#unreadable.delete(entry.log);
    // A sender that did not know how far it had come sends it again after its, the server's or this one's comeback.
    const id = content.again ?? entry.id;
    const key = `${entry.log} ${id}`;
    if (step.seen.has(key) || store.get("seen", key) !== undefined) return;
    step.seen.add(key);
    step.writes.push({ put: "seen", key, value: SEEN });
    const mine = Buffer.compare(sender.identity, this.#state.profile.identity.public) === 0;
    const pin = trust.pin(held.fold);
    const added = timeline.add({
      id,
      conversation: held.name,
      sender: sender.name,
      text: content.text,
      sentAt: content.sentAt,
      queued: entry.time < this.#since,
      trusted: mine || (pin !== undefined && Buffer.compare(pin.identity, sender.identity) === 0),
      own: mine,
    });
    step.writes.push(...added.writes);
    step.events.push({ type: "message", message: added.message });
  }

  /**
   * Nothing to show. One of our own that this vault knows nothing of was sent from a later state of it: it was put back
   * from a copy, and goes on with new keys before it uses old ones twice (RFC 9420 §9.2). A repeat is no loss;
   * anything else is told.
   */
  #unread(held: Held, entry: Entry, refused: MlsRefusal | undefined, step: Step): void {
    if (entry.sender === this.#me) return void this.#broken.add(entry.log);
    if (refused === "replayed") return;
    step.events.push({ type: "missing", conversation: held.name });
    const unreadable = (this.#unreadable.get(entry.log) ?? 0) + 1;
    this.#unreadable.set(entry.log, unreadable);
    if (unreadable >= UNREADABLE) this.#broken.add(entry.log);
  }

  async #welcome(entry: Entry, step: Step): Promise<string | undefined> {
    const { conversations, trust } = this.#state;
    const joined = await conversations.join(entry);
    if (!joined.ok) {
      step.acks.set(entry.log, entry.seq);
      // Its KeyPackage was used before, by a server that has since been put back from an older copy.
      if (joined.unknown !== undefined) this.#broken.add(joined.unknown);
      return undefined;
    }
    const vouched = await vouchedFor(this.#state, this.#connection, joined.held);
    if (vouched !== "yes") conversations.forget(joined.held.log);
    if (vouched === "later") {
      this.#halted = true;
      void this.#connection.close();
      return undefined;
    }
    step.acks.set(entry.log, entry.seq);
    if (vouched === "no") return undefined;
    const { name, fold, identity, log } = joined.held;
    if (joined.anew) {
      const { writes, events } = forsake(this.#state, log);
      step.writes.push(...writes);
      step.events.push(...events);
    }
    const met = trust.met(fold, name, identity);
    step.writes.push(...joined.writes, ...met.writes);
    if (met.news) step.events.push(keyChanged(name, trust.pin(fold)?.identity, identity));
    return fold;
  }
}

export function keyChanged(name: string, pinned: Uint8Array | undefined, found: Uint8Array): ClientEvent {
  return {
    type: "key-changed",
    name,
    pinned: pinned === undefined ? "" : fingerprint(pinned),
    found: fingerprint(found),
  };
}

// Changes of groups on their way: wishes gathered into one commit, written down before it is sent, sent as the same bytes
// until it is answered, made anew after a lost race. Must not know what is wished, or what comes in the logs.

import type { Entry } from "../domain/entry.ts";
import type { LogId } from "../domain/id.ts";
import { commit } from "../mls/commit.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { saveGroup, saveRatchet } from "../mls/saved.ts";
import { isActive, members, rulesOf } from "../mls/state.ts";
import { REFUSALS } from "../wire/refusal.ts";
import { encodeTold } from "../wire/told.ts";
import type { Connection, Reply } from "./connection.ts";
import { type HeldGroup, isGroup, serverEpoch } from "./conversation-record.ts";
import type { FailureReason } from "./failure-reason.ts";
import { noticesOf } from "./group-notice.ts";
import { conversationRule, deviceOf, effectOf, rulesIn, toldOf } from "./group-rule.ts";
import { handOver } from "./handing-over.ts";
import { groupIdOf } from "./other-person.ts";
import { type Pending, requestOf } from "./pending.ts";
import { propose, type Proposal, type Wish } from "./proposing.ts";
import { chance } from "./renewing.ts";
import { settle } from "./settling.ts";
import type { ClientState } from "./state.ts";

export interface CommittingEvents {
  /** The conversation known by `fold` goes on: what waited to be sealed may be. */
  movedOn(fold: string): void;
  /** Whether nothing of this log that has come was left unread. */
  isRead(log: LogId): boolean;
  /** Whether this device stands in it where all others do. */
  isLevel(log: LogId): boolean;
  /** A commit that an earlier connection made lost its race: the intents it was made of, by their keys, are to be seen to. */
  open(intents: readonly string[]): void;
  readonly fault: (error: unknown) => void;
}

/** After a lost race: at least, and how much longer for each race lost in a row; ms. */
const JITTER = 50;
const JITTER_MORE = 250;
const JITTER_MOST = 4_000;
/** The pause before what the server could not take for now is sent again, ms. */
const AGAIN_AFTER = 3_000;

export class Committing {
  readonly #state: ClientState;
  readonly #connection: Connection;
  readonly #mls: MlsProvider;
  readonly #events: CommittingEvents;
  readonly #wishes = new Map<LogId, Wish[]>();
  /** What the commit that waits for the server's word was made of, by log. */
  readonly #inFlight = new Map<LogId, readonly Wish[]>();
  readonly #races = new Map<LogId, number>();
  readonly #timers = new Map<LogId, () => void>();
  #closed = false;

  constructor(state: ClientState, connection: Connection, mls: MlsProvider, events: CommittingEvents) {
    this.#state = state;
    this.#connection = connection;
    this.#mls = mls;
    this.#events = events;
  }

  stop(): void {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  wish(log: LogId, wish: Wish): void {
    const wishes = this.#wishes.get(log);
    if (wishes === undefined) this.#wishes.set(log, [wish]);
    else wishes.push(wish);
    this.#soon(log, 0);
  }

  /** Sends what waits for the server's word again, the same bytes. */
  resume(): void {
    for (const log of this.#state.pending.logs()) {
      const pending = this.#state.pending.isChange(log) ? this.#state.pending.get(log) : undefined;
      if (pending !== undefined) this.#send(pending);
    }
  }

  /** Run inside the client's queue: the group has come into another epoch by somebody else's commit. */
  moved(log: LogId): void {
    if ((this.#wishes.get(log) ?? []).length > 0) this.#soon(log, this.#jitter(log));
  }

  /** Run inside the client's queue: this device is out of the group. */
  ended(log: LogId): void {
    this.#timers.get(log)?.();
    this.#timers.delete(log);
    const wishes = [...(this.#inFlight.get(log) ?? []), ...(this.#wishes.get(log) ?? [])];
    this.#inFlight.delete(log);
    this.#wishes.delete(log);
    for (const wish of wishes) this.#answer(wish, "not-in-group");
  }

  /** Run inside the client's queue: this device's own commit has come at its place in the log. False when it is none. */
  ownEntry(held: HeldGroup, entry: Entry): boolean {
    const pending = this.#state.pending.get(entry.log);
    if (pending?.id !== entry.id || pending.change === undefined) return false;
    this.#settle(held, pending, { seq: entry.seq, time: entry.time, cursor: entry.seq });
    return true;
  }

  #soon(log: LogId, ms: number): void {
    if (this.#closed || this.#timers.has(log)) return;
    this.#timers.set(
      log,
      this.#state.clock.after(ms, () => {
        this.#timers.delete(log);
        this.#state.serial.run(() => this.#make(log)).catch(this.#events.fault);
      }),
    );
  }

  async #make(log: LogId): Promise<void> {
    const { conversations, pending, profile, time } = this.#state;
    const held = conversations.get(log);
    const wishes = this.#wishes.get(log) ?? [];
    if (this.#closed || wishes.length === 0 || pending.has(log) || !this.#events.isLevel(log)) return;
    if (held === undefined || !isGroup(held) || !isActive(held.mls) || held.leaving !== undefined) {
      return this.ended(log);
    }
    if (held.founding !== undefined) return; // `moved` comes when the server knows it
    const proposal = propose(held, wishes, profile.identity.public, time.now());
    this.#wishes.set(log, [...proposal.left]);
    for (const { wish, reason } of proposal.refused) this.#answer(wish, reason);
    if (!proposal.isWanted) return this.#done(proposal.granted);
    const made = await this.#commit(held, proposal);
    if (typeof made === "string") {
      for (const wish of proposal.granted) this.#answer(wish, made);
      return;
    }
    this.#inFlight.set(log, proposal.granted);
    this.#send(made);
  }

  /** Written down when it is answered, or why it cannot be. */
  async #commit(held: HeldGroup, proposal: Proposal): Promise<Pending | FailureReason> {
    const { conversations, pending } = this.#state;
    const messageId = () => this.#state.messageId();
    const present = members(held.mls);
    const made = await commit(held.mls, proposal.intent);
    if (!made.ok) return made.refused === "expired" ? "no-key-package" : "bad-key";
    const rules = rulesIn(held.mls);
    if (rules === undefined || !conversationRule(made.change, present, rulesOf(held.mls))) return "forbidden";
    const effect = effectOf(made.change, present);
    const handed =
      made.welcomes.length === 0 ? undefined : await handOver(this.#state, held, made.pending, rules.history);
    const after = handed?.conversation ?? made.pending;
    const log = groupIdOf(held.log);
    const welcomes = made.welcomes.map((welcome) => Buffer.concat([log, welcome]));
    const waiting: Pending = {
      v: 1,
      log: held.log,
      id: messageId(),
      epoch: serverEpoch(held),
      commit: encodeTold(toldOf(effect), made.commit),
      info: made.groupInfo,
      group: saveGroup(after),
      ratchet: saveRatchet(after),
      change: {
        welcomes: welcomes.map(({ length }, i) => ({
          device: proposal.newcomers[i]?.device ?? "",
          id: messageId(),
          size: length,
        })),
        ...(handed === undefined ? {} : { history: { id: handed.id, size: handed.body.length } }),
        body: new Uint8Array(Buffer.concat([...welcomes, ...(handed === undefined ? [] : [handed.body])])),
        removed: made.change.removed.map(deviceOf),
        notices: noticesOf(made.change, effect, present, rules.open),
        intents: proposal.granted.flatMap(({ intent }) => intent ?? []),
        // Additions alone leave the committer's keys as they are.
        renews: effect.removed.length > 0 || effect.rules !== undefined || proposal.newcomers.length === 0,
      },
    };
    const spent = { ...held, mls: made.conversation };
    this.#state.commit([...conversations.spend(spent), pending.put(waiting, after)]);
    return waiting;
  }

  #send(pending: Pending): void {
    const [request, body] = requestOf(pending);
    this.#connection.ask(request, body, (reply) => {
      this.#state.serial.run(() => this.#answered(pending, reply)).catch(this.#events.fault);
    });
  }

  #answered(sent: Pending, reply: Reply): void {
    const { pending, conversations } = this.#state;
    const { log, id } = sent;
    if (pending.get(log)?.id !== id) return; // its entry has come before the answer
    const held = conversations.get(log);
    if (reply.ok) {
      if (reply.answer.t !== "accepted" || held === undefined || !isGroup(held)) return;
      const { seq, time, stands } = reply.answer;
      // Unless the answer stands for the entry, that comes in its turn, after what was before it.
      if (stands && !this.#closed && this.#events.isRead(log))
        this.#settle(held, sent, { seq, time, cursor: seq });
      return;
    }
    if (reply.refused === "offline") return; // the next connection sends it again
    if (REFUSALS[reply.refused].again) {
      this.#state.clock.after(AGAIN_AFTER, () => {
        if (!this.#closed && pending.get(log)?.id === id) this.#send(sent);
      });
      return;
    }
    this.#lost(sent, held, reply.refused);
  }

  /** The server has not taken it and never will: what it was made of goes into another, or cannot be. */
  #lost(sent: Pending, held: ReturnType<ClientState["conversations"]["get"]>, reason: FailureReason): void {
    const { log } = sent;
    const wishes = this.#inFlight.get(log) ?? [];
    this.#inFlight.delete(log);
    // Of a commit that an earlier connection made, the intents are all that is known here.
    const intents = wishes.length === 0 ? (sent.change?.intents ?? []) : [];
    const ended = reason === "stale-epoch" ? [] : intents.map((key) => ({ remove: "intent" as const, key }));
    this.#state.commit([this.#state.pending.remove(log), ...ended]);
    if (held !== undefined) this.#events.movedOn(held.fold);
    if (reason !== "stale-epoch") {
      for (const wish of wishes) this.#answer(wish, reason);
      if ((this.#wishes.get(log) ?? []).length > 0) this.#soon(log, this.#jitter(log));
      return;
    }
    this.#events.open(intents);
    this.#races.set(log, (this.#races.get(log) ?? 0) + 1);
    this.#wishes.set(log, [...wishes, ...(this.#wishes.get(log) ?? [])]);
    // Else the commit that was first is on its way here.
    if (held !== undefined && serverEpoch(held) > sent.epoch) this.#soon(log, this.#jitter(log));
  }

  #settle(
    held: HeldGroup,
    pending: Pending,
    at: { readonly seq: number; readonly time: number; readonly cursor: number },
  ): void {
    const { log } = pending;
    const { writes, events } = settle(this.#state, this.#mls, held, pending, at);
    this.#state.commit(writes, events);
    this.#races.delete(log);
    const wishes = this.#inFlight.get(log) ?? [];
    this.#inFlight.delete(log);
    for (const wish of wishes) wish.answered?.("done");
    this.#events.movedOn(held.fold);
    if ((this.#wishes.get(log) ?? []).length > 0) this.#soon(log, 0);
  }

  #done(wishes: readonly Wish[]): void {
    const kept = wishes.flatMap(({ intent }) => intent ?? []);
    this.#state.commit(kept.map((key) => ({ remove: "intent" as const, key })));
    for (const wish of wishes) wish.answered?.("done");
  }

  #answer(wish: Wish, reason: FailureReason): void {
    if (wish.intent !== undefined) this.#state.commit([{ remove: "intent", key: wish.intent }]);
    wish.answered?.(reason);
  }

  #jitter(log: LogId): number {
    const most = Math.min(JITTER_MOST, JITTER_MORE * (1 + (this.#races.get(log) ?? 0)));
    return JITTER + Math.round(chance(this.#state) * most);
  }
}

// Asking to be let into groups: again and again until a Welcome comes, or from outside where nobody is there to send one.
// Must not know what a Welcome does.

import type { LogId } from "../domain/id.ts";
import { joinExternally } from "../mls/external.ts";
import { makeKeyPackage } from "../mls/key-package.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { saveGroup, saveRatchet } from "../mls/saved.ts";
import { members } from "../mls/state.ts";
import { REFUSALS } from "../wire/refusal.ts";
import { encodeTold } from "../wire/told.ts";
import type { Connection, Reply } from "./connection.ts";
import { isGroup } from "./conversation-record.ts";
import type { FailureReason } from "./failure-reason.ts";
import { deviceOf } from "./group-rule.ts";
import { joiningNamed, joinings, joiningOf, putJoining, removeJoining } from "./joining-record.ts";
import { groupFold, isBack } from "./leaving.ts";
import { noticeMessage } from "./notices.ts";
import { groupIdOf } from "./other-person.ts";
import { type Pending, requestOf, stateAfter } from "./pending.ts";
import { firstRenewal } from "./renewing.ts";
import type { ClientState } from "./state.ts";

export interface JoiningEvents {
  joined(fold: string): void;
  /** It cannot be, and is given up. `asked`: the group's name with its `@`, folded. */
  failed(asked: string, reason: FailureReason): void;
  readonly fault: (error: unknown) => void;
}

/** The pause before the server is asked once more, ms. */
const AGAIN_AFTER = 5_000;

export class Joining {
  readonly #state: ClientState;
  readonly #connection: Connection;
  readonly #mls: MlsProvider;
  readonly #events: JoiningEvents;
  readonly #timers = new Map<string, () => void>();
  #closed = false;

  constructor(state: ClientState, connection: Connection, mls: MlsProvider, events: JoiningEvents) {
    this.#state = state;
    this.#connection = connection;
    this.#mls = mls;
    this.#events = events;
  }

  /** All that was asked for and has not come. */
  start(): void {
    for (const log of this.#state.pending.logs()) {
      const pending = this.#state.pending.get(log);
      if (pending?.enters && joiningOf(this.#state.store, log) === undefined) this.#enter(pending);
    }
    for (const { fold } of joinings(this.#state.store)) this.ask(fold);
  }

  stop(): void {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  ask(fold: string): void {
    const record = joiningNamed(this.#state.store, fold);
    if (this.#closed || record === undefined) return;
    const entering = record.log === undefined ? undefined : this.#state.pending.get(record.log);
    if (entering !== undefined) {
      if (entering.enters) this.#enter(entering);
      return this.#again(fold);
    }
    this.#connection.ask({ t: "join", name: record.name }, record.package, (reply) => {
      this.#state.serial.run(() => this.#answered(fold, reply)).catch(this.#events.fault);
    });
  }

  async #answered(fold: string, reply: Reply): Promise<void> {
    const record = joiningNamed(this.#state.store, fold);
    if (record === undefined || this.#closed) return; // it has come
    if (!reply.ok) {
      if (reply.refused === "offline") return; // the next connection asks again
      if (REFUSALS[reply.refused].again) return this.#again(fold);
      this.#state.commit([removeJoining(fold)]);
      return this.#events.failed(fold, reply.refused);
    }
    if (reply.answer.t !== "entrance") return this.#again(fold);
    const { log, epoch } = reply.answer;
    if (record.log !== log) this.#state.commit([putJoining({ ...record, log })]);
    if (epoch !== undefined) await this.#comeIn(fold, log, epoch, reply.body);
    this.#again(fold);
  }

  #again(fold: string): void {
    this.#timers.get(fold)?.();
    this.#timers.set(
      fold,
      this.#state.clock.after(AGAIN_AFTER, () => this.ask(fold)),
    );
  }

  /** Nobody is there to add this device: it does so itself (RFC 9420 §12.4.3.2). */
  async #comeIn(fold: string, log: LogId, epoch: number, groupInfo: Uint8Array): Promise<void> {
    const { conversations, pending, time } = this.#state;
    const present = conversations.get(log);
    if (present !== undefined || pending.has(log)) return;
    const group = { id: groupIdOf(log), groupInfo, resync: false, now: time.now() };
    const entered = await joinExternally(this.#mls, conversations.device(), group);
    // It has left, and nobody has taken it out, or could: what it had signed may be about a leaf that is no more.
    const isThere = !entered.ok && entered.refused === "already-member";
    const joined = isThere
      ? await joinExternally(this.#mls, conversations.device(), { ...group, resync: true })
      : entered;
    const held = joined.ok ? conversations.joined(log, joined.pending, epoch + 1) : undefined;
    if (!joined.ok || held === undefined) return;
    if (!isGroup(held) || groupFold(held.name) !== fold) {
      this.#state.commit([removeJoining(fold)]);
      return this.#events.failed(fold, "wrong-log");
    }
    const waiting: Pending = {
      v: 1,
      log,
      id: this.#state.messageId(),
      epoch,
      commit: encodeTold({ added: [deviceOf(joined.change.committer)], removed: [] }, joined.commit),
      info: joined.groupInfo,
      group: saveGroup(joined.pending),
      ratchet: saveRatchet(joined.pending),
      enters: true,
    };
    this.#state.commit([pending.put(waiting, joined.pending)]);
    this.#enter(waiting);
  }

  #enter(waiting: Pending): void {
    const [request, body] = requestOf(waiting);
    this.#connection.ask(request, body, (reply) => {
      this.#state.serial.run(() => this.#entered(waiting, reply)).catch(this.#events.fault);
    });
  }

  #entered(waiting: Pending, reply: Reply): void {
    const { pending, conversations, store, timeline, profile } = this.#state;
    const { log, epoch } = waiting;
    if (pending.get(log)?.id !== waiting.id) return;
    if (!reply.ok || reply.answer.t !== "accepted") {
      const stays = !reply.ok && (reply.refused === "offline" || REFUSALS[reply.refused].again);
      if (!stays) this.#state.commit([pending.remove(log)]); // it is asked for again, by the timer
      return;
    }
    const mls = stateAfter(this.#mls, conversations.device(), waiting);
    const held = conversations.joined(log, mls, epoch + 1);
    const record = joiningOf(store, log);
    if (held === undefined || !isGroup(held)) throw new Error("joining: a state that is no group's");
    const { seq, time } = reply.answer;
    const renewAt = firstRenewal(this.#state, members(mls).length);
    const next = { ...held, cursor: seq, began: { seq, id: waiting.id }, renewAt };
    const notice = { kind: "joined" as const, names: [profile.name] };
    const line = timeline.add(noticeMessage(held.name, waiting.id, time, notice), held.fold);
    this.#state.commit(
      [
        ...conversations.adopt(next),
        pending.remove(log),
        isBack(log),
        ...(record === undefined ? [] : [removeJoining(record.fold)]),
        ...line.writes,
      ],
      [{ type: "message", message: line.message }],
    );
    this.#connection.acknowledge(log, seq);
    this.#events.joined(held.fold);
  }
}

/** Run inside the client's queue: keeps that this device's user wants to be let in. Nothing where that is kept already. */
export async function wantToJoin(
  state: ClientState,
  mls: MlsProvider,
  name: string,
  fold: string,
): Promise<void> {
  if (joiningNamed(state.store, fold) !== undefined) return;
  const now = state.time.now();
  const made = await makeKeyPackage(mls, state.conversations.device(), { now, lastResort: false });
  state.commit([
    state.keyPackages.keepForJoining(made),
    putJoining({ v: 1, name, fold, id: made.id, package: made.public }),
  ]);
}

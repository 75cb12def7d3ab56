// Coming back into a conversation whose state on this device cannot follow: lost, damaged, or older than the server
// knows. An external commit (RFC 9420 §12.4.3.2), written down before it is sent. Must not know why it is needed.

import * as v from "valibot";
import type { LogId } from "../domain/id.ts";
import { joinExternally } from "../mls/external.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { load, saveGroup, saveRatchet } from "../mls/saved.ts";
import { StoreFailure } from "../ports.ts";
import { REFUSALS } from "../wire/refusal.ts";
import type { Connection } from "./connection.ts";
import { takeBack } from "./forsaken.ts";
import { groupIdOf, otherPerson } from "./other-person.ts";
import { bytes, decodeRecord, encodeRecord } from "./record.ts";
import type { ClientState } from "./state.ts";
import { vouchedFor } from "./vouching.ts";

const pendingRecord = v.object({
  v: v.literal(1),
  log: v.string(),
  id: v.string(),
  /** The epoch the commit ends. */
  epoch: v.number(),
  commit: bytes,
  info: bytes,
  /** The state after it. */
  group: bytes,
  ratchet: bytes,
  name: v.string(),
  fold: v.string(),
  identity: bytes,
});

type Pending = v.InferOutput<typeof pendingRecord>;

/** Tries in a row against others who commit at the same moment, and comebacks of one log on one connection. */
const RACES = 8;
const COMEBACKS = 3;

export class Healing {
  readonly #state: ClientState;
  readonly #connection: Connection;
  readonly #mls: MlsProvider;
  readonly #tried = new Map<LogId, number>();

  constructor(state: ClientState, connection: Connection, mls: MlsProvider) {
    this.#state = state;
    this.#connection = connection;
    this.#mls = mls;
  }

  /** Whether a commit of this device's waits for the server's word. */
  isPending(log: LogId): boolean {
    return this.#state.store.get("pending", log) !== undefined;
  }

  /**
   * Run inside the client's queue. Answers whom the conversation is with once this device is in it again; undefined
   * when it could not come back now: the next connection tries again.
   */
  async heal(log: LogId): Promise<{ name: string; fold: string } | undefined> {
    const tried = this.#tried.get(log) ?? 0;
    this.#tried.set(log, tried + 1);
    if (tried >= COMEBACKS) return undefined; // never in a loop: whatever is wrong here, coming back does not cure it
    for (let race = 0; race < RACES; race++) {
      const pending = this.#kept(log) ?? (await this.#prepare(log));
      if (pending === undefined) return undefined;
      const reply = await this.#connection.request(
        {
          t: "commit",
          log,
          id: pending.id,
          epoch: pending.epoch,
          commit: pending.commit.length,
          info: pending.info.length,
        },
        Buffer.concat([pending.commit, pending.info]),
      );
      if (reply.ok && reply.answer.t === "accepted") return this.#settle(pending, reply.answer.seq);
      // Unanswered: the same bytes again on the next connection. Anything else was not taken, and is void.
      if (reply.ok || reply.refused === "offline" || REFUSALS[reply.refused].again) return undefined;
      this.#state.commit([{ remove: "pending", key: log }]);
      if (reply.refused !== "stale-epoch") return undefined;
    }
    return undefined;
  }

  #kept(log: LogId): Pending | undefined {
    const record = this.#state.store.get("pending", log);
    return record === undefined ? undefined : decodeRecord(pendingRecord, record);
  }

  async #prepare(log: LogId): Promise<Pending | undefined> {
    const reply = await this.#connection.request({ t: "info", log });
    if (!reply.ok || reply.answer.t !== "group") return undefined;
    const { profile, time } = this.#state;
    const device = { credential: profile.credential, signatureSecret: profile.signature.secret };
    const group = { id: groupIdOf(log), groupInfo: reply.body, resync: true, now: time.now() };
    const joined = await joinExternally(this.#mls, device, group);
    if (!joined.ok) return undefined;
    const peer = otherPerson(log, joined.pending, profile.identity.public);
    if (peer === undefined || joined.pending.epoch !== reply.answer.epoch + 1) return undefined;
    if ((await vouchedFor(this.#state, this.#connection, peer)) !== "yes") return undefined;
    const pending = {
      v: 1 as const,
      log,
      id: this.#state.messageId(),
      epoch: reply.answer.epoch,
      commit: joined.commit,
      info: joined.groupInfo,
      group: saveGroup(joined.pending),
      ratchet: saveRatchet(joined.pending),
      ...peer,
    };
    this.#state.commit([{ put: "pending", key: log, value: encodeRecord(pending) }]);
    return pending;
  }

  /** The server has taken the commit: its state takes the place of whatever there was. */
  #settle(pending: Pending, seq: number): { name: string; fold: string } {
    const { conversations, outbox, profile } = this.#state;
    const { log, group, ratchet, name, fold, identity } = pending;
    const device = { credential: profile.credential, signatureSecret: profile.signature.secret };
    const loaded = load(this.#mls, device, { group, ratchet });
    if (!loaded.ok) throw new StoreFailure("corrupt");
    const held = { v: 1 as const, log, name, fold, identity, cursor: seq, mls: loaded.conversation };
    // Whether the others could read what was on its way, the part of the log that was skipped would have told.
    const again = takeBack(
      this.#state,
      outbox.toSendAgain(log, () => this.#state.messageId()),
    );
    this.#state.commit(
      [...conversations.adopt(held), { remove: "pending", key: log }, ...again.writes],
      [{ type: "missing", conversation: name }, ...again.events],
    );
    this.#connection.acknowledge(log, seq);
    return { name, fold };
  }
}

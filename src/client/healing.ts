// Coming back into a conversation whose state on this device cannot follow: lost, damaged, or older than the server
// knows. An external commit (RFC 9420 §12.4.3.2), written down before it is sent. Must not know why it is needed.

import type { LogId, MessageId } from "../domain/id.ts";
import { joinExternally } from "../mls/external.ts";
import { type Credential, samePerson } from "../mls/identity.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { saveGroup, saveRatchet } from "../mls/saved.ts";
import { members } from "../mls/state.ts";
import { StoreFailure, type VaultWrite } from "../ports.ts";
import { REFUSALS } from "../wire/refusal.ts";
import { encodeTold } from "../wire/told.ts";
import type { Connection } from "./connection.ts";
import { type Held, isGroup } from "./conversation-record.ts";
import type { ClientEvent, GroupNotice } from "./events.ts";
import { takeBack } from "./forsaken.ts";
import { isOneStep, rulesIn, takesAName } from "./group-rule.ts";
import { joiningOf, removeJoining } from "./joining-record.ts";
import { isBack } from "./leaving.ts";
import { noticeMessage } from "./notices.ts";
import { groupIdOf } from "./other-person.ts";
import { type Pending, requestOf, stateAfter } from "./pending.ts";
import { nextRenewal } from "./renewing.ts";
import type { ClientState } from "./state.ts";
import { isPinnedAs, judged, vouchedFor } from "./vouching.ts";

/** Tries in a row against others who commit at the same moment. */
const RACES = 8;
/** Comebacks of one log on one connection, and for how long one counts, ms: whatever is wrong, more do not cure it. */
const COMEBACKS = 3;
const COUNTS_FOR = 10 * 60_000;

/** Whoever was never in has none that would hold. */
const NO_STATEMENT = Uint8Array.of(0);

/** "known": this device's own state is lost or left behind. "doubt": it looks so by what others have sent. */
export type Why = "known" | "doubt";

export class Healing {
  readonly #state: ClientState;
  readonly #connection: Connection;
  readonly #mls: MlsProvider;
  readonly #tried = new Map<LogId, number[]>();

  constructor(state: ClientState, connection: Connection, mls: MlsProvider) {
    this.#state = state;
    this.#connection = connection;
    this.#mls = mls;
  }

  /**
   * Run inside the client's queue. Answers whom the conversation is with once this device is in it again; undefined
   * when it could not come back now: the next connection tries again.
   */
  async heal(log: LogId, why: Why = "known"): Promise<{ fold: string } | undefined> {
    const now = this.#state.clock.now();
    const tried = (this.#tried.get(log) ?? []).filter((at) => Math.abs(now - at) < COUNTS_FOR);
    if (tried.length >= COMEBACKS) return undefined;
    this.#tried.set(log, [...tried, now]);
    for (let race = 0; race < RACES; race++) {
      const pending = await this.#prepare(log, why);
      if (pending === undefined) return undefined;
      const reply = await this.#connection.request(...requestOf(pending));
      if (reply.ok && reply.answer.t === "accepted") return this.#settle(pending, reply.answer);
      // Unanswered: the same bytes again on the next connection. Anything else was not taken, and is void.
      if (reply.ok || reply.refused === "offline" || REFUSALS[reply.refused].again) return undefined;
      this.#state.commit([this.#state.pending.remove(log)]);
      if (reply.refused !== "stale-epoch") return undefined;
    }
    return undefined;
  }

  /** What was begun before; a change of a group's members, which a device made that has to come back now, is void. */
  #kept(log: LogId): Pending | undefined {
    const pending = this.#state.pending.get(log);
    return pending?.change === undefined ? pending : undefined;
  }

  async #prepare(log: LogId, why: Why): Promise<Pending | undefined> {
    const reply = await this.#connection.request({ t: "info", log });
    if (!reply.ok || reply.answer.t !== "group") return undefined;
    const kept = this.#kept(log);
    // Else the server has never taken it, and may have gone back behind what it was made of.
    if (kept !== undefined && reply.answer.epoch > kept.epoch) return kept;
    const { conversations, time, pending } = this.#state;
    const group = { id: groupIdOf(log), groupInfo: reply.body, resync: true, now: time.now() };
    const joined = await joinExternally(this.#mls, conversations.device(), group);
    const before = conversations.get(log);
    // The server was told more of somebody's commit than it does: this device can come in once the server lets it out.
    const isOut = !joined.ok && joined.refused === "no-such-member" && before === undefined;
    if (isOut) await this.#connection.request({ t: "leave", log }, NO_STATEMENT);
    if (!joined.ok) return undefined;
    const { epoch } = reply.answer;
    const held = conversations.joined(log, joined.pending, epoch + 1);
    if (held === undefined || !(await this.#isGenuine(held, before, joined.signer, why))) return undefined;
    const waiting: Pending = {
      v: 1,
      log,
      id: this.#state.messageId(),
      epoch,
      // Nobody comes and nobody goes by it.
      commit: isGroup(held) ? encodeTold({ added: [], removed: [] }, joined.commit) : joined.commit,
      info: joined.groupInfo,
      group: saveGroup(joined.pending),
      ratchet: saveRatchet(joined.pending),
    };
    this.#state.commit([pending.put(waiting, joined.pending)]);
    return waiting;
  }

  /**
   * Whether it is the conversation it was: of two people, in its first epochs by MLS as by the server; or a group, by the
   * word of somebody known to be in it. Who has made it seem that this device has to come back may have described another
   * group to it: then it is no more than what one commit of the describer's could have made of the one there was.
   */
  async #isGenuine(held: Held, before: Held | undefined, signer: Credential, why: Why): Promise<boolean> {
    const state = this.#state;
    if (!isGroup(held))
      return held.voided === undefined && (await vouchedFor(state, this.#connection, held)) === "yes";
    if (rulesIn(held.mls)?.closed !== false) return false;
    if (members(held.mls).length === 1 && !(await this.#isAlone(held.log))) return false;
    if (before === undefined) return (await judged(state, this.#connection, signer)) === "yes";
    // Nobody has become another person meanwhile.
    if (takesAName(credentialsOf(held), members(before.mls), [])) return false;
    const isKnown = members(before.mls).some(({ credential }) => samePerson(credential, signer));
    if (!isKnown && !isPinnedAs(state, signer)) {
      // Into an open group somebody may have come in the meantime whom this device has never met.
      if (rulesIn(before.mls)?.open !== true) return false;
      if ((await judged(state, this.#connection, signer)) !== "yes") return false;
    }
    return why === "known" || isOneStep(before.mls, held.mls, signer);
  }

  /** By the server too: that it was alone once a device has said itself, and any member may say it after it. */
  async #isAlone(log: LogId): Promise<boolean> {
    const reply = await this.#connection.request({ t: "cursors", log });
    if (!reply.ok || reply.answer.t !== "cursors") return false;
    return reply.answer.cursors.every(([device]) => device === this.#state.deviceId);
  }

  /** The server has taken the commit: its state takes the place of whatever there was. */
  #settle(
    waiting: Pending,
    { seq, time }: { readonly seq: number; readonly time: number },
  ): { fold: string } {
    const { conversations, outbox, pending } = this.#state;
    const { log, epoch } = waiting;
    const mls = stateAfter(this.#mls, conversations.device(), waiting);
    const joined = conversations.joined(log, mls, epoch + 1);
    if (joined === undefined) throw new StoreFailure("corrupt");
    const at = { cursor: seq, began: { seq, id: waiting.id } };
    const held: Held = isGroup(joined)
      ? { ...joined, ...at, renewAt: nextRenewal(this.#state) }
      : { ...joined, ...at };
    const asked = joiningOf(this.#state.store, log);
    // Whether the others could read what was on its way, the part of the log that was skipped would have told.
    const again = takeBack(
      this.#state,
      outbox.toSendAgain(log, () => this.#state.messageId()),
    );
    // It came in for the first time, and only the answer was lost: nothing is missing.
    const enters = waiting.enters === true;
    const missing = enters ? [] : [{ type: "missing" as const, conversation: held.name }];
    const notices = enters
      ? [{ kind: "joined" as const, names: [this.#state.profile.name] }]
      : comeAndGone(conversations.get(log), held);
    const lines = notices.map((notice) => this.#line(held, waiting.id, time, notice));
    this.#state.commit(
      [
        ...conversations.adopt(held),
        pending.remove(log),
        isBack(log),
        ...(asked === undefined ? [] : [removeJoining(asked.fold)]),
        ...lines.flatMap(({ writes }) => writes),
        ...again.writes,
      ],
      [...missing, ...lines.map(({ event }) => event), ...again.events],
    );
    this.#connection.acknowledge(log, seq);
    return { fold: held.fold };
  }

  #line(
    held: Held,
    id: MessageId,
    time: number,
    notice: GroupNotice,
  ): { writes: VaultWrite[]; event: ClientEvent } {
    const { timeline } = this.#state;
    const { message, writes } = timeline.add(noticeMessage(held.name, id, time, notice), held.fold);
    return { writes, event: { type: "message", message } };
  }
}

function credentialsOf({ mls }: Held): Credential[] {
  return members(mls).map(({ credential }) => credential);
}

/** Who is in a group that was not, and the other way round: what led to it was not read. */
function comeAndGone(before: Held | undefined, after: Held): GroupNotice[] {
  if (before === undefined || !isGroup(after)) return [];
  const namesIn = (these: Held, those: Held) => {
    const there = credentialsOf(those);
    const names = credentialsOf(these).flatMap((one) =>
      there.some((it) => samePerson(it, one)) ? [] : one.name,
    );
    return [...new Set(names)];
  };
  const [come, gone] = [namesIn(after, before), namesIn(before, after)];
  return [
    ...(gone.length === 0 ? [] : [{ kind: "left" as const, names: gone }]),
    ...(come.length === 0 ? [] : [{ kind: "joined" as const, names: come }]),
  ];
}

// Groups as a face asks for them: seen, made, joined, left and changed; what cannot be done now is kept and goes on by
// itself. Must not know how commits, Welcomes or links work.

import type { GroupRules } from "../domain/group-rules.ts";
import { NONCE_BYTES } from "../domain/group-log.ts";
import { encodeId, type LogId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import { roleField } from "../domain/role.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { REFUSALS } from "../wire/refusal.ts";
import { beginGroup } from "./beginnings.ts";
import type { Connection, Reply, Request } from "./connection.ts";
import { type HeldGroup, isGroup } from "./conversation-record.ts";
import type { Asked, Group, GroupChange, GroupMember, GroupOutcome, NewGroup } from "./events.ts";
import type { FailureReason } from "./failure-reason.ts";
import { membersOf, ownGroups, type ToldOfMember } from "./group-views.ts";
import { type Intent, putIntent } from "./intents.ts";
import { joiningNamed, removeJoining } from "./joining-record.ts";
import { wantToJoin } from "./joining.ts";
import { beginToLeave, ending, groupFold, out } from "./leaving.ts";
import { noticeMessage } from "./notices.ts";
import { nextRenewal } from "./renewing.ts";
import type { ClientState } from "./state.ts";

/** What of the connection, while there is one, is needed here. */
export interface GroupsOnline {
  readonly connection: Connection;
  join(fold: string): void;
  change(intent: Intent): void;
  tellLeaving(log: LogId): Promise<"done" | "later">;
  /** The server knows the group from now on. */
  founded(log: LogId): void;
}

/** How long is waited until it is answered that something is kept and goes on by itself, ms. */
const PATIENCE = 15_000;

type Ended = "done" | "waiting" | FailureReason;

export class Groups {
  readonly #state: ClientState;
  readonly #mls: MlsProvider;
  readonly #online: () => GroupsOnline | undefined;
  /** Who waits for what, by the group's folded name or an intent's key. */
  readonly #waiting = new Map<string, Set<(ended: Ended) => void>>();

  constructor(state: ClientState, mls: MlsProvider, online: () => GroupsOnline | undefined) {
    this.#state = state;
    this.#mls = mls;
    this.#online = online;
  }

  /** Something came to its end: a group was joined or cannot be, an intent was done or cannot be. */
  ended(what: string, ended: Ended): void {
    const waiting = this.#waiting.get(what);
    this.#waiting.delete(what);
    for (const resolve of waiting ?? []) resolve(ended);
  }

  async list(): Promise<Asked<readonly Group[]>> {
    const own = await this.#state.serial.run(() => ownGroups(this.#state));
    const found = new Map(own.map((group) => [groupFold(group.name) ?? group.name, group]));
    for (let after: string | undefined; ;) {
      const reply = await this.#ask({ t: "groups", ...(after === undefined ? {} : { after }) });
      if (!reply.ok || reply.answer.t !== "groups") break;
      for (const { name, size, open, announcement } of reply.answer.groups) {
        const fold = groupFold(name);
        // One's own are as one's own state says.
        if (fold === undefined || (found.has(fold) && found.get(fold)?.mine !== "joining")) continue;
        const mine = found.get(fold)?.mine ?? "no";
        found.set(fold, { name: `@${name}`, size, open, announcement, mine });
      }
      const next = reply.answer.after;
      if (next === undefined || next === after) break;
      after = next;
    }
    const value = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
    return { ok: true, value };
  }

  async members(name: string): Promise<Asked<readonly GroupMember[]>> {
    const online = await this.#onlineIn(name);
    const own = await this.#state.serial.run(() => {
      const held = this.#held(name);
      return held && membersOf(this.#state, held, online.ok ? online.value : undefined);
    });
    if (own !== undefined) return { ok: true, value: own };
    if (!online.ok) return online;
    const { profile, trust } = this.#state;
    const value = [...online.value].flatMap(([member, told]) => {
      const parsed = parseName(member);
      if (!parsed.ok) return [];
      const me = member === profile.name;
      return [{ name: member, me, admin: false, ...told, trust: trust.state(parsed.fold) }];
    });
    return { ok: true, value };
  }

  async create({ name, open, announcement, history }: NewGroup): Promise<Asked<GroupOutcome>> {
    const parsed = parseName(name);
    if (!parsed.ok) return { ok: false, reason: "name-invalid" };
    const { profile, conversations } = this.#state;
    const admins = [encodeId(profile.identity.public)];
    const given = { name: parsed.name, open, announcement, history, admins };
    const rules: GroupRules = { ...given, closed: false, barred: [] };
    const made = await this.#state.serial.run(async () => {
      if (conversations.groupNamed(`@${parsed.fold}`) !== undefined) return undefined;
      const nonce = this.#state.random(NONCE_BYTES);
      const begun = await conversations.begin(
        beginGroup(this.#state, this.#mls, nonce, rules, nextRenewal(this.#state)),
      );
      if (!begun.ok) throw new Error(`groups: one of its own was refused (${begun.refused})`);
      this.#state.commit(begun.writes);
      return begun.held.log;
    });
    if (made === undefined) return { ok: false, reason: "group-exists" };
    const online = this.#online();
    const ended = online === undefined ? "waiting" : await this.found(online, made, { asked: true });
    return outcome(ended, `@${parsed.name}`);
  }

  /** Has the server know a group that is only on this device yet. `asked`: somebody waits to hear what came of it. */
  async found(online: GroupsOnline, log: LogId, { asked }: { readonly asked: boolean }): Promise<Ended> {
    const { conversations, serial } = this.#state;
    const held = await serial.run(() => conversations.get(log));
    const isWanted = held !== undefined && isGroup(held) && held.leaving === undefined;
    const founding = isWanted ? held.founding : undefined;
    if (founding === undefined) return "done";
    const { nonce, rules, info, body } = founding;
    const reply = await online.connection.request({ t: "found", log, nonce, rules, info }, body);
    if (!reply.ok && reply.refused === "offline") return "waiting";
    if (!reply.ok && !asked && REFUSALS[reply.refused].again) return "waiting";
    return serial.run(() => {
      const present = conversations.get(log);
      if (present === undefined || !isGroup(present)) return "done";
      if (!reply.ok) {
        if (asked) {
          const { writes, events } = ending(this.#state, present);
          this.#state.commit(writes, events);
        } else out(this.#state, log, { kind: "out" });
        return reply.refused;
      }
      const notice = { kind: "joined" as const, names: [this.#state.profile.name] };
      const { messageId, time, timeline } = this.#lines();
      const line = timeline.add(noticeMessage(present.name, messageId(), time.now(), notice), present.fold);
      this.#state.commit(
        [...conversations.update(present, { created: true }), ...line.writes],
        [{ type: "message", message: line.message }],
      );
      online.founded(log);
      return "done";
    });
  }

  async join(name: string): Promise<Asked<GroupOutcome>> {
    const fold = groupFold(name);
    if (fold === undefined) return { ok: false, reason: "name-invalid" };
    const plain = name.startsWith("@") ? name.slice(1) : name;
    const waits = this.#wait(fold);
    const isIn = await this.#state.serial.run(async () => {
      const { conversations } = this.#state;
      if (conversations.groupNamed(fold) !== undefined) return true;
      await wantToJoin(this.#state, this.#mls, plain, fold);
      return false;
    });
    if (isIn) {
      this.ended(fold, "done");
      return { ok: false, reason: "already-in" };
    }
    const online = this.#online();
    if (online === undefined) this.ended(fold, "waiting");
    else online.join(fold);
    return outcome(await waits, `@${plain}`);
  }

  async leave(name: string): Promise<Asked<GroupOutcome>> {
    const { serial, store } = this.#state;
    const log = await serial.run(() => {
      const held = this.#held(name);
      const fold = groupFold(name) ?? "";
      if (held !== undefined) beginToLeave(this.#state, held);
      else if (joiningNamed(store, fold) !== undefined) this.#state.commit([removeJoining(fold)]);
      else return undefined;
      return held?.log ?? "asked";
    });
    if (log === undefined) return { ok: false, reason: "not-in-group" };
    const named = name.startsWith("@") ? name : `@${name}`;
    if (log === "asked") return outcome("done", named);
    const online = this.#online();
    const told = online === undefined ? "later" : await online.tellLeaving(log);
    return outcome(told === "done" ? "done" : "waiting", named);
  }

  async change(name: string, change: GroupChange): Promise<Asked<GroupOutcome>> {
    const intent = await this.#state.serial.run(() => {
      const held = this.#held(name);
      if (held === undefined) return undefined;
      const { time } = this.#state;
      const order = String(time.now()).padStart(16, "0");
      const kept = { key: `${held.log} ${order} ${this.#state.messageId()}`, log: held.log, change };
      this.#state.commit([putIntent(kept)]);
      return kept;
    });
    if (intent === undefined) return { ok: false, reason: "not-in-group" };
    const waits = this.#wait(intent.key);
    const online = this.#online();
    if (online === undefined) this.ended(intent.key, "waiting");
    else online.change(intent);
    return outcome(await waits, name.startsWith("@") ? name : `@${name}`);
  }

  #lines() {
    const { time, timeline } = this.#state;
    return { time, timeline, messageId: () => this.#state.messageId() };
  }

  #held(name: string): HeldGroup | undefined {
    const log = this.#state.conversations.groupNamed(groupFold(name) ?? "");
    const held = log === undefined ? undefined : this.#state.conversations.get(log);
    return held !== undefined && isGroup(held) ? held : undefined;
  }

  /** Who of a group is online and what they are, by the server's word: all its people, by their names. */
  async #onlineIn(name: string): Promise<Asked<ReadonlyMap<string, ToldOfMember>>> {
    const found = new Map<string, ToldOfMember>();
    const plain = name.startsWith("@") ? name.slice(1) : name;
    for (let after: string | undefined; ;) {
      const reply = await this.#ask({
        t: "members",
        name: plain,
        ...(after === undefined ? {} : { after }),
      });
      if (!reply.ok) return { ok: false, reason: reply.refused };
      if (reply.answer.t !== "members") return { ok: false, reason: "malformed" };
      for (const { name: who, online, role } of reply.answer.members)
        found.set(who, { online, ...roleField(role) });
      const next = reply.answer.after;
      if (next === undefined || next === after) return { ok: true, value: found };
      after = next;
    }
  }

  #ask(request: Request): Promise<Reply> {
    const online = this.#online();
    return online === undefined
      ? Promise.resolve({ ok: false, refused: "offline" })
      : online.connection.request(request);
  }

  #wait(what: string): Promise<Ended> {
    return new Promise((resolve) => {
      const cancel = this.#state.clock.after(PATIENCE, () => ended("waiting"));
      const waiting = this.#waiting.get(what) ?? new Set();
      const ended = (how: Ended) => {
        cancel();
        waiting.delete(ended);
        resolve(how);
      };
      this.#waiting.set(what, waiting.add(ended));
    });
  }
}

function outcome(ended: Ended, name: string): Asked<GroupOutcome> {
  return ended === "done" || ended === "waiting"
    ? { ok: true, value: { state: ended, name } }
    : { ok: false, reason: ended };
}

// What several wishes for a group come to as one commit: who is added and removed, and its new rules. Nothing is changed.
// Must not know how it is sent or what became of it.

import { type GroupRules, mayEnter } from "../domain/group-rules.ts";
import { encodeRules } from "../wire/rules.ts";
import type { DeviceId } from "../domain/id.ts";
import type { Intent } from "../mls/commit.ts";
import { leaverOf } from "../mls/leaving.ts";
import { members } from "../mls/state.ts";
import type { Member } from "../mls/tree.ts";
import { MAX_ADDED } from "../wire/limits.ts";
import type { HeldGroup } from "./conversation-record.ts";
import type { FailureReason } from "./failure-reason.ts";
import { fitting } from "./fitting.ts";
import { deviceOf, isAdminOf, personOf, rulesIn } from "./group-rule.ts";

/** A device to be added, by its KeyPackage. `person`: whose it is, as its credential says. */
export interface Newcomer {
  readonly device: DeviceId;
  readonly person: string;
  readonly body: Uint8Array;
}

export interface Wish {
  /** The intent that is done by it, where it is kept. */
  readonly intent?: string;
  /** For admins alone; else it is as good as not wished where the rules do not let this device do it. */
  readonly asAdmin: boolean;
  readonly add?: readonly Newcomer[];
  /** People, as they are among the members; answers why not when there is no such one. */
  readonly remove?: (present: readonly Member[]) => readonly Member[] | FailureReason;
  readonly statements?: readonly Uint8Array[];
  readonly rules?: (rules: GroupRules, present: readonly Member[]) => GroupRules | FailureReason;
  /** Only the own keys. */
  readonly renew?: boolean;
  readonly answered?: (outcome: "done" | FailureReason) => void;
}

export interface Proposal {
  readonly intent: Intent;
  readonly newcomers: readonly Newcomer[];
  /** There is something to commit. */
  readonly isWanted: boolean;
  readonly granted: readonly Wish[];
  readonly refused: readonly { readonly wish: Wish; readonly reason: FailureReason }[];
  /** What did not fit into one commit. */
  readonly left: readonly Wish[];
}

/** `me`: this device's user's identity key; `now` in ms. */
export function propose(held: HeldGroup, wishes: readonly Wish[], me: Uint8Array, now: number): Proposal {
  const present = members(held.mls);
  const before = rulesIn(held.mls);
  if (before === undefined) throw new Error("proposing: a group without rules");
  const isAdmin = isAdminOf(held.mls, me);
  let rules = before;
  const removed = new Set<number>();
  const newcomers = new Map<DeviceId, Newcomer>();
  const statements: Uint8Array[] = [];
  const granted: Wish[] = [];
  const refused: { wish: Wish; reason: FailureReason }[] = [];
  const left: Wish[] = [];
  const there = new Map(present.map(({ credential, leaf }) => [deviceOf(credential), leaf]));
  for (const wish of wishes) {
    const enters = (one: Newcomer) => isAdmin || mayEnter(before, one.person) === "yes";
    const kept = wish.intent !== undefined && !(wish.add ?? []).every(enters);
    const asksTooMuch = kept || (wish.asAdmin && !isAdmin);
    const reason = before.closed ? "group-closed" : asksTooMuch ? "admins-only" : undefined;
    const people = wish.remove?.(present) ?? [];
    const after = wish.rules?.(rules, present) ?? rules;
    if (reason !== undefined || typeof people === "string" || typeof after === "string") {
      const why = reason ?? (typeof people === "string" ? people : undefined);
      refused.push({ wish, reason: why ?? (typeof after === "string" ? after : "forbidden") });
      continue;
    }
    if (newcomers.size > 0 && newcomers.size + (wish.add?.length ?? 0) > MAX_ADDED) {
      left.push(wish);
      continue;
    }
    granted.push(wish);
    rules = after;
    for (const { leaf } of people) removed.add(leaf);
    for (const statement of wish.statements ?? []) {
      const leaver = leaverOf(held.mls, statement);
      if (leaver === undefined) continue;
      statements.push(statement);
      removed.add(leaver.leaf);
    }
    for (const newcomer of wish.add ?? []) {
      const leaf = there.get(newcomer.device);
      const comes = leaf === undefined || removed.has(leaf);
      if (comes && enters(newcomer)) newcomers.set(newcomer.device, newcomer);
    }
  }
  // Whoever commits cannot take out itself: that is for the others (RFC 9420 §12.2).
  for (const { leaf, credential } of present)
    if (personOf(credential) === Buffer.from(me).toString("base64url")) removed.delete(leaf);
  const others = {
    remove: [...removed],
    ...(rules === before ? {} : { rules: encodeRules(rules) }),
    statements,
    now,
  };
  const named = new Set(granted.flatMap(({ intent, add = [] }) => (intent === undefined ? [] : add)));
  const fit = fitting(held, others, [...newcomers.values()], (one) => named.has(one));
  const isWanted =
    fit.length > 0 || removed.size > 0 || rules !== before || granted.some(({ renew }) => renew);
  return {
    intent: { ...others, add: fit.map(({ body }) => body) },
    newcomers: fit,
    isWanted,
    granted,
    refused,
    left,
  };
}

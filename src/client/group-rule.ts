// What a commit may do to a group, by the group's own rules: the same answer on every member's device. Pure.
// Must not know how commits are made, sent or shown.

import { adminsAmong, type GroupRules, type IdentityId, mayEnter } from "../domain/group-rules.ts";
import { decodeRules } from "../wire/rules.ts";
import { type DeviceId, encodeId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import { type Change, membersOnly, type Rule } from "../mls/gate.ts";
import { type Credential, sameDevice, samePerson } from "../mls/identity.ts";
import { type Conversation, members, rulesOf } from "../mls/state.ts";
import type { Member } from "../mls/tree.ts";
import { MAX_MEMBERS } from "../wire/limits.ts";
import type { Told } from "../wire/told.ts";

/** What a commit comes to, whoever looks at it. Names are as in the credentials. */
export interface Effect {
  readonly added: readonly Credential[];
  readonly removed: readonly Credential[];
  readonly rules?: { readonly before: GroupRules; readonly after: GroupRules; readonly bytes: Uint8Array };
}

/** For direct conversations and for groups. */
export const conversationRule: Rule = (change, present, rules) => {
  if (rules === undefined) return change.rules === undefined && membersOnly(change, present, rules);
  const before = decodeRules(rules);
  if (before === undefined || before.closed) return false;
  const { committer, added, removed, external } = change;
  if (present.length + added.length - removed.length > MAX_MEMBERS) return false;
  if (takesAName(external ? [committer] : added, present, removed)) return false;
  if (external) {
    const known = present.some((member) => samePerson(member.credential, committer));
    return known || mayEnter(before, personOf(committer)) === "yes";
  }
  const isAdmin = adminsIn(before, present).includes(personOf(committer));
  if (change.rules !== undefined && (!isAdmin || decodeRules(change.rules.after) === undefined)) return false;
  const mayAdd = (one: Credential) => isAdmin || mayEnter(before, personOf(one)) === "yes";
  const mayRemove = (one: Credential) =>
    isAdmin || samePerson(one, committer) || change.leaving.some((leaver) => samePerson(leaver, one));
  return added.every(mayAdd) && removed.every(mayRemove);
};

/** Nobody comes in under the name of another member, or one that looks like it: they could not be told apart. */
export function takesAName(
  newcomers: readonly Credential[],
  present: readonly Member[],
  removed: readonly Credential[],
): boolean {
  if (newcomers.length === 0) return false;
  const stay = present.filter(({ credential }) => !removed.some((one) => sameDevice(one, credential)));
  const people = new Map(stay.map(({ credential }) => [appearance(credential), personOf(credential)]));
  return newcomers.some((one) => {
    const other = people.get(appearance(one));
    people.set(appearance(one), personOf(one));
    return other !== undefined && other !== personOf(one);
  });
}

const appearances = new WeakMap<Credential, string>();

/** What a name is told from others by. */
function appearance(credential: Credential): string {
  const known = appearances.get(credential);
  if (known !== undefined) return known;
  const parsed = parseName(credential.name);
  const found = parsed.ok ? parsed.skeleton : credential.name;
  appearances.set(credential, found);
  return found;
}

/** Whether a single commit of `by`, a member, may make of the one state the other. */
export function isOneStep(before: Conversation, after: Conversation, by: Credential): boolean {
  const [present, then] = [members(before), members(after)];
  const without = (these: readonly Member[], those: readonly Member[]) =>
    these
      .map(({ credential }) => credential)
      .filter((one) => !those.some((it) => sameDevice(it.credential, one)));
  const rules = { before: rulesOf(before), after: rulesOf(after) };
  if (rules.before === undefined || rules.after === undefined) return false;
  const isChanged = !equal(rules.before, rules.after);
  const change: Change = {
    committer: by,
    external: false,
    added: without(then, present),
    removed: without(present, then),
    ...(isChanged ? { rules: { before: rules.before, after: rules.after } } : {}),
    leaving: [],
  };
  return conversationRule(change, present, rules.before);
}

// Rules and members stay the same from one message to the next.
const knownAdmins = new WeakMap<readonly Member[], { rules: GroupRules; admins: readonly IdentityId[] }>();

/** The people who are admins, of a group with these rules and members. */
export function adminsIn(rules: GroupRules, present: readonly Member[]): readonly IdentityId[] {
  const known = knownAdmins.get(present);
  if (known?.rules === rules) return known.admins;
  const admins = adminsAmong(rules, [...new Set(present.map(({ credential }) => personOf(credential)))]);
  knownAdmins.set(present, { rules, admins });
  return admins;
}

/** The rules a group has now; undefined for a direct conversation, or for what no client of ours makes. */
export function rulesIn(conversation: Conversation): GroupRules | undefined {
  const bytes = rulesOf(conversation);
  return bytes === undefined ? undefined : decodeRules(bytes);
}

export function isAdminOf(conversation: Conversation, person: Uint8Array): boolean {
  const rules = rulesIn(conversation);
  return rules !== undefined && adminsIn(rules, members(conversation)).includes(encodeId(person));
}

/**
 * `present`: the members before the commit. `told`: of a commit from outside, whom the server takes for added. It takes
 * nobody for that who is in, so that a member among them is one who has left, and whom nobody could take out meanwhile.
 */
export function effectOf(change: Change, present: readonly Member[], told: readonly DeviceId[] = []): Effect {
  const devices = new Set(present.map(({ credential }) => deviceOf(credential)));
  for (const device of told) devices.delete(device);
  const enters = change.external && !devices.has(deviceOf(change.committer));
  const added = enters ? [change.committer] : change.added;
  const stays = new Set([...added, ...(change.external ? [change.committer] : [])].map(deviceOf));
  const removed = change.removed.filter((one) => !stays.has(deviceOf(one)));
  const before = change.rules && decodeRules(change.rules.before);
  const after = change.rules && decodeRules(change.rules.after);
  if (change.rules === undefined || before === undefined || after === undefined) return { added, removed };
  return { added, removed, rules: { before, after, bytes: change.rules.after } };
}

/** What the server has to be told of it. */
export function toldOf({ added, removed, rules }: Effect): Told {
  return {
    added: added.map(deviceOf),
    removed: removed.map(deviceOf),
    ...(rules === undefined ? {} : { rules: rules.bytes }),
  };
}

/** Whether the server was told just this. */
export function isTold(told: Told, effect: Effect): boolean {
  const expected = toldOf(effect);
  return (
    sameSet(told.added, expected.added) &&
    sameSet(told.removed, expected.removed) &&
    (told.rules === undefined) === (expected.rules === undefined) &&
    (told.rules === undefined || expected.rules === undefined || equal(told.rules, expected.rules))
  );
}

export function personOf({ identity }: Credential): IdentityId {
  return encodeId(identity);
}

export function deviceOf({ device }: Credential): DeviceId {
  return encodeId(device);
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const set = new Set(one);
  return one.length === other.length && set.size === one.length && other.every((each) => set.has(each));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

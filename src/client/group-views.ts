// This device's groups and who is in them, by its own state: what a face shows of them.
// Must not know the server or the link.

import { parseName } from "../domain/name.ts";
import { roleField } from "../domain/role.ts";
import { members } from "../mls/state.ts";
import type { Member } from "../mls/tree.ts";
import { type HeldGroup, isGroup } from "./conversation-record.ts";
import type { Group, GroupMember } from "./events.ts";
import { adminsIn, isAdminOf, personOf, rulesIn } from "./group-rule.ts";
import { joinings } from "./joining-record.ts";
import type { ClientState } from "./state.ts";
import { isPinned } from "./vouching.ts";

/** Run inside the client's queue. */
export function ownGroups({ conversations, profile, store }: ClientState): Group[] {
  const asked = joinings(store).map(({ name }): Group => ({
    name: `@${name}`,
    size: 0,
    open: true,
    announcement: false,
    mine: "joining",
  }));
  const own = conversations.groupLogs().flatMap((log): Group[] => {
    const held = conversations.get(log);
    const rules = held && rulesIn(held.mls);
    if (held === undefined || !isGroup(held) || rules === undefined || held.leaving !== undefined) return [];
    const people = new Set(members(held.mls).map(({ credential }) => personOf(credential)));
    const mine = isAdminOf(held.mls, profile.identity.public) ? "admin" : "member";
    const { open, announcement } = rules;
    return [{ name: held.name, size: people.size, open, announcement, mine }];
  });
  return [...asked, ...own];
}

/** What the server says of a member. */
export type ToldOfMember = Required<Pick<GroupMember, "online">> & Pick<GroupMember, "role">;

/** Each person once. `told`: by names, where the server has. */
export function membersOf(
  state: ClientState,
  held: HeldGroup,
  told: ReadonlyMap<string, ToldOfMember> | undefined,
): GroupMember[] {
  const present = members(held.mls);
  const rules = rulesIn(held.mls);
  const admins = rules === undefined ? [] : adminsIn(rules, present);
  const seen = new Set<string>();
  const found: GroupMember[] = [];
  for (const member of present) {
    const person = personOf(member.credential);
    if (seen.has(person)) continue;
    seen.add(person);
    found.push(shown(state, member, admins.includes(person), told));
  }
  return found;
}

function shown(
  state: ClientState,
  { credential }: Member,
  admin: boolean,
  told: ReadonlyMap<string, ToldOfMember> | undefined,
): GroupMember {
  const { name, identity } = credential;
  const { profile, trust } = state;
  const me = Buffer.compare(identity, profile.identity.public) === 0;
  const parsed = parseName(name);
  const fold = parsed.ok ? parsed.fold : "";
  const isOther = trust.pin(fold) !== undefined && !isPinned(state, { name, fold, identity });
  const { online, role } = told?.get(name) ?? {};
  const isOnline = me || online;
  return {
    name,
    me,
    admin,
    ...(isOnline === undefined ? {} : { online: isOnline }),
    ...roleField(role),
    trust: me ? "verified" : isOther || !parsed.ok ? "changed" : trust.state(fold),
  };
}

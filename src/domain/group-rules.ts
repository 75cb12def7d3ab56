// The rules of a group: what it is called, who may come in, write and change it; as they stand in its authenticated MLS
// context, and what they allow. Every client and the server decide by these alone. Must not know members' devices.

/** A person's identity key: 32 bytes, base64url. */
export type IdentityId = string;

export interface GroupRules {
  /** As shown, without the `@`: a name by the rules of names. */
  readonly name: string;
  /** Any member of the class may join; else members are added by an admin. */
  readonly open: boolean;
  /** Only admins write. */
  readonly announcement: boolean;
  /** It has ended: nobody writes, joins or changes it any more. */
  readonly closed: boolean;
  /** How many of the last messages are handed to whoever is added. */
  readonly history: number;
  readonly admins: readonly IdentityId[];
  /** Removed by an admin: they do not come back by themselves. */
  readonly barred: readonly IdentityId[];
}

/** Messages handed over at most, and unless said otherwise in an open group. */
export const MAX_HISTORY = 200;
export const HISTORY = 50;
export const MAX_ADMINS = 64;
/** Barred people at most; the first are forgotten for the last. */
export const MAX_BARRED = 128;
/** Bytes of rules at most. */
export const MAX_RULES = 16 * 1024;

/**
 * Who the admins are among the people in a group, given with the longest-standing first: those the rules name; when none
 * of them is left, the first of all, so that no group is without.
 */
export function adminsAmong(rules: GroupRules, people: readonly IdentityId[]): readonly IdentityId[] {
  const named = people.filter((person) => rules.admins.includes(person));
  return named.length > 0 ? named : people.slice(0, 1);
}

/** Whether somebody may join by themselves. */
export function mayEnter(
  rules: GroupRules,
  person: IdentityId,
): "yes" | "group-closed" | "invite-only" | "barred" {
  if (rules.closed) return "group-closed";
  if (rules.barred.includes(person)) return "barred";
  return rules.open ? "yes" : "invite-only";
}

/** Whether a member may write. `isAdmin` is asked where it matters alone: it is looked up among all members. */
export function mayWrite(rules: GroupRules, isAdmin: () => boolean): boolean {
  return !rules.closed && (!rules.announcement || isAdmin());
}

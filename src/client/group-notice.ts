// What has happened in a group, as it is kept and shown: from what a commit does to lines of the conversation.
// Must not know where they are kept, nor the words.

import * as v from "valibot";
import type { GroupRules } from "../domain/group-rules.ts";
import type { Change } from "../mls/gate.ts";
import { samePerson } from "../mls/identity.ts";
import type { Member } from "../mls/tree.ts";
import type { GroupNotice } from "./events.ts";
import { type Effect, personOf } from "./group-rule.ts";

const names = v.pipe(v.array(v.string()), v.readonly());

export const groupNotice = v.variant("kind", [
  v.object({ kind: v.picklist(["joined", "left", "impostor"]), names }),
  v.object({ kind: v.picklist(["added", "removed", "admin", "not-admin"]), names, by: v.string() }),
  v.object({ kind: v.literal("renamed"), by: v.string(), name: v.string() }),
  v.object({ kind: v.picklist(["closed", "attack"]), by: v.string() }),
  v.object({ kind: v.picklist(["announcement", "open"]), by: v.string(), on: v.boolean() }),
  v.object({ kind: v.literal("out") }),
]);

/** `present`: the members before the commit; `open`: whether people come in by themselves. */
export function noticesOf(
  change: Change,
  effect: Effect,
  present: readonly Member[],
  open: boolean,
): GroupNotice[] {
  const { committer, leaving } = change;
  const by = committer.name;
  const before = present.map(({ credential }) => credential);
  const gone = effect.removed.filter((one) => !effect.added.some((other) => samePerson(one, other)));
  const come = effect.added.filter((one) => !before.some((other) => samePerson(one, other)));
  const left = gone.filter((one) => leaving.some((leaver) => samePerson(leaver, one)));
  const removed = gone.filter((one) => !left.includes(one) && !samePerson(one, committer));
  const notices: GroupNotice[] = [];
  if (left.length > 0) notices.push({ kind: "left", names: namesOf(left) });
  if (removed.length > 0) notices.push({ kind: "removed", names: namesOf(removed), by });
  if (come.length > 0) {
    const byThemselves = open || change.external;
    notices.push(
      byThemselves ? { kind: "joined", names: namesOf(come) } : { kind: "added", names: namesOf(come), by },
    );
  }
  if (effect.rules === undefined) return notices;
  const nameOf = (person: string) => before.find((one) => personOf(one) === person)?.name;
  return [...notices, ...rulesNotices(effect.rules, by, nameOf)];
}

function rulesNotices(
  { before, after }: { readonly before: GroupRules; readonly after: GroupRules },
  by: string,
  nameOf: (person: string) => string | undefined,
): GroupNotice[] {
  const notices: GroupNotice[] = [];
  const people = (one: readonly string[], other: readonly string[]) =>
    one.filter((person) => !other.includes(person)).flatMap((person) => nameOf(person) ?? []);
  const admins = people(after.admins, before.admins);
  const notAdmins = people(before.admins, after.admins);
  if (before.name !== after.name) notices.push({ kind: "renamed", by, name: `@${before.name}` });
  if (admins.length > 0) notices.push({ kind: "admin", by, names: admins });
  if (notAdmins.length > 0) notices.push({ kind: "not-admin", by, names: notAdmins });
  if (before.announcement !== after.announcement)
    notices.push({ kind: "announcement", by, on: after.announcement });
  if (before.open !== after.open) notices.push({ kind: "open", by, on: after.open });
  if (after.closed && !before.closed) notices.push({ kind: "closed", by });
  return notices;
}

function namesOf(people: readonly { readonly name: string }[]): string[] {
  return [...new Set(people.map(({ name }) => name))];
}

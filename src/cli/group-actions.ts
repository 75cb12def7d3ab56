// What one may ask of a group, as commands and the chat both do: how it is asked, and what is said of how it came out.
// Must not know who asks, nor the command line.

import type {
  Asked,
  Face,
  GroupChange,
  GroupNotice,
  GroupOutcome,
  Message,
  NewGroup,
} from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import type { Said } from "./exit.ts";
import { foldGroup } from "./typed-names.ts";
import { groupNoticeText } from "./wording-groups.ts";

/** Names of groups are without the `@`. */
export type GroupAction =
  | { readonly act: "create"; readonly group: NewGroup }
  | { readonly act: "join" | "leave"; readonly name: string }
  | { readonly act: "change"; readonly name: string; readonly change: GroupChange };

export function perform(face: Face, action: GroupAction): Promise<Asked<GroupOutcome>> {
  switch (action.act) {
    case "create":
      return face.createGroup(action.group);
    case "join":
      return face.joinGroup(action.name);
    case "leave":
      return face.leaveGroup(action.name);
    case "change":
      return face.changeGroup(action.name, action.change);
  }
}

/** The group as it is called before, with the `@`. */
export function groupOf(action: GroupAction): string {
  return `@${action.act === "create" ? action.group.name : action.name}`;
}

/** The group as it is called when it is done, with the `@`. */
export function groupAfter(action: GroupAction): string {
  const renamed = action.act === "change" && action.change.change === "rename";
  return renamed ? `@${action.change.to}` : groupOf(action);
}

/** `group`: as it is called when it is done. */
export function doneText(action: GroupAction, group: string, me: string): string {
  return action.act === "create" ? `you created ${group}` : groupNoticeText(noticeOf(action, me), group, me);
}

/** It has not come about yet, and is kept. */
export function keptText(action: GroupAction): Said {
  return { line: notYet(action), hint: "it is kept and goes on by itself; nothing needs to be asked again" };
}

/** Whether what has happened is what was asked for. `me`: who asked. */
export function isDoneBy(action: GroupAction, { conversation, notice }: Message, me: string): boolean {
  const wanted = noticeOf(action, me);
  if (notice === undefined) return false;
  const names = [groupOf(action), groupAfter(action)].map(foldGroup);
  if (!names.includes(foldGroup(conversation))) return false;
  const isKind = notice.kind === wanted.kind || (wanted.kind === "joined" && notice.kind === "added");
  const about = "names" in notice ? notice.names : [];
  return isKind && ("names" in wanted ? wanted.names.every((name) => about.includes(name)) : true);
}

/** Whom a refusal is about: the person where the reason is one's person's, else the group. */
export function aboutWhom(action: GroupAction, reason: FailureReason | "offline"): string {
  const group = groupOf(action);
  if (action.act !== "change" || !OF_PEOPLE.has(reason)) return group;
  const { change } = action;
  if (change.change === "add") return change.names.length === 1 ? (change.names[0] ?? group) : group;
  return "name" in change ? change.name : group;
}

const OF_PEOPLE: ReadonlySet<FailureReason | "offline"> = new Set([
  "no-such-user",
  "no-key-package",
  "key-changed",
  "bad-key",
  "yourself",
] as const);

/** What everybody in the group is told when it is done. */
function noticeOf(action: GroupAction, me: string): GroupNotice {
  switch (action.act) {
    case "create":
    case "join":
      return { kind: "joined", names: [me] };
    case "leave":
      return { kind: "left", names: [me] };
    case "change":
      return changeNotice(action.change, groupOf(action), me);
  }
}

function changeNotice(change: GroupChange, group: string, by: string): GroupNotice {
  switch (change.change) {
    case "add":
      return { kind: "added", names: change.names, by };
    case "remove":
      return { kind: "removed", names: [change.name], by };
    case "rename":
      return { kind: "renamed", name: group, by };
    case "close":
      return { kind: "closed", by };
    case "admin":
    case "not-admin":
      return { kind: change.change, names: [change.name], by };
    case "announcement":
    case "open":
      return { kind: change.change, on: change.on, by };
  }
}

function notYet(action: GroupAction): string {
  const group = groupOf(action);
  switch (action.act) {
    case "create":
      return `${group} is not there yet`;
    case "join":
      return `you are not in ${group} yet`;
    case "leave":
      return `the server does not know yet that you left ${group}`;
    case "change":
      return `the change of ${group} is not done yet`;
  }
}

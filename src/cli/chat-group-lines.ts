// What the chat says of groups: which there are, who is in one, and how what was asked of one came out.
// Must not know the screen, nor when a line is shown.

import type { Asked, Group, GroupMember, GroupOutcome } from "../client/events.ts";
import { type Look, nameText, paint, shownName } from "./chat-lines.ts";
import { refusedLine, star, trustMark } from "./chat-notices.ts";
import { troubleOf } from "./chat-trouble.ts";
import { columns } from "./columns.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { aboutWhom, doneText, type GroupAction, keptText } from "./group-actions.ts";
import { groupCells } from "./wording-groups.ts";

/** `people`: group → who is in it, for those where that is known. */
export function groupsLines(
  look: Look,
  groups: readonly Group[],
  people: ReadonlyMap<string, string>,
): string[] {
  if (groups.length === 0) return [star(look, "there is no group yet; /create NAME makes one")];
  const rows = columns(groups.map((group) => [nameText(look, group.name), ...groupCells(group)]));
  const lines = groups.flatMap(({ name }, at) => {
    const who = people.get(name);
    return [`  ${rows[at] ?? ""}`, ...(who === undefined ? [] : [paint(look, "dim", `      ${who}`)])];
  });
  return [paint(look, "bold", `groups (${groups.length})`), ...lines];
}

/** `group`: with the `@`. */
export function membersLines(look: Look, group: string, members: readonly GroupMember[]): string[] {
  const rows = columns(
    members.map(({ name, admin, online, me, trust, role }) => [
      nameText(look, name),
      [admin ? "admin" : "", role ?? ""].filter((word) => word !== "").join(", "),
      online === undefined ? "" : online ? "here" : "away",
      me ? "you" : trustMark(look, name, trust),
    ]),
  );
  return [paint(look, "bold", `${shownName(group)} (${members.length})`), ...rows.map((row) => `  ${row}`)];
}

/**
 * How what was asked came out, and the exit code it means where the chat is a script's. `group`: as it is called when it
 * is done; `me`: who asked.
 */
export function outcomeLine(
  look: Look,
  action: GroupAction,
  asked: Asked<GroupOutcome>,
  { me, group }: { readonly me: string; readonly group: string },
): { readonly line: string; readonly code: ExitCode } {
  if (!asked.ok) {
    const whom = aboutWhom(action, asked.reason);
    const { line, hint, code } = troubleOf(asked.reason, whom);
    return { line: refusedLine(look, { line: `${shownName(whom)}: ${line}`, hint }), code };
  }
  if (asked.value.state === "done") return { line: star(look, doneText(action, group, me)), code: EXIT.done };
  return { line: refusedLine(look, keptText(action)), code: EXIT.waiting };
}

// `classchat groups`: the groups of the class, who is in them, and what one asks of them.
// Must not know how a group is kept.

import type { Asked, Face, Group, GroupChange, GroupMember } from "../client/events.ts";
import { HISTORY, MAX_HISTORY } from "../domain/group-rules.ts";
import { printable } from "../domain/text.ts";
import { columns } from "./columns.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { type FaceOptions, refusal, valueOf, withFace } from "./face-command.ts";
import { aboutWhom, doneText, type GroupAction, groupAfter, keptText } from "./group-actions.ts";
import { outcomeOf } from "./group-outcome.ts";
import { peopleOfGroups } from "./group-people.ts";
import { groupObject, memberObject } from "./output.ts";
import { groupName, personName } from "./typed-names.ts";
import { caughtUp } from "./waiting.ts";
import { offlineText } from "./wording.ts";
import { groupCells } from "./wording-groups.ts";

/** `timeout`: how long to wait for the server and its answer, s. */
export type GroupsOptions = FaceOptions & { readonly timeout?: number | undefined };

/** How long the server may take to answer, unless --timeout says so; s. */
const TIMEOUT = 15;

export async function listGroups(options: GroupsOptions): Promise<ExitCode> {
  return withFace(options, async (face, out) => {
    const groups = await reading(face, options, out.note, () => face.groups(), "");
    if (out.json) for (const group of groups) out.object(groupObject(group));
    else if (groups.length === 0) out.note("there is no group yet: classchat groups create NAME");
    else for (const line of groupLines(groups, await peopleOfGroups(face, groups))) out.print(line);
  });
}

export async function listMembers(name: string, options: GroupsOptions): Promise<ExitCode> {
  const wanted = groupName(name);
  const group = `@${wanted}`;
  return withFace(options, async (face, out) => {
    const members = await reading(face, options, out.note, () => face.members(wanted), group);
    if (out.json) for (const member of members) out.object(memberObject(group, member));
    else for (const line of memberLines(members)) out.print(line);
  });
}

export interface CreateOptions extends GroupsOptions {
  readonly private?: true | undefined;
  readonly announcement?: true | undefined;
  readonly history?: number | undefined;
}

export async function create(name: string, options: CreateOptions): Promise<ExitCode> {
  const open = options.private !== true;
  const announcement = options.announcement === true;
  const history = options.history ?? (open ? HISTORY : 0);
  if (history > MAX_HISTORY) {
    const line = `newcomers are handed ${MAX_HISTORY} messages at most`;
    throw new Failure(EXIT.usage, { line, hint: `--history 0 to ${MAX_HISTORY}` });
  }
  return act({ act: "create", group: { name: groupName(name), open, announcement, history } }, options);
}

export async function enter(what: "join" | "leave", name: string, options: GroupsOptions): Promise<ExitCode> {
  return act({ act: what, name: groupName(name) }, options);
}

/** `change`: with the names as they were typed. */
export async function change(name: string, change: GroupChange, options: GroupsOptions): Promise<ExitCode> {
  return act({ act: "change", name: groupName(name), change: checked(change) }, options);
}

async function act(action: GroupAction, options: GroupsOptions): Promise<ExitCode> {
  return withFace(options, async (face, out, me) => {
    const asked = await outcomeOf(face, action, me, options.timeout);
    if (!asked.ok) throw await refusal(face, asked.reason, aboutWhom(action, asked.reason));
    const { state } = asked.value;
    const name = groupAfter(action);
    if (out.json) out.object({ type: "done", name, state });
    if (state === "done") {
      if (!out.json) out.print(doneText(action, name, me));
      return;
    }
    const status = await face.status();
    const why = status.state === "offline" ? `: ${offlineText(status.cause).line}` : "";
    const { line, hint } = keptText(action);
    throw new Failure(EXIT.waiting, { line: `${line}${why}`, hint });
  });
}

/** What the server says; where it is away, what this device knows, with a word on that. */
async function reading<T>(
  face: Face,
  { timeout }: GroupsOptions,
  note: (line: string) => void,
  ask: () => Promise<Asked<readonly T[]>>,
  name: string,
): Promise<readonly T[]> {
  const ms = 1000 * (timeout ?? TIMEOUT);
  const status = await caughtUp(face, timeout === undefined ? 0 : ms, ms);
  const late = Promise.withResolvers<Asked<never>>();
  const timer = setTimeout(() => late.resolve({ ok: false, reason: "offline" }), ms);
  try {
    const found = await valueOf(face, Promise.race([ask(), late.promise]), name);
    if (status.state === "offline")
      note(`note: ${offlineText(status.cause).line}; this is what this device knows`);
    return found;
  } finally {
    clearTimeout(timer);
  }
}

function groupLines(groups: readonly Group[], people: ReadonlyMap<string, string>): string[] {
  const rows = columns(groups.map((group) => [shown(group.name), ...groupCells(group)]));
  return groups.flatMap(({ name }, at) => {
    const who = people.get(name);
    return [rows[at] ?? "", ...(who === undefined ? [] : [`    ${who}`])];
  });
}

function memberLines(members: readonly GroupMember[]): string[] {
  return columns(
    members.map(({ name, admin, online, me, trust, role }) => [
      shown(name),
      [admin ? "admin" : "", role ?? ""].filter((word) => word !== "").join(", "),
      online === undefined ? "" : online ? "online" : "offline",
      me ? "you" : trust === "unknown" ? "" : trust === "changed" ? "KEY CHANGED" : trust,
    ]),
  );
}

function shown(name: string): string {
  return printable(name, { lines: false });
}

function checked(change: GroupChange): GroupChange {
  switch (change.change) {
    case "add":
      return { change: "add", names: change.names.map(personName) };
    case "remove":
    case "admin":
    case "not-admin":
      return { change: change.change, name: personName(change.name) };
    case "rename":
      return { change: "rename", to: groupName(change.to) };
    case "close":
    case "announcement":
    case "open":
      return change;
  }
}

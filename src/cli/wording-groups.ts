// What is said of groups: what has happened in one, and what it is like.
// Must not know where it is shown; names are made safe to show here.

import type { Group, GroupNotice } from "../client/events.ts";
import { printable } from "../domain/text.ts";

/** People named in one notice. */
const MOST_NAMED = 2;

/** What has happened in the group `conversation`, in one line. `me`: who reads it. */
export function groupNoticeText(notice: GroupNotice, conversation: string, me: string): string {
  const group = shown(conversation);
  const who = (name: string) => (name === me ? "you" : shown(name));
  const people = (names: readonly string[]) => peopleText(names, MOST_NAMED, who);
  switch (notice.kind) {
    case "joined":
    case "left":
      return `${people(notice.names)} ${notice.kind} ${group}`;
    case "added":
      return `${who(notice.by)} added ${people(notice.names)} to ${group}`;
    case "removed":
      return `${who(notice.by)} removed ${people(notice.names)} from ${group}`;
    case "renamed":
      return `${who(notice.by)} renamed ${shown(notice.name)} to ${group}`;
    case "closed":
      return `${who(notice.by)} closed ${group}: nobody can write there any more`;
    case "admin":
      return `${who(notice.by)} made ${people(notice.names)} admin of ${group}`;
    case "not-admin":
      return `${who(notice.by)} made ${people(notice.names)} an ordinary member of ${group} again`;
    case "announcement":
      return notice.on
        ? `${who(notice.by)} made ${group} an announcement group: only admins write there`
        : `${who(notice.by)} let everybody write in ${group} again`;
    case "open":
      return notice.on
        ? `${who(notice.by)} opened ${group}: anybody in the class may join`
        : `${who(notice.by)} made ${group} private: its admins add people`;
    case "impostor": {
      const [is, key] = notice.names.length === 1 ? ["is", "another key"] : ["are", "other keys"];
      return `${people(notice.names)} ${is} in ${group} under ${key} than you know: it may be somebody else`;
    }
    case "out":
      return `the server says that you are no longer in ${group}; what led to it has not come`;
    case "attack": {
      const by = notice.by === "" ? "" : ` (${who(notice.by)})`;
      return `somebody${by} tried to change ${group} against its rules: it had no effect`;
    }
  }
}

/** Whether it must not be missed. */
export function isAlarming({ kind }: GroupNotice): boolean {
  return kind === "attack" || kind === "impostor" || kind === "out";
}

/** Whether it is what its reader did: who did it is told elsewhere. */
export function isOwnDoing(notice: GroupNotice, me: string): boolean {
  if (isAlarming(notice)) return false;
  return "by" in notice ? notice.by === me : "names" in notice && notice.names.every((name) => name === me);
}

/** `alice, bob and 3 others`: `most` are named, and one more rather than saying "1 other". */
export function peopleText(
  names: readonly string[],
  most = MOST_NAMED,
  who: (name: string) => string = shown,
): string {
  const named = names.slice(0, names.length > most + 1 ? most : most + 1).map(who);
  const others = names.length - named.length;
  const last = others > 0 ? `${others} others` : named.pop();
  if (last === undefined) return "nobody";
  return named.length === 0 ? last : `${named.join(", ")} and ${last}`;
}

/** A group's row in a list, after its name: how many are in it, what it is like, how its reader is in it. */
export function groupCells({ size, open, announcement, mine }: Group): string[] {
  const kind = `${open ? "open" : "private"}${announcement ? ", announcements" : ""}`;
  return [`${size} ${size === 1 ? "person" : "people"}`, kind, mineText(mine)];
}

function mineText(mine: Group["mine"]): string {
  switch (mine) {
    case "no":
      return "";
    case "joining":
      return "you are joining";
    case "member":
      return "you are in it";
    case "admin":
      return "you are an admin";
  }
}

function shown(name: string): string {
  return printable(name, { lines: false });
}

// How results leave a command: lines for people, one JSON object a line for programs. What others wrote is made safe
// to show for people; JSON carries it whole, escaped. Must not know how results come about.

import type { Group, GroupMember, Person, Verification } from "../client/events.ts";
import { roleField } from "../domain/role.ts";
import { printable } from "../domain/text.ts";

export interface Output {
  readonly json: boolean;
  /** A result, on standard output. */
  readonly print: (line: string) => void;
  /** One object a line, on standard output. */
  readonly object: (value: object) => void;
  /** A word to the person beside the results, on standard error. */
  readonly note: (line: string) => void;
}

export function output(json: boolean): Output {
  return {
    json,
    print: (line) => void process.stdout.write(`${line}\n`),
    object: (value) => void process.stdout.write(`${escaped(JSON.stringify(value))}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** JSON that does nothing to a terminal it is shown on: bidi, C1 and invisible characters as \u escapes. */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `1 message`, `2,000 messages`. */
export function counted(n: number, what: string): string {
  return `${numberText(n)} ${what}${n === 1 ? "" : "s"}`;
}

/** `2,000` */
export function numberText(n: number): string {
  return n.toLocaleString("en-GB");
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function personObject({ name, online, me, trust, role }: Person): object {
  return { type: "user", name, online, me, trust, ...roleField(role) };
}

export function groupObject({ name, size, open, announcement, mine }: Group): object {
  return { type: "group", name, size, open, announcement, mine };
}

/** `group`: with the `@`. */
export function memberObject(group: string, { name, admin, online, trust, me, role }: GroupMember): object {
  const here = online === undefined ? {} : { online };
  return { type: "member", group, name, admin, ...here, trust, me, ...roleField(role) };
}

export function verificationLines({ name, trust, safetyNumber, pinned, found }: Verification): string[] {
  const groups = safetyNumber.split(" ");
  const rows = [0, 4, 8].map((at) => `    ${groups.slice(at, at + 4).join(" ")}`);
  const changed = found === undefined ? [] : ["", `This key is NOT accepted:  ${found}`];
  return [
    `Safety number with ${printable(name, { lines: false })} (${trust}):`,
    ...rows,
    "",
    `Their key:  ${pinned}`,
    ...changed,
  ];
}

/** Date and time here, to the minute. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

// How results leave a command: lines for people, one JSON object a line for programs. What others wrote is made safe
// to show for people; JSON carries it whole, escaped. Must not know how results come about.

import type { FailureReason, Message, MessageState, Person, Verification } from "../client/events.ts";
import { printable } from "../domain/text.ts";
import { reasonText } from "./wording.ts";

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

export function messageObject(message: Message): object {
  const { id, conversation, sender, text, sentAt, queued, trusted } = message;
  const doubt = trusted ? {} : { trusted: false };
  return { type: "message", id, conversation, sender, text, sentAt: isoTime(sentAt), queued, ...doubt };
}

/** `2026-11-23 14:02 bob: text`, further lines of the text indented; marks what needs to be known. */
export function messageLine(message: Message): string {
  const { conversation, sender, text, sentAt, queued, trusted, own, state, delivered, of, reason } = message;
  const who = own
    ? `${printable(sender, { lines: false })} to ${printable(conversation, { lines: false })}`
    : printable(sender, { lines: false });
  const marks = [
    ...(trusted ? [] : ["KEY NOT ACCEPTED"]),
    ...(queued ? ["waited for you"] : []),
    ...(own && state !== undefined ? [stateText({ conversation, state, delivered, of, reason })] : []),
  ];
  const mark = marks.length === 0 ? "" : ` [${marks.join(", ")}]`;
  const lines = printable(text, { lines: true }).split("\n").join("\n    ");
  return `${localTime(sentAt)} ${who}${mark}: ${lines}`;
}

/** How far a message of one's own has come. */
export interface SentState {
  readonly conversation: string;
  readonly state: MessageState;
  readonly delivered?: number | undefined;
  readonly of?: number | undefined;
  readonly reason?: FailureReason | undefined;
}

/** The fields that say so in JSON. */
export function stateObject({ conversation, state, delivered = 0, of = 1, reason }: SentState): object {
  const said = reason === undefined ? undefined : reasonText(reason);
  return {
    state,
    delivered,
    of,
    ...(state === "accepted" ? { queuedFor: [conversation] } : {}),
    ...(said === undefined ? {} : { reason, problem: said.line, hint: hintText(said.hint, conversation) }),
  };
}

/** The same in words. */
export function stateText({ conversation, state, delivered = 0, of = 1, reason }: SentState): string {
  const name = printable(conversation, { lines: false });
  switch (state) {
    case "waiting":
      return "kept here, not on the server yet";
    case "accepted":
      return delivered > 0
        ? `delivered ${delivered} of ${of}, queued for ${name}`
        : `accepted, queued for ${name}`;
    case "delivered":
      return of > 1 ? `delivered ${delivered} of ${of}` : "delivered";
    case "failed": {
      if (reason === undefined) return "failed";
      const { line, hint } = reasonText(reason);
      return `failed: ${line}; ${hintText(hint, name)}`;
    }
  }
}

/** A hint names the person it is about. */
export function hintText(hint: string, name: string): string {
  return hint.replaceAll("NAME", name);
}

export function personObject({ name, online, me, trust }: Person): object {
  return { type: "user", name, online, me, trust };
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

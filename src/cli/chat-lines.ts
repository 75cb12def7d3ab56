// Messages as lines of text: who, when, what, how far it has come. All that others wrote is made safe to show here.
// Must not know the screen, nor when a line is shown.

import type { GroupNotice, Message } from "../client/events.ts";
import { parseName } from "../domain/name.ts";
import { printable } from "../domain/text.ts";
import { troubleOf } from "./chat-trouble.ts";
import type { ExitCode, Said } from "./exit.ts";
import { isGroup } from "./typed-names.ts";
import { fileText } from "./wording-files.ts";
import { groupNoticeText, isAlarming } from "./wording-groups.ts";
import { deletedText, firstWords, quotedText, reactionsText } from "./wording-remarks.ts";

export type Style = "dim" | "bold" | "good" | "alarm" | Hue;
export type Hue = (typeof HUES)[number];

/** How lines look. */
export interface Look {
  readonly color: boolean;
  /** Whether a text may go over several lines; else its line ends show as ⏎. */
  readonly lines: boolean;
}

/** Why something failed, what to do, and the exit code it means where the chat is a script's. */
export type Trouble = Said & { readonly code: ExitCode };

/** How far a message of one's own has come. `trouble`: why it failed. */
export interface Progress {
  readonly state: NonNullable<Message["state"]>;
  readonly delivered: number;
  readonly of: number;
  readonly read?: true;
  readonly trouble?: Trouble;
}

/** What was said about a message, and what it answers. */
export type Remarked = Pick<Message, "replyTo" | "reactions" | "edited" | "deleted">;

/** A message of one's own; without progress it has only just been typed. */
export interface OwnLine extends Remarked {
  readonly to: string;
  readonly text: string;
  readonly sentAt: number;
  readonly progress?: Progress;
}

const HUES = ["cyan", "green", "yellow", "magenta", "blue", "brightCyan"] as const;
/** SGR parameters (ECMA-48 §8.3.117). */
const SGR: Record<Style, string> = {
  dim: "2",
  bold: "1",
  good: "32",
  alarm: "1;31",
  cyan: "36",
  green: "32",
  yellow: "33",
  magenta: "35",
  blue: "94",
  brightCyan: "96",
};
const STYLES: ReadonlyMap<string, Style> = new Map(
  (["dim", "bold", "good", "alarm", "cyan", "green", "yellow", "magenta", "blue", "brightCyan"] as const).map(
    (style) => [SGR[style], style],
  ),
);
// oxlint-disable-next-line no-control-regex
const PAINTED = /\u001b\[([0-9;]+)m([^\u001b]*)\u001b\[0m/;
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
/** As wide as the time and the space before a name. */
const INDENT = " ".repeat(6);

export function paint(look: Look, style: Style, text: string): string {
  if (!look.color) return text;
  return text
    .split("\n")
    .map((line) => `\u001b[${SGR[style]}m${line}\u001b[0m`)
    .join("\n");
}

/** The pieces of a painted text, each with how it looks: for what draws on its own. */
export function unpainted(text: string): { readonly text: string; readonly style?: Style }[] {
  return text.split(PAINTED).flatMap((piece, at, pieces) => {
    // Plain text, SGR parameters and what they are for, by turns.
    if (at % 3 === 0) return piece === "" ? [] : [{ text: piece }];
    if (at % 3 === 1) return [];
    const style = STYLES.get(pieces[at - 1] ?? "");
    return [style === undefined ? { text: piece } : { text: piece, style }];
  });
}

/** A name as others see it, in this person's own colour, which is the same everywhere. */
export function nameText(look: Look, name: string): string {
  return paint(look, hueOf(name), shownName(name));
}

export function shownName(name: string): string {
  return printable(name, { lines: false });
}

/** The stable colour of a person. */
export function hueOf(name: string): Hue {
  const parsed = parseName(name);
  let hash = 0;
  for (const char of parsed.ok ? parsed.fold : name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return HUES[hash % HUES.length] ?? "cyan";
}

/** `14:02`, as the clock on the wall here shows it. */
export function clock(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `Monday 6 October 2025`: equal for two times exactly when they are on one day here. */
export function day(ms: number): string {
  const date = new Date(ms);
  return `${DAYS[date.getDay()]} ${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

export function dayLine(look: Look, ms: number): string {
  return paint(look, "dim", `—— ${day(ms)} ——`);
}

/**
 * A message from somebody else, or what has happened in a group. `waited`: it came while this person was away; `me`:
 * who reads it.
 */
export function incomingLines(look: Look, message: Message, waited: boolean, me: string): string {
  const { conversation, sender, text, sentAt, trusted, passedOnBy, notice, file } = message;
  if (notice !== undefined) return noticeLine(look, notice, conversation, me);
  const said = file === undefined ? bodyText(look, text) : `file ${fileText(file)}`;
  const body = remarkedText(look, said, message);
  const whom = passedOnBy === undefined ? "" : ` (passed on by ${shownName(passedOnBy)})`;
  if (!trusted) {
    const name = shownName(sender);
    const warning = `!! NOT from the key of ${name} that you know. Ask them in person, then: /verify ${name}`;
    const when = waited ? `sent ${sent(sentAt)}, while you were away` : clock(sentAt);
    const where = isGroup(conversation) ? `${shownName(conversation)} ` : "";
    const line = `!! ${where}${name} (${when})${whom}: ${body}`;
    return paint(look, "alarm", look.lines ? `${warning}\n${line}` : `${line} ${warning}`);
  }
  const where = isGroup(conversation) ? `${nameText(look, conversation)} ` : "";
  const name = `${where}${nameText(look, sender)}`;
  // What is passed on was written long before it came.
  if (whom !== "") return `${sent(sentAt)} ${name}${paint(look, "dim", whom)}: ${body}`;
  if (!waited) return `${clock(sentAt)} ${name}: ${body}`;
  return `${name} ${paint(look, "dim", `(sent ${sent(sentAt)}, while you were away)`)}: ${body}`;
}

/** What has happened in a group, in one line; loud where it must not be missed. */
export function noticeLine(look: Look, notice: GroupNotice, conversation: string, me: string): string {
  const text = groupNoticeText(notice, conversation, me);
  return isAlarming(notice) ? paint(look, "alarm", `!! ${text}`) : paint(look, "dim", `* ${text}`);
}

/** A message of one's own, with how far it has come and, where it failed, what to do. */
export function ownLines(look: Look, own: OwnLine): string {
  const { to, text, sentAt, progress } = own;
  const body = remarkedText(look, bodyText(look, text), { ...own, sender: "", own: true });
  const line = `${clock(sentAt)} to ${nameText(look, to)}: ${body}`;
  if (progress === undefined) return line;
  const { trouble } = progress;
  const mark = `${line}  ${progressMark(look, progress, to)}`;
  if (trouble === undefined) return mark;
  return look.lines ? `${mark}\n${INDENT}${trouble.hint}` : `${mark} (${trouble.hint})`;
}

/** News of a message whose own line can no longer be changed. */
export function progressLines(look: Look, { to, text, progress }: OwnLine & { progress: Progress }): string {
  const which = `${shownName(to)}: "${firstWords(text)}"`;
  const { state, trouble } = progress;
  switch (state) {
    case "waiting":
      return paint(look, "dim", `  ${waitingText(progress)}, for ${which}`);
    case "accepted":
      return paint(look, "dim", `  ${acceptedText(progress, to)} for ${which}`);
    case "delivered":
      return paint(look, "dim", `  ${deliveredText(progress, to)} to ${which}`);
    case "failed": {
      const failed = `  not sent to ${which}: ${trouble?.line ?? "it failed"}`;
      const hint =
        trouble === undefined ? "" : look.lines ? `\n${INDENT}${trouble.hint}` : ` (${trouble.hint})`;
      return `${paint(look, "alarm", failed)}${hint}`;
    }
  }
}

/** Lines of a conversation as it was, with a line wherever a new day begins. */
export function historyLines(look: Look, messages: readonly Message[], me: string): string[] {
  let last = "";
  return messages.flatMap((message) => {
    const today = day(message.sentAt);
    const isOwn = message.own && message.notice === undefined;
    const line = isOwn ? ownLines(look, asOwn(message)) : incomingLines(look, message, false, me);
    const lines = today === last ? [line] : [dayLine(look, message.sentAt), line];
    last = today;
    return lines;
  });
}

function asOwn(message: Message): OwnLine {
  const { conversation: to, state, delivered = 0, of = 1, reason, file } = message;
  const text = file === undefined ? message.text : `file ${fileText(file)}`;
  // That a file was told of is not that it is there: how far it is, it says itself.
  const isTold = file !== undefined && (state === "accepted" || state === "delivered");
  if (state === undefined || isTold) return { ...message, text, to };
  const trouble = reason === undefined ? {} : { trouble: troubleOf(reason, to) };
  const read = message.read === undefined ? {} : { read: message.read };
  return { ...message, text, to, progress: { state, delivered, of, ...read, ...trouble } };
}

/** A text with what it answers before it, and what became of it after it. */
function remarkedText(
  look: Look,
  body: string,
  { replyTo, reactions, edited, deleted, ...who }: Remarked & Pick<Message, "sender" | "own">,
): string {
  const quoted = replyTo === undefined ? "" : paint(look, "dim", `(to ${quotedText(replyTo)}) `);
  const now = deleted === true ? paint(look, "dim", deletedText(who)) : body;
  const after = edited === true ? ` ${paint(look, "dim", "(edited)")}` : "";
  const reacted = reactions === undefined ? "" : `  ${paint(look, "dim", `[${reactionsText(reactions)}]`)}`;
  return `${quoted}${now}${after}${reacted}`;
}

export function progressMark(look: Look, progress: Progress, to: string): string {
  const { state, trouble } = progress;
  switch (state) {
    case "waiting":
      return paint(look, "dim", `· ${waitingText(progress)}`);
    case "accepted":
      return paint(look, "dim", `· ${acceptedText(progress, to)}`);
    case "delivered":
      return paint(look, "good", deliveredText(progress, to));
    case "failed":
      return paint(look, "alarm", trouble === undefined ? "✗ not sent" : `✗ not sent: ${trouble.line}`);
  }
}

function waitingText({ trouble }: Progress): string {
  return `kept here, not on the server yet${trouble === undefined ? "" : ` (${trouble.line})`}`;
}

function acceptedText({ delivered, of }: Progress, to: string): string {
  if (!isGroup(to) && delivered === 0) return "accepted";
  return `delivered ${delivered} of ${of}, queued for ${of - delivered}`;
}

function deliveredText({ delivered, of, read }: Progress, to: string): string {
  if (read === true) return "✓✓ read";
  return of === 1 && !isGroup(to) ? "✓ delivered" : `✓ delivered ${delivered} of ${of}`;
}

function bodyText({ lines }: Look, text: string): string {
  // A tab is as wide as it pleases each terminal, and the rows of a line could not be counted.
  return printable(text, { lines }).replaceAll("\t", "    ").replaceAll("\n", `\n${INDENT}`);
}

/** `Mon 6 Oct 13:40`. */
function sent(ms: number): string {
  const [weekday = "", date = "", month = ""] = day(ms).split(" ");
  return `${weekday.slice(0, 3)} ${date} ${month.slice(0, 3)} ${clock(ms)}`;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}

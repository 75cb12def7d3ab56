// What the chat says beside messages: where one is, who comes and goes, whose key is whose, how commands are used.
// Each function answers the lines of one piece of news. Must not know the screen.

import type { Message, Person, Status, Trust, Verification } from "../client/events.ts";
import type { Change } from "../client/remark-view.ts";
import { helpRows, type Intent } from "./chat-commands.ts";
import { type Look, nameText, paint, shownName } from "./chat-lines.ts";
import { troubleOf } from "./chat-trouble.ts";
import type { Said } from "./exit.ts";
import { numberText } from "./output.ts";
import { isGroup } from "./typed-names.ts";
import { isOnline } from "./waiting.ts";
import { clockText } from "./wording-findings.ts";
import { changeText, readText, undoneText } from "./wording-remarks.ts";

/** People named in one line. */
const MOST_NAMED = 20;
/** Characters of a progress bar. */
const BAR = 20;

/** Said once the chat begins, whatever the connection. */
export function greetingLines(look: Look, me: string, status: Status): string[] {
  const where = isOnline(status) ? ` in ${shownName(status.className)}` : "";
  const still = status.state === "connecting" ? " Connecting…" : "";
  const who = `You are ${paint(look, "bold", shownName(me))}${where}.${still}`;
  if (!look.lines) return [who];
  return [who, paint(look, "dim", "/msg NAME TEXT writes to somebody, /help shows the rest, exit leaves.")];
}

/** `kept`: messages of one's own that are not on the server yet. */
export function keptLine(look: Look, kept: number): string {
  const [what, go] = kept === 1 ? ["message", "goes"] : ["messages", "go"];
  return star(
    look,
    `${kept} ${what} of yours ${kept === 1 ? "is" : "are"} kept here and ${go} out when the server is back`,
  );
}

/** The other person has read what was written to them. */
export function readLine(look: Look, conversation: string): string {
  return star(look, readText(conversation));
}

export function waitedLine(look: Look, waited: number): string {
  return star(look, `${waited} ${waited === 1 ? "message" : "messages"} waited for you:`);
}

/** Said once when the connection goes. `again`: ms until the next try; absent when there will be none. */
export function offlineLines(look: Look, { line, hint }: Said, again: number | undefined): string[] {
  const first = `* offline: ${line}`;
  if (again === undefined) return [paint(look, "alarm", first), `  ${hint}`];
  const seconds = Math.round(again / 1000);
  const trying = seconds === 0 ? "trying again" : `trying again in ${seconds} s`;
  return [paint(look, "dim", `${first}; ${trying}. What you write is kept here until then.`)];
}

export function onlineLine(look: Look, className: string, waiting: number): string {
  const waited = waiting === 0 ? "" : `; ${waiting} ${waiting === 1 ? "message" : "messages"} waited for you`;
  return star(look, `online in ${shownName(className)}${waited}`);
}

/** `catching up: 812 of 2,000 ████░░░░░░`, the bar where lines can be shown anew. */
export function catchingUpLine(look: Look, done: number, waiting: number): string {
  const text = `* catching up: ${numberText(done)} of ${numberText(waiting)}`;
  if (!look.lines) return text;
  const full = Math.floor((BAR * Math.min(done, waiting)) / Math.max(waiting, 1));
  return `${text} ${"█".repeat(full)}${"░".repeat(BAR - full)}`;
}

export function clockLine(look: Look, ahead: number): string {
  return refusedLine(look, clockText(ahead));
}

export function presenceLine(look: Look, name: string, online: boolean): string {
  return star(look, `${shownName(name)} ${online ? "is here" : "has left"}`);
}

/** Who else is here, in one line. */
export function hereLine(look: Look, names: readonly string[]): string {
  if (names.length === 0) return star(look, "nobody else is here now");
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more: /users` : "";
  return star(look, `here now: ${names.slice(0, MOST_NAMED).map(shownName).join(", ")}${more}`);
}

export function missingLine(look: Look, conversation: string): string {
  const name = shownName(conversation);
  const where = isGroup(conversation) ? name : `the conversation with ${name}`;
  return paint(look, "alarm", `* messages may be missing here, in ${where}`);
}

/** `pinned` and `found`: fingerprints of the known key and of the new one. */
export function keyChangedLines(
  look: Look,
  { name, pinned, found }: { name: string; pinned: string; found: string },
): string[] {
  const shown = shownName(name);
  return [
    `!! THE KEY OF ${shown} HAS CHANGED: known ${pinned || "none"}, now ${found}`,
    `!! A new machine, or somebody else. Ask in person, then type /trust ${shown} and /verify ${shown}`,
  ].map((line) => paint(look, "alarm", line));
}

/** Who is here with what is known of their keys, then who is away. */
export function peopleLines(look: Look, people: readonly Person[]): string[] {
  const here = people.filter(({ online, me }) => online || me);
  const away = people.filter(({ online, me }) => !online && !me);
  const width = Math.max(0, ...here.map(({ name }) => Bun.stringWidth(shownName(name))));
  const row = ({ name, me, trust, role }: Person) => {
    const gap = " ".repeat(width - Bun.stringWidth(shownName(name)) + 2);
    const marks = [role ?? "", me ? "you" : trustMark(look, name, trust)].filter((mark) => mark !== "");
    return `  ${nameText(look, name)}${gap}${marks.join(", ")}`.trimEnd();
  };
  const lines = [paint(look, "bold", `here (${here.length})`), ...here.map(row)];
  if (away.length > 0) {
    const named = away.map(({ name, trust, role }) => {
      const mark = trust === "pinned" || trust === "unknown" ? "" : trustMark(look, name, trust);
      const marks = [role ?? "", mark].filter((one) => one !== "");
      return marks.length === 0 ? shownName(name) : `${shownName(name)} (${marks.join(", ")})`;
    });
    lines.push(paint(look, "bold", `away (${away.length})`), `  ${named.join(", ")}`);
  }
  return lines;
}

/** What two people compare by eye or by voice, and what to do with it. */
export function verificationLines(
  look: Look,
  { name, trust, safetyNumber, pinned, found }: Verification,
): string[] {
  const shown = shownName(name);
  const groups = safetyNumber.split(" ");
  const rows = [0, 4, 8].map((at) => `    ${groups.slice(at, at + 4).join(" ")}`);
  const changed = found === undefined ? [] : [...keyChangedLines(look, { name, pinned, found })];
  const next =
    trust === "verified"
      ? `You have compared it with ${shown}.`
      : `Compare it with ${shown} in person or by voice. Equal on both sides: /verify ${shown} yes`;
  return [
    `Safety number with ${nameText(look, name)}:`,
    ...rows.map((row) => paint(look, "bold", row)),
    `Fingerprint of ${shown}: ${pinned}`,
    ...(found === undefined ? [next] : changed),
  ];
}

export function comparedLine(look: Look, { name }: Verification): string {
  return paint(look, "good", `* the key of ${shownName(name)} is marked as compared`);
}

export function trustedLine(look: Look, { name, pinned }: Verification): string {
  const shown = shownName(name);
  return star(look, `the new key of ${shown} is accepted: ${pinned}. Compare it: /verify ${shown}`);
}

export function helpLines(look: Look): string[] {
  const rows = helpRows();
  const width = Math.max(...rows.map(({ usage }) => usage.length));
  return [
    "What you type goes to the person or the group at the prompt. To write text that begins with / type //.",
    ...rows.map(({ usage, what }) => `  ${paint(look, "bold", usage.padEnd(width))}  ${what}`),
  ];
}

/** One line on what was typed and cannot be done. */
export function wrongLine(
  look: Look,
  wrong: Extract<Intent, { do: "unknown" | "usage" | "bad-name" }> | { do: "nobody" },
): string {
  const typed = (text: string) => [...shownName(text)].slice(0, 40).join("");
  switch (wrong.do) {
    case "unknown": {
      const meant = wrong.nearest === undefined ? "/help shows them all" : `did you mean ${wrong.nearest}?`;
      return star(look, `there is no command ${typed(wrong.command)}; ${meant}`);
    }
    case "usage":
      return star(look, `it is written ${wrong.usage}`);
    case "bad-name":
      return star(
        look,
        `"${typed(wrong.typed)}" cannot be a name: letters, digits, '.', '_' and '-', at most 32`,
      );
    case "nobody":
      return star(look, "to whom? /msg NAME begins a conversation, /users shows who is here");
  }
}

/** What has become of a message that stands there already. */
export function changeLine(look: Look, message: Message, change: Change): string {
  if (change.kind !== "undone") return star(look, changeText(message, change));
  const { line, hint } = troubleOf(change.reason, message.conversation);
  return paint(look, "alarm", `* ${undoneText(change.what)}: ${line} (${hint})`);
}

/** Something was refused: why, and what to do. */
export function refusedLine(look: Look, { line, hint }: Said): string {
  return star(look, `${line}: ${hint}`);
}

export function star(look: Look, text: string): string {
  return paint(look, "dim", `* ${text}`);
}

export function trustMark(look: Look, name: string, trust: Trust): string {
  switch (trust) {
    case "verified":
      return paint(look, "good", "key compared");
    case "pinned":
      return paint(look, "dim", "key known, not compared");
    case "unknown":
      return paint(look, "dim", "never met");
    case "changed":
      return paint(look, "alarm", `KEY CHANGED: /trust ${shownName(name)}`);
  }
}

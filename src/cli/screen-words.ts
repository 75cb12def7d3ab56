// All that the full-screen chat says, in the words of the chat in lines wherever it says the same.
// Must not know where on the screen it stands.

import type { Message, Status, Trust } from "../client/events.ts";
import { printable } from "../domain/text.ts";
import type { KeyTopic } from "../tui/key-table.ts";
import { isBlock, markedUp } from "../tui/markup.ts";
import type { Line } from "../tui/spans.ts";
import type { Words } from "../tui/words.ts";
import {
  clock,
  day,
  hueOf,
  type Look,
  noticeLine,
  progressMark,
  shownName,
  unpainted,
} from "./chat-lines.ts";
import { firstWords } from "./wording-remarks.ts";
import { catchingUpLine } from "./chat-notices.ts";
import { troubleOf } from "./chat-trouble.ts";
import { CHOSEN_HELP, chosenWords, composingText } from "./screen-chosen-words.ts";
import { commandHelp, commandsFor } from "./screen-command-words.ts";
import { numberText } from "./output.ts";
import { isGroup } from "./typed-names.ts";
import { offlineText } from "./wording.ts";
import { fileText } from "./wording-files.ts";
import { deletedText, quotedText, reactionsText } from "./wording-remarks.ts";

/** Painted, to be taken apart again: the screen has colours of its own. */
export const SCREEN_LOOK: Look = { color: true, lines: true };

const INDENT = " ".repeat(6);
const MOST_UNREAD_SHOWN = 99;

export function screenWords(me: string): Words {
  return {
    shown: shownName,
    day,
    message: (message, isOnline) => messageLines(message, me, isOnline),
    found: (message) => [
      { text: `${dayAndTime(message.sentAt)} `, style: "dim" },
      { text: `${whereFound(message)}: `, style: hueOf(message.conversation) },
      { text: printable(message.text, { lines: false }) },
    ],
    newMessages: "new",
    firstSteps: (isAlone) => [
      [
        {
          text: `Welcome, ${shownName(me)}. What you write here is encrypted from your device to theirs.`,
          style: "bold",
        },
      ],
      [
        {
          text: isAlone
            ? "Nobody else is here yet. To write to somebody by name: /msg NAME hello, then Enter."
            : "To write to somebody: Ctrl-K, a few letters of the name, Enter; then type and Enter.",
        },
      ],
      [
        {
          text: "For the whole class: /join NAME goes into a group, /create NAME makes one. F1 shows all keys, exit leaves.",
        },
      ],
    ],
    emptyRoom: (name) => [
      [
        {
          text: `Nothing was written here yet. Type a message to ${shownName(name)} and press Enter.`,
          style: "dim",
        },
      ],
    ],
    heading: (name, online, isWriting) => {
      if (name === "") return [{ text: "ClassChat", style: "bold" }];
      const there = online === undefined ? "" : online ? " · here" : " · away";
      const how = isWriting ? " · is writing…" : there;
      return [
        { text: shownName(name), style: "bold" },
        { text: how, style: online === true ? "good" : "dim" },
      ];
    },
    elsewhere: (unread, marked) => [
      {
        text: `${marked ? "! " : ""}${numberText(unread)} new elsewhere`,
        style: marked ? "mention" : "bold",
      },
    ],
    moreBelow: [{ text: "↓ more below: PgDn, or Ctrl-End for the newest", style: "dim" }],
    listHeading: "Conversations",
    othersHeading: "Also here",
    prompt: (name) => (name === "" ? "> " : `${shownName(name)}> `),
    connection: connectionText,
    who: (name, className, isShort) => [
      {
        text:
          className === undefined || isShort
            ? shownName(name)
            : `${shownName(name)} in ${shownName(className)}`,
      },
    ],
    safety: safetyText,
    help: {
      title: "Keys and commands",
      topics: TOPICS,
      chosen: "With a message chosen, by Alt-↑, Shift-Tab or two clicks:",
      deeds: CHOSEN_HELP,
      more: commandHelp(),
    },
    commands: commandsFor,
    chosen: chosenWords,
    composing: composingText,
    switcher: {
      title: "Go to:",
      none: "Nobody here is called so. /msg NAME writes to anybody in the class.",
    },
    search: {
      title: "Search:",
      none: "Nothing found.",
      goesOn: "Searching…",
      how: "Words that must all be in a message. ↑ ↓ and Enter go to where it was written; Esc closes.",
    },
    closes: "Esc closes",
    leaveAgain: [{ text: "Ctrl-C again or exit to leave", style: "dim" }],
    unreadMark: ({ unread }) => (unread > MOST_UNREAD_SHOWN ? `${MOST_UNREAD_SHOWN}+` : String(unread)),
  };
}

/** What the chat in lines says, as lines of the screen. */
export function screenLines(painted: readonly string[]): Line[] {
  return painted.flatMap((text) => text.split("\n")).map(unpainted);
}

function messageLines(message: Message, me: string, isOnline: boolean): readonly Line[] {
  const { conversation, sender, text, sentAt, trusted, passedOnBy, notice, own, file } = message;
  if (notice !== undefined) return screenLines([noticeLine(SCREEN_LOOK, notice, conversation, me)]);
  const name = shownName(sender);
  const said = file === undefined ? text : `file ${fileText(file)}`;
  const body = printable(said, { lines: true }).replaceAll("\t", "    ");
  if (!trusted) {
    const warning = `!! NOT from the key of ${name} that you know. Ask them in person, then: /verify ${name}`;
    const [first = "", ...rest] = body.split("\n");
    const lines = [warning, `!! ${name} (${clock(sentAt)}): ${first}`, ...rest.map((line) => INDENT + line)];
    return lines.map((text): Line => [{ text, style: "alarm" }]);
  }
  const { replyTo, reactions, edited, deleted } = message;
  const [first = [], ...more]: readonly Line[] =
    deleted === true ? [[{ text: deletedText(message), style: "dim" }]] : markedUp(body, me);
  const last: Line = edited === true ? [{ text: " (edited)", style: "dim" }] : [];
  const rest = more.map((line, at) => (at === more.length - 1 ? [...line, ...last] : line));
  const passedOn =
    passedOnBy === undefined
      ? []
      : [{ text: ` (passed on by ${shownName(passedOnBy)})`, style: "dim" as const }];
  const quote: Line[] =
    replyTo === undefined ? [] : [[{ text: `${INDENT}┌ ${quotedText(replyTo)}`, style: "dim" }]];
  const reacted: Line[] =
    reactions === undefined ? [] : [[{ text: INDENT + reactionsText(reactions), style: "dim" }]];
  const lines: Line[] = [
    ...quote,
    [
      { text: `${clock(sentAt)} `, style: "dim" },
      { text: name, style: own ? "bold" : hueOf(sender) },
      ...passedOn,
      { text: ": " },
      ...first,
      ...(more.length === 0 ? last : []),
    ],
    ...rest.map((line): Line => [{ text: INDENT }, ...line]),
  ];
  return [...(own ? withProgress(lines, message, isOnline) : lines), ...reacted];
}

/** How far it has come after its last line; why it failed, and what to do, below. */
function withProgress(lines: readonly Line[], message: Message, isOnline: boolean): readonly Line[] {
  const { conversation: to, state, delivered = 0, of = 1, reason, file, read } = message;
  // That a file was told of is not that it is there: how far it is, it says itself.
  if (file !== undefined && state !== "waiting" && state !== "failed") return lines;
  // While there is a server, what has just left need not be said to wait.
  if (state === undefined || (state === "waiting" && isOnline && reason === undefined)) return lines;
  const trouble = reason === undefined ? undefined : troubleOf(reason, to);
  const more = { ...(read === undefined ? {} : { read }), ...(trouble === undefined ? {} : { trouble }) };
  const progress = { state, delivered, of, ...more };
  const mark = unpainted(progressMark(SCREEN_LOOK, progress, to)).map((span) => ({ ...span, whole: true }));
  const last = lines.at(-1) ?? [];
  const hint: Line[] = state === "failed" && trouble !== undefined ? [[{ text: INDENT + trouble.hint }]] : [];
  if (isBlock(last)) return [...lines, [{ text: INDENT }, ...mark], ...hint];
  return [...lines.slice(0, -1), [...last, { text: "  " }, ...mark], ...hint];
}

function connectionText(status: Status, isShort: boolean): Line {
  switch (status.state) {
    case "connecting":
      return [{ text: "connecting…" }];
    case "online":
      return [{ text: "online" }];
    case "catching-up": {
      if (isShort) return [{ text: `${numberText(status.done)}/${numberText(status.waiting)}` }];
      return [
        {
          text: catchingUpLine({ color: false, lines: true }, status.done, status.waiting).replace(
            /^\* /,
            "",
          ),
        },
      ];
    }
    case "offline": {
      if (isShort) return [{ text: "OFFLINE" }];
      const { line } = offlineText(status.cause);
      return [{ text: `OFFLINE: ${line}${status.again === undefined ? "" : "; what you write is kept"}` }];
    }
  }
}

function safetyText(conversation: string, trust: Trust | undefined, isShort: boolean): Line {
  if (isGroup(conversation)) return [{ text: isShort ? "encrypted" : "encrypted, members alone can read" }];
  const name = shownName(conversation);
  switch (trust) {
    case "changed":
      return [
        {
          text: isShort ? `KEY CHANGED: /trust` : `KEY CHANGED, nothing is sent: /trust ${name}`,
          style: "alarm",
        },
      ];
    case "verified":
      return [{ text: isShort ? "encrypted ✓" : `encrypted, key of ${name} compared ✓` }];
    case "pinned":
      return [{ text: isShort ? "encrypted" : `encrypted, key not compared yet: /verify ${name}` }];
    case "unknown":
    case undefined:
      return [{ text: "encrypted" }];
  }
}

const TOPICS: Record<KeyTopic, string> = {
  send: "send what is typed",
  "new-line": "a new line in it; so does Ctrl-J",
  complete: "complete a command or a name",
  "older-line": "what you typed before",
  scroll: "through all that was said; so does the wheel",
  ends: "back to the newest; Esc too",
  switcher: "go to somebody: type a few letters",
  pick: "go to the first … ninth of the list",
  "next-unread": "go to the next that has something new",
  search: "search everything that was said",
  words: "to the beginning, the end; Alt-B, Alt-F by words",
  "choose-message": "choose a message to reply, react, edit",
  erase: "erase a word, the line; Ctrl-K all behind the cursor",
  help: "this help; ? on an empty line",
  suspend: "put aside until fg (not on Windows)",
  leave: "leave; so do Ctrl-D and exit",
};

function dayAndTime(ms: number): string {
  const [weekday = "", date = "", month = ""] = day(ms).split(" ");
  return `${weekday.slice(0, 3)} ${date} ${month.slice(0, 3)} ${clock(ms)}`;
}

function whereFound({ conversation, sender, own }: Message): string {
  if (!isGroup(conversation)) return own ? `you to ${shownName(conversation)}` : shownName(sender);
  return `${shownName(conversation)} ${own ? "you" : shownName(sender)}`;
}

/** What is printed once the screen is gone. `isCertain`: else it may have been kept all the same. */
export function lastWords(to: string, text: string, isCertain = true): string {
  const what = isCertain ? "NOT kept and not sent" : "perhaps not kept and not sent";
  return `${what} to ${shownName(to)}: "${firstWords(text)}"`;
}

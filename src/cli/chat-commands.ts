// What was typed in the chat: a line of text → what is meant by it, and the table that also makes /help.
// Must not know the client, the screen, or who is there.

import { type FileIntent, fileCommands } from "./chat-file-commands.ts";
import { groupCommands, type GroupIntent } from "./chat-group-commands.ts";
import { nearest } from "./chat-nearest.ts";
import { remarkCommands, type RemarkIntent } from "./chat-remark-commands.ts";
import { type BadName, type Command, firstWord, withConversation, withPerson } from "./chat-words.ts";

export type Intent =
  | { readonly do: "nothing" }
  | { readonly do: "help" }
  | { readonly do: "users" }
  | { readonly do: "quit" }
  | GroupIntent
  | FileIntent
  | RemarkIntent
  | BadName
  /** To the person or the group one is talking to. */
  | { readonly do: "say"; readonly text: string }
  /** `to`: a person, or `@` and a group. */
  | { readonly do: "write"; readonly to: string; readonly text: string }
  | { readonly do: "switch"; readonly to: string }
  /** Without a name: whom one is talking to, or everything. */
  | { readonly do: "history"; readonly name: string | undefined; readonly limit: number }
  | { readonly do: "search"; readonly words: string }
  | { readonly do: "verify"; readonly name: string | undefined; readonly compared: boolean }
  | { readonly do: "trust"; readonly name: string | undefined }
  | { readonly do: "usage"; readonly usage: string }
  | { readonly do: "unknown"; readonly command: string; readonly nearest: string | undefined };

const HISTORY_LINES = 20;
const MOST_HISTORY_LINES = 1000;

const commands: ReadonlyMap<string, Command<Intent>> = new Map<string, Command<Intent>>([
  [
    "msg",
    {
      usage: "/msg NAME|@GROUP [TEXT]",
      what: "write to somebody or to a group, and go on there; so does @GROUP [TEXT]",
      words: ["either"],
      parse: message,
    },
  ],
  ["users", command("/users", "who is here, and whose keys were compared", { do: "users" })],
  ...groupCommands,
  ...remarkCommands,
  ...fileCommands,
  [
    "history",
    {
      usage: "/history [NAME|@GROUP] [COUNT]",
      what: "the last messages with this person, or in this group",
      words: ["either"],
      parse: (rest) => {
        const [first, second] = rest.trim().split(/\s+/);
        if (first === undefined || first === "") return history(undefined, HISTORY_LINES);
        if (second === undefined && /^[0-9]+$/.test(first)) return history(undefined, Number(first));
        if (second !== undefined && !/^[0-9]+$/.test(second)) return undefined;
        return withConversation(first, (name) => history(name, Number(second ?? HISTORY_LINES)));
      },
    },
  ],
  [
    "search",
    {
      usage: "/search WORDS",
      what: "messages with all these words in them",
      words: [],
      parse: (rest) => (rest.trim() === "" ? undefined : { do: "search", words: rest.trim() }),
    },
  ],
  [
    "verify",
    {
      usage: "/verify [NAME [yes]]",
      what: "the safety number to compare with this person; yes: it was equal",
      words: ["person"],
      parse: (rest) => {
        const [typed, more] = firstWord(rest);
        const yes = more.trim().toLowerCase();
        if (typed === "") return { do: "verify", name: undefined, compared: false };
        if (yes !== "" && yes !== "yes") return undefined;
        return withPerson(typed, (name) => ({ do: "verify", name, compared: yes === "yes" }));
      },
    },
  ],
  [
    "trust",
    {
      usage: "/trust [NAME]",
      what: "accept this person's changed key",
      words: ["person"],
      parse: (rest) => {
        const [typed, more] = firstWord(rest);
        if (more.trim() !== "") return undefined;
        return typed === ""
          ? { do: "trust", name: undefined }
          : withPerson(typed, (name) => ({ do: "trust", name }));
      },
    },
  ],
  ["help", command("/help", "this list", { do: "help" })],
  ["quit", command("/quit", "leave; so do exit, /exit and Ctrl-D", { do: "quit" })],
  ["exit", command("/exit", "", { do: "quit" })],
]);

/**
 * What somebody means by a line. A leading `//`, or a space before `/`, `@` or `exit`, makes it plain text. `present`:
 * the group one is writing to, if it is one, without the `@`.
 */
export function parseLine(line: string, present?: string): Intent {
  if (line.trim() === "") return { do: "nothing" };
  if (line.trimEnd() === "exit") return { do: "quit" };
  if (line.startsWith("@")) return message(line) ?? { do: "bad-name", typed: "@" };
  if (line.startsWith("//") || /^ (?:[/@]|exit\s*$)/.test(line)) return { do: "say", text: line.slice(1) };
  if (!line.startsWith("/")) return { do: "say", text: line };
  const [typed, rest] = firstWord(line.slice(1));
  const found = commands.get(typed.toLowerCase());
  if (found !== undefined) return found.parse(rest, present) ?? { do: "usage", usage: found.usage };
  const meant = nearest(typed, [...commands.keys()]);
  return { do: "unknown", command: `/${typed}`, nearest: meant === undefined ? undefined : `/${meant}` };
}

/** The rows of /help: how a command is written, and what it does. */
export function helpRows(): readonly { readonly usage: string; readonly what: string }[] {
  return [...commands.values()].filter(({ what }) => what !== "");
}

/** What the word being typed may become, and this word: for the Tab key. `groups`: with the `@`. */
export function complete(
  line: string,
  people: readonly string[],
  groups: readonly string[],
): [string[], string] {
  if (/^@\S*$/.test(line)) return [beginning(line, groups), line];
  const command = /^\/\S*$/.exec(line)?.[0];
  if (command !== undefined) {
    const hits = helpRows().map(({ usage }) => `${firstWord(usage)[0]} `);
    return [hits.filter((hit) => hit.startsWith(command.toLowerCase())), command];
  }
  const [, name = "", before = "", start = ""] = /^\/(\S+)\s+(.*?)(\S*)$/.exec(line) ?? [];
  const found = commands.get(name.toLowerCase());
  const at = before.split(/\s+/).length - 1;
  const word = found?.words[at] ?? (found?.more === true ? found.words.at(-1) : undefined);
  if (word === undefined) return [[], line];
  const known = { person: people, group: groups, either: [...people, ...groups] }[word];
  return [beginning(start, known), start];
}

/** Those that begin with what is typed, in any case, of groups also without the `@`. */
function beginning(typed: string, names: readonly string[]): string[] {
  const begins = typed.normalize("NFKC").toLowerCase();
  return names
    .filter((name) => [name, name.replace(/^@/, "")].some((one) => one.toLowerCase().startsWith(begins)))
    .map((name) => `${name} `);
}

/** `bob text`, or `@group text`; without a text, whom one is talking to from then on. */
function message(rest: string): Intent | undefined {
  const [called, text] = firstWord(rest);
  // As one calls somebody: no name ends with these.
  const typed = called.replace(/[,:;]+$/, "");
  if (typed === "") return undefined;
  return withConversation(typed, (to): Intent =>
    text.trim() === "" ? { do: "switch", to } : { do: "write", to, text },
  );
}

/** A command that takes nothing after it. */
function command(usage: string, what: string, intent: Intent): Command<Intent> {
  return { usage, what, words: [], parse: (rest) => (rest.trim() === "" ? intent : undefined) };
}

function history(name: string | undefined, count: number): Intent {
  return { do: "history", name, limit: Math.min(Math.max(count, 1), MOST_HISTORY_LINES) };
}

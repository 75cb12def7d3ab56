// What was typed in the chat: a line of text → what is meant by it, and the table that also makes /help.
// Must not know the client, the screen, or who is there.

import { parseName } from "../domain/name.ts";

export type Intent =
  | { readonly do: "nothing" }
  | { readonly do: "help" }
  | { readonly do: "users" }
  | { readonly do: "quit" }
  /** Something for a group was typed. */
  | { readonly do: "groups" }
  /** To the person one is talking to. */
  | { readonly do: "say"; readonly text: string }
  | { readonly do: "write"; readonly to: string; readonly text: string }
  | { readonly do: "switch"; readonly to: string }
  /** Without a name: the person one is talking to, or everyone. */
  | { readonly do: "history"; readonly name: string | undefined; readonly limit: number }
  | { readonly do: "search"; readonly words: string }
  | { readonly do: "verify"; readonly name: string | undefined; readonly compared: boolean }
  | { readonly do: "trust"; readonly name: string | undefined }
  | { readonly do: "bad-name"; readonly typed: string }
  | { readonly do: "usage"; readonly usage: string }
  | { readonly do: "unknown"; readonly command: string; readonly nearest: string | undefined };

interface Command {
  readonly usage: string;
  readonly what: string;
  /** Whether its first word is a person. */
  readonly named: boolean;
  readonly parse: (rest: string) => Intent | undefined;
}

const HISTORY_LINES = 20;
const MOST_HISTORY_LINES = 1000;

const commands: ReadonlyMap<string, Command> = new Map([
  [
    "msg",
    {
      usage: "/msg NAME [TEXT]",
      what: "write to somebody, and go on with this person",
      named: true,
      parse: (rest: string): Intent | undefined => {
        const [typed, text] = firstWord(rest);
        if (typed === "") return undefined;
        if (typed.startsWith("@")) return { do: "groups" };
        return withName(typed, (to) =>
          text.trim() === "" ? { do: "switch", to } : { do: "write", to, text },
        );
      },
    },
  ],
  ["users", command("/users", "who is here, and whose keys were compared", { do: "users" })],
  [
    "history",
    {
      usage: "/history [NAME] [COUNT]",
      what: "the last messages with this person",
      named: true,
      parse: (rest: string): Intent | undefined => {
        const [first, second] = rest.trim().split(/\s+/);
        if (first === undefined || first === "") return history(undefined, HISTORY_LINES);
        if (second === undefined && /^[0-9]+$/.test(first)) return history(undefined, Number(first));
        if (second !== undefined && !/^[0-9]+$/.test(second)) return undefined;
        return withName(first, (name) => history(name, Number(second ?? HISTORY_LINES)));
      },
    },
  ],
  [
    "search",
    {
      usage: "/search WORDS",
      what: "messages with all these words in them",
      named: false,
      parse: (rest: string): Intent | undefined =>
        rest.trim() === "" ? undefined : { do: "search", words: rest.trim() },
    },
  ],
  [
    "verify",
    {
      usage: "/verify [NAME [yes]]",
      what: "the safety number to compare with this person; yes: it was equal",
      named: true,
      parse: (rest: string): Intent | undefined => {
        const [typed, more] = firstWord(rest);
        const yes = more.trim().toLowerCase();
        if (typed === "") return { do: "verify", name: undefined, compared: false };
        if (yes !== "" && yes !== "yes") return undefined;
        return withName(typed, (name) => ({ do: "verify", name, compared: yes === "yes" }));
      },
    },
  ],
  [
    "trust",
    {
      usage: "/trust [NAME]",
      what: "accept this person's changed key",
      named: true,
      parse: (rest: string): Intent | undefined => {
        const [typed, more] = firstWord(rest);
        if (more.trim() !== "") return undefined;
        return typed === ""
          ? { do: "trust", name: undefined }
          : withName(typed, (name) => ({ do: "trust", name }));
      },
    },
  ],
  ["help", command("/help", "this list", { do: "help" })],
  ["quit", command("/quit", "leave; so do exit, /exit and Ctrl-D", { do: "quit" })],
  ["exit", command("/exit", "", { do: "quit" })],
]);

/** What somebody means by a line. A leading `//`, or a space before `/`, `@` or `exit`, makes it plain text. */
export function parseLine(line: string): Intent {
  if (line.trim() === "") return { do: "nothing" };
  if (line.trimEnd() === "exit") return { do: "quit" };
  if (line.startsWith("@")) return { do: "groups" };
  if (line.startsWith("//") || /^ (?:[/@]|exit\s*$)/.test(line)) return { do: "say", text: line.slice(1) };
  if (!line.startsWith("/")) return { do: "say", text: line };
  const [typed, rest] = firstWord(line.slice(1));
  const found = commands.get(typed.toLowerCase());
  if (found === undefined) return { do: "unknown", command: `/${typed}`, nearest: nearest(typed) };
  return found.parse(rest) ?? { do: "usage", usage: found.usage };
}

/** The rows of /help: how a command is written, and what it does. */
export function helpRows(): readonly { readonly usage: string; readonly what: string }[] {
  return [...commands.values()].filter(({ what }) => what !== "");
}

/** What the word being typed may become, and this word: for the Tab key. */
export function complete(line: string, names: readonly string[]): [string[], string] {
  const word = /^\/\S*$/.exec(line)?.[0];
  if (word !== undefined) {
    const hits = helpRows().map(({ usage }) => `${firstWord(usage)[0]} `);
    return [hits.filter((hit) => hit.startsWith(word.toLowerCase())), word];
  }
  const [, name, start] = /^\/(\S+)\s+(\S*)$/.exec(line) ?? [];
  if (name === undefined || start === undefined || commands.get(name)?.named !== true) return [[], line];
  const begins = start.normalize("NFKC").toLowerCase();
  return [names.filter((one) => one.toLowerCase().startsWith(begins)).map((one) => `${one} `), start];
}

/** A command that takes nothing after it. */
function command(usage: string, what: string, intent: Intent): Command {
  return { usage, what, named: false, parse: (rest) => (rest.trim() === "" ? intent : undefined) };
}

/** The first word, and what follows it after one white space, as it was typed. */
function firstWord(text: string): [string, string] {
  const [, word = "", rest = ""] = /^\s*(\S*)\s?(.*)$/s.exec(text) ?? [];
  return [word, rest];
}

function withName(typed: string, then: (name: string) => Intent): Intent {
  const parsed = parseName(typed);
  return parsed.ok ? then(parsed.name) : { do: "bad-name", typed };
}

function history(name: string | undefined, count: number): Intent {
  return { do: "history", name, limit: Math.min(Math.max(count, 1), MOST_HISTORY_LINES) };
}

/** The command that was probably meant: one that begins so, or one at most two slips away. */
function nearest(typed: string): string | undefined {
  const word = typed.toLowerCase();
  const names = [...commands.keys()];
  const begun = word === "" ? undefined : names.find((name) => name.startsWith(word));
  if (begun !== undefined) return `/${begun}`;
  const [best] = names
    .map((name) => ({ name, slips: slips(word, name) }))
    .filter(({ name, slips }) => slips <= Math.min(2, name.length - 2))
    .sort((a, b) => a.slips - b.slips);
  return best === undefined ? undefined : `/${best.name}`;
}

/** Letters to put in, take out, change or swap with the next to make one word of the other (Damerau and Levenshtein). */
function slips(from: string, to: string): number {
  // No command is so long that more could be near it.
  if (from.length > 12) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const steps = [(above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1)];
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        steps.push((before[j - 2] ?? 0) + 1);
      row.push(Math.min(...steps));
    }
    before = above;
    above = row;
  }
  return above[to.length] ?? Number.POSITIVE_INFINITY;
}

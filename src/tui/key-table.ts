// The keys: which does what, and where. The one table that the program goes by and the help screen is made from. Pure.
// Must not know how anything is done, nor in what words it is told.

import type { Edit } from "./text-input.ts";

/** What a key means. */
export type KeyIntent =
  | { readonly do: "edit"; readonly edit: Edit }
  | { readonly do: "send" | "complete" | "clear" | "leave" | "redraw" }
  | { readonly do: "older-line" | "newer-line" }
  /** In rows of the screen. */
  | {
      readonly do: "scroll";
      readonly by: "page-up" | "page-down" | "wheel-up" | "wheel-down" | "top" | "bottom";
    }
  /** With something right of the cursor it erases that, as in a shell. */
  | { readonly do: "switcher" }
  | { readonly do: "search" | "help" | "next-unread" | "back" }
  | { readonly do: "pick"; readonly number: number }
  | { readonly do: "choose"; readonly by: 1 | -1 }
  | { readonly do: "take" };

/** What a line of the help screen is about. */
export type KeyTopic =
  | "send"
  | "new-line"
  | "complete"
  | "older-line"
  | "scroll"
  | "ends"
  | "switcher"
  | "pick"
  | "next-unread"
  | "search"
  | "words"
  | "erase"
  | "help"
  | "leave";

interface Row {
  /** As the key reader names them. */
  readonly keys: readonly string[];
  readonly intent: KeyIntent;
  /** Where it works: while one writes, in a list that lies over the messages, or in both. */
  readonly where: "writing" | "list" | "both";
  /** The line of the help screen it is on, and how that writes the key; undefined: it is known without. */
  readonly help?: readonly [KeyTopic, string];
}

const edit = (edit: Edit): KeyIntent => ({ do: "edit", edit });
const writing = "writing" as const;
const list = "list" as const;
const both = "both" as const;

const TABLE: readonly Row[] = [
  { keys: ["enter"], intent: { do: "send" }, where: writing, help: ["send", "Enter"] },
  {
    keys: ["alt-enter", "ctrl-j"],
    intent: edit("new-line"),
    where: writing,
    help: ["new-line", "Alt-Enter"],
  },
  { keys: ["tab"], intent: { do: "complete" }, where: writing, help: ["complete", "Tab"] },
  { keys: ["up"], intent: { do: "older-line" }, where: writing, help: ["older-line", "↑ ↓"] },
  { keys: ["down"], intent: { do: "newer-line" }, where: writing },
  { keys: ["pgup"], intent: { do: "scroll", by: "page-up" }, where: both, help: ["scroll", "PgUp PgDn"] },
  { keys: ["pgdn"], intent: { do: "scroll", by: "page-down" }, where: both },
  { keys: ["wheel-up"], intent: { do: "scroll", by: "wheel-up" }, where: both },
  { keys: ["wheel-down"], intent: { do: "scroll", by: "wheel-down" }, where: both },
  { keys: ["ctrl-home"], intent: { do: "scroll", by: "top" }, where: both },
  {
    keys: ["ctrl-end", "alt-end"],
    intent: { do: "scroll", by: "bottom" },
    where: both,
    help: ["ends", "Ctrl-End"],
  },
  { keys: ["ctrl-k"], intent: { do: "switcher" }, where: both, help: ["switcher", "Ctrl-K"] },
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((number): Row => ({
    keys: [`alt-${number}`],
    intent: { do: "pick", number },
    where: both,
    ...(number === 1 ? { help: ["pick", "Alt-1…9"] } : {}),
  })),
  { keys: ["alt-a"], intent: { do: "next-unread" }, where: both, help: ["next-unread", "Alt-A"] },
  { keys: ["ctrl-f"], intent: { do: "search" }, where: both, help: ["search", "Ctrl-F"] },
  { keys: ["left", "ctrl-b"], intent: edit("left"), where: both },
  { keys: ["right"], intent: edit("right"), where: both },
  {
    keys: ["alt-b", "alt-left", "ctrl-left"],
    intent: edit("word-left"),
    where: both,
    help: ["words", "Ctrl-A Ctrl-E"],
  },
  { keys: ["alt-f", "alt-right", "ctrl-right"], intent: edit("word-right"), where: both },
  { keys: ["ctrl-a", "home"], intent: edit("line-start"), where: both },
  { keys: ["ctrl-e", "end"], intent: edit("line-end"), where: both },
  { keys: ["backspace", "ctrl-h"], intent: edit("erase-left"), where: both },
  { keys: ["delete"], intent: edit("erase-right"), where: both },
  {
    keys: ["ctrl-w", "alt-backspace"],
    intent: edit("erase-word-left"),
    where: both,
    help: ["erase", "Ctrl-W Ctrl-U"],
  },
  { keys: ["alt-d"], intent: edit("erase-word-right"), where: both },
  { keys: ["ctrl-u"], intent: edit("erase-to-start"), where: both },
  { keys: ["f1"], intent: { do: "help" }, where: both, help: ["help", "F1, ?"] },
  { keys: ["ctrl-l"], intent: { do: "redraw" }, where: both },
  { keys: ["ctrl-c"], intent: { do: "clear" }, where: both, help: ["leave", "Ctrl-C twice"] },
  { keys: ["ctrl-d"], intent: { do: "leave" }, where: writing },
  { keys: ["esc"], intent: { do: "back" }, where: both },
  { keys: ["up", "ctrl-p", "shift-tab"], intent: { do: "choose", by: -1 }, where: list },
  { keys: ["down", "ctrl-n", "tab"], intent: { do: "choose", by: 1 }, where: list },
  { keys: ["enter"], intent: { do: "take" }, where: list },
];

const lookups = {
  writing: new Map(keysOf(writing)),
  list: new Map(keysOf(list)),
};

/** Undefined: the key means nothing there. */
export function intentOf(key: string, where: "writing" | "list"): KeyIntent | undefined {
  return lookups[where].get(key);
}

/** The lines of the help screen. */
export function keyHelp(): readonly (readonly [KeyTopic, string])[] {
  return TABLE.flatMap(({ help }) => (help === undefined ? [] : [help]));
}

function keysOf(where: "writing" | "list"): [string, KeyIntent][] {
  return TABLE.filter((row) => row.where === where || row.where === both).flatMap(({ keys, intent }) =>
    keys.map((key): [string, KeyIntent] => [key, intent]),
  );
}

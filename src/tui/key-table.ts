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
  | { readonly do: "take" }
  | { readonly do: "choose-message" | "suspend" }
  /** Over the messages, from the one that is chosen. */
  | { readonly do: "move"; readonly by: 1 | -1 | "first" | "last" }
  /** With the message that is chosen. */
  | { readonly do: Deed }
  /** What was asked is meant. */
  | { readonly do: "confirm" }
  /** One of the reactions that are offered, from 1; 0: the reaction is taken back. */
  | { readonly do: "offered"; readonly number: number };

export type Deed = "reply" | "react" | "edit-message" | "delete-message" | "jump" | "copy";

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
  | "choose-message"
  | "help"
  | "suspend"
  | "leave";

/** What a line is about of the keys for a chosen message. */
export type ChosenTopic = Deed | "move" | "back";

/** Where one is: writing, in a list over the messages, on a message, asked about it, or at the reactions to it. */
export type Where = "writing" | "list" | "chosen" | "asked" | "palette";

interface Row {
  /** As the key reader names them. */
  readonly keys: readonly string[];
  readonly intent: KeyIntent;
  readonly where: readonly Where[];
  /** The line of the help screen it is on, and how that writes the key; undefined: it is known without. */
  readonly help?: readonly [KeyTopic, string];
  readonly chosen?: readonly [ChosenTopic, string];
}

const edit = (edit: Edit): KeyIntent => ({ do: "edit", edit });
const writing = ["writing"] as const;
const list = ["list"] as const;
const chosen = ["chosen"] as const;
/** Where one types. */
const typing = ["writing", "list", "palette"] as const;
const all = ["writing", "list", "chosen", "asked", "palette"] as const;

const TABLE: readonly Row[] = [
  { keys: ["enter"], intent: { do: "send" }, where: writing, help: ["send", "Enter"] },
  {
    keys: ["alt-enter", "ctrl-j"],
    intent: edit("new-line"),
    where: writing,
    help: ["new-line", "Alt-Enter"],
  },
  { keys: ["tab"], intent: { do: "complete" }, where: writing, help: ["complete", "Tab"] },
  {
    keys: ["alt-up", "ctrl-up", "shift-tab", "alt-tab"],
    intent: { do: "choose-message" },
    where: writing,
    help: ["choose-message", "Alt-↑"],
  },
  { keys: ["up"], intent: { do: "older-line" }, where: writing, help: ["older-line", "↑ ↓"] },
  { keys: ["down"], intent: { do: "newer-line" }, where: writing },
  { keys: ["pgup"], intent: { do: "scroll", by: "page-up" }, where: all, help: ["scroll", "PgUp PgDn"] },
  { keys: ["pgdn"], intent: { do: "scroll", by: "page-down" }, where: all },
  { keys: ["wheel-up"], intent: { do: "scroll", by: "wheel-up" }, where: all },
  { keys: ["wheel-down"], intent: { do: "scroll", by: "wheel-down" }, where: all },
  { keys: ["ctrl-home"], intent: { do: "scroll", by: "top" }, where: all },
  {
    keys: ["ctrl-end", "alt-end"],
    intent: { do: "scroll", by: "bottom" },
    where: all,
    help: ["ends", "Ctrl-End"],
  },
  { keys: ["ctrl-k"], intent: { do: "switcher" }, where: all, help: ["switcher", "Ctrl-K"] },
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((number): Row => ({
    keys: [`alt-${number}`],
    intent: { do: "pick", number },
    where: all,
    ...(number === 1 ? { help: ["pick", "Alt-1…9"] } : {}),
  })),
  { keys: ["alt-a"], intent: { do: "next-unread" }, where: all, help: ["next-unread", "Alt-A"] },
  { keys: ["ctrl-f"], intent: { do: "search" }, where: all, help: ["search", "Ctrl-F"] },
  { keys: ["left", "ctrl-b"], intent: edit("left"), where: typing },
  { keys: ["right"], intent: edit("right"), where: typing },
  {
    keys: ["alt-b", "alt-left", "ctrl-left"],
    intent: edit("word-left"),
    where: typing,
    help: ["words", "Ctrl-A Ctrl-E"],
  },
  { keys: ["alt-f", "alt-right", "ctrl-right"], intent: edit("word-right"), where: typing },
  { keys: ["ctrl-a", "home"], intent: edit("line-start"), where: typing },
  { keys: ["ctrl-e", "end"], intent: edit("line-end"), where: typing },
  { keys: ["backspace", "ctrl-h"], intent: edit("erase-left"), where: typing },
  { keys: ["delete"], intent: edit("erase-right"), where: typing },
  {
    keys: ["ctrl-w", "alt-backspace"],
    intent: edit("erase-word-left"),
    where: typing,
    help: ["erase", "Ctrl-W Ctrl-U"],
  },
  { keys: ["alt-d"], intent: edit("erase-word-right"), where: typing },
  { keys: ["ctrl-u"], intent: edit("erase-to-start"), where: typing },
  { keys: ["f1"], intent: { do: "help" }, where: all, help: ["help", "F1, ?"] },
  { keys: ["?"], intent: { do: "help" }, where: chosen },
  { keys: ["ctrl-z"], intent: { do: "suspend" }, where: all, help: ["suspend", "Ctrl-Z"] },
  { keys: ["ctrl-l"], intent: { do: "redraw" }, where: all },
  { keys: ["ctrl-c"], intent: { do: "clear" }, where: all, help: ["leave", "Ctrl-C twice"] },
  { keys: ["ctrl-d"], intent: { do: "leave" }, where: writing },
  { keys: ["esc"], intent: { do: "back" }, where: ["writing", "list", "asked", "palette"] },
  { keys: ["up", "ctrl-p", "shift-tab"], intent: { do: "choose", by: -1 }, where: list },
  { keys: ["down", "ctrl-n", "tab"], intent: { do: "choose", by: 1 }, where: list },
  { keys: ["enter"], intent: { do: "take" }, where: ["list", "palette"] },
  { keys: ["r"], intent: { do: "reply" }, where: chosen, chosen: ["reply", "r"] },
  { keys: ["x", "+"], intent: { do: "react" }, where: chosen, chosen: ["react", "x"] },
  { keys: ["e"], intent: { do: "edit-message" }, where: chosen, chosen: ["edit-message", "e"] },
  { keys: ["d"], intent: { do: "delete-message" }, where: chosen, chosen: ["delete-message", "d"] },
  { keys: ["esc", "q"], intent: { do: "back" }, where: chosen, chosen: ["back", "Esc"] },
  { keys: ["enter", "o"], intent: { do: "jump" }, where: chosen, chosen: ["jump", "Enter"] },
  { keys: ["y"], intent: { do: "copy" }, where: chosen, chosen: ["copy", "y"] },
  {
    keys: ["up", "k", "alt-up", "ctrl-up", "shift-tab", "alt-tab"],
    intent: { do: "move", by: -1 },
    where: chosen,
    chosen: ["move", "↑ ↓"],
  },
  { keys: ["down", "j", "alt-down", "ctrl-down", "tab"], intent: { do: "move", by: 1 }, where: chosen },
  { keys: ["home", "g"], intent: { do: "move", by: "first" }, where: chosen },
  { keys: ["end", "G"], intent: { do: "move", by: "last" }, where: chosen },
  { keys: ["d"], intent: { do: "confirm" }, where: ["asked"] },
  ...[0, 1, 2, 3, 4, 5, 6].map((number): Row => ({
    keys: [String(number)],
    intent: { do: "offered", number },
    where: ["palette"],
  })),
];

const lookups: Record<Where, ReadonlyMap<string, KeyIntent>> = {
  writing: keysOf("writing"),
  list: keysOf("list"),
  chosen: keysOf("chosen"),
  asked: keysOf("asked"),
  palette: keysOf("palette"),
};

/** Undefined: the key means nothing there. Where something is asked, all that does not say yes says no. */
export function intentOf(key: string, where: Where): KeyIntent | undefined {
  return lookups[where].get(key) ?? (where === "asked" ? { do: "back" } : undefined);
}

/** The lines of the help screen. */
export function keyHelp(): readonly (readonly [KeyTopic, string])[] {
  return TABLE.flatMap(({ help }) => (help === undefined ? [] : [help]));
}

/** The keys for a chosen message, what is wanted most often first. */
export function chosenHelp(): readonly (readonly [ChosenTopic, string])[] {
  return TABLE.flatMap(({ chosen }) => (chosen === undefined ? [] : [chosen]));
}

function keysOf(where: Where): ReadonlyMap<string, KeyIntent> {
  const rows = TABLE.filter((row) => row.where.includes(where));
  return new Map(rows.flatMap(({ keys, intent }) => keys.map((key): [string, KeyIntent] => [key, intent])));
}

// What the full-screen chat says of its commands: all of them for the help, and those that are meant while one is typed.
// Must not know where on the screen it stands, nor what the commands do.

import type { Line } from "../tui/spans.ts";
import type { Words } from "../tui/words.ts";
import { helpRows } from "./chat-commands.ts";

/** While the first word is typed all that begin with it; then the one that it is. What begins with `//` is text. */
export function commandsFor(typed: string): ReturnType<Words["commands"]> {
  const [, name, space] = /^(\/(?!\/)\S*)(\s)?/.exec(typed.includes("\n") ? "" : typed) ?? [];
  const named = name === undefined ? [] : helpRows().filter(({ usage }) => isMeant(usage, name, space));
  return {
    each: named.map(({ usage, what }): Line => [
      { text: usage, style: "bold" },
      { text: `  ${what}`, style: "dim" },
    ]),
    names: [{ text: named.map(({ usage }) => firstWord(usage)).join("  "), style: "dim" }],
  };
}

function isMeant(usage: string, typed: string, space: string | undefined): boolean {
  const [name, begun] = [firstWord(usage), typed.toLowerCase()];
  return space === undefined ? name.startsWith(begun) : name === begun;
}

function firstWord(usage: string): string {
  return usage.split(" ", 1)[0] ?? "";
}

export function commandHelp(): readonly Line[] {
  return [
    [{ text: "To select text with the mouse, hold Shift." }],
    [],
    [{ text: "Commands. To write text that begins with / type //." }],
    ...helpRows().map(({ usage, what }): Line => [{ text: `  ${usage}  `, style: "bold" }, { text: what }]),
  ];
}

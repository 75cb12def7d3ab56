// The chat's commands for files. Must not know the client, the screen, or which files there are.

import type { TransferAction } from "../client/transfer-view.ts";
import type { BadName, Command } from "./chat-words.ts";

export type FileIntent =
  /** To the person or the group one is talking to. */
  | { readonly do: "send-file"; readonly path: string }
  | { readonly do: "files" }
  /** `which`: a number in /files. */
  | { readonly do: "transfer"; readonly action: TransferAction; readonly which: string };

type Parsed = FileIntent | BadName | undefined;

const ACTIONS: Readonly<Record<TransferAction, string>> = {
  accept: "take a file that is offered",
  reject: "do not take it",
  cancel: "end a file that is sent or received",
  resume: "go on with one that has failed",
};

export const fileCommands: ReadonlyMap<string, Command<FileIntent>> = new Map<string, Command<FileIntent>>([
  [
    "sendfile",
    {
      usage: "/sendfile PATH",
      what: "send a file to the person or the group one is writing to",
      words: [],
      parse: (rest): Parsed => {
        const path = pathOf(rest.trim());
        return path === "" ? undefined : { do: "send-file", path };
      },
    },
  ],
  [
    "files",
    {
      usage: "/files",
      what: "files that are sent and received, and where they are",
      words: [],
      parse: (rest): Parsed => (rest.trim() === "" ? { do: "files" } : undefined),
    },
  ],
  ...Object.entries(ACTIONS).map(([name, what]): [string, Command<FileIntent>] => [
    name,
    {
      usage: `/${name} N`,
      what: `${what}: its number in /files`,
      words: [],
      parse: (rest): Parsed => {
        const which = rest.trim().replace(/^#/, "");
        return /^\d{1,9}$/.test(which) && isAction(name)
          ? { do: "transfer", action: name, which }
          : undefined;
      },
    },
  ]),
]);

/** As it is typed or dropped onto a terminal: in quotes, or with spaces escaped. */
function pathOf(typed: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(typed)?.[2];
  return quoted ?? typed.replace(/\\ /g, " ");
}

function isAction(name: string): name is TransferAction {
  return Object.hasOwn(ACTIONS, name);
}

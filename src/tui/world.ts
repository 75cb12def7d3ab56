// What the full-screen chat needs of the world: a terminal, and somebody who knows what commands mean and how things are
// said. Must not know who that is.

import type { ClientEvent, Message } from "../client/events.ts";
import type { Key } from "./key-reader.ts";
import type { Model } from "./model.ts";
import type { Line } from "./spans.ts";
import type { Words } from "./words.ts";

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly input: NodeJS.ReadableStream;
  /** Takes what Ink draws. */
  readonly output: NodeJS.WritableStream;
  /** From now on keys are told, one by one as they are pressed. `gone`: there is no terminal any more. */
  open(events: TerminalEvents): void;
  /** Nothing stands on it any more, and the cursor is at its top. */
  erase(): void;
  /** For other programs; false: it would not be taken. */
  copy(text: string): boolean;
  /** It is as it was before, and the process stops until it is gone on with; that is told. False: it cannot be stopped. */
  suspend(): boolean;
  /** It is as it was before. */
  close(): void;
}

export interface TerminalEvents {
  readonly keys: (keys: readonly Key[]) => void;
  readonly resized: () => void;
  /** The process is asked to stop. */
  readonly stopped: () => void;
  /** It goes on: nothing of what was drawn stands there any more. */
  readonly resumed: () => void;
  readonly gone: () => void;
}

/** What is said of a message that stands there. Without an emoji the reaction is taken back. */
export type Remark =
  | { readonly do: "react"; readonly message: Message; readonly emoji: string | undefined }
  | { readonly do: "edit"; readonly message: Message; readonly text: string }
  | { readonly do: "delete"; readonly message: Message };

/** What a command may do with the screen. */
export interface Desk {
  readonly model: Model;
  leave(): void;
  talkTo(name: string): void;
  /** `answered`: the message that it answers. */
  write(to: string, text: string, sentAt: number, answered?: Message): void;
  say(lines: readonly Line[], conversation?: string): void;
  show(title: string, lines: readonly Line[]): void;
  search(words: string): void;
  lookAround(): void;
  /** A bug: it ends the chat. */
  fail(error: unknown): void;
}

export interface Hands {
  readonly words: Words;
  /** Does what was entered: says something, or carries out a command. `answered`: what is answered by it. */
  entered(text: string, desk: Desk, answered?: Message): void;
  remark(remark: Remark, desk: Desk): void;
  /** What the word that is typed may become, and that word. */
  complete(line: string, people: readonly string[]): readonly [readonly string[], string];
  /** The choices there are, in one line; undefined: the screen shows them already. */
  choices(hits: readonly string[]): Line | undefined;
  /** What is to be said of an event, and in which conversation. */
  told(event: ClientEvent): { readonly conversation?: string; readonly lines: readonly Line[] } | undefined;
  /** How far files on their way are; undefined: none is. */
  bar(): Line | undefined;
  /** The client could not keep what was written, by the world's fault; undefined: it is a bug. */
  notKept(error: unknown, to: string, text: string): readonly Line[] | undefined;
  /** The same of anything else. */
  failed(error: unknown): readonly Line[] | undefined;
  /** The groups of the class, with the `@`. */
  groups(names: readonly string[]): void;
  /** Draws attention to something that was written to this person. */
  ring(message: Message): void;
}

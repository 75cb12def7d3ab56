// What the screen needs to be told in words: all that it shows is given to it, and it says nothing itself.
// Must not know the words.

import type { Conversation, Message, Status, Trust } from "../client/events.ts";
import type { ChosenTopic, KeyTopic } from "./key-table.ts";
import type { Composing } from "./model.ts";
import type { Cannot } from "./possible.ts";
import type { Line } from "./spans.ts";

export interface Words {
  readonly shown: (name: string) => string;
  /** Equal for two times exactly when they are on one day here. */
  readonly day: (ms: number) => string;
  /** A message, or what has happened in a group, in logical lines that are made safe to show. */
  readonly message: (message: Message, isOnline: boolean) => readonly Line[];
  /** A message where it was found, in one line. */
  readonly found: (message: Message) => Line;
  /** What separates what was read from what is new. */
  readonly newMessages: string;
  /** What stands where nothing else does yet: how one begins. */
  readonly firstSteps: (isAlone: boolean) => readonly Line[];
  readonly emptyRoom: (name: string) => readonly Line[];
  /** Over the messages: whom one writes to, and how they are there. */
  readonly heading: (name: string, online: boolean | undefined, isWriting: boolean) => Line;
  /** What was written in other conversations, in one short line. */
  readonly elsewhere: (unread: number, marked: boolean) => Line;
  /** Where one has scrolled up: that there is more below. */
  readonly moreBelow: Line;
  readonly listHeading: string;
  readonly othersHeading: string;
  readonly prompt: (conversation: string) => string;
  /** The state of the connection, long and short. */
  readonly connection: (status: Status, isShort: boolean) => Line;
  readonly who: (me: string, className: string | undefined, isShort: boolean) => Line;
  /** How what one writes there is kept from others, long and short. */
  readonly safety: (conversation: string, trust: Trust | undefined, isShort: boolean) => Line;
  readonly help: {
    readonly title: string;
    readonly topics: Record<KeyTopic, string>;
    /** Over the keys for a chosen message. */
    readonly chosen: string;
    readonly deeds: Record<ChosenTopic, string>;
    /** What stands below the keys: the commands. */
    readonly more: readonly Line[];
  };
  /** The commands that this may become, a line each, and their names in one; none where it is text. */
  readonly commands: (typed: string) => { readonly each: readonly Line[]; readonly names: Line };
  /** Of lines in parts as many are shown as fit, the first ones at any rate. */
  readonly chosen: {
    /** What a key does, in a word. */
    readonly deeds: Record<ChosenTopic, string>;
    readonly cannot: (why: Cannot) => Line;
    /** Whether it is to be deleted. */
    readonly asked: readonly Line[];
    /** The reactions that are offered, and how one is typed. */
    readonly palette: (offered: readonly string[]) => readonly Line[];
    /** Before a reaction that is being typed. */
    readonly typed: Line;
    readonly copied: (isTaken: boolean) => Line;
  };
  /** What the input is for, and how it is for the next message again. */
  readonly composing: (composing: Composing) => { readonly what: Line; readonly back: Line };
  readonly switcher: { readonly title: string; readonly none: string };
  readonly search: {
    readonly title: string;
    readonly none: string;
    readonly how: string;
    readonly goesOn: string;
  };
  /** How a panel is closed. */
  readonly closes: string;
  readonly leaveAgain: Line;
  readonly unreadMark: (conversation: Pick<Conversation, "unread">) => string;
}

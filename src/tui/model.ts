// What the screen shows, as plain values: the conversations, who is there, what is being typed, what lies over it all.
// Must not know how it is drawn, nor where any of it comes from.

import type { Message, Person, Status } from "../client/events.ts";
import { parseName } from "../domain/name.ts";
import type { Line } from "./spans.ts";
import { EMPTY, type TextInput } from "./text-input.ts";

/** One thing in a conversation: a message, or what only this screen has to say there. */
export type Entry =
  | { readonly kind: "message"; readonly id: string; readonly message: Message }
  | { readonly kind: "aside"; readonly id: string; readonly lines: readonly Line[] };

/** The entry that stands at the bottom of the window, and how many of its last rows are below it. */
export interface Anchor {
  readonly id: string;
  readonly below: number;
}

/** What the input is for, where it is not simply the next message. */
export type Composing =
  | { readonly kind: "reply"; readonly message: Message }
  /** `draft`: what was being typed before. */
  | { readonly kind: "edit"; readonly message: Message; readonly draft: TextInput };

/** The message that keys are about: nothing is typed meanwhile. */
export interface Chosen {
  readonly id: string;
  /** What is waited for: a key that says what to do, a "yes" to deleting it, or a reaction. */
  readonly step: "chosen" | "asked" | "palette";
  /** A reaction that is being typed. */
  readonly typed: TextInput;
  /** The entry at the very end when the choosing began there: one goes along with what is written again afterwards. */
  readonly pin: string | undefined;
}

export interface Room {
  /** As it is written: `bob`, or `@class`; "" where nobody is written to yet. */
  readonly name: string;
  readonly unread: number;
  /** Somebody has named this device's user there, or something must not be missed. */
  readonly marked: boolean;
  /** Something was said about what stands there, which asks for nothing. */
  readonly stirred: boolean;
  /** A stretch of the conversation without gaps, the oldest first. */
  readonly entries: readonly Entry[];
  /** Whether there is more above, and below, than is here; "unread": nothing was read yet. */
  readonly above: "unread" | "more" | "asked" | "none";
  readonly below: "more" | "asked" | "none";
  /** The "new" line comes after this position. */
  readonly newAfter: number | undefined;
  /** The newest position of it that was on a screen. */
  readonly shown: number;
  /** Undefined: the newest is at the bottom, and stays there. */
  readonly anchor: Anchor | undefined;
  readonly input: TextInput;
  readonly composing: Composing | undefined;
}

/** What lies over the messages. */
export type Panel =
  | { readonly kind: "text"; readonly title: string; readonly lines: readonly Line[]; readonly top: number }
  | { readonly kind: "switcher"; readonly input: TextInput; readonly chosen: number }
  | {
      readonly kind: "search";
      readonly input: TextInput;
      readonly chosen: number;
      /** Undefined: nothing is searched for. */
      readonly found: readonly Message[] | undefined;
      readonly isDone: boolean;
    };

export interface Model {
  readonly me: string;
  readonly columns: number;
  readonly rows: number;
  readonly status: Status;
  /** Undefined until the server has told it. */
  readonly className: string | undefined;
  /** By key. The one under "" is always there. */
  readonly rooms: ReadonlyMap<string, Room>;
  /** The key of the room that is seen. */
  readonly current: string;
  /** By folded name; without oneself. */
  readonly people: ReadonlyMap<string, Pick<Person, "name" | "online" | "trust">>;
  /** Keys of those who are writing to one. */
  readonly writing: ReadonlySet<string>;
  /** Whether it was ever told who is there. */
  readonly isClassKnown: boolean;
  readonly panel: Panel | undefined;
  /** In the room that is seen. It may have gone from memory: `chosenIn` knows. */
  readonly chosen: Chosen | undefined;
  /** One line above the input, until the next key. */
  readonly hint: Line | undefined;
  /** How far files on their way are, in one line. */
  readonly bar: Line | undefined;
  /** What was entered, the newest last, and which of it is seen in the input again, counted from the end. */
  readonly typed: readonly string[];
  readonly recalled: { readonly back: number; readonly draft: TextInput } | undefined;
  /** Ctrl-C was pressed, and nothing since. */
  readonly isInterrupted: boolean;
  /** Whether the terminal's window is the one that is typed in. */
  readonly isFocused: boolean;
  readonly isLight: boolean;
}

export const NOBODY = "";

export function newModel(me: string, columns: number, rows: number): Model {
  return {
    me,
    columns,
    rows,
    status: { state: "connecting" },
    className: undefined,
    rooms: new Map([[NOBODY, { ...newRoom(""), above: "none" }]]),
    current: NOBODY,
    people: new Map(),
    writing: new Set(),
    isClassKnown: false,
    panel: undefined,
    chosen: undefined,
    hint: undefined,
    bar: undefined,
    typed: [],
    recalled: undefined,
    isInterrupted: false,
    isFocused: true,
    isLight: false,
  };
}

function newRoom(name: string): Room {
  return {
    name,
    unread: 0,
    marked: false,
    stirred: false,
    entries: [],
    above: "unread",
    below: "none",
    newAfter: undefined,
    shown: 0,
    anchor: undefined,
    input: EMPTY,
    composing: undefined,
  };
}

/** What a conversation is known by, whatever the case its name is written in. */
export function keyOf(name: string): string {
  const at = isGroup(name) ? "@" : "";
  const parsed = parseName(name.slice(at.length));
  return parsed.ok ? `${at}${parsed.fold}` : name;
}

export function isGroup(conversation: string): boolean {
  return conversation.startsWith("@");
}

export function currentRoom(model: Model): Room {
  return roomOf(model, model.current);
}

export function roomOf(model: Model, key: string): Room {
  return model.rooms.get(key) ?? newRoom("");
}

/** A message that is chosen, and its place among what is in memory. */
export interface Found {
  readonly at: number;
  readonly message: Message;
  readonly chosen: Chosen;
}

/** Undefined: none is chosen, or it is not in memory any more. */
export function chosenIn(model: Model): Found | undefined {
  const { chosen } = model;
  if (chosen === undefined) return undefined;
  const { entries } = currentRoom(model);
  const at = entries.findLastIndex(({ id }) => id === chosen.id);
  const entry = entries[at];
  return entry?.kind === "message" ? { at, message: entry.message, chosen } : undefined;
}

/** The model with this room changed; it is made if it was not there. */
export function withRoom(model: Model, key: string, change: (room: Room) => Room): Model {
  return { ...model, rooms: new Map(model.rooms).set(key, change(roomOf(model, key))) };
}

/** What the list shows: the conversations, where they stand for as long as the program runs, then who else is here. */
export interface Listed {
  readonly key: string;
  readonly name: string;
  /** Undefined: nothing was written yet, in either direction. */
  readonly room: Room | undefined;
}

export function listed({ rooms, people }: Model): readonly Listed[] {
  const known = [...rooms].filter(([key]) => key !== NOBODY);
  const others = [...people].filter(([key, { online }]) => online && !rooms.has(key));
  return [
    ...known.map(([key, room]): Listed => ({ key, name: room.name, room })),
    ...others.map(([key, { name }]): Listed => ({ key, name, room: undefined })).sort(byName),
  ];
}

function byName(one: Listed, other: Listed): number {
  return one.key < other.key ? -1 : 1;
}

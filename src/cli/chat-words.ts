// How a command of the chat is taken apart into words, and the names among them.
// Must not know the commands.

import { parseName } from "../domain/name.ts";
import { parseConversation, parseGroup } from "./typed-names.ts";

/** What a word of a command may be, for the Tab key. */
export type Word = "person" | "group" | "either";

export interface Command<I> {
  readonly usage: string;
  /** One line for /help; "" for a command that is not shown there. */
  readonly what: string;
  /** What its words are, one after the other; all that follow are as the last where `more` is set. */
  readonly words: readonly Word[];
  readonly more?: boolean;
  /** `present`: the group one is writing to, if it is one, without the `@`. Undefined: it is used in another way. */
  readonly parse: (rest: string, present: string | undefined) => I | BadName | undefined;
}

export interface BadName {
  readonly do: "bad-name";
  readonly typed: string;
}

/** The first word, and what follows it after one white space, as it was typed. */
export function firstWord(text: string): [string, string] {
  const [, word = "", rest = ""] = /^\s*(\S*)\s?(.*)$/s.exec(text) ?? [];
  return [word, rest];
}

export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

export function withPerson<I>(typed: string, then: (name: string) => I): I | BadName {
  const parsed = parseName(typed);
  return parsed.ok ? then(parsed.name) : { do: "bad-name", typed };
}

/** Of several people: the first name that is none is told. */
export function withPeople<I>(typed: readonly string[], then: (names: readonly string[]) => I): I | BadName {
  const parsed = typed.map(parseName);
  const bad = parsed.findIndex(({ ok }) => !ok);
  if (bad >= 0) return { do: "bad-name", typed: typed[bad] ?? "" };
  return then(parsed.flatMap((one) => (one.ok ? [one.name] : [])));
}

/** A group's name is passed on without the `@`. */
export function withGroup<I>(typed: string, then: (name: string) => I): I | BadName {
  const parsed = parseGroup(typed);
  return parsed.ok ? then(parsed.name) : { do: "bad-name", typed };
}

/** A person, or `@` and a group. */
export function withConversation<I>(typed: string, then: (conversation: string) => I): I | BadName {
  const parsed = parseConversation(typed);
  return parsed.ok ? then(parsed.conversation) : { do: "bad-name", typed };
}

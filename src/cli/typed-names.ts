// Names as somebody typed them: a person's, or a group's with an `@` before it.
// Must not know whether there is anybody of that name.

import { type NameFault, type ParsedName, parseName } from "../domain/name.ts";
import { EXIT, Failure } from "./exit.ts";
import { nameText } from "./wording.ts";

export type ParsedConversation =
  { readonly ok: true; readonly conversation: string } | { readonly ok: false; readonly why: NameFault };

/** Whether a conversation is a group's. */
export function isGroup(conversation: string): boolean {
  return conversation.startsWith("@");
}

/** A group's name, typed with the `@` or without it; answered without. */
export function parseGroup(typed: string): ParsedName {
  return parseName(typed.startsWith("@") ? typed.slice(1) : typed);
}

/** Equal for groups that differ in case alone. With the `@` or without it. */
export function foldGroup(group: string): string {
  const parsed = parseGroup(group);
  return parsed.ok ? parsed.fold : group;
}

/** `bob`, or `@class2024` for a group. */
export function parseConversation(typed: string): ParsedConversation {
  const at = isGroup(typed) ? "@" : "";
  const parsed = parseName(typed.slice(at.length));
  return parsed.ok ? { ok: true, conversation: `${at}${parsed.name}` } : parsed;
}

/** A person's name as typed. Throws a Failure that says what is wrong with it, as do the next two. */
export function personName(typed: string): string {
  return checked(parseName(typed));
}

export function groupName(typed: string): string {
  return checked(parseGroup(typed));
}

export function conversationName(typed: string): string {
  const parsed = parseConversation(typed);
  if (!parsed.ok) throw new Failure(EXIT.usage, nameText(parsed.why));
  return parsed.conversation;
}

function checked(parsed: ParsedName): string {
  if (!parsed.ok) throw new Failure(EXIT.usage, nameText(parsed.why));
  return parsed.name;
}

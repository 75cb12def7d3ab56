// To whom something is written: as the user named them, and what the conversation is known by on this device.
// Must not know what is written.

import { parseName } from "../domain/name.ts";
import { groupKey } from "./conversation-record.ts";
import type { ClientState } from "./state.ts";

export interface Recipient {
  readonly to: string;
  readonly fold: string;
}

/**
 * `to`: a person, or `@` and a group. A group that this device is not in has no log: what is written there fails, and is
 * kept under the name. Throws a TypeError for what cannot be a name: it was to be checked.
 */
export function recipientOf({ conversations }: ClientState, to: string): Recipient {
  const isGroup = to.startsWith("@");
  const parsed = parseName(isGroup ? to.slice(1) : to);
  if (!parsed.ok) throw new TypeError("client: a name that was not checked");
  const { name, fold } = parsed;
  if (!isGroup) return { to: name, fold };
  const log = conversations.groupNamed(`@${fold}`);
  return { to: `@${name}`, fold: log === undefined ? `@?${fold}` : groupKey(log) };
}

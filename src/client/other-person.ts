// Who a direct conversation is with, by its log and by the group itself.
// Must not know states or records.

import { directLog, LOG_ID_BYTES } from "../domain/direct-log.ts";
import { decodeId, type LogId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import { type Conversation, members } from "../mls/state.ts";

export interface OtherPerson {
  readonly name: string;
  readonly fold: string;
  readonly identity: Uint8Array;
}

/** The one other person in the group, when the log is theirs and that of the identity key `me`. */
export function otherPerson(log: LogId, conversation: Conversation, me: Uint8Array): OtherPerson | undefined {
  const others = members(conversation).filter(
    ({ credential }) => Buffer.compare(credential.identity, me) !== 0,
  );
  const [first] = others;
  if (first === undefined) return undefined;
  const { name, identity } = first.credential;
  const parsed = parseName(name);
  const one = others.every(
    ({ credential }) => credential.name === name && Buffer.compare(credential.identity, identity) === 0,
  );
  if (!parsed.ok || !one || log !== directLog(me, identity)) return undefined;
  return { name, fold: parsed.fold, identity };
}

/** The MLS group id of a log. Throws for what is no log's id. */
export function groupIdOf(log: LogId): Uint8Array {
  const id = decodeId(log, LOG_ID_BYTES);
  if (id === undefined) throw new TypeError("conversation: not a log id");
  return id;
}

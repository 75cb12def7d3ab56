// Whether somebody is who their credential says: by the pin, else by the server's directory.
// Must not know conversations.

import { encodeId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import type { Credential } from "../mls/identity.ts";
import type { Connection } from "./connection.ts";
import type { OtherPerson } from "./other-person.ts";
import type { ClientState } from "./state.ts";

/** Whether this is the key that the name is known by on this device. */
export function isPinned(state: ClientState, { fold, identity }: OtherPerson): boolean {
  const pin = state.trust.pin(fold);
  return pin !== undefined && Buffer.compare(pin.identity, identity) === 0;
}

/** The same, by a credential. */
export function isPinnedAs(state: ClientState, { name, identity }: Credential): boolean {
  const parsed = parseName(name);
  return parsed.ok && isPinned(state, { name, fold: parsed.fold, identity });
}

/**
 * Whether the key in an invitation is that person's: the pinned one, or the one that the name belongs to. Anybody
 * can write any name into a credential of their own.
 */
export async function vouchedFor(
  state: ClientState,
  connection: Connection,
  person: OtherPerson,
): Promise<"yes" | "no" | "later"> {
  if (isPinned(state, person)) return "yes";
  const { name, identity } = person;
  const reply = await connection.request({ t: "lookup", name });
  if (!reply.ok) return reply.refused === "no-such-user" ? "no" : "later";
  if (reply.answer.t !== "account") return "later";
  return reply.answer.name === name && reply.answer.identity === encodeId(identity) ? "yes" : "no";
}

/** Names of these people that this device knows by other keys. */
export function impostorsAmong(state: ClientState, people: readonly Credential[]): string[] {
  const names = people.flatMap(({ name, identity }) => {
    const parsed = parseName(name);
    const me = Buffer.compare(identity, state.profile.identity.public) === 0;
    const isKnown = parsed.ok && !me && state.trust.pin(parsed.fold) !== undefined;
    return isKnown && !isPinned(state, { name, fold: parsed.fold, identity }) ? [name] : [];
  });
  return [...new Set(names)];
}

/**
 * Whether somebody in a group is the one this device knows by the name. Who was never met is asked about, and pinned
 * when it holds.
 */
export async function judged(
  state: ClientState,
  connection: Connection,
  credential: Credential,
): Promise<"yes" | "no" | "later"> {
  const { name, identity } = credential;
  if (Buffer.compare(identity, state.profile.identity.public) === 0) return "yes";
  const fold = foldOf(credential);
  if (fold === undefined) return "no";
  const person = { name, fold, identity };
  if (state.trust.pin(fold) !== undefined) return isPinned(state, person) ? "yes" : "no";
  const vouched = await vouchedFor(state, connection, person);
  if (vouched === "yes") state.commit(state.trust.met(fold, name, identity).writes);
  return vouched;
}

// A member's credential is one object for as long as the tree holds it, and each of its messages is judged.
const folds = new WeakMap<Credential, string>();

function foldOf(credential: Credential): string | undefined {
  const known = folds.get(credential);
  if (known !== undefined) return known;
  const parsed = parseName(credential.name);
  if (!parsed.ok) return undefined;
  folds.set(credential, parsed.fold);
  return parsed.fold;
}

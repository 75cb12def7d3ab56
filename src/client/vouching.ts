// Whether somebody is who their credential says: by the pin, else by the server's directory.
// Must not know conversations.

import { encodeId } from "../domain/id.ts";
import type { Connection } from "./connection.ts";
import type { OtherPerson } from "./other-person.ts";
import type { ClientState } from "./state.ts";

/**
 * Whether the key in an invitation is that person's: the pinned one, or the one that the name belongs to. Anybody
 * can write any name into a credential of their own.
 */
export async function vouchedFor(
  state: ClientState,
  connection: Connection,
  { name, fold, identity }: OtherPerson,
): Promise<"yes" | "no" | "later"> {
  const pin = state.trust.pin(fold);
  if (pin !== undefined && Buffer.compare(pin.identity, identity) === 0) return "yes";
  const reply = await connection.request({ t: "lookup", name });
  if (!reply.ok) return reply.refused === "no-such-user" ? "no" : "later";
  if (reply.answer.t !== "account") return "later";
  return reply.answer.name === name && reply.answer.identity === encodeId(identity) ? "yes" : "no";
}

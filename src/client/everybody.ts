// Everybody in the class by the server's word, with what is known of their keys here. Must not know who asks.

import { parseName } from "../domain/name.ts";
import { roleField } from "../domain/role.ts";
import type { Reply, Request } from "./connection.ts";
import type { Asked, Person } from "./events.ts";
import type { ClientState } from "./state.ts";

export async function everybody(
  { profile, trust }: ClientState,
  ask: (request: Request) => Promise<Reply>,
): Promise<Asked<readonly Person[]>> {
  const people: Person[] = [];
  for (let after: string | undefined; ;) {
    const reply = await ask({ t: "users", ...(after === undefined ? {} : { after }) });
    if (!reply.ok) return { ok: false, reason: reply.refused };
    if (reply.answer.t !== "users") return { ok: false, reason: "malformed" };
    for (const { name, online, role } of reply.answer.users) {
      const parsed = parseName(name);
      if (!parsed.ok) continue; // no server of ours has such a name; it is not shown
      const me = name === profile.name;
      people.push({ name, online, me, trust: trust.state(parsed.fold), ...roleField(role) });
    }
    const next = reply.answer.after;
    if (next === undefined || next === after) return { ok: true, value: people };
    after = next;
  }
}

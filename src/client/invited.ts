// What a server says of the link somebody holds, before there is anybody: whether it lets in, and whom.
// Must not know what is made of it, nor any profile.

import { encodeId } from "../domain/id.ts";
import type { Clock, Dial } from "../ports.ts";
import { VERSIONS } from "../wire/limits.ts";
import { Connection, type Ended } from "./connection.ts";
import type { OfflineCause } from "./events.ts";

/** `name`: whom the link is for, where that is one person. */
export type AskedLink =
  { readonly ok: true; readonly name?: string } | { readonly ok: false; readonly cause: OfflineCause };

/** Connects, asks, and leaves; the server keeps nothing of it. A server that knows no invitations answers for any link. */
export async function askOfLink(
  { dial, clock }: { readonly dial: Dial; readonly clock: Clock },
  agent: string,
  secret: Uint8Array,
): Promise<AskedLink> {
  const over = Promise.withResolvers<Ended>();
  let mine: Connection | undefined;
  const dialled = await dial((link) => {
    mine = new Connection(link, clock, { notices: () => {}, drained: () => {}, ended: over.resolve });
    return mine;
  });
  if (!dialled.ok) return { ok: false, cause: { kind: "dial", failure: dialled.failure } };
  if (mine === undefined) throw new Error("invited: a link that was attached to nothing");
  const hello = await mine.request({ t: "hello", versions: [...VERSIONS], agent });
  const reply = hello.ok ? await mine.request({ t: "invited", secret: encodeId(secret) }) : hello;
  void mine.close();
  if (reply.ok) {
    const name = reply.answer.t === "invited" ? reply.answer.name : undefined;
    return { ok: true, ...(name === undefined ? {} : { name }) };
  }
  if (reply.refused === "unknown-type" || reply.refused === "not-registered") return { ok: true };
  if (reply.refused !== "offline") return { ok: false, cause: { kind: "refused", code: reply.refused } };
  const ended = await over.promise;
  if (ended.by === "server") return { ok: false, cause: { kind: "refused", code: ended.code } };
  return { ok: false, cause: { kind: "lost", detail: ended.end.detail ?? ended.end.cause } };
}

// A look at the server that changes nothing there: what it says of itself and of this device, nothing acknowledged.
// Must not know what is made of it.

import type { LogId } from "../domain/id.ts";
import type { Dial } from "../ports.ts";
import { VERSIONS } from "../wire/limits.ts";
import { Connection, type Reply } from "./connection.ts";
import { invitedTo } from "./conversations.ts";
import type { OfflineCause } from "./events.ts";
import type { Place } from "./places.ts";
import type { ClientState } from "./state.ts";
import type { Greeting } from "./uplink.ts";

/** What the server has for this device. */
export interface Waiting {
  /** Messages of others. */
  readonly messages: number;
  readonly places: readonly Place[];
  /** Logs for which a Welcome is in the inbox. */
  readonly invited: ReadonlySet<LogId>;
}

export interface Visit extends Greeting {
  readonly connection: Connection;
  /** The name under which the server knows this device. */
  readonly name: string | undefined;
  /** Undefined for a device that the server does not know. */
  readonly account: Waiting | undefined;
}

export type Visited =
  { readonly ok: true; readonly visit: Visit } | { readonly ok: false; readonly cause: OfflineCause };

/**
 * Connects, asks, and leaves the connection to the caller to close. To `sync` is the only way to learn what waits: the
 * server begins to send it, but it is not acknowledged, so that it waits as before.
 */
export async function visit(state: ClientState, dial: Dial, agent: string): Promise<Visited> {
  const places: Place[] = [];
  const invited = new Set<LogId>();
  const told = Promise.withResolvers<"places" | OfflineCause>();
  let mine: Connection | undefined;
  const dialled = await dial((link) => {
    mine = new Connection(link, state.clock, {
      notices: (notices) => {
        for (const { notice, body } of notices) {
          if (notice.t === "entry" && notice.kind === "welcome") invited.add(invitedTo(body));
          if (notice.t !== "places") continue;
          places.push(...notice.logs);
          if (notice.more !== true) told.resolve("places");
        }
      },
      drained: () => {}, // no file is sent on a visit
      ended: (ended) =>
        told.resolve(
          ended.by === "server"
            ? { kind: "refused", code: ended.code }
            : { kind: "lost", detail: ended.end.detail ?? ended.end.cause },
        ),
    });
    return mine;
  });
  if (!dialled.ok) return { ok: false, cause: { kind: "dial", failure: dialled.failure } };
  const connection = mine;
  if (connection === undefined) throw new Error("visit: a link that was attached to nothing");
  /** Why there was no such answer. */
  const refused = async (reply: Reply): Promise<Visited> => {
    void connection.close();
    const cause: OfflineCause | "places" =
      !reply.ok && reply.refused !== "offline"
        ? { kind: "refused", code: reply.refused }
        : await told.promise;
    const unfit: OfflineCause = { kind: "lost", detail: "the server answered something else" };
    return { ok: false, cause: cause === "places" ? unfit : cause };
  };
  const asked = state.clock.now();
  const hello = await connection.request({ t: "hello", versions: [...VERSIONS], agent });
  if (!hello.ok || hello.answer.t !== "welcome") return refused(hello);
  const { name, time, class: className, version } = hello.answer;
  if (!VERSIONS.includes(version)) return refused({ ok: false, refused: "unsupported-version" });
  state.time.learn(time, asked);
  const greeting = { connection, className, version, name };
  if (name === undefined) return { ok: true, visit: { ...greeting, account: undefined } };
  const synced = await connection.request({ t: "sync" });
  if (!synced.ok || synced.answer.t !== "synced") return refused(synced);
  const messages = synced.answer.waiting;
  const cause = await told.promise;
  if (cause !== "places") return { ok: false, cause };
  return { ok: true, visit: { ...greeting, account: { messages, places, invited } } };
}

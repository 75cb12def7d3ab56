// Finds out what is wrong with this client: what its vault holds, beside what the server says.
// Must not know how it is judged or said, and changes nothing.

import { encodeId, type LogId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import { fingerprint } from "../mls/safety-number.ts";
import { StoreFailure } from "../ports.ts";
import type { Connection } from "./connection.ts";
import { type Held, isUnconfirmed, serverEpoch } from "./conversation-record.ts";
import * as diagnosis from "./diagnosis.ts";
import type { Finding, ServerPlace, Stands } from "./diagnosis.ts";
import type { OfflineCause, Status } from "./events.ts";
import { progress } from "./outbox.ts";
import { type Place, standing } from "./places.ts";
import type { ClientState } from "./state.ts";
import type { Greeting } from "./uplink.ts";
import type { Visited } from "./visit.ts";

/** What the server says of conversations: without places it was not asked. */
interface Told {
  readonly places?: readonly Place[];
  readonly invited?: ReadonlySet<LogId>;
  /** What connecting mends is mended by now. */
  readonly connected?: boolean;
}

/** Why a connection that is being tried is not there. */
const CONNECTING: OfflineCause = { kind: "lost", detail: "it is being tried again" };

export class Examination {
  readonly #state: ClientState;

  constructor(state: ClientState) {
    this.#state = state;
  }

  /** Over a connection that is made for this and closed after it. */
  async onVisit(visit: () => Promise<Visited>): Promise<Finding[]> {
    const visited = await visit();
    if (!visited.ok) return this.#unreached(visited.cause);
    const { connection, account, ...greeting } = visited.visit;
    try {
      const { name } = this.#state.profile;
      const findings = [...this.#reached(greeting), diagnosis.accountFinding(name, greeting.name)];
      if (account === undefined)
        return [...findings, this.#queue(undefined), ...(await this.#conversations())];
      return [
        ...findings,
        this.#queue(account.messages),
        ...(await this.#keyPackages(connection)),
        ...(await this.#conversations(account)),
      ];
    } finally {
      await connection.close();
    }
  }

  /** Over the connection that there is. */
  async during(online: Greeting & { readonly connection: Connection }, status: Status): Promise<Finding[]> {
    const { connection } = online;
    const { name } = this.#state.profile;
    return [
      ...this.#reached(online),
      diagnosis.accountFinding(name, name), // it was let in
      this.#queue(status.state === "catching-up" ? status.waiting - status.done : 0),
      ...(await this.#keyPackages(connection)),
      ...(await this.#conversations({ places: await this.#places(connection), connected: true })),
    ];
  }

  /** While there is none. */
  without(status: Status): Promise<Finding[]> {
    return this.#unreached(status.state === "offline" ? status.cause : CONNECTING);
  }

  async #unreached(cause: OfflineCause): Promise<Finding[]> {
    const { host, port } = this.#state.profile.server;
    const found =
      cause.kind === "dial" && cause.failure.cause === "wrong-key" ? cause.failure.found : undefined;
    return [
      { about: "server", level: "fail", host, port, cause },
      this.#pin(found),
      this.#queue(undefined),
      ...(await this.#conversations()),
    ];
  }

  #reached({ className, version }: Greeting): Finding[] {
    const { host, port, pin } = this.#state.profile.server;
    const ahead = this.#state.time.ahead;
    return [
      { about: "server", level: "ok", host, port, className, version },
      this.#pin(pin),
      ...(ahead === undefined ? [] : [diagnosis.clockFinding(ahead)]),
    ];
  }

  #pin(found: Uint8Array | undefined): Finding {
    const { pin } = this.#state.profile.server;
    const text = (key: Uint8Array | undefined) => (key === undefined ? undefined : fingerprint(key));
    return diagnosis.pinFinding(text(pin), text(found));
  }

  #queue(atServer: number | undefined): Finding {
    const { outbox } = this.#state;
    const waiting = outbox.unsealed().length + outbox.unaccepted().length;
    const accepted = outbox.all().filter((item) => progress(item).state === "accepted").length;
    return diagnosis.queueFinding(waiting, accepted, atServer);
  }

  /** To publish none is to ask how many there are. */
  async #keyPackages(connection: Connection): Promise<Finding[]> {
    const reply = await connection.request({ t: "publish", packages: [] });
    return reply.ok && reply.answer.t === "published"
      ? [diagnosis.keyPackagesFinding(reply.answer.held)]
      : [];
  }

  /** What `places` would say now, asked log by log; what is not there has no place. */
  async #places(connection: Connection): Promise<Place[]> {
    const me = encodeId(this.#state.profile.device.public);
    const places: Place[] = [];
    for (const log of this.#state.conversations.logs()) {
      const [group, members] = await Promise.all([
        connection.request({ t: "info", log }),
        connection.request({ t: "cursors", log }),
      ]);
      if (!group.ok || group.answer.t !== "group" || !members.ok || members.answer.t !== "cursors") continue;
      const { cursors } = members.answer;
      const mine = cursors.find(([device]) => device === me)?.[1] ?? 0;
      // No cursor is beyond the head, and what this device has read was there.
      const read = await this.#state.serial.run(() => this.#load(log));
      const head = Math.max(...cursors.map(([, seq]) => seq), typeof read === "object" ? read.cursor : 0);
      places.push([log, group.answer.epoch, head, mine]);
    }
    return places;
  }

  #conversations(told: Told = {}): Promise<Finding[]> {
    const there = new Map(told.places?.map((place) => [place[0], place]));
    const logs = new Set([...this.#state.conversations.logs(), ...there.keys(), ...(told.invited ?? [])]);
    return this.#state.serial.run(() =>
      [...logs].map((log) => this.#conversation(log, there.get(log), told)),
    );
  }

  #conversation(log: LogId, place: Place | undefined, told: Told): Finding {
    const held = this.#load(log);
    const name = typeof held === "object" ? held.name : this.#name(log);
    const parsed = parseName(name ?? "");
    return diagnosis.conversationFinding(
      {
        ...(name === undefined ? {} : { name }),
        trust: parsed.ok ? this.#state.trust.state(parsed.fold) : "unknown",
        ...(typeof held === "object" ? { epoch: serverEpoch(held), cursor: held.cursor } : {}),
        ...(place === undefined ? {} : { server: serverPlace(place) }),
        stands: typeof held === "string" ? held : this.#stands(log, held, place, told),
      },
      told.connected ?? false,
    );
  }

  #stands(log: LogId, held: Held | undefined, place: Place | undefined, told: Told): Stands {
    // An invitation to what there is already says that the other side has begun it anew.
    if (told.invited?.has(log)) return "invited";
    const { pending } = this.#state;
    if (place !== undefined) return standing(held, pending.has(log) && !pending.isChange(log), place);
    if (told.places === undefined) return held === undefined ? "comes-back" : "unasked";
    return held !== undefined && isUnconfirmed(held) ? "begins" : "gone";
  }

  /** Undefined when its state does not load, the reason when the vault itself is at fault. */
  #load(log: LogId) {
    return faultOr(() => this.#state.conversations.get(log));
  }

  #name(log: LogId): string | undefined {
    const name = faultOr(() => ({ name: this.#state.conversations.nameOf(log) }));
    return typeof name === "object" ? name.name : undefined;
  }
}

function serverPlace([, epoch, head, cursor]: Place): ServerPlace {
  return { epoch, head, cursor };
}

/** What the vault gives, or why it does not. */
function faultOr<T extends object | undefined>(read: () => T): T | StoreFailure["reason"] {
  try {
    return read();
  } catch (error) {
    if (error instanceof StoreFailure) return error.reason;
    throw error;
  }
}

// What registered devices ask: each request goes to the noun it speaks of.
// Must not know how sessions begin and end.

import type { DeviceId } from "../domain/id.ts";
import type { Quota } from "../ports/server-store.ts";
import type { ClientMessage, ClientRequest } from "../wire/messages.ts";
import { Adding } from "./adding.ts";
import { Administration } from "./administration.ts";
import { Appending } from "./appending.ts";
import type { Depot } from "./blobs.ts";
import { Conversations } from "./conversations.ts";
import { Cursors } from "./cursors.ts";
import type { Delivery } from "./delivery.ts";
import { type Answer, Directory, type Door } from "./directory.ts";
import type { Disk } from "./disk.ts";
import { GroupCommits } from "./group-commits.ts";
import { Groups } from "./groups.ts";
import { KeyPackages } from "./key-packages.ts";
import type { Presence } from "./presence.ts";
import type { ServerPorts } from "./server.ts";
import type { Session } from "./session.ts";

/** What is answered without a look at the session's own state. Appends go their own, shorter way. */
type Request = Exclude<ClientRequest, { t: "append" | "hello" | "ping" | "sync" }>;

/** What the requests share with the sessions. */
export interface Shared {
  readonly delivery: Delivery;
  readonly presence: Presence;
  readonly disk: Disk;
  readonly depot: Depot;
  readonly sessionOf: (device: DeviceId) => Session | undefined;
}

export class Requests {
  readonly appending: Appending;
  readonly cursors: Cursors;
  readonly depot: Depot;
  readonly #directory: Directory;
  readonly #keyPackages: KeyPackages;
  readonly #conversations: Conversations;
  readonly #adding: Adding;
  readonly #groups: Groups;
  readonly #groupCommits: GroupCommits;

  constructor({ store, clock }: ServerPorts, shared: Shared, door: Door, quota: Quota) {
    const { delivery, presence, disk, sessionOf } = shared;
    this.depot = shared.depot;
    this.#directory = new Directory(store, clock, presence, door);
    this.#keyPackages = new KeyPackages(store, clock);
    this.#conversations = new Conversations(store, clock, delivery, sessionOf);
    this.cursors = new Cursors(store, clock, delivery, disk);
    this.#adding = new Adding(store, clock, {
      members: (log) => delivery.placed(log),
      fault: (error) => disk.fault("adding", error),
    });
    const administration = new Administration(store, clock);
    const parts = { ...shared, administration, adding: this.#adding, cursors: this.cursors };
    this.#groups = new Groups(store, clock, parts);
    this.appending = new Appending(store, clock, parts, quota);
    this.#groupCommits = new GroupCommits(store, clock, { ...parts, appending: this.appending });
  }

  async perform(session: Session, m: Request, body: Uint8Array): Promise<void> {
    switch (m.t) {
      case "register":
        return reply(session, m.re, await this.#directory.register(session, m.re, m.name, m.secret, body));
      case "invited":
        return reply(session, m.re, await this.#directory.invited(session, m.re, m.secret));
      case "users":
        return reply(session, m.re, await this.#directory.users(m.re, m.after));
      case "lookup":
        return reply(session, m.re, await this.#directory.lookup(m.re, m.name));
      case "publish":
        return reply(session, m.re, await this.#keyPackages.publish(session, m, body));
      case "claim":
        return reply(session, m.re, await this.#keyPackages.claim(session, m.re, m.name));
      case "create":
        return reply(session, m.re, await this.#conversations.create(session, m, body));
      case "commit":
        return this.#commit(session, m, body);
      case "found":
        return reply(session, m.re, await this.#groups.found(session, m, body));
      case "join":
        return reply(session, m.re, await this.#groups.join(session, m, body));
      case "leave":
        return reply(session, m.re, await this.#groups.leave(session, m, body));
      case "groups":
        return reply(session, m.re, await this.#groups.list(session, m));
      case "members":
        return reply(session, m.re, await this.#groups.members(session, m));
      case "info":
        return reply(session, m.re, await this.#conversations.info(session, m));
      case "cursors":
        return reply(session, m.re, await this.cursors.page(session, m));
      case "upload":
      case "chunk":
      case "fetch":
      case "blob":
      case "got":
      case "cancel": {
        const answer = await this.depot.answer(session, m, body);
        return answer === undefined ? undefined : reply(session, m.re, answer);
      }
    }
  }

  async #commit(
    session: Session,
    m: Extract<ClientMessage, { t: "commit" }>,
    body: Uint8Array,
  ): Promise<void> {
    const commits = (await this.#groupCommits.isOf(session, m.log)) ? this.#groupCommits : this.appending;
    return commits.commit(session, m, body);
  }

  /** A device has come in: its groups may have waited for it. */
  placed(session: Session): void {
    for (const { log, kind, until } of session.subscriptions?.values() ?? [])
      if (kind === "group" && until === undefined) this.#adding.look(log);
  }

  /** A device has gone: what it was asked is for another. */
  gone(session: Session): void {
    this.#adding.gone(session);
    this.depot.ended(session);
  }

  /** To be called every few seconds. */
  sweep(now: number): void {
    this.#keyPackages.sweep(now);
    this.#groups.sweep(now);
    this.#groupCommits.sweep(now);
  }

  close(): void {
    this.#adding.close();
  }
}

function reply(session: Session, re: number, answer: Answer): void {
  if ("refused" in answer) session.refuse(re, answer.refused);
  else session.send(answer.answer, answer.body);
}

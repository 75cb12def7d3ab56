// The server's core: sessions come and go, each message goes to the noun it speaks of, the end is orderly.
// Knows ports alone: no socket, no database, no timer of its own.

import type { DeviceId } from "../domain/id.ts";
import type { Clock, Link, LinkEnd, LinkHandler, Log } from "../ports.ts";
import type { Blobs } from "../ports/blobs.ts";
import type { Quota, ServerStore } from "../ports/server-store.ts";
import { HELLO_TIMEOUT, IDLE_TIMEOUT, VERSIONS } from "../wire/limits.ts";
import type { ClientMessage, ClientRequest } from "../wire/messages.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import { Depot, FILE_LIMITS, type FileLimits } from "./blobs.ts";
import { Delivery } from "./delivery.ts";
import { Disk } from "./disk.ts";
import { Presence } from "./presence.ts";
import { Requests } from "./requests.ts";
import { QUOTA, RETENTION, Retention } from "./retention.ts";
import { Session, type SessionEvents } from "./session.ts";
import { Whispering } from "./whispering.ts";

export interface ServerPorts {
  readonly store: ServerStore;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ServerSettings {
  /** What the class is called, shown to those who join. */
  readonly className: string;
  /** 16 bytes; whoever is not on this machine must know it to register. */
  readonly secret: Uint8Array;
  /** Not even with that: whoever is not on this machine needs an invitation. */
  readonly inviteOnly?: boolean | undefined;
  /** How long entries are kept that somebody has not fetched, ms; 180 days unless given. */
  readonly retention?: number | undefined;
  /** What one person may have waiting for others; 50,000 entries of 256 MiB unless given. */
  readonly quota?: Quota | undefined;
  /** How large files may be, and how much of them is kept; FILE_LIMITS unless given. */
  readonly files?: FileLimits | undefined;
}

/** How long an orderly end waits for what is in hand, and how often silence and trimming are looked after; ms. */
const FINISH_WITHIN = 5_000;
const SWEEP_EVERY = 15_000;

export class Server implements SessionEvents {
  readonly #ports: ServerPorts;
  readonly #settings: ServerSettings;
  readonly #sessions = new Map<DeviceId, Session>();
  readonly #links = new Map<Session, () => void>();
  readonly #presence: Presence;
  readonly #delivery: Delivery;
  readonly #requests: Requests;
  readonly #disk: Disk;
  readonly #retention: Retention;
  readonly #whispering: Whispering;
  #inHand = 0;
  #finished: (() => void) | undefined;
  #stopping = false;
  #cancelSweep: () => void;

  constructor(ports: ServerPorts, settings: ServerSettings) {
    const { store, blobs, clock } = ports;
    const { retention = RETENTION, quota = QUOTA, files = FILE_LIMITS } = settings;
    const sessionOf = (device: DeviceId) => this.#sessions.get(device);
    this.#ports = ports;
    this.#settings = settings;
    this.#disk = new Disk(clock, ports.log);
    this.#presence = new Presence(clock);
    this.#delivery = new Delivery(store, clock, {
      fault: (error) => this.#disk.fault("delivery", error),
      placed: (session) => this.#requests.placed(session),
    });
    this.#whispering = new Whispering(this.#delivery, () => clock.now());
    const depotPorts = {
      store,
      blobs,
      clock,
      sessionOf,
      fault: (error: unknown) => this.#disk.fault("files", error),
    };
    const shared = {
      delivery: this.#delivery,
      presence: this.#presence,
      disk: this.#disk,
      depot: new Depot(depotPorts, files),
      sessionOf,
    };
    const door = { secret: settings.secret, inviteOnly: settings.inviteOnly ?? false };
    this.#requests = new Requests(ports, shared, door, quota);
    this.#retention = new Retention(store, clock, retention, {
      missed: (missed) => this.#delivery.missed(missed),
      tidy: (before) => this.#requests.depot.tidy(before),
      fault: (where, error) => this.#disk.fault(where, error),
    });
    this.#cancelSweep = clock.after(SWEEP_EVERY, () => this.#sweep());
  }

  /** How many devices are connected. */
  get connected(): number {
    return this.#sessions.size;
  }

  /** A new link; what it says goes to the handler. */
  accept(link: Link): LinkHandler {
    const session = new Session(link, this);
    this.#links.set(
      session,
      this.#ports.clock.after(HELLO_TIMEOUT, () => session.bye("idle")),
    );
    if (this.#stopping) session.bye("shutting-down");
    return session;
  }

  /** Takes nothing new, finishes what is in hand, tells everyone, ends the links. The store stays open. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelSweep();
    if (this.#inHand > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = this.#ports.clock.after(FINISH_WITHIN, resolve);
      this.#finished = resolve;
      await promise;
      cancel();
    }
    for (const session of this.#links.keys()) session.bye("shutting-down");
    this.#presence.close();
    this.#requests.close();
    this.#delivery.close();
  }

  now(): number {
    return this.#ports.clock.now();
  }

  message(session: Session, message: ClientMessage, body: Uint8Array): void {
    if (message.t === "ack") {
      if (session.subscriptions !== undefined) this.#requests.cursors.ack(session, message.log, message.seq);
      return;
    }
    if (message.t === "whisper") return this.#whispering.whisper(session, message.log, body);
    if (this.#stopping) return session.refuse(message.re, "shutting-down");
    const early = this.#tooEarly(session, message);
    if (early !== undefined) return session.refuse(message.re, early);
    this.#inHand += 1;
    const finished = () => {
      this.#inHand -= 1;
      if (this.#inHand === 0) this.#finished?.();
    };
    const failed = (error: unknown) => {
      session.refuse(message.re, this.#disk.fault(message.t, error));
      finished();
    };
    // Most requests are appends: what is done for each of them shows in the server's load.
    if (message.t === "append")
      this.#requests.appending.message(session, message, body).then(finished, failed);
    else this.#perform(session, message, body).then(finished, failed);
  }

  async #perform(
    session: Session,
    m: Exclude<ClientRequest, { t: "append" }>,
    body: Uint8Array,
  ): Promise<void> {
    switch (m.t) {
      case "hello":
        return this.#hello(session, m.re, m.versions);
      case "ping":
        return session.send({ t: "pong", re: m.re });
      case "sync":
        return this.#sync(session, m.re, m.presence ?? false);
      default:
        return this.#requests.perform(session, m, body);
    }
  }

  drained(session: Session): void {
    this.#delivery.drained(session);
    this.#requests.depot.drained(session);
  }

  ended(session: Session, end: LinkEnd): void {
    this.#forget(session);
    if (end.cause === "slow-reader" || end.cause === "failed") {
      const fields = { cause: end.cause, remote: session.link.remote, detail: end.detail ?? "" };
      this.#ports.log("warn", "link-ended", fields);
    }
  }

  #tooEarly(session: Session, message: ClientRequest): RefusalCode | undefined {
    if (message.t === "hello" || message.t === "ping") return undefined;
    if (!session.greeted) return "hello-first";
    const isBefore = message.t === "register" || message.t === "invited";
    if (!isBefore && session.account === undefined) return "not-registered";
    return undefined;
  }

  /** Agrees on the version; the newer connection of a device takes over from the older. */
  async #hello(session: Session, re: number, offered: readonly number[]): Promise<void> {
    const version = VERSIONS.find((ours) => offered.includes(ours));
    if (version === undefined) {
      session.refuse(re, "unsupported-version");
      return session.bye("unsupported-version");
    }
    if (session.greeted) return session.refuse(re, "malformed");
    session.greeted = true;
    const account = await this.#ports.store.accountOfDevice(session.device).catch((error: unknown) => {
      session.greeted = false; // it may say it again
      throw error;
    });
    if (!session.open) return;
    this.#links.get(session)?.();
    const older = this.#sessions.get(session.device);
    this.#sessions.set(session.device, session);
    if (account !== undefined) {
      session.registeredAs(account);
      this.#presence.arrived(account);
    }
    if (older !== undefined) {
      older.bye("taken-over");
      this.#forget(older);
    }
    const { className } = this.#settings;
    const name = account === undefined ? {} : { name: account.name };
    session.send({ t: "welcome", re, version, class: className, time: this.now(), ...name });
  }

  /** From here on the session is sent what it has missed and what comes. */
  async #sync(session: Session, re: number, presence: boolean): Promise<void> {
    const { store } = this.#ports;
    if (session.subscriptions !== undefined) return session.refuse(re, "malformed");
    this.#delivery.expect(session);
    try {
      const [waiting, memberships] = await Promise.all([
        store.waiting(session.device),
        store.memberships(session.device),
      ]);
      if (!session.open) return;
      if (presence) this.#presence.watch(session);
      session.send({ t: "synced", re, waiting });
      this.#delivery.synchronise(session, memberships);
    } catch (error) {
      this.#delivery.unsubscribe(session); // it may ask again
      throw error;
    }
  }

  #forget(session: Session): void {
    this.#links.get(session)?.();
    if (!this.#links.delete(session)) return;
    this.#delivery.unsubscribe(session);
    this.#requests.gone(session);
    this.#presence.unwatch(session);
    if (session.account !== undefined) this.#presence.left(session.account);
    if (this.#sessions.get(session.device) === session) this.#sessions.delete(session.device);
  }

  #sweep(): void {
    const silentSince = this.now() - IDLE_TIMEOUT;
    for (const session of this.#links.keys()) if (session.lastHeard < silentSince) session.bye("idle");
    this.#requests.sweep(this.now());
    this.#retention.sweep();
    this.#cancelSweep = this.#ports.clock.after(SWEEP_EVERY, () => this.#sweep());
  }
}

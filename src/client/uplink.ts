// The way to the server: dial, agree on a version, register once, synchronise, and again after every break, with
// pauses that grow and differ. Must not know what is sent over it.

import { encodeId } from "../domain/id.ts";
import type { Dial } from "../ports.ts";
import { type RefusalCode, REFUSALS } from "../wire/refusal.ts";
import { VERSIONS } from "../wire/limits.ts";
import { type Backoff, backoff } from "./backoff.ts";
import { Connection, type Ended, type Reply } from "./connection.ts";
import type { OfflineCause, Status } from "./events.ts";
import type { Notice } from "./inbound.ts";
import { updateProfile } from "./profile.ts";
import { isOff } from "./server-time.ts";
import type { ClientState } from "./state.ts";

/** What a server said of itself: the class, and the version of the protocol that was agreed on. */
export interface Greeting {
  readonly className: string;
  readonly version: number;
}

/** What is done over one connection while it lasts. */
export interface Traffic {
  /** Before anything is sent to this device. */
  prepare(): Promise<void>;
  notices(notices: readonly Notice[]): void;
  /** All is agreed with the server; `waiting` messages are on their way. */
  begin(greeting: Greeting, waiting: number): void;
  /** The link has room again. */
  drained(): void;
  end(): void;
}

export interface UplinkEvents {
  status(status: Status): void;
  /** `since`: the server's time, ms. */
  connected(connection: Connection, since: number): Traffic;
  fault(error: unknown): void;
}

export class Uplink {
  readonly #state: ClientState;
  readonly #dial: Dial;
  readonly #agent: string;
  readonly #events: UplinkEvents;
  readonly #backoff: Backoff;
  #connection: Connection | undefined;
  #traffic: Traffic | undefined;
  #cancelAgain: (() => void) | undefined;
  #started = false;
  #stopped = false;
  /** How far ahead this machine's clock was when that was said last, ms. */
  #aheadTold: number | undefined;

  constructor(state: ClientState, dial: Dial, agent: string, events: UplinkEvents) {
    this.#state = state;
    this.#dial = dial;
    this.#agent = agent;
    this.#events = events;
    this.#backoff = backoff(state.random);
  }

  /** Whether it ever tried. */
  get started(): boolean {
    return this.#started;
  }

  start(): void {
    this.#started = true;
    this.#connect().catch((error: unknown) => this.#events.fault(error));
  }

  /** Resolves when what was said has left. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelAgain?.();
    await this.#connection?.close();
  }

  /** Ends this connection for a reason of ours and comes back later. */
  interrupt(cause: OfflineCause): void {
    const connection = this.#connection;
    this.#offline(cause, true);
    void connection?.close();
  }

  async #connect(): Promise<void> {
    if (this.#stopped) return;
    this.#events.status({ state: "connecting" });
    let mine: Connection | undefined;
    const dialled = await this.#dial((link) => {
      const events = {
        // A server does not speak first: what comes before `sync` has nobody to go to.
        notices: (notices: readonly Notice[]) => {
          if (this.#connection === mine) this.#traffic?.notices(notices);
        },
        drained: () => {
          if (this.#connection === mine) this.#traffic?.drained();
        },
        ended: (ended: Ended) => {
          if (this.#connection === mine) this.#lost(ended);
        },
      };
      mine = new Connection(link, this.#state.clock, events);
      this.#connection = mine;
      if (this.#state.profile.server.pin === undefined) this.#pin(link.peer);
      return mine;
    });
    if (!dialled.ok) {
      this.#connection = undefined;
      return this.#offline({ kind: "dial", failure: dialled.failure }, dialled.failure.cause !== "wrong-key");
    }
    if (this.#stopped) return dialled.link.close();
    if (mine !== undefined) await this.#greet(mine);
  }

  async #greet(connection: Connection): Promise<void> {
    const asked = this.#state.clock.now();
    const hello = await connection.request({ t: "hello", versions: [...VERSIONS], agent: this.#agent });
    if (!hello.ok || hello.answer.t !== "welcome") return this.#refused(hello);
    const { name, time, class: className, version } = hello.answer;
    if (!VERSIONS.includes(version)) return this.#refused({ ok: false, refused: "unsupported-version" });
    this.#compareClocks(time, asked);
    if (name === undefined || !this.#state.profile.registered) {
      const registered = await this.#register(connection);
      if (!registered.ok) return this.#refused(registered);
    }
    if (this.#connection !== connection) return; // it was ended meanwhile
    this.#traffic = this.#events.connected(connection, time);
    await this.#traffic.prepare();
    const synced = await connection.request({ t: "sync", presence: true });
    if (this.#connection !== connection) return;
    if (!synced.ok || synced.answer.t !== "synced") return this.#refused(synced);
    this.#backoff.reset();
    this.#traffic?.begin({ className, version }, synced.answer.waiting);
  }

  async #register(connection: Connection): Promise<Reply> {
    const { name, credential, server } = this.#state.profile;
    const secret = server.secret === undefined ? {} : { secret: encodeId(server.secret) };
    const reply = await connection.request({ t: "register", name, ...secret }, credential);
    if (reply.ok) {
      this.#state.profile = updateProfile(this.#state.store, this.#state.profile, { registered: true });
    }
    return reply;
  }

  #compareClocks(time: number, asked: number): void {
    const ahead = this.#state.time.learn(time, asked);
    const told = this.#aheadTold;
    this.#aheadTold = isOff(ahead) ? ahead : undefined;
    const isNews = isOff(ahead) && (told === undefined || isOff(ahead - told));
    if (isNews) this.#state.emit({ type: "clock-off", ahead });
  }

  /** First contact on this machine: the key that the server has proven is its key from now on. */
  #pin(key: Uint8Array): void {
    const server = { ...this.#state.profile.server, pin: new Uint8Array(key) };
    this.#state.profile = updateProfile(this.#state.store, this.#state.profile, { server });
  }

  #refused(reply: Reply): void {
    if (reply.ok) return this.interrupt({ kind: "lost", detail: "the server answered something else" });
    if (reply.refused === "offline") return; // `lost` says so
    const { again } = REFUSALS[reply.refused];
    const connection = this.#connection;
    this.#offline({ kind: "refused", code: reply.refused }, again);
    void connection?.close();
  }

  #lost(ended: Ended): void {
    if (ended.by === "server")
      return this.#offline({ kind: "refused", code: ended.code }, comesBack(ended.code));
    this.#offline({ kind: "lost", detail: ended.end.detail ?? ended.end.cause }, true);
  }

  #offline(cause: OfflineCause, retry: boolean): void {
    this.#connection = undefined;
    this.#traffic?.end();
    this.#traffic = undefined;
    if (this.#stopped) return;
    if (!retry) return this.#events.status({ state: "offline", cause });
    const again = this.#backoff.next();
    this.#events.status({ state: "offline", cause, again });
    this.#cancelAgain?.();
    this.#cancelAgain = this.#state.clock.after(again, () => this.start());
  }
}

/** Whether a connection that the server ended with this code is worth another. */
function comesBack(code: RefusalCode): boolean {
  return REFUSALS[code].again;
}

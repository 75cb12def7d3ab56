// People: who has which name, by which keys, and who is here. A name belongs to the identity key that took it first.
// Must not know conversations or links beyond the session that asks.

import { type DeviceId, encodeId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import { readCredential } from "../mls/identity.ts";
import type { Clock } from "../ports.ts";
import type { ServerStore } from "../ports/server-store.ts";
import { MAX_CREDENTIAL, MAX_DEVICES, USERS_PAGE } from "../wire/limits.ts";
import type { ServerAnswer } from "../wire/messages.ts";
import type { RefusalCode } from "../wire/refusal.ts";
import { Turns } from "./limits.ts";
import type { Presence } from "./presence.ts";
import type { Session } from "./session.ts";

export type Answer =
  { readonly answer: ServerAnswer; readonly body?: Uint8Array } | { readonly refused: RefusalCode };

export class Directory {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #presence: Presence;
  readonly #secret: Uint8Array;
  readonly #registering = new Turns();

  constructor(store: ServerStore, clock: Clock, presence: Presence, secret: Uint8Array) {
    this.#store = store;
    this.#clock = clock;
    this.#presence = presence;
    this.#secret = secret;
  }

  /** Takes a name for the identity key in the credential, or says whose fault it is that it cannot be had. */
  async register(
    session: Session,
    re: number,
    wanted: string,
    secret: string | undefined,
    body: Uint8Array,
  ): Promise<Answer> {
    if (!session.link.local && !this.#mayEnter(secret)) return { refused: "wrong-secret" };
    const parsed = parseName(wanted);
    if (!parsed.ok) return { refused: "name-invalid" };
    if (body.length > MAX_CREDENTIAL) return { refused: "too-large" };
    const credential = readCredential(body);
    if (credential === undefined || encodeId(credential.device) !== session.device)
      return { refused: "bad-credential" };
    if (credential.name !== parsed.name) return { refused: "bad-credential" };
    const { name, fold, skeleton } = parsed;
    const { identity } = credential;
    const { device } = session;
    const outcome = await this.#registering.take(fold, async () => {
      if (await this.#isFull(fold, identity, device)) return "too-many" as const;
      const time = this.#clock.now();
      return this.#store.register({ name, fold, skeleton, identity, device, credential: body, time });
    });
    switch (outcome) {
      case "registered":
      case "known": {
        const account = await this.#store.accountOfDevice(session.device);
        if (account === undefined) return { refused: "not-registered" }; // freed in the meantime
        if (session.open && session.account === undefined) {
          session.registeredAs(account);
          this.#presence.arrived(account);
        }
        return { answer: { t: "registered", re, name: account.name } };
      }
      case "name-taken":
      case "name-alike":
      case "device-taken":
      case "too-many":
        return { refused: outcome };
    }
  }

  /** Whether the person has as many devices as anybody may, and this is none of them. */
  async #isFull(fold: string, identity: Uint8Array, device: DeviceId): Promise<boolean> {
    const account = await this.#store.account(fold);
    if (account === undefined || Buffer.compare(account.identity, identity) !== 0) return false;
    return account.devices.length >= MAX_DEVICES && !account.devices.includes(device);
  }

  async users(re: number, after: string | undefined): Promise<Answer> {
    const page = await this.#store.accounts(after ?? "", USERS_PAGE);
    this.#presence.flush();
    const last = page.length === USERS_PAGE ? page.at(-1) : undefined;
    const users = page.map(({ name, fold }) => ({ name, online: this.#presence.isOnline(fold) }));
    return { answer: { t: "users", re, users, ...(last === undefined ? {} : { after: last.fold }) } };
  }

  async lookup(re: number, name: string): Promise<Answer> {
    const parsed = parseName(name);
    const account = parsed.ok ? await this.#store.account(parsed.fold) : undefined;
    if (account === undefined) return { refused: "no-such-user" };
    const identity = encodeId(account.identity);
    return { answer: { t: "account", re, name: account.name, identity, devices: [...account.devices] } };
  }

  #mayEnter(secret: string | undefined): boolean {
    if (secret === undefined) return false;
    const given = Buffer.from(secret, "base64url");
    return given.length === this.#secret.length && crypto.timingSafeEqual(given, this.#secret);
  }
}

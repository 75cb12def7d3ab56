// People: who has which name, by which keys, and who is here. A name belongs to the identity key that took it first.
// Must not know conversations or links beyond the session that asks.

import { decodeId, type DeviceId, encodeId } from "../domain/id.ts";
import { invitationState, secretHash } from "../domain/invitation.ts";
import { parseName } from "../domain/name.ts";
import { roleField } from "../domain/role.ts";
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

/** What lets people in who are not on the server's machine. */
export interface Door {
  /** The class link's, 16 bytes. */
  readonly secret: Uint8Array;
  /** The class link lets nobody in: only invitations do. */
  readonly inviteOnly: boolean;
}

export class Directory {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #presence: Presence;
  readonly #door: Door;
  readonly #registering = new Turns();

  constructor(store: ServerStore, clock: Clock, presence: Presence, door: Door) {
    this.#store = store;
    this.#clock = clock;
    this.#presence = presence;
    this.#door = door;
  }

  /** Takes a name for the identity key in the credential, or says whose fault it is that it cannot be had. */
  async register(
    session: Session,
    re: number,
    wanted: string,
    secret: string | undefined,
    body: Uint8Array,
  ): Promise<Answer> {
    const { local } = session.link;
    const invitation = this.#invitation(secret);
    if (!local && invitation === "none") return { refused: "wrong-secret" };
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
      const comer = { name, fold, skeleton, identity, device, credential: body, time };
      if (!(invitation instanceof Uint8Array)) return this.#store.register(comer);
      const outcome = await this.#store.register({ ...comer, invitation });
      // On the server's own machine a link says more, and is not needed.
      return outcome === "no-such-invitation" && local ? this.#store.register(comer) : outcome;
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
      case "no-such-invitation":
        return { refused: "wrong-secret" };
      case "name-taken":
      case "name-alike":
      case "device-taken":
      case "invitation-expired":
      case "invitation-used":
      case "invitation-revoked":
      case "invitation-name":
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

  /** What a link is good for: whoever holds it may know whom it is for. */
  async invited(session: Session, re: number, secret: string): Promise<Answer> {
    const { local } = session.link;
    const hash = this.#invitation(secret);
    const found = hash instanceof Uint8Array ? await this.#store.invitations.find(hash) : undefined;
    if (found === undefined)
      return local || hash === "class" ? { answer: { t: "invited", re } } : { refused: "wrong-secret" };
    const { role, invitee, usedBy } = found;
    const state = invitationState(found, usedBy.length, this.#clock.now());
    if (state !== "open") return { refused: `invitation-${state}` };
    const name = invitee === undefined ? {} : { name: invitee.name };
    return { answer: { t: "invited", re, ...name, ...roleField(role) } };
  }

  async users(re: number, after: string | undefined): Promise<Answer> {
    const page = await this.#store.accounts(after ?? "", USERS_PAGE);
    this.#presence.flush();
    const last = page.length === USERS_PAGE ? page.at(-1) : undefined;
    const users = page.map(({ name, fold, role }) => ({
      name,
      online: this.#presence.isOnline(fold),
      ...roleField(role),
    }));
    return { answer: { t: "users", re, users, ...(last === undefined ? {} : { after: last.fold }) } };
  }

  async lookup(re: number, name: string): Promise<Answer> {
    const parsed = parseName(name);
    const account = parsed.ok ? await this.#store.account(parsed.fold) : undefined;
    if (account === undefined) return { refused: "no-such-user" };
    const identity = encodeId(account.identity);
    return { answer: { t: "account", re, name: account.name, identity, devices: [...account.devices] } };
  }

  /**
   * The hash under which an invitation with this secret is kept, for the store to find. "class": it is the class link's.
   * "none": no secret that could let anybody in. How long a search for a hash takes says nothing of any secret.
   */
  #invitation(secret: string | undefined): Uint8Array | "class" | "none" {
    const { secret: ours, inviteOnly } = this.#door;
    const given = secret === undefined ? undefined : decodeId(secret, ours.length);
    if (given === undefined) return "none";
    if (crypto.timingSafeEqual(given, ours)) return inviteOnly ? "none" : "class";
    return secretHash(given);
  }
}

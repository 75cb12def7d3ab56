// Before the first word to somebody: who they are by the server's word and by the pin, and a conversation with them.
// Must not know what will be said.

import { directLog } from "../domain/direct-log.ts";
import { decodeId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import { readKeyPackage } from "../mls/key-package.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { isActive } from "../mls/state.ts";
import { splitBody } from "../wire/codec.ts";
import { type RefusalCode, REFUSALS } from "../wire/refusal.ts";
import { beginDirect } from "./beginnings.ts";
import type { Connection } from "./connection.ts";
import { type Held, isGroup, isGroupKey, isUnconfirmed } from "./conversation-record.ts";
import type { FailureReason } from "./failure-reason.ts";
import { keyChanged } from "./key-changed.ts";
import type { ClientState } from "./state.ts";

export type Introduced =
  | { readonly outcome: "ready"; readonly held: Held }
  /** `again`: try by the clock, for the server cannot do it now; else a Welcome or the next connection is waited for. */
  | { readonly outcome: "later"; readonly again?: RefusalCode }
  | { readonly outcome: "failed"; readonly reason: FailureReason };

/** "later": the connection was lost, or the server cannot do it now. */
export type Packages =
  | {
      readonly ok: true;
      readonly identity: Uint8Array;
      readonly packages: readonly { readonly device: string; readonly body: Uint8Array }[];
    }
  | { readonly ok: false; readonly reason: FailureReason | "later" };

interface Peer {
  readonly name: string;
  readonly fold: string;
  readonly identity: Uint8Array;
  readonly devices: readonly string[];
}

/** KeyPackages that are asked for in a row before a person's are given up as unusable. */
const CLAIMS = 3;

export class Introductions {
  readonly #state: ClientState;
  readonly #connection: Connection;
  readonly #mls: MlsProvider;
  /** Conversations whose person was looked up on this connection, by folded name. */
  readonly #known = new Map<string, string>();

  constructor(state: ClientState, connection: Connection, mls: MlsProvider) {
    this.#state = state;
    this.#connection = connection;
    this.#mls = mls;
  }

  /** The conversation with somebody who was looked up on this connection and whose key is still the pinned one. */
  known(fold: string): Held | undefined {
    if (isGroupKey(fold)) return this.#group(fold);
    const log = this.#known.get(fold);
    if (log === undefined || this.#state.trust.state(fold) === "changed") return undefined;
    const held = this.#state.conversations.get(log);
    return held === undefined || isUnconfirmed(held) ? undefined : held;
  }

  /** A group that this device is in, and into which it has not to wait. */
  #group(fold: string): Held | undefined {
    const held = this.#state.conversations.get(fold.slice(1));
    if (held === undefined || !isGroup(held) || isUnconfirmed(held)) return undefined;
    return held.leaving === undefined && isActive(held.mls) ? held : undefined;
  }

  /** Whoever it was is to be looked up again. */
  forget(fold: string): void {
    this.#known.delete(fold);
  }

  /** Run inside the client's queue. */
  async introduce(fold: string, name: string): Promise<Introduced> {
    const known = this.known(fold);
    if (known !== undefined) return { outcome: "ready", held: known };
    if (isGroupKey(fold)) {
      const there = this.#state.conversations.isGroup(fold.slice(1));
      // In a group that has yet to be founded, or come back into, it waits.
      return there ? { outcome: "later" } : { outcome: "failed", reason: "not-in-group" };
    }
    const met = await this.#meet(fold, name);
    if (!met.ok) return met.introduced;
    const { profile, conversations } = this.#state;
    const { identity } = met.peer;
    const log = directLog(profile.identity.public, identity);
    const held = conversations.get(log);
    const introduced = held === undefined ? await this.#begin(met.peer) : await this.#create(held);
    if (introduced.outcome === "ready") this.#known.set(fold, log);
    return introduced;
  }

  /** Run inside the client's queue: a KeyPackage of each of somebody's devices, for a group they are to be added to. */
  async packagesOf(name: string): Promise<Packages> {
    const parsed = parseName(name);
    if (!parsed.ok) return { ok: false, reason: "no-such-user" };
    const met = await this.#meet(parsed.fold, name);
    if (!met.ok) return { ok: false, reason: whyNot(met.introduced) };
    const claimed = await this.#claim(met.peer);
    if (!claimed.ok) return { ok: false, reason: whyNot(claimed.introduced) };
    return { ok: true, identity: met.peer.identity, packages: claimed.packages };
  }

  /** Somebody by the server's word, whose key is pinned or is the pinned one. */
  async #meet(
    fold: string,
    name: string,
  ): Promise<
    { ok: true; peer: Peer } | { ok: false; introduced: Exclude<Introduced, { outcome: "ready" }> }
  > {
    const not = (introduced: Exclude<Introduced, { outcome: "ready" }>) => ({
      ok: false as const,
      introduced,
    });
    const { serial } = this.#state;
    const reply = await serial.apart(this.#connection.request({ t: "lookup", name }));
    if (!reply.ok) return not(refused(reply.refused));
    if (reply.answer.t !== "account") return not({ outcome: "failed", reason: "malformed" });
    const identity = decodeId(reply.answer.identity, 32);
    if (identity === undefined) return not({ outcome: "failed", reason: "bad-key" });
    const { trust, profile } = this.#state;
    if (Buffer.compare(identity, profile.identity.public) === 0)
      return not({ outcome: "failed", reason: "yourself" });
    const before = trust.pin(fold)?.identity;
    const met = trust.met(fold, reply.answer.name, identity);
    const news = met.news ? [keyChanged(reply.answer.name, before, identity)] : [];
    this.#state.commit(met.writes, news);
    if (!met.ok) return not({ outcome: "failed", reason: "key-changed" });
    return {
      ok: true,
      peer: { name: reply.answer.name, fold, identity, devices: reply.answer.devices },
    };
  }

  async #begin(peer: Peer): Promise<Introduced> {
    const claimed = await this.#claim(peer);
    if (!claimed.ok) return claimed.introduced;
    const begun = await this.#state.conversations.begin(
      beginDirect(this.#state, this.#mls, peer, claimed.packages),
    );
    if (!begun.ok) return { outcome: "failed", reason: "bad-key" };
    this.#state.commit(begun.writes);
    return this.#create(begun.held);
  }

  /** One KeyPackage of each of the person's devices, each theirs by the identity key that was looked up. */
  async #claim(
    peer: Peer,
  ): Promise<
    | { ok: true; packages: { device: string; body: Uint8Array }[] }
    | { ok: false; introduced: Exclude<Introduced, { outcome: "ready" }> }
  > {
    const failed = (reason: FailureReason) => ({
      ok: false as const,
      introduced: { outcome: "failed" as const, reason },
    });
    for (let tries = 0; tries < CLAIMS; tries++) {
      const { serial } = this.#state;
      const reply = await serial.apart(this.#connection.request({ t: "claim", name: peer.name }));
      if (!reply.ok) return { ok: false, introduced: refused(reply.refused) };
      if (reply.answer.t !== "claimed") return failed("malformed");
      const listed = reply.answer.packages;
      const parts = splitBody(
        reply.body,
        listed.map(({ size }) => size),
      );
      if (parts === undefined || parts.length === 0) return failed("malformed");
      const packages = listed.flatMap(({ device }, i) => ({ device, body: parts[i] ?? new Uint8Array(0) }));
      const read = await Promise.all(
        packages.map(({ body }) => readKeyPackage(this.#mls, body, this.#state.time.now())),
      );
      if (read.some((one) => !one.ok && one.refused === "expired")) continue; // used up now; the next is newer
      const theirs = read.every((one, i) => {
        if (!one.ok) return false;
        const { identity, device, name } = one.credential;
        const expected = decodeId(packages[i]?.device ?? "", 32);
        return (
          name === peer.name &&
          Buffer.compare(identity, peer.identity) === 0 &&
          expected !== undefined &&
          Buffer.compare(device, expected) === 0
        );
      });
      return theirs ? { ok: true, packages } : failed("bad-key");
    }
    return failed("no-key-package");
  }

  /** Has the server create what is only on this device yet; the same request however often it takes. */
  async #create(held: Held): Promise<Introduced> {
    const creating = isGroup(held) ? undefined : held.creating;
    if (creating === undefined) return { outcome: "ready", held };
    const request = {
      t: "create" as const,
      log: held.log,
      with: held.name,
      info: creating.info,
      welcomes: creating.welcomes,
    };
    const { conversations, serial } = this.#state;
    const reply = await serial.apart(this.#connection.request(request, creating.body));
    if (reply.ok && reply.answer.t === "created") {
      this.#state.commit(
        conversations.update(held, { created: true, cursor: Math.max(held.cursor, reply.answer.seq) }),
      );
      const created = conversations.get(held.log);
      if (created === undefined)
        throw new Error("introductions: a conversation that was just kept is not there");
      return { outcome: "ready", held: created };
    }
    if (reply.ok) return { outcome: "failed", reason: "malformed" };
    // The other side was first: ours is void, and their Welcome is on its way to this device.
    if (reply.refused === "log-exists") {
      this.#state.commit(conversations.drop(held.log));
      return { outcome: "later" };
    }
    return refused(reply.refused);
  }
}

function whyNot(introduced: Exclude<Introduced, { outcome: "ready" }>): FailureReason | "later" {
  return introduced.outcome === "failed" ? introduced.reason : "later";
}

function refused(code: RefusalCode | "offline"): Exclude<Introduced, { outcome: "ready" }> {
  if (code === "offline") return { outcome: "later" };
  return REFUSALS[code].again ? { outcome: "later", again: code } : { outcome: "failed", reason: code };
}

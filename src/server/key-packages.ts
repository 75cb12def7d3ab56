// KeyPackages in store for those who are away (RFC 9420 §10, §16.8): each handed out once, the last resort when
// there is no other. Must not know MLS beyond their ids.

import { parseName } from "../domain/name.ts";
import type { Clock } from "../ports.ts";
import type { ServerStore } from "../ports/server-store.ts";
import { splitBody } from "../wire/codec.ts";
import { MAX_HELD } from "../wire/limits.ts";
import type { ClientMessage } from "../wire/messages.ts";
import type { Answer } from "./directory.ts";
import { Allowances, Turns } from "./limits.ts";
import type { Session } from "./session.ts";

/** A person's claims at once, and the pause after which one more is free: enough for a class, too slow to drain it. */
const CLAIMS = 60;
const CLAIM_EVERY = 1_000;

export class KeyPackages {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  /** By folded name. */
  readonly #claims = new Allowances(CLAIMS, CLAIM_EVERY);
  readonly #publishing = new Turns();

  constructor(store: ServerStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Forgets those who have claimed nothing for a while. */
  sweep(now: number): void {
    this.#claims.sweep(now);
  }

  async publish(
    session: Session,
    m: Extract<ClientMessage, { t: "publish" }>,
    body: Uint8Array,
  ): Promise<Answer> {
    const sizes = m.packages.map(({ size }) => size);
    const parts = splitBody(body, sizes);
    if (parts === undefined) return { refused: "malformed" };
    const packages = m.packages.flatMap(({ id, last }, i) => {
      const part = parts[i];
      return part === undefined ? [] : [{ id, body: part, lastResort: last ?? false }];
    });
    const added = packages.filter(({ lastResort }) => !lastResort).length;
    return this.#publishing.take(session.device, async () => {
      const before = added === 0 ? 0 : await this.#store.publish(session.device, []);
      if (before + added > MAX_HELD) return { refused: "too-many" };
      const held = await this.#store.publish(session.device, packages);
      return { answer: { t: "published", re: m.re, held } };
    });
  }

  async claim(session: Session, re: number, name: string): Promise<Answer> {
    const asker = session.account?.fold;
    if (asker === undefined) return { refused: "not-registered" };
    if (!this.#claims.take(asker, this.#clock.now())) return { refused: "too-many" };
    const parsed = parseName(name);
    const account = parsed.ok ? await this.#store.account(parsed.fold) : undefined;
    if (account === undefined) return { refused: "no-such-user" };
    const others = account.devices.filter((device) => device !== session.device);
    const claimed = await Promise.all(
      others.map(async (device) => ({ device, held: await this.#store.claim(device) })),
    );
    const found = claimed.flatMap(({ device, held }) =>
      held === undefined ? [] : [{ device, body: held.body }],
    );
    if (found.length === 0) return { refused: "no-key-package" };
    const packages = found.map(({ device, body }) => ({ device, size: body.length }));
    return { answer: { t: "claimed", re, packages }, body: Buffer.concat(found.map((one) => one.body)) };
  }
}

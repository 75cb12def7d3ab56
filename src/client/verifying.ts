// Whose key is whose, as a person asks: the safety number, a comparison, a changed key accepted.
// Must not know how keys are kept or how the server is reached.

import { parseName } from "../domain/name.ts";
import { fingerprint, safetyNumber } from "../mls/safety-number.ts";
import type { VaultWrite } from "../ports.ts";
import type { Reply, Request } from "./connection.ts";
import type { Asked, Verification } from "./events.ts";
import type { ClientState } from "./state.ts";

export class Verifying {
  readonly #state: ClientState;
  readonly #ask: (request: Request) => Promise<Reply>;

  constructor(state: ClientState, ask: (request: Request) => Promise<Reply>) {
    this.#state = state;
    this.#ask = ask;
  }

  /** The person's keys, after what `change` does to the pin. Somebody never met is looked up, and so pinned. */
  async after(name: string, change: (fold: string) => VaultWrite[]): Promise<Asked<Verification>> {
    const parsed = parseName(name);
    if (!parsed.ok) return { ok: false, reason: "no-such-user" };
    const { fold } = parsed;
    const met = await this.#meet(fold, name);
    if (met !== undefined) return { ok: false, reason: met };
    return this.#state.serial.run(() => {
      const { trust, profile } = this.#state;
      this.#state.commit(change(fold));
      const pin = trust.pin(fold);
      if (pin === undefined) return { ok: false, reason: "no-such-user" };
      const number = safetyNumber(
        { name: profile.name, identity: profile.identity.public },
        { name: pin.name, identity: pin.identity },
      );
      const found = pin.changed === undefined ? {} : { found: fingerprint(pin.changed) };
      const value = {
        name: pin.name,
        trust: trust.state(fold),
        safetyNumber: number,
        pinned: fingerprint(pin.identity),
      };
      return { ok: true, value: { ...value, ...found } };
    });
  }

  async #meet(
    fold: string,
    name: string,
  ): Promise<Exclude<Asked<unknown>, { ok: true }>["reason"] | undefined> {
    const pinned = this.#state.trust.pin(fold) !== undefined;
    const reply = await this.#ask({ t: "lookup", name });
    if (!reply.ok) return pinned ? undefined : reply.refused;
    if (reply.answer.t !== "account") return "malformed";
    const { name: shown, identity } = reply.answer;
    return this.#state.serial.run(() => {
      const key = Buffer.from(identity, "base64url");
      if (Buffer.compare(key, this.#state.profile.identity.public) === 0) return "yourself";
      this.#state.commit(this.#state.trust.met(fold, shown, new Uint8Array(key)).writes);
      return undefined;
    });
  }
}

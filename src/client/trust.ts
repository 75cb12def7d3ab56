// Whose key is whose: the first one met is pinned, another one is held against it until its owner's friend accepts it.
// Must not know MLS or the network.

import * as v from "valibot";
import type { ClientStore, VaultWrite } from "../ports.ts";
import type { Trust } from "./events.ts";
import { bytes, decodeRecord, encodeRecord } from "./record.ts";

const pinRecord = v.object({
  v: v.literal(1),
  name: v.string(),
  identity: bytes,
  verified: v.boolean(),
  /** A key that was met later and is not accepted. */
  changed: v.optional(bytes),
});

export type Pin = v.InferOutput<typeof pinRecord>;

export class TrustBook {
  readonly #store: ClientStore;
  /** What was read since the store last changed: each message is held against its sender's. */
  readonly #pins = new Map<string, Pin | undefined>();

  constructor(store: ClientStore) {
    this.#store = store;
  }

  /** Something was written in the store, or was not although it was to be. */
  reload(): void {
    this.#pins.clear();
  }

  pin(fold: string): Pin | undefined {
    if (this.#pins.has(fold)) return this.#pins.get(fold);
    const record = this.#store.get("trust", fold);
    const pin = record === undefined ? undefined : decodeRecord(pinRecord, record);
    this.#pins.set(fold, pin);
    return pin;
  }

  state(fold: string): Trust {
    const pin = this.pin(fold);
    if (pin === undefined) return "unknown";
    if (pin.changed !== undefined) return "changed";
    return pin.verified ? "verified" : "pinned";
  }

  /**
   * A person was met under this key. `writes` pins a first key or remembers a changed one; `news` is there when the
   * change was not known yet.
   */
  met(
    fold: string,
    name: string,
    identity: Uint8Array,
  ): { ok: boolean; news: boolean; writes: VaultWrite[] } {
    const pin = this.pin(fold);
    if (pin === undefined) {
      return { ok: true, news: false, writes: [write(fold, { v: 1, name, identity, verified: false })] };
    }
    if (equal(pin.identity, identity)) return { ok: true, news: false, writes: [] };
    const known = pin.changed !== undefined && equal(pin.changed, identity);
    return { ok: false, news: !known, writes: known ? [] : [write(fold, { ...pin, changed: identity })] };
  }

  /** Accepts the changed key; nothing to write when there is none. */
  accept(fold: string): VaultWrite[] {
    const pin = this.pin(fold);
    if (pin?.changed === undefined) return [];
    return [write(fold, { v: 1, name: pin.name, identity: pin.changed, verified: false })];
  }

  /** The pinned key was compared with its owner's. A changed key stays unaccepted. */
  confirm(fold: string): VaultWrite[] {
    const pin = this.pin(fold);
    return pin === undefined ? [] : [write(fold, { ...pin, verified: true })];
  }
}

function write(fold: string, pin: Pin): VaultWrite {
  return { put: "trust", key: fold, value: encodeRecord(pin) };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

// This device's KeyPackages: kept before they are published, replaced as they are used, the last resort in time.
// Must not know how a Welcome is joined.

import * as v from "valibot";
import { type Device, type MadeKeyPackage, makeKeyPackage } from "../mls/key-package.ts";
import type { MlsProvider } from "../mls/provider.ts";
import type { ClientStore, Clock, VaultWrite } from "../ports.ts";
import type { Connection } from "./connection.ts";
import { bytes, decodeRecord, encodeRecord } from "./record.ts";

const keyPackageRecord = v.object({
  v: v.literal(1),
  id: v.string(),
  public: bytes,
  private: bytes,
  lastResort: v.boolean(),
  made: v.number(),
  /** The server said that it has it. */
  published: v.boolean(),
  /** A last resort that somebody has used, and that is due for replacement (RFC 9420 §16.8). */
  used: v.boolean(),
  /** SHA-256 of the Welcomes joined by a last resort: each is good once. */
  welcomes: v.array(v.string()),
});

type KeyPackageRecord = v.InferOutput<typeof keyPackageRecord>;

/** Single-use KeyPackages the server should hold, and when few enough are left to make more. */
const HELD = 30;
const LOW = 15;
const DAY = 24 * 60 * 60 * 1000;
/** A last resort is replaced when it has been used, and at the latest after this. */
const LAST_RESORT_FOR = 30 * DAY;
/** A package that nobody used is kept for as long as somebody may still use it. */
const KEPT_FOR = 100 * DAY;

export class OwnKeyPackages {
  readonly #store: ClientStore;
  readonly #clock: Clock;
  readonly #mls: MlsProvider;
  readonly #device: Device;

  constructor(store: ClientStore, clock: Clock, mls: MlsProvider, device: Device) {
    this.#store = store;
    this.#clock = clock;
    this.#mls = mls;
    this.#device = device;
  }

  /** The one that a Welcome is for, unless it was joined by before. `refs`: those the Welcome names. */
  forWelcome(welcome: Uint8Array, refs: readonly string[]): MadeKeyPackage | undefined {
    const digest = digestOf(welcome);
    for (const ref of refs) {
      const record = this.#store.get("key-package", ref);
      if (record === undefined) continue;
      const found = decodeRecord(keyPackageRecord, record);
      if (!found.welcomes.includes(digest)) return found;
    }
    return undefined;
  }

  /** One that goes to whoever lets this device into a group, and is not among those that the server hands out. */
  keepForJoining(made: MadeKeyPackage): VaultWrite {
    const kept = {
      v: 1 as const,
      ...made,
      made: this.#clock.now(),
      published: true,
      used: false,
      welcomes: [],
    };
    return write(kept);
  }

  /** What joining by it changes. A last resort stays a while: others may have been handed it too. */
  used(id: string, welcome: Uint8Array): VaultWrite[] {
    const record = this.#store.get("key-package", id);
    if (record === undefined) return [];
    const found = decodeRecord(keyPackageRecord, record);
    if (!found.lastResort) return [{ remove: "key-package", key: id }];
    return [write({ ...found, used: true, welcomes: [...found.welcomes, digestOf(welcome)] })];
  }

  /**
   * Sees to it that the server holds enough. What was kept but not confirmed is published again, unchanged.
   * False when the server has not taken all of it.
   */
  async refill(connection: Connection): Promise<boolean> {
    const kept = this.#store.all("key-package").map(({ value }) => decodeRecord(keyPackageRecord, value));
    const now = this.#clock.now();
    const again = kept.filter(({ published }) => !published);
    // One of a day to come was made while a clock was wrong: nobody takes it before that day.
    const current = kept.some(
      ({ lastResort, used, made }) => lastResort && !used && now - made < LAST_RESORT_FOR && made - now < DAY,
    );
    const held = await this.#publish(connection, again);
    if (held === undefined) return false;
    const missing = held > LOW ? 0 : HELD - held;
    const fresh: KeyPackageRecord[] = [];
    for (let i = 0; i < missing; i++) fresh.push(await this.#make(false));
    if (!current) fresh.push(await this.#make(true));
    if (fresh.length === 0) return true;
    const stale = kept.filter((one) => now - one.made > KEPT_FOR);
    // Kept first: the server must never hold one whose private half was lost in between.
    this.#store.transaction([
      ...fresh.map(write),
      ...stale.map(({ id }) => ({ remove: "key-package" as const, key: id })),
    ]);
    return (await this.#publish(connection, fresh)) !== undefined;
  }

  async #make(lastResort: boolean): Promise<KeyPackageRecord> {
    const made = this.#clock.now();
    return {
      v: 1,
      ...(await makeKeyPackage(this.#mls, this.#device, { now: made, lastResort })),
      made,
      published: false,
      used: false,
      welcomes: [],
    };
  }

  /** Answers how many single-use ones the server holds, or undefined when it could not be told. */
  async #publish(connection: Connection, records: readonly KeyPackageRecord[]): Promise<number | undefined> {
    const packages = records.map((one) => ({ id: one.id, size: one.public.length, last: one.lastResort }));
    const reply = await connection.request(
      { t: "publish", packages },
      Buffer.concat(records.map((one) => one.public)),
    );
    if (!reply.ok || reply.answer.t !== "published") return undefined;
    // Read again: one of them may have been used while the answer was on its way.
    const stored = records.flatMap(({ id }) => this.#store.get("key-package", id) ?? []);
    const confirmed = stored.map((value) =>
      write({ ...decodeRecord(keyPackageRecord, value), published: true }),
    );
    if (confirmed.length > 0) this.#store.transaction(confirmed);
    return reply.answer.held;
  }
}

function digestOf(welcome: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(welcome).digest("base64url");
}

function write(record: KeyPackageRecord): VaultWrite {
  return { put: "key-package", key: record.id, value: encodeRecord(record) };
}

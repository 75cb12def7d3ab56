// A commit of this device's that the server has not answered, with the state after it: kept before it is sent, and sent
// as the same bytes until it is answered. Must not know why it was made.

import * as v from "valibot";
import type { LogId } from "../domain/id.ts";
import type { Device } from "../mls/key-package.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { load } from "../mls/saved.ts";
import type { Conversation } from "../mls/state.ts";
import { type ClientStore, StoreFailure, type VaultWrite } from "../ports.ts";
import type { Request } from "./connection.ts";
import { groupNotice } from "./group-notice.ts";
import { bytes, decodeRecord, encodeRecord } from "./record.ts";

const pendingRecord = v.object({
  v: v.literal(1),
  log: v.string(),
  id: v.string(),
  /** The epoch the commit ends, as the server counts. */
  epoch: v.number(),
  /** As it goes into the log: in a group after what the server is told. */
  commit: bytes,
  info: bytes,
  /** The state after it. */
  group: bytes,
  ratchet: bytes,
  /** A member's own change of a group; else this device comes (back) from outside. */
  change: v.exactOptional(
    v.object({
      welcomes: v.array(v.object({ device: v.string(), id: v.string(), size: v.number() })),
      history: v.exactOptional(v.object({ id: v.string(), size: v.number() })),
      /** The Welcomes, then the history. */
      body: bytes,
      /** Devices it removes, those that it puts in again among them. */
      removed: v.array(v.string()),
      notices: v.array(groupNotice),
      /** Keys of the intents that are done by it. */
      intents: v.array(v.string()),
      /** This device's keys are new with it. */
      renews: v.boolean(),
    }),
  ),
  /** It lets this device into a group for the first time. */
  enters: v.exactOptional(v.boolean()),
});

export type Pending = v.InferOutput<typeof pendingRecord>;

// What this process has made need not be read again: with the tree of a large group in it, that takes its time.
const afterOf = new WeakMap<Pending, Conversation>();

export class PendingCommits {
  readonly #store: ClientStore;
  /** Whether it is a member's own change, by log; and what was put here, as it was put. */
  readonly #logs = new Map<LogId, boolean>();
  readonly #put = new Map<LogId, Pending>();

  constructor(store: ClientStore) {
    this.#store = store;
    this.reload();
  }

  /** Takes over what is in the store, forgetting what was not written. */
  reload(): void {
    this.#logs.clear();
    this.#put.clear();
    for (const { key, value } of this.#store.all("pending"))
      this.#logs.set(key, decodeRecord(pendingRecord, value).change !== undefined);
  }

  get(log: LogId): Pending | undefined {
    const put = this.#put.get(log);
    if (put !== undefined) return put;
    const record = this.#logs.has(log) ? this.#store.get("pending", log) : undefined;
    return record === undefined ? undefined : decodeRecord(pendingRecord, record);
  }

  has(log: LogId): boolean {
    return this.#logs.has(log);
  }

  /** Whether this device waits for the server's word on a change of a group it is in. */
  isChange(log: LogId): boolean {
    return this.#logs.get(log) ?? false;
  }

  logs(): LogId[] {
    return [...this.#logs.keys()];
  }

  /** `after`: the state after it, as `pending` has it saved. */
  put(pending: Pending, after: Conversation): VaultWrite {
    afterOf.set(pending, after);
    this.#put.set(pending.log, pending);
    this.#logs.set(pending.log, pending.change !== undefined);
    return { put: "pending", key: pending.log, value: encodeRecord(pending) };
  }

  remove(log: LogId): VaultWrite {
    this.#logs.delete(log);
    this.#put.delete(log);
    return { remove: "pending", key: log };
  }
}

/** What the server is asked, and its body. */
export function requestOf({ log, id, epoch, commit, info, change }: Pending): [Request, Uint8Array] {
  const parts =
    change === undefined
      ? {}
      : {
          welcomes: change.welcomes,
          ...(change.history === undefined ? {} : { history: change.history }),
        };
  const sizes = { commit: commit.length, info: info.length };
  const body = Buffer.concat([commit, info, change?.body ?? new Uint8Array(0)]);
  return [{ t: "commit", log, id, epoch, ...sizes, ...parts }, body];
}

/** The state after it. Throws StoreFailure: this device wrote it. */
export function stateAfter(mls: MlsProvider, device: Device, pending: Pending): Conversation {
  const known = afterOf.get(pending);
  if (known !== undefined) return known;
  const loaded = load(mls, device, pending);
  if (!loaded.ok) throw new StoreFailure(loaded.refused === "unsupported" ? "newer" : "corrupt");
  return loaded.conversation;
}

// The files that this device sends and receives, as they are kept; and how far each is, which is not.
// Must not know what is done about them.

import type { BlobId } from "../domain/id.ts";
import type { ClientStore, Random, VaultWrite } from "../ports.ts";
import type { ClientEvent } from "./events.ts";
import type { Whole } from "./reading-files.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import {
  type Incoming,
  isOver,
  type Outgoing,
  transferRecord,
  type TransferRecord,
} from "./transfer-record.ts";
import type { Transfer } from "./transfer-view.ts";

/** Those over are kept to be listed, so many of them. */
const KEPT = 500;

/** What a change of a record is written and told by. */
export interface Changed {
  readonly writes: VaultWrite[];
  readonly events: ClientEvent[];
}

type Numbered = "v" | "key" | "number";

export class TransferBook {
  readonly #store: ClientStore;
  readonly #random: Random;
  readonly #records = new Map<string, TransferRecord>();
  readonly #done = new Map<string, number>();
  readonly #checks = new Map<string, Whole["checks"]>();
  readonly #fresh: string[] = [];
  #number = 0;

  constructor(store: ClientStore, random: Random) {
    this.#store = store;
    this.#random = random;
    this.reload();
  }

  /** Takes over what is in the store, forgetting what was not written. */
  reload(): void {
    const records = this.#store.all("transfer").map(({ value }) => decodeRecord(transferRecord, value));
    this.#records.clear();
    for (const record of records.sort((a, b) => a.number - b.number)) this.#records.set(record.key, record);
    this.#number = Math.max(0, ...records.map(({ number }) => number));
  }

  /** In the order in which they were begun. */
  all(): TransferRecord[] {
    return [...this.#records.values()];
  }

  outgoing(): Outgoing[] {
    return this.all().filter((record) => record.way === "out");
  }

  incoming(): Incoming[] {
    return this.all().filter((record) => record.way === "in");
  }

  get(key: string): TransferRecord | undefined {
    return this.#records.get(key);
  }

  /** By its number or the id of its message. */
  find(which: string): TransferRecord | undefined {
    return this.all().findLast(({ number, id }) => String(number) === which || id === which);
  }

  /** That which this device sends with that message. */
  ofMessage(id: string): Outgoing | undefined {
    return this.outgoing().find((record) => record.id === id);
  }

  ofBlob(blob: BlobId): TransferRecord[] {
    return this.all().filter(({ file }) => file?.blob === blob);
  }

  begin(record: Omit<Outgoing, Numbered> | Omit<Incoming, Numbered>): Changed & { readonly key: string } {
    this.#number += 1;
    // Of our own making: the message's id is its sender's.
    const key = Buffer.from(this.#random(12)).toString("hex");
    this.#fresh.push(key);
    return { key, ...this.put({ ...record, v: 1, key, number: this.#number }) };
  }

  /** Those that were begun since this was last asked. */
  fresh(): string[] {
    return this.#fresh.splice(0);
  }

  put(record: TransferRecord): Changed {
    this.#records.set(record.key, record);
    if (record.state !== "sending") this.#checks.delete(record.key);
    const writes: VaultWrite[] = [{ put: "transfer", key: record.key, value: encodeRecord(record) }];
    return { writes: [...writes, ...this.#prune()], events: [this.told(record)] };
  }

  /** How far it is, in bytes. */
  reach(key: string, done: number): void {
    this.#done.set(key, done);
  }

  /** By which the chunks of what is being sent are known again; undefined when this process has not read it yet. */
  checks(key: string): Whole["checks"] | undefined {
    return this.#checks.get(key);
  }

  keepChecks(key: string, checks: Whole["checks"]): void {
    if (this.#records.get(key)?.state === "sending") this.#checks.set(key, checks);
  }

  told(record: TransferRecord, why?: Transfer["reason"]): Extract<ClientEvent, { type: "transfer" }> {
    return { type: "transfer", transfer: this.view(record, why) };
  }

  /** `why`: for what it waits. */
  view(record: TransferRecord, why?: Transfer["reason"]): Transfer {
    const { number, id, way, conversation, sender, name, size, state, file, path, reason = why } = record;
    return {
      number,
      id,
      way,
      conversation,
      sender,
      name,
      size,
      ...(file === undefined ? undefined : { sha256: Buffer.from(file.sha256).toString("hex") }),
      state,
      done: isWhole(record) ? size : (this.#done.get(record.key) ?? 0),
      ...(reason === undefined ? undefined : { reason }),
      ...(path === undefined ? undefined : { path }),
      ...(record.way === "out" ? record.takers : undefined),
    };
  }

  #prune(): VaultWrite[] {
    if (this.#records.size <= KEPT) return [];
    const oldest = this.#records.values().find(isOver);
    if (oldest === undefined) return [];
    this.#records.delete(oldest.key);
    this.#done.delete(oldest.key);
    return [{ remove: "transfer", key: oldest.key }];
  }
}

function isWhole({ state }: TransferRecord): boolean {
  return state === "sent" || state === "taken" || state === "received";
}

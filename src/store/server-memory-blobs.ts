// Whose blobs are, in memory: the same steps as in SQLite. Must not know the chunks.

import type { BlobId, DeviceId, LogId } from "../domain/id.ts";
import type { BlobBeginning, BlobBegun, BlobGone, BlobLimits, BlobRecord } from "../ports/blobs.ts";
import { type Answered, type BlobSteps, DECLINED, GOT, NEEDED } from "./server-blob-steps.ts";
import type { DurableMemory } from "./server-memory-rows.ts";

export interface HeldBlob extends BlobBeginning {
  told: boolean;
  freed: boolean;
  /** What those it is for have said. */
  readonly devices: Map<DeviceId, number>;
}

export class MemoryBlobs implements BlobSteps {
  readonly #durable: DurableMemory;

  constructor(durable: DurableMemory) {
    this.#durable = durable;
  }

  begin(beginning: BlobBeginning, limits: BlobLimits): BlobBegun {
    const { blob, log, sender, size } = beginning;
    const there = this.#durable.blobs.get(blob);
    if (there !== undefined) {
      if (there.log !== log || there.sender !== sender || there.size !== size) return "taken";
      return there.freed ? "freed" : "known";
    }
    const place = this.#durable.logs.get(log);
    if (place === undefined || place.kind === "inbox" || !place.cursors.has(sender)) return "not-member";
    const kept = [...this.#durable.blobs.values()].filter(({ freed }) => !freed);
    const mine = kept.filter((one) => one.sender === sender || this.#isSibling(one.sender, sender));
    if (mine.length >= limits.ofOne.entries || sum(mine) + size > limits.ofOne.bytes) return "quota";
    if (sum(kept) + size > limits.inAll) return "no-room";
    this.#durable.blobs.set(blob, { ...beginning, told: false, freed: false, devices: new Map() });
    return "begun";
  }

  find(blob: BlobId, device: DeviceId): BlobRecord | undefined {
    const held = this.#durable.blobs.get(blob);
    if (held === undefined) return undefined;
    const may =
      held.sender === device || this.#isSibling(held.sender, device) || this.#isIn(held.log, device);
    return may ? record(held) : undefined;
  }

  settle(blob: BlobId, device: DeviceId, declined: boolean): Answered<"settle"> {
    const held = this.#durable.blobs.get(blob);
    const state = held?.devices.get(device);
    if (held === undefined || state === undefined) return undefined;
    const changed = state === NEEDED;
    if (changed) {
      held.devices.set(device, declined ? DECLINED : GOT);
      if (!this.#isNeeded(held)) held.freed = true;
    }
    return { record: record(held), changed };
  }

  cancel(blob: BlobId, sender: DeviceId): BlobGone | undefined {
    const held = this.#durable.blobs.get(blob);
    return held === undefined || held.sender !== sender ? undefined : this.#forget(held);
  }

  tidy(before: number, untold: number): Answered<"tidy"> {
    const gone: BlobGone[] = [];
    const freed: BlobId[] = [];
    for (const held of this.#durable.blobs.values()) {
      const { blob, time, told } = held;
      if (time < before || (!told && time < untold)) {
        const one = this.#forget(held);
        if (!held.freed) gone.push(one);
      } else if (told && !held.freed && !this.#isNeeded(held)) {
        held.freed = true;
        freed.push(blob);
      }
    }
    return { freed, gone };
  }

  strays(blobs: readonly BlobId[]): BlobId[] {
    return blobs.filter((blob) => this.#durable.blobs.get(blob)?.freed !== false);
  }

  tellable(blob: BlobId, log: LogId, sender: DeviceId): boolean {
    const held = this.#durable.blobs.get(blob);
    return held !== undefined && held.log === log && held.sender === sender && !held.freed;
  }

  tell(blob: BlobId): void {
    const held = this.#durable.blobs.get(blob);
    if (held === undefined) throw new Error("a message tells of a blob that is not there");
    held.told = true;
    for (const device of this.#durable.logs.get(held.log)?.cursors.keys() ?? [])
      if (device !== held.sender && !held.devices.has(device)) held.devices.set(device, NEEDED);
  }

  forgetOf(sender: DeviceId): void {
    for (const held of this.#durable.blobs.values()) if (held.sender === sender) this.#forget(held);
  }

  #isIn(log: LogId, device: DeviceId): boolean {
    return this.#durable.logs.get(log)?.cursors.has(device) ?? false;
  }

  #isNeeded({ log, devices }: HeldBlob): boolean {
    return devices.entries().some(([device, state]) => state === NEEDED && this.#isIn(log, device));
  }

  #isSibling(one: DeviceId, other: DeviceId): boolean {
    return this.#durable.accounts
      .values()
      .some(({ devices }) => devices.includes(one) && devices.includes(other));
  }

  #forget({ blob, sender, devices }: HeldBlob): BlobGone {
    this.#durable.blobs.delete(blob);
    const awaiting = [...devices].flatMap(([device, state]) => (state === NEEDED ? [device] : []));
    return { blob, devices: [sender, ...awaiting] };
  }
}

function sum(blobs: readonly HeldBlob[]): number {
  return blobs.reduce((total, { size }) => total + size, 0);
}

function record({ devices, ...held }: HeldBlob): BlobRecord {
  const said = [...devices.values()];
  const count = (state: number): number => said.filter((one) => one === state).length;
  return { ...held, of: said.length, got: count(GOT), declined: count(DECLINED) };
}

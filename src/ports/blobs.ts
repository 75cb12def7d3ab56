// What the server needs for files: where sealed chunks lie, and what is written down about whose they are.
// Must not know any adapter.

import type { BlobId, DeviceId, LogId } from "../domain/id.ts";
import type { Quota } from "./server-store.ts";

/** What is on the disk for blobs; bytes. */
export interface BlobSpace {
  /** Taken by chunks. */
  readonly used: number;
  /** What the disk still takes. */
  readonly free: number;
}

/**
 * Sealed chunks on disk, blob by blob, each blob's from the first on without gaps. All chunks but a blob's last have
 * SEALED_CHUNK bytes. Calls for one blob take effect in the order they were made. A fault of the disk rejects with a
 * StoreFailure, and then there are as many chunks as before.
 */
export interface Blobs {
  /** How many chunks of it are there and will be after a crash. */
  count(blob: BlobId): Promise<number>;
  /**
   * Adds a chunk, if it is the next one, and answers how many there are then, all durable. Calls made while others are
   * under way share their writes. `bytes` must not change.
   */
  append(blob: BlobId, index: number, bytes: Uint8Array): Promise<number>;
  /** One of the `count` chunks. */
  read(blob: BlobId, index: number): Promise<Uint8Array | undefined>;
  remove(blob: BlobId): Promise<void>;
  space(): Promise<BlobSpace>;
  /** All of which something is there. */
  list(): Promise<BlobId[]>;
  close(): Promise<void>;
}

/** A file as it is begun. */
export interface BlobBeginning {
  readonly blob: BlobId;
  readonly log: LogId;
  readonly sender: DeviceId;
  /** Bytes of all its sealed chunks. */
  readonly size: number;
  readonly time: number;
}

export interface BlobRecord extends BlobBeginning {
  /** Whether a message has told of it. */
  readonly told: boolean;
  /** Everyone has it: its chunks are not kept any more. */
  readonly freed: boolean;
  /** How many devices it is for, who have it, who do not want it. */
  readonly of: number;
  readonly got: number;
  readonly declined: number;
}

/** What may be kept of files that are not freed: in all, in bytes; and of one person. */
export interface BlobLimits {
  readonly inAll: number;
  readonly ofOne: Quota;
}

export type BlobBegun =
  | "begun"
  | "known" // the same call again
  | "freed" // the same call again, and everyone has it
  | "not-member"
  | "taken" // the id is another's, or of another file
  | "quota" // beyond `ofOne`
  | "no-room"; // beyond `inAll`

/** What is no more before everyone has it, and the devices that may want to know: its sender's, and those it was for. */
export interface BlobGone {
  readonly blob: BlobId;
  readonly devices: readonly DeviceId[];
}

/** The part of the server's memory that says whose blobs are, and who still needs them. Durable as all of it is. */
export interface BlobRegister {
  begin(beginning: BlobBeginning, limits: BlobLimits): Promise<BlobBegun>;
  /** As far as `device` may have it: the sender's devices, and those in its log. */
  find(blob: BlobId, device: DeviceId): Promise<BlobRecord | undefined>;
  /**
   * The device needs it no more; what it said first stays. `changed`: it had not said so before. The record is "freed"
   * from the moment the last one has said so. Undefined when it is not for the device.
   */
  settle(
    blob: BlobId,
    device: DeviceId,
    declined: boolean,
  ): Promise<{ readonly record: BlobRecord; readonly changed: boolean } | undefined>;
  /** Its sender takes it back. Undefined when it is not this device's. */
  cancel(blob: BlobId, sender: DeviceId): Promise<BlobGone | undefined>;
  /**
   * Frees what nobody needs any more (all have it, or have left), and forgets what was begun before `before`, or before
   * `untold` and no message tells of it; ms since 1970. `freed` and `gone`: those whose chunks are to go.
   */
  tidy(
    before: number,
    untold: number,
  ): Promise<{ readonly freed: readonly BlobId[]; readonly gone: readonly BlobGone[] }>;
  /** Those of the given ids that nothing is known of, or that are freed. */
  strays(blobs: readonly BlobId[]): Promise<readonly BlobId[]>;
}

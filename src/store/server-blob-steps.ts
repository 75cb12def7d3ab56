// The register of blobs as steps of a store's transaction, and as the calls that the ticks of a store make of them.
// Must not know where the register is kept.

import type { BlobId, DeviceId, LogId } from "../domain/id.ts";
import type { BlobRegister } from "../ports/blobs.ts";
import type { TickQueue } from "./server-queue.ts";

/** What a device that a blob is for has said. The numbers are written in databases. */
export const NEEDED = 0;
export const GOT = 1;
export const DECLINED = 2;

/** What a call of the register answers. */
export type Answered<K extends keyof BlobRegister> = Awaited<ReturnType<BlobRegister[K]>>;

/** The calls of BlobRegister, and what the logs ask for within their own steps. */
export type BlobSteps = {
  readonly [K in keyof BlobRegister]: (...given: Parameters<BlobRegister[K]>) => Answered<K>;
} & {
  /** Whether a message of this sender's in this log may tell of it. */
  tellable(blob: BlobId, log: LogId, sender: DeviceId): boolean;
  /** A message tells of it: it is for the other devices in its log. */
  tell(blob: BlobId): void;
  /** The device's account is no more: nothing of what it began is. */
  forgetOf(sender: DeviceId): void;
};

/** The register whose steps run in the transactions of `queue`. */
export function blobRegister(queue: TickQueue, steps: BlobSteps): BlobRegister {
  return {
    begin: (beginning, limits) => queue.write(() => steps.begin(beginning, limits)),
    find: (blob, device) => queue.read(() => steps.find(blob, device)),
    settle: (blob, device, declined) => queue.write(() => steps.settle(blob, device, declined)),
    cancel: (blob, sender) => queue.write(() => steps.cancel(blob, sender)),
    tidy: (before, untold) => queue.write(() => steps.tidy(before, untold)),
    strays: (blobs) => queue.read(() => steps.strays(blobs)),
  };
}

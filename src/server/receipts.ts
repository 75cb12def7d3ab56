// Who is told that entries have reached a device: at once where few are here, gathered where every message brings a
// receipt from each of many. Must not know how entries got there.

import type { DeviceId, LogId } from "../domain/id.ts";
import type { Clock } from "../ports.ts";
import { encodeReceipt, encodeReceipts } from "../wire/frequent.ts";
import { MAX_CURSORS } from "../wire/limits.ts";
import type { Session } from "./session.ts";

/** A device's cursor in a log went from one place to another; up to `expired` some entry may not have reached it. */
export interface Moved {
  readonly from: number;
  readonly to: number;
  readonly expired: number;
}

/** One that is here on a log, and the newest entry that may be of its own. */
export interface Listener {
  readonly session: Session;
  readonly appended: number;
}

/** Devices here on one log beyond which receipts are gathered, and for how long, ms. */
const FEW = 8;
const GATHER = 500;

/** Where a device was when gathering began, and where it is. */
interface Gathered {
  readonly device: DeviceId;
  readonly from: number;
  readonly to: number;
}

export class Receipts {
  readonly #clock: Clock;
  readonly #listeners: (log: LogId) => readonly Listener[];
  readonly #gathered = new Map<LogId, Map<DeviceId, Gathered>>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, listeners: (log: LogId) => readonly Listener[]) {
    this.#clock = clock;
    this.#listeners = listeners;
  }

  /** Those who may have written what the cursor passed are told, or will be. */
  passed(log: LogId, by: Session, { from, to, expired }: Moved): void {
    if (to <= from) return;
    const { device } = by;
    const listeners = this.#listeners(log);
    if (expired > from) {
      // Over a gap: what came before it was delivered, what lay in it was not.
      const earliest = this.#take(log, device)?.from ?? from;
      const delivered = encodeReceipt({ log, device, seq: from });
      const jumped = encodeReceipt({ log, device, seq: to, expired });
      tell(listeners, by, earliest, [delivered, jumped]);
    } else if (listeners.length <= FEW) {
      const earliest = this.#take(log, device)?.from ?? from;
      tell(listeners, by, earliest, [encodeReceipt({ log, device, seq: to })]);
    } else this.#gather(log, { device, from, to });
  }

  /** Tells nothing more. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#gathered.clear();
  }

  #gather(log: LogId, { device, from, to }: Gathered): void {
    const moved = this.#gathered.get(log) ?? new Map<DeviceId, Gathered>();
    this.#gathered.set(log, moved);
    moved.set(device, { device, from: moved.get(device)?.from ?? from, to });
    this.#cancel ??= this.#clock.after(GATHER, () => this.#flush());
  }

  #take(log: LogId, device: DeviceId): Gathered | undefined {
    if (this.#gathered.size === 0) return undefined;
    const moved = this.#gathered.get(log);
    const one = moved?.get(device);
    moved?.delete(device);
    return one;
  }

  #flush(): void {
    this.#cancel = undefined;
    for (const [log, moved] of this.#gathered) flush(log, [...moved.values()], this.#listeners(log));
    this.#gathered.clear();
  }
}

function tell(
  listeners: readonly Listener[],
  by: Session,
  earliest: number,
  frames: readonly Uint8Array[],
): void {
  for (const { session, appended } of listeners) {
    if (session === by || appended <= earliest || !session.open) continue;
    for (const frame of frames) session.link.send(frame);
  }
}

/**
 * Each is told of those cursors that may have passed an entry of its own: with the cursors in the order of where they
 * were, always the first so many of them, so that those who have written about as much share the frames.
 */
function flush(log: LogId, moved: Gathered[], listeners: readonly Listener[]): void {
  moved.sort((a, b) => a.from - b.from);
  const framesFor = new Map<number, Uint8Array[]>();
  for (const { session, appended } of listeners) {
    const count = countBefore(moved, appended);
    if (count === 0 || !session.open) continue;
    let frames = framesFor.get(count);
    if (frames === undefined) {
      frames = [];
      for (let at = 0; at < count; at += MAX_CURSORS)
        frames.push(encodeReceipts(log, moved.slice(at, Math.min(count, at + MAX_CURSORS))));
      framesFor.set(count, frames);
    }
    for (const frame of frames) session.link.send(frame);
  }
}

/** How many of them were before `seq`; they are in the order of where they were. */
function countBefore(moved: readonly Gathered[], seq: number): number {
  let low = 0;
  for (let high = moved.length; low < high;) {
    const middle = (low + high) >>> 1;
    if ((moved[middle]?.from ?? seq) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

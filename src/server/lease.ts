// What is asked of the members of one group: who waits to be let in, and what its present holder has in hand.
// Must not know who the members are, or what time it is.

import type { DeviceId } from "../domain/id.ts";
import type { Session } from "./session.ts";

/** A device that waits to be let in. */
export interface Join {
  readonly keyPackage: Uint8Array;
  /** When it asked first, and when it asked last; ms since 1970. */
  readonly since: number;
  readonly heard: number;
  /** Several members had it in hand and let it be: it is told of again when it asks again. */
  passedOver: boolean;
}

/** The member that is asked, and what it has not done yet. */
export interface Round {
  readonly holder: Session;
  readonly open: Set<DeviceId>;
}

/** A device to let in or to take out, and its KeyPackage or its statement. */
export interface Task {
  readonly device: DeviceId;
  readonly body: Uint8Array;
}

export class Lease {
  readonly joins = new Map<DeviceId, Join>();
  round: Round | undefined;
  /** Those who have had it since this was last in order. */
  readonly tried = new Set<Session>();
  /** Whether more came in since gathering was last prolonged. */
  more = false;
  /** Whether there was more than one holder is asked at once. */
  rest = false;
  #gathering: (() => void) | undefined;
  #held: (() => void) | undefined;

  get isGathering(): boolean {
    return this.#gathering !== undefined;
  }

  /** Whether nothing is asked, and nothing waits. */
  get isIdle(): boolean {
    return this.round === undefined && this.#gathering === undefined && this.joins.size === 0;
  }

  /** `cancel` ends the gathering that has begun; undefined: it is over. */
  gather(cancel: (() => void) | undefined): void {
    this.#gathering = cancel;
  }

  /** What `holder` is to be asked now: all for a new one, else what it does not have in hand yet; undefined: nothing. */
  next(
    holder: Session,
    departed: readonly { readonly device: DeviceId; readonly statement: Uint8Array }[],
    mostJoins: number,
    mostLeaves: number,
  ): { readonly joins: readonly Task[]; readonly leaves: readonly Task[] } | undefined {
    const isNew = this.round?.holder !== holder;
    const open = isNew ? new Set<DeviceId>() : (this.round?.open ?? new Set());
    if (isNew) this.hold(undefined);
    const waiting = [...this.joins].filter(([device, { passedOver }]) => !passedOver && !open.has(device));
    const gone = departed.filter(({ device }) => !open.has(device));
    this.rest = waiting.length > mostJoins || gone.length > mostLeaves;
    const joins = waiting
      .slice(0, mostJoins)
      .map(([device, { keyPackage }]) => ({ device, body: keyPackage }));
    const leaves = gone.slice(0, mostLeaves).map(({ device, statement }) => ({ device, body: statement }));
    if (joins.length + leaves.length === 0) {
      if (open.size === 0) this.end();
      return undefined;
    }
    for (const { device } of [...joins, ...leaves]) open.add(device);
    this.round = { holder, open };
    return { joins, leaves };
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** The holder's time begins, anew if it was running; `cancel` ends it. */
  hold(cancel: (() => void) | undefined): void {
    this.#held?.();
    this.#held = cancel;
  }

  /** All is done. */
  end(): void {
    this.round = undefined;
    this.tried.clear();
    this.hold(undefined);
  }

  /** Nobody has done it. */
  giveUp(): void {
    for (const device of this.round?.open ?? []) {
      const join = this.joins.get(device);
      if (join !== undefined) join.passedOver = true;
    }
    this.end();
  }

  close(): void {
    this.#gathering?.();
    this.#gathering = undefined;
    this.end();
  }
}

// When this device's own keys in its groups are renewed (RFC 9420 §16.6): soon after it has come in, then from time to
// time, and never all devices at once. Must not know how a commit is made.

import type { LogId } from "../domain/id.ts";
import { members } from "../mls/state.ts";
import { isGroup } from "./conversation-record.ts";
import type { ClientState } from "./state.ts";

const SECOND = 1_000;
const DAY = 24 * 3_600 * SECOND;
/** Who comes in waits this long at least, and the longer the more there are: a renewal is sent to each of them. */
const FIRST_AFTER = 10 * SECOND;
const FIRST_SPREAD = 12 * SECOND;
/** On average; and own messages after which it is time, whatever the clock says. */
const EVERY = 7 * DAY;
const MESSAGES = 500;
/** The pause between two looks at what is due. */
const LOOK_EVERY = 60 * SECOND;
/** After a commit that all pass over; how often within how long; ms. */
const AFTER = SECOND;
const SPREAD = 5 * SECOND;
const MOST = 5;
const COUNTS_FOR = 600 * SECOND;
/** While a class comes in, others' keys change every second: a renewal then is one more commit for each to come. */
const STILL_FOR = 5 * SECOND;

/** When to renew after coming into a group of so many; ms since 1970. */
export function firstRenewal(state: ClientState, size: number): number {
  return Math.round(state.time.now() + FIRST_AFTER + chance(state) * size * FIRST_SPREAD);
}

/** When to renew after a renewal. */
export function nextRenewal(state: ClientState): number {
  return Math.round(state.time.now() + (0.5 + chance(state)) * EVERY);
}

/** From 0 up to 1. */
export function chance({ random }: ClientState): number {
  return new DataView(Uint8Array.from(random(4)).buffer).getUint32(0) / 2 ** 32;
}

export class Renewing {
  readonly #state: ClientState;
  readonly #renew: (log: LogId) => void;
  readonly #sent = new Map<LogId, number>();
  /** When a group last came into another epoch, by what it is known by. */
  readonly #moved = new Map<string, number>();
  /** Until when a renewal that is due waits all the same. */
  readonly #putOff = new Map<LogId, number>();
  /** When commits were passed over lately. */
  readonly #passedOver = new Map<LogId, readonly number[]>();
  #over = false;
  #cancel: (() => void) | undefined;

  constructor(state: ClientState, renew: (log: LogId) => void) {
    this.#state = state;
    this.#renew = renew;
  }

  /** From now on: nothing waits to be read any more. */
  start(): void {
    this.#cancel?.();
    this.#look();
  }

  /**
   * A commit was passed over: somebody renews, so that whoever comes has a good GroupInfo. Not without end, where two
   * parts of a group pass over each other's.
   */
  passedOver(log: LogId): void {
    const { conversations, clock, time } = this.#state;
    const now = time.now();
    const before = (this.#passedOver.get(log) ?? []).filter((at) => Math.abs(now - at) < COUNTS_FOR);
    if (before.length >= MOST) return;
    this.#passedOver.set(log, [...before, now]);
    const epoch = conversations.get(log)?.mls.epoch;
    clock.after(AFTER + Math.round(chance(this.#state) * SPREAD), () => {
      // Else somebody was first.
      if (!this.#over && conversations.get(log)?.mls.epoch === epoch) this.#renew(log);
    });
  }

  stop(): void {
    this.#over = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** This device has written something in the conversation. */
  wrote(log: LogId): void {
    const sent = (this.#sent.get(log) ?? 0) + 1;
    this.#sent.set(log, sent % MESSAGES);
    if (sent === MESSAGES && this.#state.conversations.isGroup(log)) this.#renew(log);
  }

  /** A group was come into: its first renewal may be due before the next look. */
  changed(): void {
    if (this.#cancel !== undefined) this.start();
  }

  /** The group that is known by `fold` has come into another epoch. */
  moved(fold: string): void {
    this.#moved.set(fold, this.#state.time.now());
  }

  #look(): void {
    const now = this.#state.time.now();
    let next = now + LOOK_EVERY;
    for (const log of this.#state.conversations.groupLogs()) {
      const held = this.#state.conversations.get(log);
      if (held === undefined || !isGroup(held) || held.leaving !== undefined) continue;
      const due = Math.max(held.renewAt, this.#putOff.get(log) ?? 0);
      if (due > now) next = Math.min(next, due);
      else if (Math.abs(now - (this.#moved.get(held.fold) ?? 0)) >= STILL_FOR) this.#renew(log);
      else {
        const spread = members(held.mls).length * SECOND;
        const later = Math.round(now + STILL_FOR + chance(this.#state) * spread);
        this.#putOff.set(log, later);
        next = Math.min(next, later);
      }
    }
    this.#cancel = this.#state.time.after(Math.max(SECOND, next - now), () => this.#look());
  }
}

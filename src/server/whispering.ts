// What one of two people whispers to the other: passed on at once, or not at all.
// Must not know what it says, nor any disk.

import type { LogId } from "../domain/id.ts";
import { encodeMessage } from "../wire/codec.ts";
import { MAX_WHISPER } from "../wire/limits.ts";
import type { Delivery } from "./delivery.ts";
import type { Session } from "./session.ts";

/** So many of one session's at once, and one more after each of these pauses, ms. */
const BURST = 4;
const PAUSE = 500;
/** Bytes waiting in a link beyond which it is spared them. */
const BUSY = 16 * 1024;

export class Whispering {
  readonly #delivery: Delivery;
  readonly #now: () => number;
  /** From when on a session's allowance is whole again. */
  readonly #whole = new WeakMap<Session, number>();

  constructor(delivery: Delivery, now: () => number) {
    this.#delivery = delivery;
    this.#now = now;
  }

  /** To those on the log who are here, in their place and with little else waiting: all that is talk goes before. */
  whisper(session: Session, log: LogId, body: Uint8Array): void {
    const own = session.subscriptions?.get(log);
    const mayWhisper = own?.kind === "direct" && own.until === undefined && session.placed;
    if (!mayWhisper || body.length > MAX_WHISPER || !this.#allows(session)) return;
    const others = this.#delivery
      .placed(log)
      .filter((other) => other !== session && other.link.queued < BUSY);
    if (others.length === 0) return;
    const frame = encodeMessage({ t: "whisper", log, sender: session.device }, body);
    for (const other of others) other.sendFrame(frame);
  }

  #allows(session: Session): boolean {
    const now = this.#now();
    // Never further away than when all is used up: the clock may have been set back.
    const whole = Math.min(Math.max(now, this.#whole.get(session) ?? now), now + BURST * PAUSE);
    const allows = whole + PAUSE <= now + BURST * PAUSE;
    this.#whole.set(session, allows ? whole + PAUSE : whole);
    return allows;
  }
}

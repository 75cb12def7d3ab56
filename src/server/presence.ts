// Who is online, told to those who watch, gathered so that a class arriving at once costs little.
// Must not know how sessions come to be.

import type { Clock } from "../ports.ts";
import { encodeMessage } from "../wire/codec.ts";
import { USERS_PAGE } from "../wire/limits.ts";
import type { Session } from "./session.ts";

/** How long changes are gathered before they are told, ms. */
const GATHER = 150;

export class Presence {
  /** Folded name → how many of that person's devices are connected. */
  readonly #devices = new Map<string, number>();
  readonly #watchers = new Set<Session>();
  /** Folded name → the name to show and what was told last. */
  readonly #changed = new Map<string, { name: string; was: boolean }>();
  readonly #clock: Clock;
  #timer: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isOnline(fold: string): boolean {
    return this.#devices.has(fold);
  }

  arrived(person: { name: string; fold: string }): void {
    this.#count(person, 1);
  }

  left(person: { name: string; fold: string }): void {
    this.#count(person, -1);
  }

  watch(session: Session): void {
    this.#watchers.add(session);
  }

  unwatch(session: Session): void {
    this.#watchers.delete(session);
  }

  /** Tells what was gathered so far, so that what is asked for next does not contradict what was told. */
  flush(): void {
    this.#timer?.();
    if (this.#timer !== undefined) this.#tell();
  }

  close(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #count({ name, fold }: { name: string; fold: string }, by: number): void {
    const before = this.#devices.get(fold) ?? 0;
    const after = before + by;
    if (after > 0) this.#devices.set(fold, after);
    else this.#devices.delete(fold);
    if (before > 0 === after > 0 || this.#watchers.size === 0) return;
    if (!this.#changed.has(fold)) this.#changed.set(fold, { name, was: before > 0 });
    this.#timer ??= this.#clock.after(GATHER, () => this.#tell());
  }

  #tell(): void {
    this.#timer = undefined;
    const changes = [...this.#changed].filter(([fold, { was }]) => was !== this.isOnline(fold));
    this.#changed.clear();
    for (let at = 0; at < changes.length; at += USERS_PAGE) {
      const page = changes.slice(at, at + USERS_PAGE);
      const names = (was: boolean) =>
        page.filter(([, change]) => change.was === was).map(([, { name }]) => name);
      // Encoded once, whatever the number of watchers.
      const bytes = encodeMessage({ t: "presence", online: names(false), offline: names(true) });
      for (const session of this.#watchers) if (session.open) session.link.send(bytes);
    }
  }
}

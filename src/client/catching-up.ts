// How far this device has come with what waited for it: counted as it is processed, told now and then, and once at
// the end. Must not know how a message is processed.

import type { Clock } from "../ports.ts";
import type { ClientEvent, Status } from "./events.ts";

export interface CatchingUpEvents {
  status(status: Status): void;
  emit(event: ClientEvent): void;
  /** Runs a step after all that has come so far was processed. */
  inTurn(step: () => void): void;
}

/** The shortest pause between two words on how far it is, ms. */
const TELL_EVERY = 100;
/**
 * When nothing of what waits has come for this long, ms, nothing more of it will: it was deleted meanwhile, because it
 * was too old or because this device came back into its conversation from outside.
 */
const QUIET = 10_000;

export class CatchingUp {
  readonly #clock: Clock;
  readonly #events: CatchingUpEvents;
  #className = "";
  /** Undefined until the server has said how many wait. */
  #waiting: number | undefined;
  #done = 0;
  /** Of what waited, as much as somebody wrote to be read. */
  #words = 0;
  /** Whether all that lay in the logs when this device was told where it stands was processed. */
  #level = false;
  #told = 0;
  #over = false;
  #cancelQuiet: (() => void) | undefined;

  constructor(clock: Clock, events: CatchingUpEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** All is agreed with the server, which keeps `waiting` messages for this device. */
  begin(className: string, waiting: number): void {
    this.#className = className;
    this.#waiting = waiting;
    if (this.#isDone(waiting)) return this.#end();
    // Where no message waits there is nothing to count.
    if (waiting > 0) this.#tell(waiting);
    this.#watch();
  }

  /** Nothing is left of what was there, messages or not. */
  level(): void {
    this.#level = true;
    const waiting = this.#waiting;
    if (!this.#over && waiting !== undefined && this.#isDone(waiting)) this.#end();
  }

  /** So many messages of others were processed, of which there are so many words to read. */
  passed(messages: number, words: number): void {
    if (this.#over) return;
    this.#done += messages;
    this.#words += words;
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (this.#isDone(waiting)) return this.#end();
    if (messages > 0 && Math.abs(this.#clock.now() - this.#told) >= TELL_EVERY) this.#tell(waiting);
  }

  /** The connection has ended. */
  stop(): void {
    this.#over = true;
    this.#cancelQuiet?.();
  }

  #isDone(waiting: number): boolean {
    return this.#level && this.#done >= waiting;
  }

  #tell(waiting: number): void {
    this.#told = this.#clock.now();
    this.#events.status({ state: "catching-up", className: this.#className, waiting, done: this.#done });
  }

  #watch(): void {
    const before = this.#done;
    this.#cancelQuiet = this.#clock.after(QUIET, () =>
      this.#events.inTurn(() => {
        if (this.#over || this.#waiting === undefined) return;
        if (this.#done === before) this.#end();
        else this.#watch();
      }),
    );
  }

  #end(): void {
    this.stop();
    this.#events.status({ state: "online", className: this.#className, waiting: this.#words });
    this.#events.emit({ type: "caught-up", waited: this.#words });
  }
}

/** How much of what has happened waited for this device to be read: not what is said about a message. */
export function wordsIn(events: readonly ClientEvent[]): number {
  const isWords = (event: ClientEvent) =>
    event.type === "message" && event.message.queued && event.message.notice === undefined;
  return events.filter(isWords).length;
}

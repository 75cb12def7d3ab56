// Lets all the calls of one tick share one transaction: they run in order, and are answered once it is durable.
// Must not know what the calls do, nor any schema.

import type { StoreFailure } from "../ports.ts";

/** Where the calls of a tick take effect. Any of these may throw; `rollback` makes the calls undone. */
export interface Transactions {
  begin(writes: boolean): void;
  commit(): void;
  rollback(): void;
  /** The disk's failure behind what was thrown, or undefined when that was a bug. */
  failureOf(error: unknown): StoreFailure | undefined;
}

/** Runs `run` once, later: at the end of the present tick unless a simulation decides otherwise. */
export type Schedule = (run: () => void) => void;

interface Pending {
  readonly writes: boolean;
  perform(): void;
  answer(): void;
  fail(error: unknown): void;
}

class Call<T> implements Pending {
  readonly promise: Promise<T>;
  readonly writes: boolean;
  readonly #run: () => T;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  #value!: T;

  constructor(run: () => T, writes: boolean) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.promise = promise;
    this.writes = writes;
    this.#run = run;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  perform(): void {
    this.#value = this.#run();
  }

  answer(): void {
    this.#resolve(this.#value);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}

export class TickQueue {
  readonly #transactions: Transactions;
  readonly #schedule: Schedule;
  readonly #scheduleSoon: Schedule;
  #calls: Pending[] = [];
  #writes = false;
  /** When what waits is to be run. */
  #due: "now" | "soon" | undefined;
  #closed = false;
  readonly #run = () => this.#drain();

  /** `soon`: for calls that may wait a moment for others to share their transaction. */
  constructor(transactions: Transactions, schedule: Schedule, soon: Schedule = schedule) {
    this.#transactions = transactions;
    this.#schedule = schedule;
    this.#scheduleSoon = soon;
  }

  /** Resolves with what `run` answers, durable. Rejects with a StoreFailure, or with the bug `run` threw. */
  write<T>(run: () => T): Promise<T> {
    if (!this.#closed) this.#writes = true;
    return this.#enter(run, true, "now");
  }

  /** As `write`, in its place among the others, for what nobody waits for: it alone brings about no transaction at once. */
  writeSoon<T>(run: () => T): Promise<T> {
    if (!this.#closed) this.#writes = true;
    return this.#enter(run, true, "soon");
  }

  /** As `write`, for what changes nothing: a tick with reads alone needs no write lock. */
  read<T>(run: () => T): Promise<T> {
    return this.#enter(run, false, "now");
  }

  /** Runs what waits, and takes no more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#drain();
  }

  /** Forgets what waits, as a crash would: those promises never settle. */
  abandon(): void {
    this.#closed = true;
    this.#calls = [];
    this.#writes = false;
  }

  #enter<T>(run: () => T, writes: boolean, due: "now" | "soon"): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("the store is closed"));
    const call = new Call(run, writes);
    this.#calls.push(call);
    if (this.#due === undefined || (this.#due === "soon" && due === "now")) {
      this.#due = due;
      // One that was to come soon finds nothing left, or what has come since a little early.
      (due === "now" ? this.#schedule : this.#scheduleSoon)(this.#run);
    }
    return call.promise;
  }

  #drain(): void {
    let calls = this.#calls;
    let writes = this.#writes;
    this.#calls = [];
    this.#writes = false;
    this.#due = undefined;
    while (calls.length > 0) {
      let next = 0;
      try {
        this.#transactions.begin(writes);
        for (; next < calls.length; next++) calls[next]?.perform();
        this.#transactions.commit();
        for (const call of calls) call.answer();
        return;
      } catch (error) {
        this.#transactions.rollback();
        const failure = this.#transactions.failureOf(error);
        const culprit = failure === undefined ? calls.splice(next, 1) : [];
        for (const call of culprit) call.fail(error);
        // A bug in one call does not take the others of its tick down: they run again without it.
        if (culprit.length > 0) continue;
        // A disk that takes nothing more can still be read: what only asks is answered, as if nobody had written.
        const readable = writes && failure !== undefined ? calls.filter((call) => !call.writes) : [];
        for (const call of calls) if (readable.length === 0 || call.writes) call.fail(failure ?? error);
        calls = readable;
        writes = false;
      }
    }
  }
}

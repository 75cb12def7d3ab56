// One thing at a time: all that reads or changes a client's state runs through one queue, so that no MLS key is
// used twice (RFC 9420 §9.2) and no step sees another half done. Must not know what the steps do.

/** A step was asked for after the end: what it was for is no more. */
export class SerialEnded extends Error {}

export class Serial {
  #tail: Promise<unknown> = Promise.resolve();
  #ended = false;
  /** Whether the present step waits for somebody else, and has left nothing half done. */
  #isApart = false;
  /** What can be done then, in the order in which it was asked for. */
  readonly #meanwhile = new Set<() => void>();

  /** Runs `step` after all that was asked for before it. A step must not wait for a later step. */
  run<T>(step: () => Promise<T> | T): Promise<T> {
    if (this.#ended) return Promise.reject(new SerialEnded());
    const result = this.#tail.then(step);
    this.#tail = result.catch(() => undefined); // the caller has the error; the queue goes on
    return result;
  }

  /**
   * As `run`; but while a step before it is apart, `meanwhile` is done in its place, which must be over when it returns.
   * Among themselves these keep their order.
   */
  soon<T>(meanwhile: () => T, step: () => Promise<T> | T = meanwhile): Promise<T> {
    const done = Promise.withResolvers<T>();
    const early = () => {
      this.#meanwhile.delete(early);
      try {
        done.resolve(meanwhile());
      } catch (error) {
        done.reject(error);
      }
    };
    const turn = this.run(() => (this.#meanwhile.delete(early) ? step() : done.promise));
    turn.then(done.resolve, done.reject);
    if (!this.#ended) this.#meanwhile.add(early);
    if (this.#isApart) this.#catchUp();
    return done.promise;
  }

  /** Within a step that has written all it has changed: waits for somebody else, who may keep silent for long. */
  async apart<T>(waiting: Promise<T>): Promise<T> {
    this.#isApart = true;
    this.#catchUp();
    try {
      return await waiting;
    } finally {
      this.#isApart = false;
    }
  }

  /** Runs one last step, and none after it. */
  end(step: () => void): Promise<void> {
    const result = this.run(step);
    this.#ended = true;
    return result;
  }

  #catchUp(): void {
    for (const early of this.#meanwhile) early();
  }
}

// One thing at a time: all that reads or changes a client's state runs through one queue, so that no MLS key is
// used twice (RFC 9420 §9.2) and no step sees another half done. Must not know what the steps do.

/** A step was asked for after the end: what it was for is no more. */
export class SerialEnded extends Error {}

export class Serial {
  #tail: Promise<unknown> = Promise.resolve();
  #ended = false;

  /** Runs `step` after all that was asked for before it. A step must not wait for a later step. */
  run<T>(step: () => Promise<T> | T): Promise<T> {
    if (this.#ended) return Promise.reject(new SerialEnded());
    const result = this.#tail.then(step);
    this.#tail = result.catch(() => undefined); // the caller has the error; the queue goes on
    return result;
  }

  /** Runs one last step, and none after it. */
  end(step: () => void): Promise<void> {
    const result = this.run(step);
    this.#ended = true;
    return result;
  }
}

// Owns what waits to be written on one stream: order, joining of small frames, partial writes, the byte cap.
// Must not know sockets, TLS or frames: it writes to a Sink and is woken by drain().

/** What a queue writes to. */
export interface Sink {
  /** Takes `length` bytes of `bytes` from `from`; returns how many were taken, or -1 when the stream is gone. */
  write(bytes: Uint8Array, from: number, length: number): number;
  /** All bytes were taken. `fromOverMark`: the queue had been over LOW_MARK since it was last empty. */
  emptied(fromOverMark: boolean): void;
}

/** Bytes joined into one write at the most: a few TLS records, small enough to stay in the processor's cache. */
const JOIN_BYTES = 64 * 1024;

/** A queue that was longer than this tells its sink when it is empty again. */
export const LOW_MARK = 16 * 1024;

/** Taken chunks are forgotten in batches of this many, so that taking one costs O(1). */
const COMPACT_CHUNKS = 1024;

/**
 * Flushes, at the end of the current turn of the event loop, every queue that was pushed to in it: frames for one
 * stream that were sent in one turn leave in one write. One for all queues of a listener, so that a queue needs
 * neither a timer nor a buffer of its own.
 */
export class TurnEnd {
  #due: SendQueue[] = [];
  #scratch: Uint8Array | undefined;
  readonly #run = () => {
    const due = this.#due;
    this.#due = [];
    for (const queue of due) queue.flush();
  };

  add(queue: SendQueue): void {
    if (this.#due.push(queue) === 1) setImmediate(this.#run);
  }

  /** Lends the buffer for joining; a flush within a flush gets one of its own. */
  borrow(): Uint8Array {
    const scratch = this.#scratch ?? new Uint8Array(JOIN_BYTES);
    this.#scratch = undefined;
    return scratch;
  }

  giveBack(scratch: Uint8Array): void {
    this.#scratch = scratch;
  }
}

/** The chunks one stream has not taken yet, first to last. */
export class SendQueue {
  readonly #sink: Sink;
  readonly #turnEnd: TurnEnd;
  readonly #cap: number;
  #chunks: Uint8Array[] = [];
  /** Index of the first chunk not wholly taken, and how much of it was. */
  #first = 0;
  #taken = 0;
  #queued = 0;
  /** The stream took less than it was given: nothing is tried before drain(). */
  #blocked = false;
  #due = false;
  #wasOverMark = false;

  /** `cap`: bytes that may wait before push() answers "slow-reader". */
  constructor(sink: Sink, turnEnd: TurnEnd, cap: number) {
    this.#sink = sink;
    this.#turnEnd = turnEnd;
    this.#cap = cap;
  }

  /** Bytes pushed and not taken by the stream yet. */
  get queued(): number {
    return this.#queued;
  }

  /**
   * Puts a chunk at the end, and `rest` after it; both are kept by reference and must not change any more. "slow-reader":
   * the stream does not take it and more than the cap waits; it is queued all the same, so a frame is never cut in two.
   */
  push(chunk: Uint8Array, rest?: Uint8Array): "queued" | "slow-reader" {
    if (chunk.length === 0) return "queued";
    this.#chunks.push(chunk);
    this.#queued += chunk.length;
    if (rest !== undefined && rest.length > 0) {
      this.#chunks.push(rest);
      this.#queued += rest.length;
    }
    if (this.#queued > LOW_MARK) this.#wasOverMark = true;
    // A burst within one turn is no slow reader: the stream is offered it before it is judged.
    if (this.#queued > this.#cap && !this.#blocked) this.#write();
    this.flushLater();
    return this.#queued > this.#cap ? "slow-reader" : "queued";
  }

  /** Has emptied() called at the end of the turn, or later when the stream is behind. */
  flushLater(): void {
    if (this.#due || this.#blocked) return;
    this.#due = true;
    this.#turnEnd.add(this);
  }

  /** Offers the stream what waits; called at the end of a turn. */
  flush(): void {
    this.#due = false;
    if (this.#blocked) return;
    this.#write();
    if (this.#queued > 0) return;
    const fromOverMark = this.#wasOverMark;
    this.#wasOverMark = false;
    this.#sink.emptied(fromOverMark);
  }

  /** The stream takes bytes again. */
  drain(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.flush();
  }

  /** Forgets everything; nothing is written any more. */
  clear(): void {
    this.#chunks = [];
    this.#first = this.#taken = this.#queued = 0;
    this.#blocked = true;
  }

  #write(): void {
    while (this.#queued > 0) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) throw new Error("send queue: bytes are counted that no chunk holds");
      const rest = chunk.length - this.#taken;
      // TLS must be offered again at least what it has begun to take: each offer is either all there is or
      // JOIN_BYTES and more, which is longer than a record.
      const offered = rest >= JOIN_BYTES || rest === this.#queued ? rest : Math.min(this.#queued, JOIN_BYTES);
      const took = offered === rest ? this.#sink.write(chunk, this.#taken, rest) : this.#writeJoined(offered);
      if (took > 0) this.#forget(took);
      if (took < offered) {
        this.#blocked = true;
        return;
      }
    }
  }

  #writeJoined(length: number): number {
    const scratch = this.#turnEnd.borrow();
    let filled = 0;
    let skip = this.#taken;
    for (let i = this.#first; filled < length; i++) {
      const chunk = this.#chunks[i];
      if (chunk === undefined) throw new Error("send queue: bytes are counted that no chunk holds");
      const end = Math.min(chunk.length, skip + length - filled);
      scratch.set(skip === 0 && end === chunk.length ? chunk : chunk.subarray(skip, end), filled);
      filled += end - skip;
      skip = 0;
    }
    const took = this.#sink.write(scratch, 0, length);
    this.#turnEnd.giveBack(scratch);
    return took;
  }

  #forget(took: number): void {
    // The stream may have ended, and cleared the queue, while it took the bytes.
    this.#queued = Math.max(0, this.#queued - took);
    if (this.#queued === 0) {
      this.#chunks.length = 0;
      this.#first = this.#taken = 0;
      return;
    }
    this.#taken += took;
    for (;;) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined || this.#taken < chunk.length) break;
      this.#taken -= chunk.length;
      this.#first++;
    }
    if (this.#first >= COMPACT_CHUNKS && this.#first * 2 >= this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

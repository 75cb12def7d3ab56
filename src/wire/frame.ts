// Frames: u32 length | u16 header length | header (JSON, UTF-8) | body, integers big-endian. Pure: bytes in, frames out.
// Must not know the messages inside.

import { MAX_HEADER } from "./limits.ts";

export interface Frame {
  /** The JSON text of the header. */
  readonly header: string;
  readonly body: Uint8Array;
}

export type FrameFault = "too-large" | "malformed";

const EMPTY = new Uint8Array(0);
// A byte order mark is not skipped: it is no JSON, and one header has one spelling.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
// eslint-disable-next-line no-control-regex
const NOT_ASCII = /[^\x00-\x7f]/;

/** A body from this size on is dearer to copy than to send apart; bytes. */
const APART = 32 * 1024;

/** One frame as bytes. Throws a RangeError for a header over MAX_HEADER: the caller's bug. */
export function encodeFrame(header: string, body: Uint8Array = EMPTY): Uint8Array {
  const frame = frameOf(header, body.length, body.length);
  frame.set(body, frame.length - body.length);
  return frame;
}

/** One frame in its parts: a large body, which is not copied, is the second one. Throws as `encodeFrame` does. */
export function frameParts(header: string, body: Uint8Array = EMPTY): [Uint8Array, Uint8Array?] {
  return body.length < APART ? [encodeFrame(header, body)] : [frameOf(header, body.length, 0), body];
}

/** The beginning of a frame with a body of `length` bytes, and `room` bytes for it. */
function frameOf(header: string, length: number, room: number): Buffer {
  const size = Buffer.byteLength(header);
  if (size > MAX_HEADER) throw new RangeError(`frame header of ${size} bytes`);
  const frame = Buffer.allocUnsafe(6 + size + room);
  frame.writeUInt32BE(2 + size + length, 0);
  frame.writeUInt16BE(size, 4);
  frame.write(header, 6, "utf8");
  return frame;
}

/**
 * Puts frames together again from any chunking. A length is checked against `limit` before a byte of it is kept,
 * and no more is held than twice what arrived, however small the pieces. After a fault the stream is lost and `push` gives nothing more.
 */
export class FrameReader {
  /** The largest length taken; may be raised once the peer is known. */
  limit: number;
  /** The bytes of an unfinished frame are the first `#size`; grows by doubling. */
  #held: Uint8Array = EMPTY;
  #size = 0;
  #fault: FrameFault | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The frames that `chunk` completes. The chunk may be reused afterwards: bodies are copies. */
  push(chunk: Uint8Array, frames: Frame[]): FrameFault | undefined {
    if (this.#fault !== undefined) return this.#fault;
    let at = 0;
    while (this.#size > 0 && at < chunk.length) {
      const more = chunk.subarray(at, at + this.#wanted() - this.#size);
      this.#hold(more);
      at += more.length;
      if (this.#size < 4) continue;
      const fault = this.#faultOf(readU32(this.#held, 0));
      if (fault !== undefined) return this.#fail(fault);
      if (this.#size < this.#wanted()) continue;
      const frame = parse(this.#held, 4, this.#size - 4, true);
      this.#release();
      if (frame === undefined) return this.#fail("malformed");
      frames.push(frame);
    }
    for (;;) {
      const left = chunk.length - at;
      if (left < 4) break;
      const length = readU32(chunk, at);
      const fault = this.#faultOf(length);
      if (fault !== undefined) return this.#fail(fault);
      if (left < 4 + length) break;
      const frame = parse(chunk, at + 4, length, false);
      if (frame === undefined) return this.#fail("malformed");
      frames.push(frame);
      at += 4 + length;
    }
    if (at < chunk.length) this.#hold(chunk.subarray(at));
    return undefined;
  }

  /** Whether the stream stands in the middle of a frame. */
  get partial(): boolean {
    return this.#size > 0;
  }

  #fail(fault: FrameFault): FrameFault {
    this.#fault = fault;
    this.#release();
    return fault;
  }

  #faultOf(length: number): FrameFault | undefined {
    if (length > this.limit) return "too-large";
    return length < 2 ? "malformed" : undefined;
  }

  #hold(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#held.length) {
      // A large frame ends up in a buffer of just its size, which its body then keeps.
      const most = size < 4 ? 4 : Math.max(size, this.#size < 4 ? size : 4 + readU32(this.#held, 0));
      const grown = new Uint8Array(Math.min(most, 2 * size));
      grown.set(this.#held.subarray(0, this.#size));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#size);
    this.#size = size;
  }

  /** An idle reader holds nothing. */
  #release(): void {
    this.#held = EMPTY;
    this.#size = 0;
  }

  /** How many bytes are to be held: those that say how long the frame is, then the frame. */
  #wanted(): number {
    return this.#size < 4 ? 4 : 4 + readU32(this.#held, 0);
  }
}

function readU32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) * 0x1000000 +
    (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))
  );
}

/** Nearly every header is ASCII, for which no decoder is needed. Throws a TypeError for what is not UTF-8. */
function decodeHeader(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.isBuffer(bytes) ? bytes.toString("latin1", start, end) : undefined;
  return text === undefined || NOT_ASCII.test(text) ? utf8.decode(bytes.subarray(start, end)) : text;
}

/** `owned`: nobody else has the bytes, so that a body which is most of them need not be copied. */
function parse(bytes: Uint8Array, at: number, length: number, owned: boolean): Frame | undefined {
  const size = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (2 + size > length) return undefined;
  const start = at + 2;
  try {
    const header = decodeHeader(bytes, start, start + size);
    const body = bytes.subarray(start + size, at + length);
    // Not slice(): of a Buffer, which sockets give, that is no copy.
    return { header, body: owned && 2 * body.length > bytes.length ? body : new Uint8Array(body) };
  } catch (error) {
    if (error instanceof TypeError) return undefined; // not UTF-8
    throw error;
  }
}

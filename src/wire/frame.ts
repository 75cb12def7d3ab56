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

/** One frame as bytes. Throws a RangeError for a header over MAX_HEADER: the caller's bug. */
export function encodeFrame(header: string, body: Uint8Array = EMPTY): Uint8Array {
  const size = Buffer.byteLength(header);
  if (size > MAX_HEADER) throw new RangeError(`frame header of ${size} bytes`);
  const frame = Buffer.allocUnsafe(6 + size + body.length);
  frame.writeUInt32BE(2 + size + body.length, 0);
  frame.writeUInt16BE(size, 4);
  frame.write(header, 6, "utf8");
  frame.set(body, 6 + size);
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
    let bytes = chunk;
    if (this.#size > 0) {
      this.#hold(chunk);
      if (this.#size < this.#wanted()) return undefined;
      bytes = this.#take();
    }
    let at = 0;
    for (;;) {
      const left = bytes.length - at;
      if (left < 4) break;
      const length = readU32(bytes, at);
      if (length > this.limit) return this.#fail("too-large");
      if (length < 2) return this.#fail("malformed");
      if (left < 4 + length) break;
      const frame = parse(bytes, at + 4, length);
      if (frame === undefined) return this.#fail("malformed");
      frames.push(frame);
      at += 4 + length;
    }
    if (at < bytes.length) this.#hold(bytes.subarray(at));
    return undefined;
  }

  /** Whether the stream stands in the middle of a frame. */
  get partial(): boolean {
    return this.#size > 0;
  }

  #fail(fault: FrameFault): FrameFault {
    this.#fault = fault;
    this.#take();
    return fault;
  }

  #hold(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#held.length) {
      const grown = new Uint8Array(Math.max(size, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#size));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#size);
    this.#size = size;
  }

  /** What is held, let go of: an idle reader holds nothing. */
  #take(): Uint8Array {
    const bytes = this.#held.subarray(0, this.#size);
    this.#held = EMPTY;
    this.#size = 0;
    return bytes;
  }

  /** How many bytes are needed before parsing can go on: taking at each small chunk would be quadratic. */
  #wanted(): number {
    if (this.#size < 4) return 4;
    const length = readU32(this.#held, 0);
    return length > this.limit ? 4 : 4 + length;
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

function parse(bytes: Uint8Array, at: number, length: number): Frame | undefined {
  const size = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (2 + size > length) return undefined;
  const start = at + 2;
  try {
    return {
      header: decodeHeader(bytes, start, start + size),
      // Not slice(): of a Buffer, which sockets give, that is no copy.
      body: new Uint8Array(bytes.subarray(start + size, at + length)),
    };
  } catch (error) {
    if (error instanceof TypeError) return undefined; // not UTF-8
    throw error;
  }
}

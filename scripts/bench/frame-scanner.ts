// Frames found in a stream and not taken apart: what hundreds of devices are sent must be heard by one program that costs
// less than the server. Must not know what is in them. The server is the bench's own: what it sends is taken as it is.

/** Called with where a frame lies, its length's four bytes left out; `bytes` is only valid during the call. */
type Found = (bytes: Uint8Array, start: number, end: number) => void;

const EMPTY = new Uint8Array(0);

export class FrameScanner {
  /** The beginning of a frame whose end has not come. */
  #rest: Uint8Array = EMPTY;

  push(chunk: Uint8Array, found: Found): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + u32(bytes, at);
      if (end > bytes.length) break;
      found(bytes, at + 4, end);
      at = end;
    }
    this.#rest = at === bytes.length ? EMPTY : new Uint8Array(bytes.subarray(at));
  }
}

export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x10000 + u16(bytes, at + 2);
}

/** A number in decimal. */
export function numberAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; ; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return value;
    value = value * 10 + digit;
  }
}

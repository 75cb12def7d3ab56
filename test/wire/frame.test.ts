// Frames from a stream of bytes, however it is cut and whoever wrote it.

import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeFrame, type Frame, frameParts, FrameReader } from "../../src/wire/frame.ts";
import { MAX_FRAME, MAX_HEADER } from "../../src/wire/limits.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const frame = fc.record({ header: text, body: fc.uint8Array({ maxLength: 60 }) });

const bytesOf = (frames: readonly Frame[]) =>
  Buffer.concat(frames.map(({ header, body }) => encodeFrame(header, body)));

/** The frames in `bytes` when they arrive in pieces that end at `cuts`. */
function read(bytes: Uint8Array, cuts: readonly number[], limit = MAX_FRAME) {
  const reader = new FrameReader(limit);
  const frames: Frame[] = [];
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  let fault: string | undefined;
  let from = 0;
  for (const to of [...ends, bytes.length]) {
    // A Buffer that is overwritten afterwards: what a socket gives and does.
    const chunk = Buffer.from(bytes.subarray(from, to));
    fault = reader.push(chunk, frames);
    chunk.fill(0xaa);
    from = to;
  }
  return { frames, fault, partial: reader.partial };
}

/** A frame whose parts are given as they are, true or not. */
function raw(length: number, headerLength: number, rest: Uint8Array): Uint8Array {
  const head = Buffer.alloc(6);
  head.writeUInt32BE(length, 0);
  head.writeUInt16BE(headerLength, 4);
  return Buffer.concat([head, rest]);
}

describe("what is written is read", () => {
  test("in whatever pieces it arrives", () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.array(fc.nat({ max: 1000 }), { maxLength: 12 }),
        (frames, cuts) => {
          expect(read(bytesOf(frames), cuts)).toEqual({ frames, fault: undefined, partial: false });
        },
      ),
      { numRuns: 300 },
    );
  });

  test("byte by byte", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 3 }), (frames) => {
        const bytes = bytesOf(frames);
        expect(read(bytes, [...bytes.keys()]).frames).toEqual(frames);
      }),
    );
  });

  test("in the parts that a link takes, whose body is no copy when it is large", () => {
    for (const length of [0, 10, 300_000]) {
      const body = new Uint8Array(length).map((_, i) => i % 251);
      const [head, rest = new Uint8Array(0)] = frameParts('{"ü":1}', body);
      expect(Buffer.compare(Buffer.concat([head, rest]), encodeFrame('{"ü":1}', body))).toBe(0);
      expect(rest === body).toBe(length === 300_000);
    }
  });

  test("with a header and a body of nothing", () => {
    const empty = { header: "", body: new Uint8Array(0) };
    expect(read(bytesOf([empty, empty]), []).frames).toEqual([empty, empty]);
  });

  test("a frame of 1 MiB that comes a byte at a time, and the one behind it", () => {
    const body = new Uint8Array(MAX_FRAME - 4).map((_, i) => i % 251);
    const bytes = encodeFrame("{}", body);
    const reader = new FrameReader(MAX_FRAME);
    const frames: Frame[] = [];
    for (let at = 0; at < bytes.length - 1; at++) reader.push(bytes.subarray(at, at + 1), frames);
    expect(frames).toBeEmpty();
    const end = Buffer.concat([bytes.subarray(-1), encodeFrame("next")]);
    expect(reader.push(end, frames)).toBeUndefined();
    expect(frames.map(({ header }) => header)).toEqual(["{}", "next"]);
    expect(Buffer.compare(frames[0]?.body ?? new Uint8Array(0), body)).toBe(0);
  });
});

describe("half a frame", () => {
  test("gives nothing, no fault, and says that it is waiting", () => {
    const bytes = encodeFrame("header", new Uint8Array(100));
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(read(bytes.subarray(0, cut), [])).toEqual({ frames: [], fault: undefined, partial: true });
    }
  });

  test("holds what has arrived, not what its length promises", () => {
    const held = () => {
      Bun.gc(true);
      return heapStats().extraMemorySize;
    };
    const before = held();
    const readers = Array.from({ length: 100 }, () => new FrameReader(MAX_FRAME));
    for (const reader of readers) reader.push(raw(MAX_FRAME, 2, new Uint8Array(4)), []);
    // A hundred promises of 1 MiB each: together they hold less than one.
    expect(held() - before).toBeLessThan(MAX_FRAME);
    expect(readers.every((reader) => reader.partial)).toBeTrue();
  });
});

describe("a length", () => {
  test("of 4 GiB is refused at its fourth byte", () => {
    const reader = new FrameReader(MAX_FRAME);
    const length = new Uint8Array([0xff, 0xff, 0xff, 0xff]);
    expect(reader.push(length.subarray(0, 3), [])).toBeUndefined();
    expect(reader.push(length.subarray(3), [])).toBe("too-large");
    expect(reader.partial).toBeFalse();
  });

  test("may be the limit and not one more", () => {
    const limit = 100;
    const exact = encodeFrame("ab", new Uint8Array(limit - 4));
    expect(read(exact, [], limit).frames).toHaveLength(1);
    expect(read(encodeFrame("ab", new Uint8Array(limit - 3)), [], limit).fault).toBe("too-large");
    expect(read(encodeFrame("ab", new Uint8Array(limit - 3)), [5], limit).fault).toBe("too-large");
  });

  test("is held to a limit that was raised between two frames", () => {
    const reader = new FrameReader(10);
    const frames: Frame[] = [];
    reader.push(encodeFrame("small"), frames);
    reader.limit = 1000;
    expect(reader.push(encodeFrame("larger", new Uint8Array(500)), frames)).toBeUndefined();
    expect(frames).toHaveLength(2);
  });

  test.each([0, 1])("of %d has no room for a header's length", (length) => {
    expect(read(raw(length, 0, new Uint8Array(8)), []).fault).toBe("malformed");
  });
});

describe("a header", () => {
  test("may fill its frame and not pass it", () => {
    expect(read(raw(6, 4, Buffer.from("abcd")), []).frames).toEqual([
      { header: "abcd", body: new Uint8Array(0) },
    ]);
    expect(read(raw(6, 5, Buffer.from("abcde")), []).fault).toBe("malformed");
  });

  test("may have MAX_HEADER bytes; to write more is a bug", () => {
    const header = "é".repeat((MAX_HEADER - 1) / 2) + "x";
    expect(read(encodeFrame(header), [7]).frames[0]?.header).toBe(header);
    expect(() => encodeFrame(`${header}x`)).toThrow(RangeError);
  });

  test.each([
    ["a lone continuation", [0x80]],
    ["half a character", [0xc3]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["what is beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
  ])("that is no UTF-8 is refused: %s", (_, bytes) => {
    expect(read(raw(2 + bytes.length, bytes.length, new Uint8Array(bytes)), []).fault).toBe("malformed");
  });

  test("keeps its byte order mark, so that one header has one spelling", () => {
    expect(read(encodeFrame("\uFEFF{}"), []).frames[0]?.header).toBe("\uFEFF{}");
  });
});

describe("any bytes", () => {
  test("are frames, a wait or a fault, never an exception", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 }), fc.uint8Array({ maxLength: 80 }))
        .map(([length, header, rest]) => raw(length, header, rest)),
    );
    const faults = new Set<string | undefined>();
    fc.assert(
      fc.property(noise, fc.array(fc.nat({ max: 300 }), { maxLength: 5 }), (bytes, cuts) => {
        const pieces = read(bytes, cuts, 64);
        faults.add(pieces.fault);
        expect(pieces).toEqual(read(bytes, [], 64));
      }),
      { numRuns: 500, seed: 513 },
    );
    expect(faults).toEqual(new Set([undefined, "too-large", "malformed"]));
  });

  test("after a fault give nothing more", () => {
    const reader = new FrameReader(64);
    const frames: Frame[] = [];
    expect(reader.push(Buffer.concat([encodeFrame("good"), raw(1, 0, new Uint8Array(0))]), frames)).toBe(
      "malformed",
    );
    expect(reader.push(encodeFrame("late"), frames)).toBe("malformed");
    expect(frames.map(({ header }) => header)).toEqual(["good"]);
  });
});

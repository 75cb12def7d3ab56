import { expect, test } from "bun:test";
import fc from "fast-check";
import { LOW_MARK, SendQueue, TurnEnd } from "../../src/net/send-queue.ts";
import type { Sink } from "../../src/net/send-queue.ts";

/** A stream that takes as much as it is told to; without a word, everything. */
class Stream implements Sink {
  readonly writes: Uint8Array[] = [];
  readonly offers: number[] = [];
  readonly emptiedCalls: boolean[] = [];
  takes: (length: number) => number = (length) => length;
  onEmptied: () => void = () => {};

  write(bytes: Uint8Array, from: number, length: number): number {
    this.offers.push(length);
    const took = this.takes(length);
    if (took > 0) this.writes.push(bytes.slice(from, from + took));
    return took;
  }

  emptied(fromOverMark: boolean): void {
    this.emptiedCalls.push(fromOverMark);
    this.onEmptied();
  }

  get all(): Uint8Array {
    return Buffer.concat(this.writes);
  }
}

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function queueOn(stream: Stream, cap = 1 << 20): SendQueue {
  return new SendQueue(stream, new TurnEnd(), cap);
}

function numbered(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i * 7) & 0xff);
}

test("frames of one turn leave in one write, in order", async () => {
  const stream = new Stream();
  const queue = queueOn(stream);
  for (const n of [1, 2, 3]) queue.push(Uint8Array.of(n, n));
  expect(stream.writes).toEqual([]);
  expect(queue.queued).toBe(6);
  await endOfTurn();
  expect(stream.writes).toEqual([Uint8Array.of(1, 1, 2, 2, 3, 3)]);
  expect(queue.queued).toBe(0);
});

test("one frame alone is written as it is, without a copy", async () => {
  const stream = new Stream();
  const frame = numbered(300);
  let same = false;
  stream.write = (bytes, _from, length) => {
    same = bytes === frame;
    return length;
  };
  queueOn(stream).push(frame);
  await endOfTurn();
  expect(same).toBe(true);
});

test("what the stream did not take waits for drain, and more frames do not write in between", async () => {
  const stream = new Stream();
  const queue = queueOn(stream);
  stream.takes = () => 2;
  queue.push(numbered(5));
  await endOfTurn();
  queue.push(numbered(5));
  await endOfTurn();
  expect(stream.offers).toEqual([5]);
  expect(queue.queued).toBe(8);
  stream.takes = (length) => length;
  queue.drain();
  expect(stream.all).toEqual(Buffer.concat([numbered(5), numbered(5)]));
});

test("whatever sizes are sent and taken, the bytes arrive whole and in order", async () => {
  const sizes = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 60_000, max: 140_000 })),
    {
      maxLength: 12,
    },
  );
  const taking = fc.infiniteStream(fc.integer({ min: 0, max: 70_000 }));
  await fc.assert(
    fc.asyncProperty(sizes, taking, fc.integer({ min: 1, max: 5 }), async (lengths, takes, perTurn) => {
      const stream = new Stream();
      const queue = queueOn(stream, 1 << 30);
      stream.takes = (length) => Math.min(length, takes.next().value ?? length);
      const sent: Uint8Array[] = [];
      for (const [i, length] of lengths.entries()) {
        const chunk = numbered(length, i);
        sent.push(chunk);
        // In one piece, or in two.
        if (i % 2 === 0) queue.push(chunk);
        else queue.push(chunk.subarray(0, 80), chunk.subarray(80));
        if (i % perTurn === 0) await endOfTurn();
        if (i % 3 === 0) queue.drain();
      }
      await endOfTurn();
      while (queue.queued > 0) queue.drain();
      expect(Buffer.compare(stream.all, Buffer.concat(sent))).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test("a stream that took part of an offer is next offered at least the rest of it, or more than a TLS record", async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      lengths,
      fc.infiniteStream(fc.integer({ min: 0, max: 20_000 })),
      async (sizes, takes) => {
        const stream = new Stream();
        const queue = queueOn(stream, 1 << 30);
        let owed = 0;
        stream.takes = (length) => {
          expect(length).toBeGreaterThanOrEqual(Math.min(owed, 16_384));
          const took = Math.min(length, takes.next().value ?? length);
          owed = length - took;
          return took;
        };
        for (const size of sizes) {
          queue.push(numbered(size));
          await endOfTurn();
        }
        while (queue.queued > 0) queue.drain();
      },
    ),
    { numRuns: 40 },
  );
});

test("thousands of frames behind a stalled stream come out in order", async () => {
  const stream = new Stream();
  const queue = queueOn(stream);
  stream.takes = () => 0;
  for (let i = 0; i < 5000; i++) queue.push(Uint8Array.of(i & 0xff, i >> 8));
  await endOfTurn();
  stream.takes = (length) => Math.min(length, 1777);
  while (queue.queued > 0) queue.drain();
  const expected = Uint8Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? (i >> 1) & 0xff : i >> 9));
  expect(Buffer.compare(stream.all, expected)).toBe(0);
});

test("a reader that leaves more than the cap is a slow one; the frame that showed it is still whole", async () => {
  const stream = new Stream();
  const queue = queueOn(stream, 100);
  stream.takes = () => 0;
  expect(queue.push(numbered(60))).toBe("queued");
  await endOfTurn();
  expect(queue.push(numbered(40))).toBe("queued");
  expect(queue.push(numbered(1))).toBe("slow-reader");
  expect(queue.queued).toBe(101);
});

test("a burst over the cap within one turn is not held against a reader that takes it", () => {
  const queue = queueOn(new Stream(), 100);
  const answers = Array.from({ length: 50 }, () => queue.push(numbered(60)));
  expect(new Set(answers)).toEqual(new Set(["queued"]));
});

test("the stream is told when all was taken, and whether much had waited", async () => {
  const stream = new Stream();
  const queue = queueOn(stream);
  queue.push(numbered(LOW_MARK));
  await endOfTurn();
  queue.push(numbered(LOW_MARK + 1));
  await endOfTurn();
  queue.push(numbered(1));
  await endOfTurn();
  expect(stream.emptiedCalls).toEqual([false, true, false]);
});

test("frames pushed on being told of emptiness are written in their turn", async () => {
  const stream = new Stream();
  const queue = queueOn(stream);
  stream.onEmptied = () => {
    if (stream.writes.length < 3) queue.push(Uint8Array.of(stream.writes.length));
  };
  queue.push(Uint8Array.of(0));
  for (let i = 0; i < 3; i++) await endOfTurn();
  expect(stream.all).toEqual(Buffer.from([0, 1, 2]));
});

test("nothing is written once the queue is cleared, even by a drain", async () => {
  const stream = new Stream();
  const queue = queueOn(stream);
  queue.push(numbered(10));
  queue.clear();
  await endOfTurn();
  queue.drain();
  expect(stream.writes).toEqual([]);
  expect(queue.queued).toBe(0);
});

test("a stream that is gone is left alone", async () => {
  const stream = new Stream();
  const queue = queueOn(stream);
  stream.takes = () => -1;
  queue.push(numbered(10));
  await endOfTurn();
  queue.push(numbered(10));
  await endOfTurn();
  expect(stream.offers).toEqual([10]);
});

// What every store of blobs does with chunks.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { SEALED_CHUNK } from "../../src/domain/chunks.ts";
import { encodeId } from "../../src/domain/id.ts";
import type { Blobs } from "../../src/ports/blobs.ts";

/** A store under test. `reopen` closes it and opens what it left behind. */
export interface BlobsSubject {
  readonly blobs: Blobs;
  reopen(): Promise<BlobsSubject>;
  dispose(): Promise<void>;
}

/** A blob's id, told by a number. */
export const blobOf = (n: number): string => encodeId(new Uint8Array(24).fill(n));

/** A whole chunk whose bytes tell which it is; a shorter one with `size`. */
export function chunkOf(n: number, size = SEALED_CHUNK): Uint8Array {
  const chunk = new Uint8Array(size).fill(n);
  chunk.set(Buffer.from(`chunk ${n}`).subarray(0, size));
  return chunk;
}

/** Declares the suite for stores that `open` makes, each empty. */
export function blobsContract(name: string, open: () => Promise<BlobsSubject>): void {
  describe(`${name}: chunks`, () => {
    let subject: BlobsSubject;
    let blobs: Blobs;
    const [x, y] = [blobOf(1), blobOf(2)];
    beforeEach(async () => {
      subject = await open();
      blobs = subject.blobs;
    });
    afterEach(() => subject.dispose());
    const reopen = async () => {
      subject = await subject.reopen();
      blobs = subject.blobs;
    };
    const whole = async (blob: string) => {
      const all: Uint8Array[] = [];
      for (let i = 0; i < (await blobs.count(blob)); i++)
        all.push((await blobs.read(blob, i)) ?? new Uint8Array());
      return Buffer.concat(all);
    };

    test("are kept in order, also over a restart, up to the last, which is shorter", async () => {
      expect(await blobs.count(x)).toBe(0);
      expect(await blobs.append(x, 0, chunkOf(0))).toBe(1);
      expect(await blobs.append(x, 1, chunkOf(1))).toBe(2);
      await reopen();
      expect(await blobs.count(x)).toBe(2);
      expect(await blobs.append(x, 2, chunkOf(2, 17))).toBe(3);
      await reopen();
      expect(await blobs.count(x)).toBe(3);
      expect(Buffer.compare(await whole(x), Buffer.concat([chunkOf(0), chunkOf(1), chunkOf(2, 17)]))).toBe(0);
      // Nothing follows a chunk that is shorter.
      expect(await blobs.append(x, 3, chunkOf(3))).toBe(3);
    });

    test("given several at a time are all added, and what others read meanwhile is whole", async () => {
      const counts = Array.from({ length: 40 }, (_, i) => blobs.append(x, i, chunkOf(i)));
      const seen = await blobs.count(x);
      if (seen > 0) expect(await blobs.read(x, seen - 1)).toEqual(chunkOf(seen - 1));
      expect(Math.max(...(await Promise.all(counts)))).toBe(40);
      for (const i of [0, 16, 39]) expect(await blobs.read(x, i)).toEqual(chunkOf(i));
    });

    test("that are not the next ones add nothing, and the answer says how many there are", async () => {
      expect(await blobs.append(x, 1, chunkOf(1))).toBe(0);
      expect(await blobs.append(x, 0, chunkOf(0))).toBe(1);
      expect(await blobs.append(x, 0, chunkOf(9))).toBe(1);
      expect(await Promise.all([blobs.append(x, 3, chunkOf(3)), blobs.append(x, 1, chunkOf(1))])).toContain(
        2,
      );
      expect(await blobs.append(x, 7, chunkOf(7))).toBe(2);
      expect(await blobs.read(x, 0)).toEqual(chunkOf(0));
      expect(await blobs.read(x, 2)).toBeUndefined();
      expect(await blobs.read(y, 0)).toBeUndefined();
    });

    test("of one blob are not those of another", async () => {
      await Promise.all([blobs.append(x, 0, chunkOf(1)), blobs.append(y, 0, chunkOf(2, 16))]);
      expect(await blobs.read(x, 0)).toEqual(chunkOf(1));
      expect(await blobs.read(y, 0)).toEqual(chunkOf(2, 16));
      expect((await blobs.list()).toSorted()).toEqual([x, y].toSorted());
    });

    test("are gone when their blob is removed, and their room is free", async () => {
      const before = await blobs.space();
      expect(before.used).toBe(0);
      expect(before.free).toBeGreaterThan(0);
      await blobs.append(x, 0, chunkOf(0));
      await blobs.append(y, 0, chunkOf(0, 20));
      expect((await blobs.space()).used).toBeGreaterThanOrEqual(SEALED_CHUNK + 20);
      // What is being added goes, too.
      const adding = blobs.append(x, 1, chunkOf(1));
      await blobs.remove(x);
      expect(await adding).toBe(2);
      expect([await blobs.count(x), await blobs.read(x, 0), await blobs.list()]).toEqual([0, undefined, [y]]);
      await blobs.remove(x);
      await blobs.remove(y);
      expect((await blobs.space()).used).toBe(0);
      await reopen();
      expect([await blobs.list(), (await blobs.space()).used]).toEqual([[], 0]);
      expect(await blobs.append(x, 0, chunkOf(5))).toBe(1);
      expect(await blobs.read(x, 0)).toEqual(chunkOf(5));
    });
  });
}

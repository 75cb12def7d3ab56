// How many chunks a file has and how long they are: sender, server and receiver come to the same.

import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  CHUNK,
  CHUNK_TAG,
  chunkCount,
  chunkSize,
  MAX_FILE,
  SEALED_CHUNK,
  sealedSize,
  sizeOfSealed,
} from "../../src/domain/chunks.ts";

test.each([
  [0, 1, 0, 16],
  [1, 1, 1, 17],
  [CHUNK, 1, CHUNK, SEALED_CHUNK],
  [CHUNK + 1, 2, 1, SEALED_CHUNK + 17],
  [2 * CHUNK, 2, CHUNK, 2 * SEALED_CHUNK],
  [MAX_FILE, 2 ** 20, CHUNK, 2 ** 20 * SEALED_CHUNK],
])("a file of %d bytes has %d chunks, the last of %d, and %d bytes sealed", (size, count, last, sealed) => {
  expect(chunkCount(size)).toBe(count);
  expect(chunkSize(size, count - 1)).toBe(last);
  expect(sealedSize(size)).toBe(sealed);
  expect(sizeOfSealed(sealed)).toBe(size);
});

test("a sealed size tells the file's, and what no file comes to is told", () => {
  fc.assert(
    fc.property(fc.nat(5 * CHUNK), (size) => {
      expect(sizeOfSealed(sealedSize(size))).toBe(size);
    }),
  );
  for (const sealed of [
    -1,
    0,
    CHUNK_TAG - 1,
    SEALED_CHUNK + 1,
    SEALED_CHUNK + CHUNK_TAG,
    2 * SEALED_CHUNK + 3,
    16.5,
    Number.NaN,
    2 ** 60,
  ])
    expect([sealed, sizeOfSealed(sealed)]).toEqual([sealed, undefined]);
  expect(sizeOfSealed(sealedSize(MAX_FILE) + SEALED_CHUNK)).toBeUndefined();
});

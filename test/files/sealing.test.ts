// A file is received as it was sent or not at all: whatever is done to its chunks on the way is told at the chunk.

import { describe, expect, test } from "bun:test";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { CHUNK, chunkCount, chunkSize, SEALED_CHUNK, sealedSize } from "../../src/domain/chunks.ts";
import type { FileDescription } from "../../src/files/description.ts";
import { type Opened, openFile } from "../../src/files/opening.ts";
import { fileKey } from "../../src/files/sealing.ts";

const random = (n: number) =>
  new Uint8Array(Buffer.from(Array.from({ length: n }, (_, i) => (i * 7 + (i >> 8)) & 255)));
const sha256 = (bytes: Uint8Array) => new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest());
const hasher = () => {
  const sha = new Bun.CryptoHasher("sha256");
  return {
    update: (bytes: Uint8Array) => void sha.update(bytes),
    digest: () => new Uint8Array(sha.digest()),
  };
};

/** A file of so many bytes, what is said of it, and its sealed chunks. */
async function sent(size: number, fill = 5) {
  const bytes = random(size);
  const raw = new Uint8Array(32).fill(fill);
  const key = await fileKey(raw);
  const chunks = await Promise.all(
    Array.from({ length: chunkCount(size) }, (_, i) =>
      key.seal(i, i === chunkCount(size) - 1, bytes.subarray(i * CHUNK, i * CHUNK + chunkSize(size, i))),
    ),
  );
  const file: FileDescription = { name: "a", size, sha256: sha256(bytes), key: raw, blob: "" };
  return { bytes, chunks, file };
}

/** What comes of these chunks: the bytes, and how it ended. */
async function received(file: FileDescription, chunks: readonly Uint8Array[], from = 0, before?: Uint8Array) {
  const sha = hasher();
  if (before !== undefined) sha.update(before);
  const opened: Opened[] = [];
  for await (const one of openFile({ file, from, hasher: sha, atOnce: 3 }, chunks)) opened.push(one);
  const end = opened.pop();
  const bytes = Buffer.concat(opened.flatMap((one) => (one.state === "chunk" ? [one.bytes] : [])));
  return { bytes: new Uint8Array(bytes), end };
}

describe("a file", () => {
  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 7 * CHUNK + 3])(
    "of %d bytes is received as it was sent",
    async (size) => {
      const { bytes, chunks, file } = await sent(size);
      expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(sealedSize(size));
      const got = await received(file, chunks);
      expect(got.end).toEqual({ state: "whole" });
      expect(Buffer.compare(got.bytes, bytes)).toBe(0);
    },
  );

  test("goes on where it was broken off", async () => {
    const { bytes, chunks, file } = await sent(4 * CHUNK + 9);
    const got = await received(file, chunks.slice(3), 3, bytes.subarray(0, 3 * CHUNK));
    expect(got.end).toEqual({ state: "whole" });
    expect(Buffer.compare(got.bytes, bytes.subarray(3 * CHUNK))).toBe(0);
    // All chunks were there, and only the end was not told.
    expect((await received(file, [], 5, bytes)).end).toEqual({ state: "whole" });
  });

  test("is sealed as the construction has it: eleven bytes of counter, one that says whether it is the last", async () => {
    const { chunks, file, bytes } = await sent(CHUNK + 5);
    const nonce = (index: number, last: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, index, last);
    expect(chunks[0]).toEqual(chacha20poly1305(file.key, nonce(0, 0)).encrypt(bytes.subarray(0, CHUNK)));
    expect(chunks[1]).toEqual(chacha20poly1305(file.key, nonce(1, 1)).encrypt(bytes.subarray(CHUNK)));
  });
});

describe("a server that", () => {
  const at = async (
    change: (chunks: Uint8Array[]) => Uint8Array[] | Promise<Uint8Array[]>,
    size = 4 * CHUNK,
  ) => {
    const { bytes, chunks, file } = await sent(size);
    const got = await received(file, await change(chunks.slice()));
    // What was given before is what was sent.
    expect(Buffer.compare(got.bytes, bytes.subarray(0, got.bytes.length))).toBe(0);
    return got.end;
  };
  const altered = (index: number) => ({ state: "failed", fault: "altered-chunk", index }) as const;

  test("alters a bit is caught at the chunk", async () => {
    for (const place of [0, 100, CHUNK, SEALED_CHUNK - 1]) {
      const flip = (chunk: Uint8Array = new Uint8Array()) =>
        chunk.map((byte, i) => (i === place ? byte ^ 1 : byte));
      expect(await at((chunks) => chunks.with(2, flip(chunks[2])))).toEqual(altered(2));
    }
  });

  test("exchanges two chunks is caught at the first", async () => {
    expect(
      await at((chunks) => [chunks[0], chunks[2], chunks[1], chunks[3]].flatMap((one) => one ?? [])),
    ).toEqual(altered(1));
  });

  test("repeats a chunk is caught at the repetition", async () => {
    expect(await at((chunks) => chunks.toSpliced(2, 0, ...chunks.slice(1, 2)))).toEqual(altered(2));
    // Also behind the end.
    expect(await at((chunks) => [...chunks, ...chunks.slice(3)])).toEqual(altered(4));
  });

  test("leaves a chunk out is caught there", async () => {
    expect(await at((chunks) => chunks.toSpliced(1, 1))).toEqual(altered(1));
  });

  test("stops early is caught at the end: what has come is not the file", async () => {
    expect(await at((chunks) => chunks.slice(0, 3))).toEqual({
      state: "failed",
      fault: "missing-chunk",
      index: 3,
    });
    expect(await at(() => [])).toEqual({ state: "failed", fault: "missing-chunk", index: 0 });
    expect(await at(() => [], 0)).toEqual({ state: "failed", fault: "missing-chunk", index: 0 });
  });

  test("cuts a chunk short, or gives more than one, is caught there", async () => {
    expect(await at((chunks) => chunks.with(3, chunks[3]?.subarray(0, 50) ?? new Uint8Array()))).toEqual(
      altered(3),
    );
    expect(await at((chunks) => chunks.with(0, new Uint8Array(SEALED_CHUNK + 1)))).toEqual(altered(0));
    expect(await at((chunks) => chunks.with(0, new Uint8Array(0)))).toEqual(altered(0));
  });

  test("moves a chunk from another file is caught there", async () => {
    const other = await sent(4 * CHUNK, 6);
    expect(await at((chunks) => chunks.with(1, other.chunks[1] ?? new Uint8Array()))).toEqual(altered(1));
  });

  test("ends the file at a chunk that is not the last is caught, though a sender said so", async () => {
    const { chunks, file } = await sent(4 * CHUNK);
    const short = { ...file, size: 2 * CHUNK };
    expect((await received(short, chunks.slice(0, 2))).end).toEqual(altered(1));
  });
});

test("a sender that said another hash than the file's is caught at the end", async () => {
  const { chunks, file } = await sent(CHUNK + 1);
  const end = { state: "failed", fault: "wrong-hash" } as const;
  expect((await received({ ...file, sha256: sha256(random(3)) }, chunks)).end).toEqual(end);
});

test("a chunk that no file is cut into is a bug of whoever seals it", async () => {
  const key = await fileKey(new Uint8Array(32));
  for (const [index, last, size] of [
    [0, false, 5],
    [0, true, CHUNK + 1],
    [1, true, 0],
    [-1, true, 5],
    [2 ** 32, true, 5],
  ] as const)
    await expect(key.seal(index, last, new Uint8Array(size))).rejects.toThrow(RangeError);
  await expect(fileKey(new Uint8Array(31))).rejects.toThrow(RangeError);
});

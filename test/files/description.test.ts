// What is said of a file survives the way, and what a hostile sender says instead is told.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_FILE } from "../../src/domain/chunks.ts";
import { encodeId } from "../../src/domain/id.ts";
import { decodeFileDescription, encodeFileDescription, MAX_FILE_NAME } from "../../src/files/description.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const file = fc.record({
  name: fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
  size: fc.nat(MAX_FILE),
  sha256: bytes(32),
  key: bytes(32),
  blob: bytes(24).map(encodeId),
});
const good = {
  name: "notes.pdf",
  size: 5,
  sha256: encodeId(new Uint8Array(32).fill(1)),
  key: encodeId(new Uint8Array(32).fill(2)),
  blob: encodeId(new Uint8Array(24).fill(3)),
};

test("a description is read as it was written", () => {
  fc.assert(
    fc.property(file, (file) => {
      const json: unknown = JSON.parse(JSON.stringify(encodeFileDescription(file)));
      expect(decodeFileDescription(json)).toEqual(file);
    }),
  );
  expect(decodeFileDescription({ ...good, more: 1 })).toMatchObject({ name: "notes.pdf", size: 5 });
});

test.each([
  ["a negative size", { size: -1 }],
  ["a size that is no whole number", { size: 0.5 }],
  ["a size that is no number", { size: "5" }],
  ["a size beyond all files", { size: MAX_FILE + 1 }],
  ["a size beyond all numbers", { size: 1e300 }],
  ["no name", { name: "" }],
  ["a name that is no text", { name: ["a"] }],
  ["a name without an end", { name: "é".repeat(MAX_FILE_NAME / 2 + 1) }],
  ["a hash that is too short", { sha256: encodeId(new Uint8Array(31)) }],
  ["a hash in hex", { sha256: new Uint8Array(32).toHex() }],
  ["a hash without an end", { sha256: "A".repeat(1e6) }],
  ["a key of no length", { key: "" }],
  ["a key that is too long", { key: encodeId(new Uint8Array(33)) }],
  ["a blob elsewhere", { blob: "../../../../etc/passwd__________" }],
  ["a blob in another spelling", { blob: `${good.blob.slice(0, -1)}=` }],
  ["nothing at a field", { key: undefined }],
])("%s is no description", (_, change) => {
  expect(decodeFileDescription({ ...good, ...change })).toBeUndefined();
});

test("what is no object is no description", () => {
  for (const json of [null, 1, "{}", [], [good]]) expect(decodeFileDescription(json)).toBeUndefined();
});

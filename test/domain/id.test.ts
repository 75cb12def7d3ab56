// Ids: bytes have one spelling, and only that one is read.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeId, encodeId } from "../../src/domain/id.ts";
import { directLog, LOG_ID_BYTES } from "../../src/domain/direct-log.ts";

test("bytes are read back from their id", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const id = encodeId(bytes);
      expect(id).toMatch(/^[\w-]*$/);
      expect(decodeId(id, bytes.length)).toEqual(bytes);
    }),
  );
});

test("whatever is read is spelt as it would be written", () => {
  const almost = fc.string({ unit: fc.constantFrom(..."AQgw-_+/= \n9z"), minLength: 20, maxLength: 24 });
  const seen = { id: 0, none: 0 };
  fc.assert(
    fc.property(almost, (text) => {
      const bytes = decodeId(text, 16);
      seen[bytes === undefined ? "none" : "id"] += 1;
      if (bytes !== undefined) expect(encodeId(bytes)).toBe(text);
    }),
    { numRuns: 3000, seed: 22 },
  );
  expect(seen.none).toBeGreaterThan(0);
  expect(decodeId("A".repeat(22), 16)).toEqual(new Uint8Array(16));
});

test.each([
  ["too short", "A".repeat(21)],
  ["too long", "A".repeat(23)],
  ["padded", `${"A".repeat(21)}=`],
  ["of the other alphabet", `${"A".repeat(21)}+`],
  ["with a space", `${"A".repeat(10)} ${"A".repeat(11)}`],
  ["with spare bits set", `${"A".repeat(21)}B`],
  ["no ASCII", "é".repeat(22)],
])("an id that is %s is none", (_, id) => expect(decodeId(id, 16)).toBeUndefined());

test("two people find the same log, and no two others do", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(key, key, key, (one, two, three) => {
      expect(directLog(one, two)).toBe(directLog(two, one));
      expect(decodeId(directLog(one, two), LOG_ID_BYTES)).toHaveLength(24);
      if (Buffer.compare(two, three) !== 0) expect(directLog(one, two)).not.toBe(directLog(one, three));
    }),
  );
});

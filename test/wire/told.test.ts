// What a group's commit tells: read as it was written, and from any other bytes nothing, without harm.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeId } from "../../src/domain/id.ts";
import { MAX_ADDED, MAX_MEMBERS } from "../../src/wire/limits.ts";
import { decodeTold, encodeTold } from "../../src/wire/told.ts";

const device = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeId);
const rules = fc.uint8Array({ minLength: 1, maxLength: 300 });
const told = fc.record(
  { added: fc.array(device, { maxLength: 5 }), removed: fc.array(device, { maxLength: 5 }), rules },
  { requiredKeys: ["added", "removed"] },
);
const commit = fc.uint8Array({ minLength: 1, maxLength: 100 });
const many = (length: number) => Array.from({ length }, () => "A".repeat(43));

/** A body with this text where the JSON would be. */
function written(text: string, rest = "commit"): Uint8Array {
  const head = Buffer.from(text, "latin1");
  return Buffer.concat([Buffer.from([head.length >> 8, head.length & 255]), head, Buffer.from(rest)]);
}

test("what is told is read as it was written, and the commit after it", () => {
  fc.assert(
    fc.property(told, commit, (what, bytes) => {
      const read = decodeTold(encodeTold(what, bytes));
      expect(read?.told).toEqual(what);
      expect(Buffer.from(read?.commit ?? [])).toEqual(Buffer.from(bytes));
    }),
  );
});

test("a whole class comes and as many go in one commit; more than there is room for is a bug", () => {
  const full = { added: many(MAX_ADDED), removed: many(MAX_MEMBERS) };
  expect(decodeTold(encodeTold(full, new Uint8Array(1)))?.told).toEqual(full);
  const tooMany = { added: [], removed: many(1_500) };
  expect(() => encodeTold(tooMany, new Uint8Array(1))).toThrow(RangeError);
});

describe("nothing is read from", () => {
  const key = "A".repeat(43);
  test.each([
    ["nothing", new Uint8Array(0)],
    ["half a length", new Uint8Array(1)],
    ["a length beyond the end", written("{}").subarray(0, 5)],
    ["no commit behind it", written('{"added":[],"removed":[]}', "")],
    ["what is no JSON", written("{added:[]}")],
    ["what is no UTF-8", written("\xff\xfe")],
    ["a byte order mark before it", written('\xef\xbb\xbf{"added":[],"removed":[]}')],
    ["null", written("null")],
    ["a list missing", written('{"added":[]}')],
    ["a device that is none", written('{"added":["x"],"removed":[]}')],
    ["a device and a line feed", written(`{"added":["${key}\\n"],"removed":[]}`)],
    [
      "more newcomers than one commit adds",
      written(JSON.stringify({ added: many(MAX_ADDED + 1), removed: [] })),
    ],
    ["rules that are not base64url", written('{"added":[],"removed":[],"rules":"a b"}')],
    ["rules that are empty", written('{"added":[],"removed":[],"rules":""}')],
    ["rules that are null", written('{"added":[],"removed":[],"rules":null}')],
  ])("%s", (_, body) => {
    expect(decodeTold(body)).toBeUndefined();
  });

  test("any other bytes, and it never throws", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.json().map((text) => written(text)),
      // What is nearly right: one byte is another.
      fc.tuple(told, commit, fc.nat(), fc.nat(255)).map(([what, bytes, place, value]) => {
        const body = encodeTold(what, bytes);
        body[place % body.length] = value;
        return body;
      }),
    );
    let read = 0;
    fc.assert(
      fc.property(noise, (body) => {
        const decoded = decodeTold(body);
        if (decoded === undefined) return;
        read += 1;
        expect(decoded.told.added.length).toBeLessThanOrEqual(MAX_ADDED);
        expect(decoded.commit.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000, seed: 513 },
    );
    expect(read).toBeGreaterThan(0);
  });
});

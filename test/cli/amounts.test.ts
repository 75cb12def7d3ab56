// How long and how much, as an instructor writes it: taken as it is meant, or refused.

import { expect, test } from "bun:test";
import { parseDuration, parseQuota, parseSeconds, parseWhole } from "../../src/cli/amounts.ts";

const HOUR = 3_600_000;

test.each([
  ["1h", HOUR],
  ["36h", 36 * HOUR],
  ["180d", 180 * 24 * HOUR],
  ["3650d", 3650 * 24 * HOUR],
])("%s is a time", (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each([
  "",
  "180",
  "d",
  "0h",
  "0d",
  "3651d",
  "1.5d",
  "-1d",
  "1 d",
  "1D",
  "30m",
  "1h\n",
  "1e3h",
  "99999999h",
])("%j is no time", (text) => expect(parseDuration(text)).toBeUndefined());

test.each([
  ["50000/256MiB", { entries: 50_000, bytes: 256 * 1024 ** 2 }],
  ["1/1KiB", { entries: 1, bytes: 1024 }],
  ["999999999/2GiB", { entries: 999_999_999, bytes: 2 * 1024 ** 3 }],
])("%s is a quota", (text, quota) => expect(parseQuota(text)).toEqual(quota));

test.each([
  "",
  "/",
  "5",
  "5/",
  "/1MiB",
  "0/1MiB",
  "5/0MiB",
  "5/1MB",
  "5/1",
  "5/1MiB/2",
  "1e3/1MiB",
  "-5/1MiB",
  "5 /1MiB",
])("%j is no quota", (text) => expect(parseQuota(text)).toBeUndefined());

test.each([
  ["0", 0],
  ["0.2", 0.2],
  ["1e3", 1000],
  ["2000000", 2_000_000],
])("%s is a number of seconds", (text, seconds) => expect(parseSeconds(text)).toBe(seconds));

test.each(["", " ", "soon", "-1", "2000001", "Infinity", "NaN", "1s"])("%j is no number of seconds", (text) =>
  expect(parseSeconds(text)).toBeUndefined(),
);

test("a whole number is within its bounds, and nothing but digits", () => {
  expect(["0", "65535"].map((text) => parseWhole(text, 0, 65_535))).toEqual([0, 65_535]);
  for (const text of ["65536", "-1", "1.5", "1e3", "", " 1", "0x10"])
    expect(parseWhole(text, 0, 65_535)).toBeUndefined();
});

// How long and how much, as an instructor writes it: taken as it is meant, or refused.

import { expect, test } from "bun:test";
import { parseDuration, parseQuota } from "../../src/cli/amounts.ts";

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

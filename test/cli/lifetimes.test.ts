// How long a link is good, as an instructor writes it: taken as it is meant, or refused.

import { expect, test } from "bun:test";
import { parseLifetime } from "../../src/cli/amounts.ts";

test.each([
  ["1s", 1000],
  ["45m", 45 * 60_000],
  ["2h", 7_200_000],
  ["7d", 7 * 86_400_000],
  ["3650d", 3650 * 86_400_000],
])("%s is a time", (text, ms) => expect(parseLifetime(text)).toBe(ms));

test.each(["", "2", "h", "0s", "3651d", "1.5h", "-1h", "1 h", "2H", "2w", "1h\n"])("%j is no time", (text) =>
  expect(parseLifetime(text)).toBeUndefined(),
);

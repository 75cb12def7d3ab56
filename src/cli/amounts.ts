// Amounts as they are written on a command line: how long, how many, how large.
// Must not know what they are for.

import type { Quota } from "../ports/server-store.ts";

const HOUR = 3_600_000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KB", 1000],
  ["MB", 1000 ** 2],
  ["GB", 1000 ** 3],
  ["s", 1000],
  ["m", 60_000],
  ["h", HOUR],
  ["d", 24 * HOUR],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
]);
/** Ten years; longer than anything is kept. */
const LONGEST = 3650 * 24 * HOUR;
/** A timer takes 2^31 ms at the most. */
const MOST_SECONDS = 2_000_000;

/** `180d` or `36h` in ms, from one hour to ten years; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const ms = product(/^(\d{1,6})(h|d)$/.exec(text));
  return ms === undefined || ms < HOUR || ms > LONGEST ? undefined : ms;
}

/** `45m`, `2h` or `7d` in ms, from one second to ten years; undefined for anything else. */
export function parseLifetime(text: string): number | undefined {
  const ms = product(/^(\d{1,8})(s|m|h|d)$/.exec(text));
  return ms === undefined || ms < 1000 || ms > LONGEST ? undefined : ms;
}

/** `50000/256MiB`, from one message and one byte; undefined for anything else. */
export function parseQuota(text: string): Quota | undefined {
  const [messages = "", size = "", ...rest] = text.split("/");
  const entries = /^\d{1,9}$/.test(messages) ? Number(messages) : 0;
  const bytes = product(/^(\d{1,6})(KiB|MiB|GiB)$/.exec(size)) ?? 0;
  return rest.length > 0 || entries < 1 || bytes < 1 ? undefined : { entries, bytes };
}

/** `100MB`, `2GiB`, or bytes without a unit; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9})(B|KB|MB|GB|KiB|MiB|GiB)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNITS.get(match[2] ?? "B") ?? 1);
}

/** A number of seconds from 0, fractions allowed; undefined for anything else, and for more than any timer holds. */
export function parseSeconds(text: string): number | undefined {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  return number >= 0 && number <= MOST_SECONDS ? number : undefined;
}

/** A whole number from `least` to `most`; undefined for anything else. */
export function parseWhole(text: string, least: number, most: number): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}

function product(match: RegExpExecArray | null): number | undefined {
  const [, count, unit] = match ?? [];
  const one = UNITS.get(unit ?? "");
  return one === undefined ? undefined : Number(count) * one;
}

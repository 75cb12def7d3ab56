// Whole screens held against those that are known to be right. GOLDEN=write makes these anew.
// Must not know what is on them.

import { expect } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Seat } from "./seat.ts";

export function golden(seat: Seat | undefined, name: string): void {
  const [column, row] = seat?.cursor ?? [0, 0];
  const shown = `${(seat?.screen ?? []).join("\n")}\n(cursor ${column}, ${row})\n`;
  const path = join(import.meta.dir, "golden", `${name}.txt`);
  if (process.env["GOLDEN"] === "write") writeFileSync(path, shown);
  expect(existsSync(path)).toBe(true);
  expect(shown).toBe(readFileSync(path, "utf8"));
}

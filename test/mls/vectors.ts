// The official test vectors of RFC 9420 (mlswg/mls-implementations, test-vectors), read from the folder that the
// environment variable MLS_VECTORS names: one JSON file for each kind.

import { join } from "node:path";
import { test } from "bun:test";

const folder = process.env["MLS_VECTORS"];

/** One test for each vector of a kind; skipped, saying how to run it, when there is no folder. */
export async function eachVector(
  kind: string,
  check: (vector: Awaited<ReturnType<typeof readVectors>>[number]) => Promise<void> | void,
): Promise<void> {
  if (folder === undefined) {
    test.skip(`${kind} (to run: MLS_VECTORS=<folder of mlswg/mls-implementations/test-vectors> bun test test/mls)`, () => {});
    return;
  }
  for (const [number, vector] of (await readVectors(kind)).entries()) {
    // One random client of the vectors makes 200 epochs.
    test(`${kind} ${number}`, async () => check(vector), 30_000);
  }
}

async function readVectors(kind: string) {
  return Bun.file(join(folder ?? "", `${kind}.json`)).json();
}

export function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text);
}

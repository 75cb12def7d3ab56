// A display for tests of the demo: nobody reads along, so nothing waits; what was written is kept.

import type { Display } from "../../src/cli/demo-screen.ts";

export interface KeptDisplay extends Display {
  /** Everything written so far, without colours. */
  readonly text: () => string;
  /** The same line by line, with colours. */
  readonly lines: () => string[];
}

export function keptDisplay(
  width: number,
  given: { color?: boolean; signal?: AbortSignal; onWrite?: (text: string) => void } = {},
): KeptDisplay {
  let written = "";
  return {
    width: () => width,
    color: given.color ?? false,
    paced: false,
    signal: given.signal ?? new AbortController().signal,
    write(text) {
      written += text;
      given.onWrite?.(text);
    },
    text: () => Bun.stripANSI(written),
    lines: () => written.split("\n"),
  };
}

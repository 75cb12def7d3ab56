// One line on standard error that is shown anew in its place, where somebody watches. Must not know what it says.

import type { Output } from "./output.ts";

export interface StatusLine {
  /** Undefined takes it away. */
  show(text: string | undefined): void;
  clear(): void;
}

/** Nothing is shown to programs, nor where standard error is no terminal. */
export function statusLine({ json }: Pick<Output, "json">): StatusLine {
  let shown = false;
  const isWatched = !json && process.stderr.isTTY && process.env["TERM"] !== "dumb";
  const show = (text: string | undefined) => {
    if (!isWatched || (text === undefined && !shown)) return;
    shown = text !== undefined;
    const line = text === undefined ? "" : [...text].slice(0, (process.stderr.columns ?? 80) - 1).join("");
    process.stderr.write(`\r\u001b[K${line}`);
  };
  return { show, clear: () => show(undefined) };
}

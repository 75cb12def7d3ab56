// A text as a QR code: for a terminal, and for a page. Must not know what the text is.

import { encodeQR } from "qr";

/** Light modules around the code (ISO/IEC 18004 §6.3.8). */
const QUIET = 4;

/**
 * Lines of half blocks, two rows of the code in each. `colored`: black on white whatever the terminal's colours are;
 * else in the terminal's own, dark modules drawn, for dark letters on a light ground.
 */
export function qrLines(text: string, { colored }: { readonly colored: boolean }): string[] {
  const rows = encodeQR(text, "raw", { ecc: "low", border: QUIET, scale: 1 });
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const [upper = [], lower = []] = [rows[y], rows[y + 1]];
    const line = upper.map((dark, x) => BLOCKS[Number(dark)]?.[Number(lower[x] ?? false)] ?? " ").join("");
    lines.push(colored ? `\u001b[38;5;16;48;5;231m${line}\u001b[0m` : line.trimEnd());
  }
  return lines;
}

/** By upper and lower half. */
const BLOCKS = [
  [" ", "▄"],
  ["▀", "█"],
] as const;

/** An `<svg>` element, black on white, as wide as the page lets it be. */
export function qrSvg(text: string, label: string): string {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: QUIET, scale: 1 });
  const size = rows.length;
  const runs = rows.flatMap((row, y) =>
    runsOf(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/><path fill="#000" d="${runs.join("")}"/></svg>`;
}

/** Where dark modules stand in a row: first, how many. */
function runsOf(row: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [x, dark] of row.entries()) {
    const last = runs.at(-1);
    if (!dark) continue;
    if (last !== undefined && last[0] + last[1] === x) last[1]++;
    else runs.push([x, 1]);
  }
  return runs;
}

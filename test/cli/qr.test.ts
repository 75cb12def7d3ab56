// A QR code says what it was made of: as it stands on a terminal, in colours or without, and on a page.

import { expect, test } from "bun:test";
import { decodeQR } from "qr/decode.js";
import { qrLines, qrSvg } from "../../src/cli/qr.ts";
import { formatLink } from "../../src/domain/join-link.ts";

const links = ["192.0.2.2", "fe80::1%eth0", `${"a".repeat(60)}.${"b".repeat(60)}.example.org`].map((host) =>
  formatLink({ host, port: 12345, pin: new Uint8Array(32).fill(7), secret: new Uint8Array(16).fill(200) }),
);

/** What a camera makes of dark and light modules, each as large as a camera wants them. */
function seen(dark: (x: number, y: number) => boolean, width: number, height: number): string {
  const scale = 4;
  const data = new Uint8Array(width * height * scale * scale * 4).fill(255);
  for (let y = 0; y < height * scale; y++)
    for (let x = 0; x < width * scale; x++)
      if (dark(Math.floor(x / scale), Math.floor(y / scale)))
        data.fill(0, (y * width * scale + x) * 4, (y * width * scale + x) * 4 + 3);
  return decodeQR({ width: width * scale, height: height * scale, data }, { timeLimit: 10_000 });
}

function seenOnTerminal(lines: readonly string[]): string {
  const rows = lines.flatMap((line) => [
    [...line].map((char) => char === "▀" || char === "█"),
    [...line].map((char) => char === "▄" || char === "█"),
  ]);
  const width = Math.max(...rows.map((row) => row.length)) + 4;
  return seen((x, y) => rows[y]?.[x] ?? false, width, rows.length);
}

for (const link of links) {
  test(`on a terminal, of ${link.slice(0, 30)}…`, () => {
    expect(seenOnTerminal(qrLines(link, { colored: false }))).toBe(link);
    const colored = qrLines(link, { colored: true });
    expect(seenOnTerminal(colored.map(Bun.stripANSI))).toBe(link);
    // Black on white in the terminal's fixed colours, whatever its own are, and put back at the end of each line.
    for (const line of colored) {
      expect(line).toStartWith("\u001b[38;5;16;48;5;231m");
      expect(line).toEndWith("\u001b[0m");
    }
  });

  test(`on a page, of ${link.slice(0, 30)}…`, () => {
    const svg = qrSvg(link, "the link");
    const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
    const dark = new Set<string>();
    for (const [, x, y, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
      for (let at = 0; at < Number(length); at++) dark.add(`${Number(x) + at} ${y}`);
    expect(seen((x, y) => dark.has(`${x} ${y}`), size, size)).toBe(link);
    for (const edge of [0, 1, 2, 3])
      expect([...dark].filter((module) => module.startsWith(`${edge} `))).toEqual([]);
  });
}

test("the light zone around it is four modules wide on a terminal, too", () => {
  const lines = qrLines(links[0] ?? "", { colored: true }).map(Bun.stripANSI);
  expect(lines.slice(0, 2).join("").trim()).toBe("");
  for (const line of lines) {
    expect(line.slice(0, 4)).toBe("    ");
    expect(line.slice(-4)).toBe("    ");
  }
});

// `bun run picture`: src/tui/chat.svg and chat-light.svg, what the full-screen chat looks like on a dark and on a light
// ground, from real runs on an emulated terminal. Must not draw anything that did not stand on that terminal.

import { join } from "node:path";
import type { IBufferCell } from "@xterm/headless";
import type { ChatTerminal } from "../test/e2e/support/terminal.ts";
import { succeeded, World } from "../test/e2e/support/world.ts";
import { root } from "./compile.ts";

const SIZE = { columns: 96, rows: 22 } as const;
/** Of one cell, in pixels. */
const CELL = { width: 8.4, height: 18 } as const;
/** The ground, what is written on it, and the sixteen colours, as many terminals have them. */
interface Theme {
  readonly file: string;
  /** What the terminal says of its ground when it is asked (OSC 11). */
  readonly ground: string;
  readonly paper: string;
  readonly ink: string;
  readonly colors: readonly string[];
}

const DARK: Theme = {
  file: "chat.svg",
  ground: "rgb:1d1d/2121/2525",
  paper: "#1d2125",
  ink: "#d3d7cf",
  colors: [
    "#2e3436 #ef2929 #8ae234 #fce94f #729fcf #ad7fa8 #34e2e2 #d3d7cf",
    "#888a85 #ff6b6b #b4f56c #fff387 #9dc3f0 #d8a8d3 #8ff0f0 #ffffff",
  ].flatMap((eight) => eight.split(" ")),
};
const LIGHT: Theme = {
  file: "chat-light.svg",
  ground: "rgb:ffff/ffff/ffff",
  paper: "#ffffff",
  ink: "#2e3436",
  colors: [
    "#2e3436 #cc0000 #4e9a06 #c4a000 #3465a4 #75507b #06989a #d3d7cf",
    "#555753 #ef2929 #8ae234 #fce94f #729fcf #ad7fa8 #34e2e2 #eeeeec",
  ].flatMap((eight) => eight.split(" ")),
};

for (const theme of [DARK, LIGHT]) await take(theme);

async function take(theme: Theme): Promise<void> {
  await using world = new World();
  const server = await world.serve({ name: "CSCE 513" });
  const [alice, bob, carol, dana] = await world.people(server, "alice", "bob", "carol", "dana");
  const seats = await Promise.all(
    [alice, bob, carol, dana].map((person) => {
      const terminal = world.terminal(person.args("chat"), SIZE);
      return terminal.row(/· online/).then(() => {
        terminal.press(`\u001b]11;${theme.ground}\u0007`);
        return terminal;
      });
    }),
  );
  const [one, two, three, four] = seats;
  if (one === undefined || two === undefined || three === undefined || four === undefined)
    throw new Error("nobody there");
  one.press("/create csce513\r");
  await one.row(/you joined @csce513/);
  for (const other of [two, three, four]) {
    other.press("/join csce513\r");
    await other.row(/@csce513> /);
  }
  await says(two, "the lab opens at nine tomorrow", one);
  await says(three, "great, I bring the *red* book 📕", one);
  await says(four, "漢字 or kana for the labels? See https://example.org/labels", one);
  two.press("/msg alice ");
  await says(two, "did you find the missing bracket?", one, /bob +1 │/);
  one.press("\u001ba");
  await one.row(/bob: did you find/);
  await says(
    one,
    "yes:\u001b\r```\u001b\rwhile (waits()) {\u001b\r  knock();\u001b\r}\u001b\r```",
    two,
    /knock/,
  );
  // An answer to the question, and what bob thinks of it.
  two.press("\u001b[1;3A");
  await two.row(/▸alice/);
  two.press("r**thank you!** was it `line 7`?\r");
  await one.row(/was it line 7/);
  two.press("/react 🎉\r");
  await one.row(/🎉 bob/);
  await says(three, "@alice are you coming, too?", one, /@csce513 +!1 │/);
  await one.row(/● dana/);
  one.press("of course, one line above");
  await one.until(() => one.beforeCursor.endsWith("one line above"));
  await Bun.write(join(root, "src/tui", theme.file), svgOf(one, theme));
  for (const seat of seats) seat.press("\u0015exit\r");
  for (const seat of seats) succeeded(await seat.ended.then((ended) => ({ ...ended, code: 0 })));
}

async function says(
  from: ChatTerminal,
  text: string,
  to: ChatTerminal,
  seen = new RegExp(text.slice(-8).replace(/[^\p{L} ]/gu, ".")),
): Promise<void> {
  from.press(`${text}\r`);
  await to.row(seen);
}

function svgOf({ buffer }: ChatTerminal, theme: Theme): string {
  const width = SIZE.columns * CELL.width + 16;
  const height = SIZE.rows * CELL.height + 16;
  const rows = Array.from({ length: SIZE.rows }, (_, y) => rowOf(buffer.getLine(y), y, theme));
  const cursor = rectangle(buffer.cursorX, buffer.cursorY, 1, theme.ink);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="6" fill="${theme.paper}"/>
<g transform="translate(8 8)" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">
${[...rows.flat(), cursor].join("\n")}
</g>
</svg>
`;
}

/** A cell's text with its ground. */
function rowOf(
  line: ReturnType<ChatTerminal["buffer"]["getLine"]>,
  y: number,
  { paper, ink: plain, colors }: Theme,
): string[] {
  if (line === undefined) return [];
  const drawn: string[] = [];
  for (let x = 0; x < SIZE.columns; x++) {
    const cell = line.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const color = cell.isFgPalette() ? (colors[cell.getFgColor()] ?? plain) : plain;
    const [ink, ground] = cell.isInverse() ? [paper, color] : [color, undefined];
    if (ground !== undefined) drawn.push(rectangle(x, y, cell.getWidth(), ground));
    const text = cell.getChars().replace(/\u200e/g, "");
    if (text.trim() !== "") drawn.push(textAt(x, y, text, ink, cell));
  }
  return drawn;
}

function rectangle(x: number, y: number, cells: number, fill: string): string {
  const [left, top] = [(x * CELL.width).toFixed(1), y * CELL.height];
  return `<rect x="${left}" y="${top}" width="${(cells * CELL.width + 0.2).toFixed(1)}" height="${CELL.height}" fill="${fill}"/>`;
}

function textAt(x: number, y: number, text: string, ink: string, cell: IBufferCell): string {
  const weight = cell.isBold() ? ' font-weight="bold"' : "";
  const slant = cell.isItalic() ? ' font-style="italic"' : "";
  const faint = cell.isDim() ? ' opacity="0.6"' : "";
  const escaped = text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  const place = `x="${(x * CELL.width).toFixed(1)}" y="${y * CELL.height + 14}"`;
  return `<text ${place} fill="${ink}"${weight}${slant}${faint}>${escaped}</text>`;
}

// How the demo is laid out: what the people see beside what the server sees, or one under the other where it is
// narrow; plain lines, top to bottom. Must not know what happens in it.

import { setTimeout as sleep } from "node:timers/promises";
import { hueOf, paint, type Style } from "./chat-lines.ts";
import { interrupted } from "./demo-failure.ts";

export interface Display {
  /** Columns of the terminal, as it is now. */
  readonly width: () => number;
  readonly color: boolean;
  /** Whether there is somebody to read along, for whom it is slowed down. */
  readonly paced: boolean;
  readonly write: (text: string) => void;
  /** Asks for an end. */
  readonly signal: AbortSignal;
}

/** A paragraph in a column. `who`: the person in front of whose eyes it stands. */
export interface Cell {
  readonly who?: string;
  readonly text: string;
  readonly style?: Style;
}

const TWO_COLUMNS_FROM = 80;
/** Longer lines are hard to read, however wide the terminal. */
const WIDEST = 110;
const GUTTER = " │ ";
const STACKED_MARK = "│ ";
const LABEL = 7;
/** Where it is narrower, names stand in the text's own lines. */
const LABELS_FROM = 24;
/** How long a row stands before the next one, and a heading before its first, ms. */
const ROW_PAUSE = 300;
const HEADING_PAUSE = 400;

export class DemoScreen {
  readonly #display: Display;

  constructor(display: Display) {
    this.#display = display;
  }

  /** A line across both columns that names what comes. */
  async heading(text: string): Promise<void> {
    const width = this.#width();
    this.#lines([""]);
    for (const line of wrapped(text, width)) {
      const rule = "─".repeat(Math.max(0, width - Bun.stringWidth(line) - 1));
      this.#lines([`${this.#paint("bold", line)} ${this.#paint("dim", rule)}`.trimEnd()]);
    }
    await this.#pause(HEADING_PAUSE);
  }

  /** The two columns' titles. */
  titles(left: string, right: string): void {
    const bold = (text: string): Cell => ({ text, style: "bold" });
    this.#lines(["", ...this.#sideBySide([bold(left)], [bold(right)])]);
  }

  /** What is seen at one moment: by people, and by the server. */
  async row(left: readonly Cell[], right: readonly Cell[]): Promise<void> {
    this.#lines(this.#sideBySide(left, right));
    await this.#pause(ROW_PAUSE);
  }

  /** A paragraph across both columns. */
  say(text: string, style?: Style): void {
    this.#lines(wrapped(text, this.#width()).map((line) => this.#styled(style, line)));
  }

  /** Commands, each with what it does: beside it where there is room for all of them, else below. */
  commands(rows: readonly (readonly [command: string, what: string])[]): void {
    const width = this.#width();
    const longest = Math.max(...rows.map(([command]) => command.length)) + 4;
    const beside = rows.every(([, what]) => longest + what.length <= width);
    for (const [command, what] of rows) {
      if (beside) this.#lines([`  ${this.#paint("bold", command.padEnd(longest - 2))}${what}`]);
      else {
        this.#lines(indented(wrapped(command, width - 2), "  ").map((line) => this.#paint("bold", line)));
        this.#lines(indented(wrapped(what, width - 4), "    "));
      }
    }
  }

  /** Throws when the end was asked for. */
  checkStop(): void {
    if (this.#display.signal.aborted) throw interrupted();
  }

  async #pause(ms: number): Promise<void> {
    const { paced, signal } = this.#display;
    if (paced) {
      await sleep(ms, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
    this.checkStop();
  }

  #width(): number {
    return Math.min(WIDEST, this.#display.width());
  }

  #sideBySide(left: readonly Cell[], right: readonly Cell[]): string[] {
    const width = this.#width();
    if (width < TWO_COLUMNS_FROM) {
      const below = right.flatMap((cell) => this.#cell(cell, width - STACKED_MARK.length));
      const mark = this.#paint("dim", STACKED_MARK);
      return [...left.flatMap((cell) => this.#cell(cell, width)), ...indented(below, mark)];
    }
    const leftWidth = Math.floor((width - GUTTER.length) / 2);
    const lefts = left.flatMap((cell) => this.#cell(cell, leftWidth));
    const rights = right.flatMap((cell) => this.#cell(cell, width - GUTTER.length - leftWidth));
    const gutter = this.#paint("dim", GUTTER);
    return Array.from({ length: Math.max(lefts.length, rights.length) }, (_, i) => {
      const cell = lefts[i] ?? "";
      return `${cell}${" ".repeat(leftWidth - Bun.stringWidth(cell))}${gutter}${rights[i] ?? ""}`.trimEnd();
    });
  }

  #cell({ who, text, style }: Cell, width: number): string[] {
    if (who === undefined) return wrapped(text, width).map((line) => this.#styled(style, line));
    if (width < LABELS_FROM)
      return wrapped(`${who}: ${text}`, width).map((line) => this.#styled(style, line));
    const name = this.#paint(hueOf(who), who) + " ".repeat(Math.max(1, LABEL - Bun.stringWidth(who)));
    const indent = Math.max(LABEL, Bun.stringWidth(who) + 1);
    return wrapped(text, width - indent).map(
      (line, i) => (i === 0 ? name : " ".repeat(indent)) + this.#styled(style, line),
    );
  }

  #styled(style: Style | undefined, line: string): string {
    return style === undefined ? line : this.#paint(style, line);
  }

  #paint(style: Style, text: string): string {
    return text === "" ? "" : paint({ color: this.#display.color, lines: true }, style, text);
  }

  #lines(lines: readonly string[]): void {
    this.#display.write(lines.map((line) => `${line}\n`).join(""));
  }
}

/** Lines of at most `width` columns, broken between words, or within a word that is longer than a line. */
function wrapped(text: string, width: number): string[] {
  return Bun.wrapAnsi(text, Math.max(1, width), { hard: true }).split("\n");
}

function indented(lines: readonly string[], by: string): string[] {
  return lines.map((line) => by + line);
}

// The terminal that the full-screen chat is on: its modes, its keys, its size and its end. Whatever way the process ends,
// the terminal is as it was. Must not know what is drawn.

import { writeSync } from "node:fs";
import { Writable } from "node:stream";
import { type Key, KeyReader } from "../tui/key-reader.ts";
import { marked } from "../tui/spans.ts";
import type { Terminal, TerminalEvents } from "../tui/world.ts";
import type { Display, Keyboard } from "./chat-prompt.ts";

/**
 * xterm's modes: pasted text in brackets, the wheel and clicks (SGR), focus, and no wrapping, so that a row that is
 * wider than we think pushes nothing down.
 */
const TAKE = "\u001b[?2004h\u001b[?1000h\u001b[?1006h\u001b[?1004h\u001b[?7l";
/** What colour is behind the text? (OSC 11.) The console of Linux would show the question. */
const ASK_BACKGROUND = process.env["TERM"] === "linux" ? "" : "\u001b]11;?\u0007";
const GIVE_BACK = "\u001b[?7h\u001b[?1004l\u001b[?1006l\u001b[?1000l\u001b[?2004l";
/** For an end that nobody saw coming: the other screen, the cursor, no colour. */
const RESCUE = `${GIVE_BACK}\u001b[?1049l\u001b[?25h\u001b[0m`;

export class ScreenTerminal implements Terminal {
  readonly input: Keyboard;
  readonly output: NodeJS.WritableStream;
  readonly #display: Display;
  readonly #undo: (() => void)[] = [];
  #isGone = false;
  #isOpen = false;

  constructor(input: Keyboard, display: Display) {
    this.input = input;
    this.#display = display;
    this.output = this.#drawing();
  }

  /** There is nothing to write on any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  get columns(): number {
    return this.#display.columns ?? 80;
  }

  get rows(): number {
    return this.#display.rows ?? 24;
  }

  open({ keys, resized, gone }: TerminalEvents): void {
    const reader = new KeyReader();
    const ended = () => {
      this.#isGone = true;
      gone();
    };
    this.#isOpen = true;
    this.#raw(true);
    this.#listen(this.input, "data", (chunk: Uint8Array | string) => {
      const told: readonly Key[] = reader.read(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      if (told.length > 0) keys(told);
    });
    for (const event of ["end", "close", "error"]) this.#listen(this.input, event, ended);
    this.#listen(this.#display, "error", ended);
    this.#listen(this.#display, "resize", resized);
    this.#listen(process, "exit", () => this.#rescue());
    this.input.resume();
    this.write(TAKE + ASK_BACKGROUND);
  }

  erase(): void {
    this.write("\u001b[H\u001b[2J");
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const undo of this.#undo.splice(0)) undo();
    this.write(GIVE_BACK);
    this.#raw(false);
    this.input.pause();
  }

  write(text: string): void {
    if (!this.#isGone) this.#display.write(text);
  }

  #rescue(): void {
    if (!this.#isOpen || this.#isGone) return;
    this.#isOpen = false;
    try {
      writeSync(1, RESCUE);
    } catch {
      this.#isGone = true; // there is nothing to give back
    }
    this.#raw(false);
  }

  #raw(isRaw: boolean): void {
    if (this.#isGone) return;
    try {
      this.input.setRawMode?.(isRaw);
    } catch {
      this.#isGone = true; // and its end is about to be told
    }
  }

  /** What Ink draws on: the display, with marks where text runs from right to left. */
  #drawing(): NodeJS.WritableStream {
    const write = (chunk: string | Uint8Array) =>
      this.write(marked(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString()));
    const drawing = new Writable({
      decodeStrings: false,
      write(chunk: string | Uint8Array, _, done) {
        write(chunk);
        done();
      },
    });
    return Object.defineProperties(drawing, {
      isTTY: { value: true },
      columns: { get: () => this.columns },
      rows: { get: () => this.rows },
    });
  }

  #listen(stream: NodeJS.EventEmitter, event: string, listener: (chunk: Uint8Array | string) => void): void {
    stream.on(event, listener);
    this.#undo.push(() => stream.off(event, listener));
  }
}

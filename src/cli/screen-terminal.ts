// The terminal that the full-screen chat is on: its modes, its keys, its size and its end. Whatever way the process ends,
// the terminal is as it was. Must not know what is drawn.

import { writeSync } from "node:fs";
import { Writable } from "node:stream";
import { printable } from "../domain/text.ts";
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
/** The other screen anew, as Ink took it at first, and without a cursor until it is drawn. */
const OTHER_SCREEN = "\u001b[?1049h";
const HOME = "\u001b[H";
const TAKE_AGAIN = `${OTHER_SCREEN}${HOME}\u001b[2J\u001b[?25l${TAKE}`;
/** For an end that nobody saw coming: the other screen, the cursor, no colour. */
const RESCUE = `${GIVE_BACK}\u001b[?1049l\u001b[?25h\u001b[0m`;

/** Windows knows no such thing. */
const CAN_STOP = process.platform !== "win32";
/** A process that is told to stop and has not by then, ms, cannot: nobody is there who would go on with it. */
const STOPS_WITHIN = 500;
/** A shell that ends a stopped job tells it to end and to go on: what it is told at once is heard within, ms. */
const HEARD_WITHIN = 20;
/** More than this is not put into the clipboard, bytes: terminals stop listening somewhere beyond it. */
const MOST_COPIED = 64 * 1024;

export class ScreenTerminal implements Terminal {
  readonly input: Keyboard;
  readonly output: NodeJS.WritableStream;
  readonly #display: Display;
  readonly #undo: (() => void)[] = [];
  #events: TerminalEvents | undefined;
  readonly #asked = () => this.#events?.stopped();
  #isGone = false;
  #isOpen = false;
  #isSuspended = false;

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

  open(events: TerminalEvents): void {
    const { keys, resized, gone } = events;
    this.#events = events;
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
    // Also after a stop that nobody asked about: another program may have used the terminal since.
    if (CAN_STOP) this.#listen(process, "SIGCONT", () => this.#resumeSoon());
    if (CAN_STOP) process.on("SIGTSTP", this.#asked);
    this.#undo.push(() => process.off("SIGTSTP", this.#asked));
    this.input.resume();
    this.write(TAKE + ASK_BACKGROUND);
  }

  erase(): void {
    this.write("\u001b[H\u001b[2J");
  }

  /** By OSC 52 (xterm, "Manipulate Selection Data"). Whether the terminal takes it, it does not say. */
  copy(text: string): boolean {
    const bytes = Buffer.from(printable(text, { lines: true }));
    if (bytes.length > MOST_COPIED || process.env["TERM"] === "linux") return false;
    this.write(`\u001b]52;c;${bytes.toString("base64")}\u0007`);
    return true;
  }

  suspend(): boolean {
    if (!CAN_STOP || !this.#isOpen || this.#isGone) return false;
    if (this.#isSuspended) return true;
    this.#isSuspended = true;
    // When all of it stands there the shell may have the terminal.
    this.#display.write(RESCUE, () => {
      this.#raw(false);
      if (!this.#isOpen) return;
      process.off("SIGTSTP", this.#asked);
      // The whole group, as a terminal does that is asked for it: whoever started this waits for it.
      process.kill(0, "SIGTSTP");
      setTimeout(() => {
        if (this.#isSuspended) this.#resumeSoon();
      }, STOPS_WITHIN);
    });
    return true;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const undo of this.#undo.splice(0)) undo();
    this.input.pause();
    // Somebody else has it, and whoever would change its modes then is stopped by the system.
    if (this.#isSuspended) return;
    this.write(GIVE_BACK);
    this.#raw(false);
  }

  write(text: string): void {
    if (!this.#isGone) this.#display.write(text);
  }

  #resumeSoon(): void {
    setTimeout(() => this.#resume(), HEARD_WITHIN);
  }

  #resume(): void {
    if (!this.#isOpen || this.#isGone) return;
    if (this.#isSuspended) process.on("SIGTSTP", this.#asked);
    this.#isSuspended = false;
    this.#raw(false);
    this.#raw(true);
    this.write(TAKE_AGAIN);
    this.#events?.resumed();
    // Of a window whose size has changed meanwhile, nobody has told the process.
    if (CAN_STOP) process.kill(process.pid, "SIGWINCH");
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

  /** What Ink draws on: the display, with marks where text runs from right to left. Somebody else's it leaves alone. */
  #drawing(): NodeJS.WritableStream {
    const write = (chunk: string | Uint8Array) => {
      if (this.#isSuspended) return;
      const drawn = marked(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
      // Ink draws from where the cursor is, and that is where it was on the first screen: behind what was typed too early.
      this.write(drawn.replace(OTHER_SCREEN, OTHER_SCREEN + HOME));
    };
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

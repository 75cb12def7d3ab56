// The chat on a terminal: lines printed above a prompt whose typed text stays as it is, and lines of one's own that
// still change. Editing, history and keys are node:readline's. Must not know what is said.

import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Look } from "./chat-lines.ts";
import { cursorAfter, rowsPrinted } from "./chat-rows.ts";

export interface Keyboard extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
}

export interface Display extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Typing {
  line(text: string): void;
  /** Ctrl-C with nothing typed. */
  interrupted(): void;
  /** Ctrl-D, the end of the input, or a terminal that is gone. */
  ended(): void;
  complete(line: string): [string[], string];
}

/** Where the chat is shown and typed. */
export interface Screen {
  readonly look: Look;
  /** From now on what is typed is told. */
  open(typing: Typing): void;
  /** One piece of news, in the lines given. */
  print(lines: readonly string[]): void;
  /** A message of one's own in the place of the line that was typed, under `headings`. It may be changed by its key. */
  own(key: number, text: string, headings: readonly string[]): void;
  /** Shows the message of this key anew; false when it is too far up by now. */
  change(key: number, text: string): boolean;
  /** How far something has come, in one line that is shown anew in its place; undefined takes it away. */
  progress(text: string | undefined): void;
  /** The prompt from now on. */
  prompt(text: string): void;
  /** The terminal is as it was before; what is still printed stands there like any program's output. */
  close(): void;
}

const HISTORY = 200;
const CLEAR_BELOW = "\r\u001b[J";

export class TerminalScreen implements Screen {
  readonly look: Look;
  readonly #input: Keyboard;
  readonly #output: Display;
  #readline: Interface | undefined;
  #prompt = "> ";
  /** Whether the prompt stands on the screen, with the cursor in it. */
  #drawn = false;
  /** Rows of the line just entered, while it may still be replaced. */
  #entered = 0;
  /** The messages of one's own that stand right above the prompt, with nothing after them. */
  #last: { readonly key: number; text: string }[] = [];
  /** The line on how far something has come. It stands right above the prompt. */
  #bar: string | undefined;
  #columns: number;
  /** The terminal is no more: there is nothing to write to and nothing to restore. */
  #gone = false;
  readonly #undo: (() => void)[] = [];

  constructor(input: Keyboard, output: Display, color: boolean) {
    this.look = { color, lines: true };
    this.#input = input;
    this.#output = output;
    this.#columns = output.columns ?? 80;
  }

  open(typing: Typing): void {
    const setRawMode = (mode: boolean) => (this.#gone ? undefined : this.#input.setRawMode?.(mode));
    const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
    // Before readline's own listener: the rows it believes in are put right first.
    this.#listen(this.#output, "resize", () => this.#resized());
    const readline = createInterface({
      input: keys,
      output: this.#output,
      terminal: true,
      prompt: this.#prompt,
      historySize: HISTORY,
      removeHistoryDuplicates: true,
      completer: (line: string) => {
        const found = typing.complete(line);
        if (found[0].length > 1) this.#last = []; // they are listed below the line
        return found;
      },
    });
    this.#readline = readline;
    const decoder = new StringDecoder("utf8");
    this.#listen(this.#input, "data", (chunk: Uint8Array | string) =>
      this.#typed(readline, keys, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk))),
    );
    const gone = () => {
      this.#gone = true;
      typing.ended();
    };
    for (const event of ["end", "close", "error"]) this.#listen(this.#input, event, gone);
    this.#listen(this.#output, "error", gone);
    readline.on("line", (line) => this.#line(line, typing));
    readline.on("SIGINT", () => (readline.line === "" ? typing.interrupted() : this.#emptyLine(readline)));
    const goOn = () => {
      this.#last = [];
      readline.prompt(true);
    };
    readline.on("SIGCONT", goOn);
    // Where it was not by Ctrl-Z that it stopped, readline does not see to the terminal.
    if (process.platform !== "win32")
      this.#listen(process, "SIGCONT", () => {
        for (const mode of [false, true]) setRawMode(mode);
        goOn();
      });
    readline.on("close", () => {
      if (this.#readline !== undefined) typing.ended();
    });
    this.#input.resume();
    this.#draw();
  }

  print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#last = [];
    this.#above(0, lines.join("\n"));
  }

  own(key: number, text: string, headings: readonly string[]): void {
    const rows = this.#entered;
    this.#entered = 0;
    if (headings.length > 0) this.#last = [];
    this.#last.push({ key, text });
    this.#above(rows, [...headings, text].join("\n"));
  }

  change(key: number, text: string): boolean {
    const at = this.#last.findIndex((line) => line.key === key);
    const line = this.#last[at];
    if (line === undefined) return false;
    const below = this.#last.slice(at);
    const rows = below.reduce((sum, { text }) => sum + rowsPrinted(text, this.#columns), 0);
    const typed = this.#cursorRow() + 1 + this.#barRows();
    // What has left the screen cannot be reached.
    if (rows + typed >= (this.#output.rows ?? 24)) {
      this.#last = [];
      return false;
    }
    line.text = text;
    this.#above(rows, below.map(({ text }) => text).join("\n"));
    return true;
  }

  progress(text: string | undefined): void {
    if (this.#readline === undefined || text === this.#bar) return;
    const row = this.#cursorRow();
    const rows = this.#barRows();
    this.#bar = text?.slice(0, this.#columns - 1);
    const bar = this.#bar === undefined ? "" : `${this.#bar}\n`;
    this.#write(`${up(rows + row)}${CLEAR_BELOW}${bar}${"\n".repeat(row)}`);
    this.#draw();
  }

  prompt(text: string): void {
    if (text === this.#prompt) return;
    this.#prompt = text;
    const row = this.#cursorRow();
    this.#readline?.setPrompt(text);
    if (!this.#drawn) return;
    this.#write(`${up(row)}${CLEAR_BELOW}${"\n".repeat(row)}`);
    this.#draw();
  }

  close(): void {
    const readline = this.#readline;
    if (readline === undefined) return;
    if (this.#drawn) this.#write(`${up(this.#cursorRow() + this.#barRows())}${CLEAR_BELOW}`);
    this.#readline = undefined;
    this.#drawn = false;
    readline.close();
    for (const undo of this.#undo) undo();
    if (!this.#gone) this.#input.setRawMode?.(false);
    this.#input.pause();
  }

  #line(line: string, typing: Typing): void {
    this.#drawn = false;
    // readline leaves the cursor in the row after the last one that was typed in.
    this.#entered = cursorAfter(this.#prompt + line, this.#columns).row + 1;
    this.#takeBarAway();
    if (line.trim() === "") this.#write(`${up(this.#entered)}${CLEAR_BELOW}`);
    else typing.line(line);
    if (line.trim() !== "" && this.#entered > 0) this.#last = [];
    this.#entered = 0;
    this.#draw();
  }

  /**
   * Text that comes in one piece is given to readline in one piece: key by key it does not count the rows that such a
   * text fills, and would draw in the wrong place from then on. A tab within it is text and completes nothing.
   */
  #typed(readline: Interface, keys: PassThrough, chunk: string): void {
    const pieces = chunk.includes("\u001b") ? [chunk] : (chunk.match(PIECES) ?? []);
    for (const piece of pieces) {
      if (this.#readline === undefined) return;
      if (piece.length > 1 && TEXT.test(piece)) readline.write(piece.replaceAll("\t", "    "));
      // Not through the stream's buffer, so that pieces keep their order.
      else keys.emit("data", Buffer.from(piece));
    }
  }

  #emptyLine(readline: Interface): void {
    readline.write(null, { ctrl: true, name: "e" });
    readline.write(null, { ctrl: true, name: "u" });
  }

  /** Takes the prompt away and `rows` rows above it, prints, and draws the prompt with what is typed again. */
  #above(rows: number, text: string): void {
    const row = this.#cursorRow();
    const bar = this.#bar === undefined ? "" : `${this.#bar}\n`;
    // readline goes up by the cursor's row when it draws: it is put as far below the place where the prompt begins.
    this.#write(`${up(rows + row + this.#barRows())}${CLEAR_BELOW}${text}\n${bar}${"\n".repeat(row)}`);
    this.#draw();
  }

  /** The line that was entered stays below it for good: the bar is deleted, and is drawn again with the next news. */
  #takeBarAway(): void {
    const rows = this.#barRows();
    if (rows === 0) return;
    this.#bar = undefined;
    if (rows + this.#entered >= (this.#output.rows ?? 24)) return;
    this.#write(`${up(rows + this.#entered)}\u001b[${rows}M\u001b[${this.#entered}B`);
  }

  #barRows(): number {
    return this.#bar === undefined ? 0 : rowsPrinted(this.#bar, this.#columns);
  }

  #draw(): void {
    if (this.#readline === undefined) return;
    this.#readline.prompt(true);
    this.#drawn = true;
  }

  #cursorRow(): number {
    return this.#drawn && this.#readline !== undefined ? this.#readline.getCursorPos().rows : 0;
  }

  /** Terminals wrap what stands there anew; readline goes up by the rows there were before. */
  #resized(): void {
    const before = this.#columns;
    this.#columns = this.#output.columns ?? 80;
    this.#last = [];
    if (this.#readline === undefined || !this.#drawn) return;
    const typed = this.#prompt + this.#readline.line.slice(0, this.#readline.cursor);
    const more = cursorAfter(typed, this.#columns).row - cursorAfter(typed, before).row;
    this.#write(more > 0 ? up(more) : "\n".repeat(-more));
  }

  #write(text: string): void {
    if (!this.#gone) this.#output.write(text);
  }

  #listen(stream: NodeJS.EventEmitter, event: string, listener: (chunk: Uint8Array | string) => void): void {
    stream.on(event, listener);
    this.#undo.push(() => stream.off(event, listener));
  }
}

/** Text and line ends, not ending in a tab; or one other key. */
const PIECES = /[\t\r\n\P{Cc}]*[\r\n\P{Cc}]|\p{Cc}/gu;
const TEXT = /^[\t\r\n\P{Cc}]+$/u;

function up(rows: number): string {
  return rows === 0 ? "" : `\u001b[${rows}A`;
}

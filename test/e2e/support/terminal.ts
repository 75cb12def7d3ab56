// The executable on a pseudo-terminal, with a screen that shows what a person would see.
// Must not know what is shown on it.

import { type IBuffer, Terminal } from "@xterm/headless";
import type { Ended, Surroundings } from "./running.ts";

const PATIENCE_MS = 20_000;

export class ChatTerminal {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly #child: Bun.Subprocess;
  readonly #pty: Bun.Terminal;
  readonly #screen: Terminal;
  readonly #drawn = new Set<() => void>();
  #over = false;
  /** Everything that was written to the terminal, its control sequences included. */
  raw = "";

  constructor(command: readonly string[], { cwd, env }: Surroundings, size = { columns: 80, rows: 24 }) {
    this.#screen = new Terminal({
      cols: size.columns,
      rows: size.rows,
      scrollback: 1000,
      allowProposedApi: true,
    });
    const decoder = new TextDecoder();
    // Made by spawn itself: only then is it the process's controlling terminal, whose end is a SIGHUP.
    this.#child = Bun.spawn([...command], {
      cwd,
      env: { ...env },
      terminal: {
        cols: size.columns,
        rows: size.rows,
        data: (_, bytes) => {
          this.raw += decoder.decode(bytes, { stream: true });
          this.#screen.write(new Uint8Array(bytes), () => this.#look());
        },
      },
    });
    const { terminal } = this.#child;
    if (terminal === undefined) throw new Error("no terminal");
    this.#pty = terminal;
    this.pid = this.#child.pid;
    // Questions that the program asks the terminal are answered as a terminal does.
    this.#screen.onData((data) => {
      if (!terminal.closed) terminal.write(data);
    });
    this.ended = this.#child.exited.then(() => this.#end());
  }

  get over(): boolean {
    return this.#over;
  }

  /** The rows that hold something, those scrolled away included. */
  get rows(): string[] {
    const buffer = this.#screen.buffer.active;
    const rows = Array.from(
      { length: buffer.length },
      (_, y) => buffer.getLine(y)?.translateToString(true) ?? "",
    );
    return rows.slice(0, rows.findLastIndex((row) => row !== "") + 1);
  }

  /** The terminal's own memory of what stands on it, cell by cell. */
  get buffer(): IBuffer {
    return this.#screen.buffer.active;
  }

  /** Whether typed characters are shown and edited by the terminal itself, as before a program took it over. */
  get cooked(): boolean {
    const ICANON = process.platform === "darwin" ? 0x100 : 0x2;
    const ECHO = 0x8;
    return (this.#pty.localFlags & ICANON) !== 0 && (this.#pty.localFlags & ECHO) !== 0;
  }

  /** Where the cursor stands: the text of its row up to it. */
  get beforeCursor(): string {
    const { baseY, cursorY, cursorX } = this.#screen.buffer.active;
    return this.#screen.buffer.active.getLine(baseY + cursorY)?.translateToString(false, 0, cursorX) ?? "";
  }

  /** Waits until the screen is as it should be. */
  until(shown: (rows: readonly string[]) => boolean, what = String(shown)): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = () => reject(new Error(`not shown: ${what}; the screen:\n${this.rows.join("\n")}`));
    const timer = setTimeout(fail, PATIENCE_MS);
    const look = () => {
      if (shown(this.rows)) resolve();
      else if (this.#over) fail();
    };
    this.#drawn.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#drawn.delete(look);
    });
  }

  /** Waits until some row matches. */
  row(pattern: RegExp): Promise<void> {
    return this.until((rows) => rows.some((row) => pattern.test(row)), String(pattern));
  }

  /** Keys, as a terminal sends them: `\r` is Enter, `\x03` Ctrl-C. */
  press(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** The window is closed. */
  close(): void {
    this.#pty.close();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #look(): void {
    for (const look of this.#drawn) look();
  }

  #end(): Promise<Ended> {
    const code = this.#child.signalCode ?? this.#child.exitCode ?? "unknown";
    // What was written last is put on the screen first.
    return new Promise((resolve) =>
      this.#screen.write("", () => {
        this.#over = true;
        this.#look();
        resolve({ code, stdout: this.raw, stderr: "" });
      }),
    );
  }
}

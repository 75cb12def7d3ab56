// Somebody at a keyboard, with a screen or with pipes, chatting over a fake client.

import { PassThrough } from "node:stream";
import { chat } from "../../src/cli/chat-line.ts";
import type { ChatOptions } from "../../src/cli/chat-options.ts";
import { ChatDisplay } from "./chat-display.ts";
import { type FakeFace, NOON } from "./chat-face.ts";

export class Desk {
  readonly face: FakeFace;
  readonly input: PassThrough & { isTTY?: boolean; setRawMode?: (mode: boolean) => void };
  readonly output: PassThrough & { isTTY?: boolean; columns?: number; rows?: number };
  readonly display: ChatDisplay;
  /** The last mode that the terminal was put in. */
  raw: boolean | undefined;
  now = NOON;
  written = "";
  readonly #left: Promise<number>;

  constructor(face: FakeFace, terminal: boolean, more: Partial<ChatOptions> = {}) {
    this.face = face;
    this.display = new ChatDisplay(terminal ? 40 : 10_000, 24);
    const tty = { isTTY: true, columns: 40, rows: 24, setRawMode: (mode: boolean) => void (this.raw = mode) };
    this.input = Object.assign(new PassThrough(), terminal ? tty : {});
    this.output = Object.assign(new PassThrough(), terminal ? tty : {});
    this.output.on("data", (chunk: Buffer) => {
      this.written += chunk.toString();
      // As the terminal's driver does it (termios, ONLCR).
      this.display.write(chunk.toString().replaceAll("\n", "\r\n"));
    });
    const options = { me: "alice", color: false, now: () => this.now, ...more };
    this.#left = chat(face, { ...options, input: this.input, output: this.output });
  }

  type(keys: string): void {
    this.input.write(keys);
  }

  /** Resolves with all lines once one of them is, or has in it, what is wanted. */
  async sees(wanted: string | RegExp): Promise<string[]> {
    const found = (line: string) => (typeof wanted === "string" ? line === wanted : wanted.test(line));
    await this.display.until(() => this.display.lines.some(found));
    return this.display.lines;
  }

  /** The exit code, once all that was written is on the screen. */
  async left(): Promise<number> {
    const code = await this.#left;
    this.output.end();
    await new Promise((resolve) => this.output.once("close", resolve));
    return code;
  }
}

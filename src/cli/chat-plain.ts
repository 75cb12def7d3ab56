// The chat where there is no terminal to draw on: one line for each piece of news, one line of input a message or
// command. Must not know what is said.

import { createInterface, type Interface } from "node:readline";
import type { Look } from "./chat-lines.ts";
import type { Display, Keyboard, Screen, Typing } from "./chat-prompt.ts";

export class PlainScreen implements Screen {
  readonly look: Look = { color: false, lines: false };
  readonly #input: Keyboard;
  readonly #output: Display;
  #readline: Interface | undefined;
  /** Own messages that are shown once it is known how far they came. */
  readonly #unshown = new Set<number>();
  /** Whoever read the output is gone. */
  #broken = false;
  #progressing = false;
  #stop = () => {};

  constructor(input: Keyboard, output: Display) {
    this.#input = input;
    this.#output = output;
  }

  open(typing: Typing): void {
    const ended = () => typing.ended();
    this.#readline = createInterface({
      input: this.#input,
      terminal: false,
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    this.#readline.on("line", (line) => typing.line(line));
    this.#readline.on("close", ended);
    this.#input.on("error", ended);
    const broken = () => {
      this.#broken = true;
      typing.ended();
    };
    this.#output.on("error", broken);
    this.#stop = () => {
      this.#readline?.off("close", ended);
      this.#readline?.close();
      this.#input.off("error", ended);
      this.#output.off("error", broken);
      this.#input.pause();
    };
  }

  print(lines: readonly string[]): void {
    if (this.#broken) return;
    for (const line of lines) this.#output.write(`${line}\n`);
  }

  own(key: number, _text: string, headings: readonly string[]): void {
    this.print(headings);
    this.#unshown.add(key);
  }

  change(key: number, text: string): boolean {
    if (!this.#unshown.delete(key)) return false;
    this.print([text]);
    return true;
  }

  /** Said once; a line that was written cannot be written anew. */
  progress(text: string | undefined): void {
    if (text !== undefined && !this.#progressing) this.print([text]);
    this.#progressing = text !== undefined;
  }

  /** Nobody is prompted here. */
  prompt(): void {}

  close(): void {
    this.#stop();
    this.#stop = () => {};
  }
}

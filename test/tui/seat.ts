// Somebody in front of the full-screen chat, over a client that does what a test tells it: keys go in, and what a terminal
// shows comes out. Must not know what is tested.

import { PassThrough } from "node:stream";
import { Terminal as Emulator } from "@xterm/headless";
import { ScreenHands } from "../../src/cli/screen-hands.ts";
import type { Message } from "../../src/client/events.ts";
import { KeyReader } from "../../src/tui/key-reader.ts";
import { Session } from "../../src/tui/session.ts";
import { marked } from "../../src/tui/spans.ts";
import type { Terminal, TerminalEvents } from "../../src/tui/world.ts";
import { type FakeFace, NOON } from "../cli/chat-face.ts";

export class Seat implements Terminal {
  readonly face: FakeFace;
  readonly session: Session;
  readonly hands: ScreenHands;
  readonly input = new PassThrough();
  readonly output: NodeJS.WritableStream;
  readonly rang: Message[] = [];
  readonly copied: string[] = [];
  readonly #emulator: Emulator;
  readonly #reader = new KeyReader();
  #events: TerminalEvents | undefined;
  #ran: Promise<void>;
  #passed = 0;
  columns: number;
  rows: number;
  isOpen = false;
  drawn = "";

  constructor(face: FakeFace, columns = 80, rows = 24, hasColor = true) {
    this.face = face;
    this.columns = columns;
    this.rows = rows;
    this.#emulator = new Emulator({ cols: columns, rows, allowProposedApi: true });
    const output = new PassThrough();
    output.on("data", (chunk: Buffer) => this.#show(marked(chunk.toString())));
    this.output = Object.defineProperties(output, {
      isTTY: { value: true },
      columns: { get: () => this.columns },
      rows: { get: () => this.rows },
    });
    this.hands = new ScreenHands(face, {
      me: "alice",
      now: () => NOON + this.#passed,
      ring: (one) => void this.rang.push(one),
    });
    this.session = new Session(face, this, this.hands, { me: "alice", hasColor });
    this.#ran = this.session.run();
  }

  open(events: TerminalEvents): void {
    this.#events = events;
    this.isOpen = true;
  }

  erase(): void {
    this.#show("\u001b[H\u001b[2J");
  }

  copy(text: string): boolean {
    this.copied.push(text);
    return true;
  }

  suspend(): boolean {
    this.isOpen = false;
    return true;
  }

  /** The process goes on after it was stopped. */
  async resume(): Promise<void> {
    this.isOpen = true;
    this.#events?.resumed();
    await this.settled();
  }

  close(): void {
    this.isOpen = false;
  }

  /** Keys as a terminal sends them; resolves once what they do is seen. */
  async press(...chunks: readonly string[]): Promise<void> {
    for (const chunk of chunks) this.#events?.keys(this.#reader.read(Buffer.from(chunk)));
    await this.settled();
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.columns = columns;
    this.rows = rows;
    this.#emulator.resize(columns, rows);
    this.#events?.resized();
    await this.settled();
  }

  /** So many ms go by. */
  pass(ms: number): void {
    this.#passed += ms;
  }

  /** Resolves once everything that has happened stands on the screen. */
  async settled(): Promise<void> {
    for (let turns = 0; turns < 3; turns++) {
      await this.hands.done();
      await this.session.kept();
      await this.session.drawn();
    }
    await new Promise<void>((resolve) => this.#emulator.write("", resolve));
  }

  /** Resolves when the session has ended. */
  left(): Promise<void> {
    return this.#ran;
  }

  async leave(): Promise<void> {
    this.session.leave();
    await this.#ran;
  }

  /** All rows of the screen, without what is blank at their ends. */
  get screen(): string[] {
    const buffer = this.#emulator.buffer.active;
    return Array.from({ length: this.rows }, (_, y) => buffer.getLine(y)?.translateToString(true) ?? "");
  }

  get cursor(): [number, number] {
    const { cursorX, cursorY } = this.#emulator.buffer.active;
    return [cursorX, cursorY];
  }

  #show(text: string): void {
    this.drawn += text;
    this.#emulator.write(text.replaceAll("\n", "\r\n"));
  }
}

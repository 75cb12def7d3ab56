// The model as it is now, and when it is drawn: at once after a key, else no more often than an eye sees.
// Must not know what changes the model, nor what the rows say.

import { InkScreen } from "./ink-screen.tsx";
import { type Model, newModel } from "./model.ts";
import { type Screen, screenOf } from "./screen.ts";
import type { Colors } from "./spans.ts";
import type { Words } from "./words.ts";
import type { Terminal } from "./world.ts";

/** What happens without a key being pressed is drawn no more often, ms. */
const FRAME = 33;

export interface ViewOptions {
  readonly me: string;
  readonly hasColor: boolean;
  readonly words: Words;
  /** Runs after each drawing: what is seen may have to be noted, or read. */
  readonly looked: () => void;
}

export class View {
  readonly #terminal: Terminal;
  readonly #options: ViewOptions;
  readonly #ink: InkScreen;
  #model: Model;
  #screen: Screen;
  #drawing: NodeJS.Immediate | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = 0;
  #isOver = false;
  #isPaused = false;

  constructor(terminal: Terminal, options: ViewOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#model = newModel(options.me, terminal.columns, terminal.rows);
    this.#screen = screenOf(this.#model, options.words);
    this.#ink = new InkScreen(terminal.output, terminal.input, this.#props());
  }

  get model(): Model {
    return this.#model;
  }

  /** What was drawn last. */
  get screen(): Screen {
    return this.#screen;
  }

  /** `isAtOnce`: somebody waits for it. */
  become(model: Model, isAtOnce: boolean): void {
    if (model === this.#model || this.#isOver) return;
    this.#model = model;
    if (this.#drawing !== undefined) return;
    const wait = isAtOnce ? 0 : FRAME - (performance.now() - this.#drawnAt);
    if (wait > 0) this.#later ??= setTimeout(() => this.#draw(), wait);
    else this.#drawing = setImmediate(() => this.#draw());
  }

  /** Somebody else has the terminal, until `resume`. Resolves once what was drawn has been written. */
  pause(): Promise<void> {
    this.#isPaused = true;
    return this.#ink.flushed();
  }

  resume(): void {
    this.#isPaused = false;
    this.resized();
  }

  resized(): void {
    const { columns, rows } = this.#terminal;
    this.become({ ...this.#model, columns, rows }, true);
    this.redraw();
  }

  /** Of what stands on the terminal nothing is relied on. */
  redraw(): void {
    if (this.#isOver || this.#isPaused) return;
    this.#ink.clear();
    this.#terminal.erase();
    this.#draw();
  }

  /** Resolves once what is shown stands on the terminal. */
  async drawn(): Promise<void> {
    if (this.#drawing !== undefined || this.#later !== undefined) this.#draw();
    await this.#ink.flushed();
  }

  close(): void {
    this.#isOver = true;
    clearImmediate(this.#drawing);
    clearTimeout(this.#later);
    this.#ink.close();
  }

  #draw(): void {
    clearImmediate(this.#drawing);
    clearTimeout(this.#later);
    this.#drawing = undefined;
    this.#later = undefined;
    if (this.#isOver || this.#isPaused) return;
    this.#screen = screenOf(this.#model, this.#options.words);
    this.#ink.draw(this.#props());
    this.#drawnAt = performance.now();
    this.#options.looked();
  }

  #props() {
    const colors: Colors = !this.#options.hasColor ? "none" : this.#model.isLight ? "light" : "dark";
    return { screen: this.#screen, colors, columns: this.#model.columns };
  }
}

// A terminal's screen, as much of one as the chat needs: what stands in its rows after all that was written (ECMA-48,
// with the wrap that waits at the last column, as xterm and its kin have it).

const ESCAPE = "\u001b";

export class ChatDisplay {
  readonly #columns: number;
  readonly #height: number;
  /** One cell a column; the second half of a wide character is "". */
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  #pending = false;
  #rest = "";
  readonly #until: { found: () => boolean; resolve: () => void }[] = [];

  constructor(columns: number, height: number) {
    this.#columns = columns;
    this.#height = height;
  }

  /** All rows, also those that have left at the top, without what is blank at their ends. */
  get rows(): string[] {
    const rows = this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
    while (rows.at(-1) === "") rows.pop();
    return rows;
  }

  /** The rows, with those that a full row runs on into put together again. */
  get lines(): string[] {
    const lines: string[] = [];
    let runsOn = false;
    for (const [at, row] of this.rows.entries()) {
      if (runsOn) lines.push(`${lines.pop() ?? ""}${row}`);
      else lines.push(row);
      const length = this.#rows[at]?.length ?? 0;
      runsOn = length === this.#columns;
      // A row of its own may end in spaces, which are within the line.
      if (runsOn) lines.push((lines.pop() ?? "") + " ".repeat(length - Bun.stringWidth(row)));
    }
    return lines;
  }

  /** Row and column of the cursor, from 0. */
  get cursor(): [number, number] {
    return [this.#row, this.#column];
  }

  /** Resolves as soon as what stands there is as wanted. */
  async until(found: () => boolean): Promise<void> {
    if (found()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#until.push({ found, resolve });
    await promise;
  }

  write(text: string): void {
    let rest = this.#rest + text;
    this.#rest = "";
    while (rest !== "") {
      if (rest.startsWith(ESCAPE)) {
        const sequence = /^\[([?0-9;]*)([A-Za-z])/.exec(rest.slice(ESCAPE.length));
        if (sequence === null) {
          this.#rest = rest; // the remainder of a sequence comes with the next piece
          break;
        }
        this.#control(sequence[2] ?? "", sequence[1] ?? "");
        rest = rest.slice(ESCAPE.length + sequence[0].length);
        continue;
      }
      const char = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      this.#put(char);
      rest = rest.slice(char.length);
    }
    for (const waiter of this.#until.splice(0)) {
      if (waiter.found()) waiter.resolve();
      else this.#until.push(waiter);
    }
  }

  /** The first row that is on the screen. */
  get #top(): number {
    return Math.max(0, this.#rows.length - this.#height);
  }

  #control(final: string, parameters: string): void {
    const n = Number(parameters) || 1;
    this.#pending = false;
    switch (final) {
      case "A":
        this.#row = Math.max(this.#top, this.#row - n);
        return;
      case "B":
        this.#row = Math.min(this.#rows.length - 1, this.#row + n);
        return;
      case "C":
        this.#column = Math.min(this.#columns - 1, this.#column + n);
        return;
      case "D":
        this.#column = Math.max(0, this.#column - n);
        return;
      case "G":
        this.#column = n - 1;
        return;
      case "J":
        // Below is cleared, but stays part of the screen: the rows are kept.
        this.#rows[this.#row]?.splice(this.#column);
        for (let row = this.#row + 1; row < this.#rows.length; row++) this.#rows[row] = [];
        return;
      case "K":
        this.#rows[this.#row]?.splice(this.#column);
        return;
      case "M":
        // What is below moves up.
        for (const _ of this.#rows.splice(this.#row, n)) this.#rows.push([]);
        return;
      case "m":
      case "h":
      case "l":
        return;
      default:
        throw new Error(`display: CSI ${parameters}${final}`);
    }
  }

  #put(char: string): void {
    if (char === "\r" || char === "\n") {
      this.#pending = false;
      if (char === "\r") this.#column = 0;
      else this.#down();
      return;
    }
    if (char < " ") throw new Error(`display: control character ${char.charCodeAt(0)}`);
    const width = Bun.stringWidth(char);
    if (this.#pending || this.#column + width > this.#columns) {
      this.#column = 0;
      this.#down();
    }
    const row = this.#rows[this.#row] ?? [];
    row[this.#column] = char;
    if (width === 2) row[this.#column + 1] = "";
    this.#pending = this.#column + width >= this.#columns;
    this.#column = Math.min(this.#columns - 1, this.#column + width);
  }

  #down(): void {
    this.#row += 1;
    if (this.#row === this.#rows.length) this.#rows.push([]);
  }
}

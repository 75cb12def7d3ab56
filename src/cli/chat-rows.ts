// How much room text takes on a terminal, as node:readline counts it. Pure.
// Must not know what is drawn.

import { stripVTControlCharacters } from "node:util";

/** Where the cursor stands after a text from the left edge, counted as readline does: never beyond the last column. */
export function cursorAfter(text: string, columns: number): { row: number; column: number } {
  let row = 0;
  let column = 0;
  for (const char of stripVTControlCharacters(text)) {
    const width = Bun.stringWidth(char);
    // What is two columns wide does not begin in the last one.
    if (column + width > columns) {
      row += 1;
      column = 0;
    }
    column += width;
    if (column >= columns) {
      row += 1;
      column = 0;
    }
  }
  return { row, column };
}

/** Rows that lines of text take on a screen. A row that is just full is one row. */
export function rowsPrinted(text: string, columns: number): number {
  return text
    .split("\n")
    .map((line) => cursorAfter(line, columns))
    .reduce((sum, { row, column }) => sum + row + (column > 0 || row === 0 ? 1 : 0), 0);
}

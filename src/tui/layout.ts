// How a window is divided, whatever its size. Pure.
// Must not know what stands where.

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Columns of the list with its edge; 0 where there is no room for it. */
  readonly list: number;
  /** Columns of everything beside it. */
  readonly main: number;
  /** Rows that the input may take. */
  readonly input: number;
}

/** Below this the list folds away. */
const WIDE = 80;

export function layoutOf(columns: number, rows: number): Layout {
  const list = columns < WIDE ? 0 : Math.min(30, Math.max(22, Math.floor(columns / 5)));
  return { columns, rows, list, main: columns - list, input: Math.max(1, Math.min(8, Math.floor(rows / 3))) };
}

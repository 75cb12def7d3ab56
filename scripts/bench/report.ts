// How figures are shown: small tables, medians and quantiles, each figure beside its aim.
// Must not know how anything is measured.

export interface Options {
  /** Fewer of everything: a look, not a result. */
  readonly quick: boolean;
}

/** One line of the closing table. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  /** What the project holds itself to, and whether it is met. Absent: for information. */
  readonly aim?: { readonly text: string; readonly met: boolean };
}

/** Prints rows in columns: the first to the left, the others to the right. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  console.log(`\n${title}`);
  for (const row of rows) {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    console.log(`  ${cells.join("  ").trimEnd()}`);
  }
}

export function printFigures(figures: readonly Figure[]): void {
  const rows = figures.map(({ name, value, aim }) =>
    aim === undefined ? [name, value] : [name, value, aim.text, aim.met ? "met" : "MISSED"],
  );
  printTable("In short", [["", "result", "aim", ""], ...rows]);
}

/** The value below which the share `q` of the values lies; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Up to three digits that say something. */
export function figure(value: number, unit = ""): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })}${unit && ` ${unit}`}`;
}

// Tables as text (RFC 4180), as spreadsheets of any country write them: commas, semicolons or tabs, any line end.
// Must not know what is in them.

export interface CsvRow {
  /** The line it begins on, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type ParsedCsv =
  | { readonly ok: true; readonly rows: readonly CsvRow[] }
  | { readonly ok: false; readonly line: number; readonly why: "open-quote" | "after-quote" };

/**
 * Rows with anything in them. The separator is the one that the first line has most of. Cells are trimmed, but for what is
 * quoted; a quote within a cell that does not begin with one stands for itself.
 */
export function parseCsv(given: string): ParsedCsv {
  const text = given.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const separator = separatorOf(text);
  const plain = new RegExp(`[^${separator}\\n]*`, "y");
  const rows: CsvRow[] = [];
  let [at, line] = [0, 1];
  while (at < text.length) {
    const begun = line;
    const cells: string[] = [];
    for (let ends = false; !ends; at += 1) {
      while (text[at] === " ") at += 1;
      if (text[at] === '"') {
        const quoted = /"((?:[^"]|"")*)("?) */y;
        quoted.lastIndex = at;
        const [all = "", inside = "", closing] = quoted.exec(text) ?? [];
        if (closing !== '"') return { ok: false, line: begun, why: "open-quote" };
        cells.push(inside.replaceAll('""', '"'));
        line += inside.split("\n").length - 1;
        at += all.length;
        if (at < text.length && text[at] !== separator && text[at] !== "\n")
          return { ok: false, line, why: "after-quote" };
      } else {
        plain.lastIndex = at;
        const cell = plain.exec(text)?.[0] ?? "";
        cells.push(cell.trim());
        at += cell.length;
      }
      ends = text[at] !== separator;
    }
    line += 1;
    if (cells.some((cell) => cell !== "")) rows.push({ line: begun, cells });
  }
  return { ok: true, rows };
}

/** One row, without its line end. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",;\s]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");
}

function separatorOf(text: string): "," | ";" | "\t" {
  const first = /^.*\S.*$/m.exec(text)?.[0].replace(/"[^"]*"/g, "") ?? "";
  const count = (separator: string) => first.split(separator).length;
  const [best = ","] = ([",", ";", "\t"] as const).toSorted((a, b) => count(b) - count(a));
  return best;
}

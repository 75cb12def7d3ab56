// How many columns text takes, and how a line is cut or wrapped to fit: by what a reader takes for one character.
// Must not know what the text says.

import type { Line, Span } from "./spans.ts";

const ASCII = /^[\x20-\x7e]*$/;
const CLUSTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** What a mark stands on that has no letter before it. */
const NO_LETTER = "\u25cc";

export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : Bun.stringWidth(text);
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The characters of a text as a reader counts them (UAX #29), each at least one column wide. */
export function clustersOf(text: string): string[] {
  if (ASCII.test(text)) return [...text];
  return Array.from(CLUSTERS.segment(text), ({ segment }) =>
    segment !== "\n" && Bun.stringWidth(segment) === 0 ? NO_LETTER + segment : segment,
  );
}

/** As much of a line as fits, with `…` where something is missing. */
export function cut(line: Line, columns: number): Line {
  if (lineWidth(line) <= columns) return line;
  const kept: Span[] = [];
  let room = columns - 1;
  for (const { text, style } of line) {
    let fits = "";
    for (const cluster of clustersOf(text)) {
      const width = widthOf(cluster);
      if (width > room) return columns < 1 ? [] : [...kept, { text: `${fits}…`, style }];
      room -= width;
      fits += cluster;
    }
    kept.push({ text: fits, style });
  }
  return kept;
}

/** Exactly so many columns: cut, or filled up with spaces. */
export function fitted(line: Line, columns: number): Line {
  const fits = cut(line, columns);
  const missing = columns - lineWidth(fits);
  return missing > 0 ? [...fits, { text: " ".repeat(missing) }] : fits;
}

/** `left` from the left, `right` at the right edge; of what does not fit, the end of `left` goes. */
export function spread(left: Line, right: Line, columns: number): Line {
  const width = lineWidth(right);
  if (width === 0 || width + 2 > columns) return fitted(left, columns);
  return [...fitted(left, columns - width - 1), { text: " " }, ...right];
}

/**
 * A line in rows of at most `columns`: broken between words, within one that is longer than a row. All rows but the
 * first begin with `indent` spaces.
 */
export function wrapped(line: Line, columns: number, indent: number): Line[] {
  if (lineWidth(line) <= columns) return [line];
  const inset = Math.min(indent, Math.max(0, columns - 8));
  const rows: Span[][] = [[]];
  let used = 0;
  let blank = true;
  const put = (text: string, style: Span["style"], width: number) => {
    const row = rows.at(-1) ?? [];
    const last = row.at(-1);
    if (last !== undefined && last.style === style) row[row.length - 1] = { text: last.text + text, style };
    else row.push({ text, style });
    used += width;
    blank = false;
  };
  const next = () => {
    const row = rows.at(-1) ?? [];
    const last = row.at(-1);
    if (last !== undefined && !blank) row[row.length - 1] = { text: last.text.trimEnd(), style: last.style };
    rows.push([{ text: " ".repeat(inset) }]);
    used = inset;
    blank = true;
  };
  for (const { text, style, whole } of line) {
    const isWhole = whole === true && widthOf(text) <= columns - inset;
    for (const [word] of text.matchAll(isWhole ? /.+/g : /\s+|\S+/g)) {
      const width = widthOf(word);
      const isSpace = word.trim() === "";
      if (used + width <= columns) {
        if (!(isSpace && blank && rows.length > 1)) put(word, style, width);
        continue;
      }
      if (isSpace) {
        next();
        continue;
      }
      if (width <= columns - inset) {
        if (!blank) next();
        put(word, style, width);
        continue;
      }
      for (const cluster of clustersOf(word)) {
        const one = widthOf(cluster);
        if (used + one > columns) next();
        put(cluster, style, one);
      }
    }
  }
  return rows;
}

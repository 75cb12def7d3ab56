// The simple marks in what people write: code, bold, italic, and whose names are called. Pure.
// Must not know what it is shown beside. The text is one that is safe to show.

import { mentionsOf } from "../domain/mention.ts";
import type { Line, Span, Style } from "./spans.ts";

/** `code`, a link (in which nothing is a mark), **bold**, *italic*. */
const MARKS =
  /`([^`]+)`|(https?:\/\/\S+)|\*\*(\S(?:[^*]*\S)?)\*\*|(?<![\p{L}\p{N}*])\*(\S(?:[^*]*\S)?)\*(?![\p{L}\p{N}*])/gu;
const FENCE = /^\s*```/;
const EDGE: Span = { text: "│ ", style: "dim" };

/** The lines of a text; `me`: whose mentions light up. A block of code has lines of its own: the first is then empty. */
export function markedUp(text: string, me: string): readonly Line[] {
  let isCode = false;
  return text.split("\n").flatMap((line, at): Line[] => {
    if (FENCE.test(line)) {
      isCode = !isCode;
      return at === 0 ? [[]] : [];
    }
    if (isCode) return [[EDGE, { text: line, style: "code" }]];
    return [inline(line, me)];
  });
}

/** Whether a line, or the end of it, is one of a block of code: nothing else is to stand on it. */
export function isBlock(line: Line): boolean {
  return line.includes(EDGE);
}

function inline(line: string, me: string): Line {
  const spans: Span[] = [];
  let from = 0;
  for (const found of line.matchAll(MARKS)) {
    const [all, code, link, bold, italic] = found;
    spans.push(...called(line.slice(from, found.index), me));
    if (code !== undefined) spans.push({ text: code, style: "code" });
    else if (link !== undefined) spans.push({ text: link });
    else spans.push(...called(bold ?? italic ?? "", me, bold === undefined ? "italic" : "bold"));
    from = found.index + all.length;
  }
  return [...spans, ...called(line.slice(from), me)];
}

/** The text with the reader's own name lit up in it. */
function called(text: string, me: string, style?: Style): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const [start, end] of mentionsOf(text, me)) {
    spans.push({ text: text.slice(from, start), style }, { text: text.slice(start, end), style: "mention" });
    from = end;
  }
  return [...spans, { text: text.slice(from), style }].filter((span) => span.text !== "");
}

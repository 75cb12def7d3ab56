// Typing and editing work as in a shell, by what a reader takes for one character.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { clustersOf, lineWidth, widthOf, wrapped } from "../../src/tui/cells.ts";
import { plain } from "../../src/tui/spans.ts";
import { type Edit, edited, inputRows, inserted, typed } from "../../src/tui/text-input.ts";

/** `|` is the cursor. */
const at = (text: string) => ({ text: text.replace("|", ""), cursor: text.indexOf("|") });
const shown = ({ text, cursor }: { text: string; cursor: number }) =>
  `${text.slice(0, cursor)}|${text.slice(cursor)}`;
const after = (text: string, ...edits: Edit[]) => shown(edits.reduce(edited, at(text)));

describe("a key", () => {
  test("moves by characters, words and lines", () => {
    expect(after("one tw|o", "left")).toBe("one t|wo");
    expect(after("one two|", "word-left", "word-left")).toBe("|one two");
    expect(after("|one two", "word-right")).toBe("one| two");
    expect(after("one\ntwo| x\nthree", "line-start")).toBe("one\n|two x\nthree");
    expect(after("one\ntw|o\nthree", "line-end")).toBe("one\ntwo|\nthree");
    expect(after("one\ntwo|\nthree", "line-up")).toBe("one|\ntwo\nthree");
    expect(after("long\nx\nlonger|", "line-up", "line-up")).toBe("l|ong\nx\nlonger");
    expect(after("\n|", "line-start", "line-up")).toBe("|\n");
    expect(after("|\nabc", "left", "line-start", "erase-to-start")).toBe("|\nabc");
  });

  test("erases by characters, words and to the ends of the line", () => {
    expect(after("abc|", "erase-left")).toBe("ab|");
    expect(after("ab c|d", "erase-word-left")).toBe("ab |d");
    expect(after("a|b cd", "erase-word-right")).toBe("a| cd");
    expect(after("one\ntwo th|ree", "erase-to-start")).toBe("one\n|ree");
    expect(after("one| two\nthree", "erase-to-end")).toBe("one|\nthree");
    expect(after("|", "erase-left", "erase-right", "erase-word-left", "erase-to-start")).toBe("|");
  });

  test("takes emoji, marks and flags as one character", () => {
    expect(after("a👩‍💻|", "erase-left")).toBe("a|");
    expect(after("e\u0301|x", "left")).toBe("|e\u0301x");
    expect(after("🇩🇪🇫🇷|", "erase-left")).toBe("🇩🇪|");
    expect(after("|👍🏽b", "right")).toBe("👍🏽|b");
  });
});

test("the rows and the cursor are where a terminal has them: wide characters never stand in half", () => {
  expect(inputRows(typed("漢字漢字"), 8, 5)).toEqual({
    rows: [[{ text: "漢字漢" }], [{ text: "字" }]],
    cursor: { column: 2, row: 1 },
  });
  expect(inputRows(typed("\t\u001b[1m\u0000\u007f\u0085"), 20, 5)).toEqual({
    rows: [[{ text: " ␛[1m␀␡�" }]],
    cursor: { column: 8, row: 0 },
  });
  expect(inputRows(at("ab|cd"), 20, 5).cursor).toEqual({ column: 2, row: 0 });
  expect(inputRows(typed("a\nb\nc\nd\ne"), 20, 3).rows.map(plain)).toEqual(["c", "d", "e"]);
});

const anyText = fc.string({ unit: "grapheme", maxLength: 60 });
const edits = fc.array(
  fc.constantFrom<Edit[]>(
    "left",
    "right",
    "word-left",
    "word-right",
    "line-start",
    "line-end",
    "line-up",
    "line-down",
    "erase-left",
    "erase-right",
    "erase-word-left",
    "erase-word-right",
    "new-line",
  ),
);

test("whatever is typed and edited, the cursor stays within the text and on the screen", () => {
  fc.assert(
    fc.property(
      anyText,
      edits,
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 1, max: 8 }),
      (text, keys, columns, most) => {
        const input = keys.reduce((input, edit) => edited(input, edit), inserted(typed(text), "x"));
        expect(input.cursor).toBeGreaterThanOrEqual(0);
        expect(input.cursor).toBeLessThanOrEqual(input.text.length);
        const { rows, cursor } = inputRows(input, columns, most);
        expect(rows.length).toBeLessThanOrEqual(most);
        expect(cursor.row).toBeLessThan(Math.max(1, rows.length));
        expect(cursor.column).toBeLessThan(columns);
        for (const row of rows) expect(lineWidth(row)).toBeLessThan(columns + 1);
      },
    ),
  );
});

test("wrapping keeps every character but spaces at the breaks, and no row is too wide", () => {
  fc.assert(
    fc.property(
      anyText,
      fc.integer({ min: 12, max: 60 }),
      fc.integer({ min: 0, max: 8 }),
      (text, columns, indent) => {
        const line = text.replace(/\s/g, " ");
        const rows = wrapped([{ text: line }], columns, indent);
        for (const row of rows) expect(lineWidth(row)).toBeLessThanOrEqual(columns);
        const bare = (text: string) =>
          clustersOf(text)
            .join("")
            .replace(/[\s\u25cc]/g, "");
        expect(bare(rows.map(plain).join(""))).toBe(bare(line));
      },
    ),
  );
});

test("a mark without a letter stands on a circle, so that it takes the column it is given", () => {
  expect(clustersOf("\u0301a")).toEqual(["\u25cc\u0301", "a"]);
  expect(widthOf("\u25cc\u0301")).toBe(1);
});

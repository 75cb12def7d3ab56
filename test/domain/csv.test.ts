// Tables come as any spreadsheet writes them, and come back as they went.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { csvLine, parseCsv } from "../../src/domain/csv.ts";

const rows = (text: string) => {
  const parsed = parseCsv(text);
  return parsed.ok ? parsed.rows.map(({ line, cells }) => [line, ...cells]) : [parsed.line, parsed.why];
};

describe("a table is read", () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    [
      "with commas",
      "a,b\nc,d\n",
      [
        [1, "a", "b"],
        [2, "c", "d"],
      ],
    ],
    [
      "with semicolons, a mark of byte order and Windows' line ends",
      "\uFEFFa;b\r\nc;d\r\n",
      [
        [1, "a", "b"],
        [2, "c", "d"],
      ],
    ],
    [
      "with tabs and old Macs' line ends",
      "a\tb\rc\td",
      [
        [1, "a", "b"],
        [2, "c", "d"],
      ],
    ],
    [
      "with quotes that hold separators, quotes and line ends",
      'a,"b, ""c""\nd"\ne,f',
      [
        [1, "a", 'b, "c"\nd'],
        [3, "e", "f"],
      ],
    ],
    [
      "with empty lines, which count as lines",
      "\n\na\n , \nb\n",
      [
        [3, "a"],
        [5, "b"],
      ],
    ],
    ["with spaces around cells", '  a , " b " \n', [[1, "a", " b "]]],
    [
      "with an empty last cell",
      "a,\nb,c",
      [
        [1, "a", ""],
        [2, "b", "c"],
      ],
    ],
    ["with a quote in the middle of a cell", 'O"Neil,b', [[1, 'O"Neil', "b"]]],
    ["with commas within quotes in the first line of semicolons", '"a,b,c";d\n', [[1, "a,b,c", "d"]]],
    ["that is empty", "", []],
  ];
  test.each(cases)("%s", (_, text, found) => expect(rows(text)).toEqual(found as never));
});

test("a quotation mark that is never closed, or is followed by something, is told with its line", () => {
  expect(rows('a\n"b\nc')).toEqual([2, "open-quote"]);
  expect(rows('a\n"b\nc" d,e')).toEqual([3, "after-quote"]);
});

test("what is written is read again, whatever it is", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", ";", "\n", "\t", " ", "ü") });
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (table) => {
      // The separator is guessed by the first line: a header makes it plain.
      const text = ["h,h,h", ...table.map(csvLine)].join("\r\n");
      const kept = table.filter((cells) => cells.some((one) => one !== ""));
      const parsed = parseCsv(text);
      expect(parsed.ok && parsed.rows.slice(1).map(({ cells }) => cells)).toEqual(kept);
    }),
  );
});

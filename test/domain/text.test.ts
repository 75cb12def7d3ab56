// Texts: what may be sent, and that nothing others write can do anything to a screen but be read.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkText, MAX_TEXT, printable } from "../../src/domain/text.ts";

const line = (text: string) => printable(text, { lines: false });
const block = (text: string) => printable(text, { lines: true });

describe("a text", () => {
  test.each([["hello"], ["a\nb"], ["\ta"], ["👩🏽‍💻"], ["مرحبا"], ["می‌خواهم"], ["a b"], ["0"], ["\u202Ea"]])(
    "may be sent: %j",
    (text) => {
      expect(checkText(text)).toBe("ok");
    },
  );

  test.each([[""], [" "], ["\n\t "], ["\u00A0\u2003"], ["\u200B\u2060"], ["\uFEFF"], ["\u3164"]])(
    "of nothing is empty: %j",
    (text) => {
      expect(checkText(text)).toBe("empty");
    },
  );

  test("may have 64 KiB of UTF-8 and not one byte more", () => {
    expect(MAX_TEXT).toBe(65_536);
    expect(checkText("x".repeat(MAX_TEXT))).toBe("ok");
    expect(checkText("x".repeat(MAX_TEXT + 1))).toBe("too-large");
    expect(checkText("é".repeat(MAX_TEXT / 2))).toBe("ok");
    expect(checkText(`${"é".repeat(MAX_TEXT / 2)}x`)).toBe("too-large");
    expect(checkText("😀".repeat(MAX_TEXT / 4))).toBe("ok");
    expect(checkText(" ".repeat(MAX_TEXT + 1))).toBe("too-large");
  });

  test("may hold no control character but line feed and tab", () => {
    for (let c = 0; c < 0x100; c++) {
      const control = c < 0x20 || (c >= 0x7f && c < 0xa0);
      const kept = c === 0x09 || c === 0x0a;
      expect(checkText(`a${String.fromCharCode(c)}b`)).toBe(control && !kept ? "control" : "ok");
    }
  });

  test.each([["a\uD800"], ["\uDC00b"], ["\uDE00\uD83D"]])(
    "may hold no half of a surrogate pair: %#",
    (text) => {
      expect(checkText(text)).toBe("control");
    },
  );
});

describe("what others wrote is shown", () => {
  test.each([
    ["a colour", "a\x1b[31mred", "a[31mred"],
    ["a title", "\x1b]0;root\x07#", "]0;root#"],
    ["a C1 sequence", "\x9b2J!", "2J!"],
    ["a cleared line", "me: ok\r\x1b[Kyou: no", "me: ok[Kyou: no"],
    ["backspaces", "good\b\b\b\bevil", "goodevil"],
    ["DEL and NUL", "a\x7fb\0c", "abc"],
    ["right-to-left override", "a\u202Efdp.exe", "afdp.exe"],
    ["isolates", "\u2066a\u2069", "a"],
    ["marks of direction", "a\u200E\u200F\u061Cb", "ab"],
    ["tags", "hi\u{E0068}\u{E0069}\u{E007F}", "hi"],
    ["a byte order mark", "\uFEFFa", "a"],
    ["interlinear notes", "a\uFFF9b\uFFFAc\uFFFB", "abc"],
    ["zero width space", "pay\u200Bpal", "paypal"],
    ["joiners in Latin", "pay\u200Dp\u200Cal", "paypal"],
    ["joiners at the ends", "\u200Da\u200C", "a"],
    ["half a surrogate", "a\uD800b", "a\uFFFDb"],
  ])("without %s", (_, text, shown) => {
    expect(line(text)).toBe(shown);
    expect(block(text)).toBe(shown);
  });

  test.each([
    ["👨‍👩‍👧‍👦"],
    ["👩🏽‍💻"],
    ["🏳️‍🌈"],
    ["❤️"],
    ["🇩🇪"],
    ["می‌خواهم"],
    ["क्‍ष"],
    ["שלום"],
    ["e\u0301"],
    ["½ € ✓ │"],
  ])("%s as it is", (text) => {
    expect(line(text)).toBe(text);
    expect(block(text)).toBe(text);
  });

  test("on one line where there is only one", () => {
    expect(line("a\nb\r\nc\td\u2028e")).toBe("a⏎b⏎c d⏎e");
    expect(block("a\nb\r\nc\td\u2028e")).toBe("a\nb\nc\td\ne");
  });

  test("whatever it is, with nothing left that moves, hides or reorders", () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          ..."\0\t\n\r\x1b\x7f\x85\x9bab[]👩💻é".split(""),
          "\u2028",
          "\u202E",
          "\u2066",
          "\u200D",
          "\u200C",
          "\uFEFF",
          "\uFFF9",
          "\u{E0041}",
          "न",
        ),
        fc.integer({ min: 0, max: 0x10ffff }).map((c) => String.fromCodePoint(c)),
      ),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        expect(line(text)).not.toMatch(
          /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/u,
        );
        expect(block(text).replace(/[\n\t]/g, "")).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u);
        expect(line(line(text))).toBe(line(text));
        expect(block(block(text))).toBe(block(text));
      }),
      { numRuns: 2000 },
    );
  });
});

// A name that somebody else chose is safe to show and to write, whatever it was.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_NAME_BYTES, numberedFileName, safeFileName } from "../../src/files/file-name.ts";

const size = (text: string) => new TextEncoder().encode(text).length;

describe("a safe name", () => {
  test.each([
    // what may stay as it is
    ["notes.pdf", "notes.pdf"],
    ["Lecture 3 (final) [v2].tar.gz", "Lecture 3 (final) [v2].tar.gz"],
    ["Übung – Lösung.odt", "Übung – Lösung.odt"],
    ["講義ノート.pdf", "講義ノート.pdf"],
    ["نمونه‌ها.pdf", "نمونه‌ها.pdf"],
    ["👩‍🔬❤️.png", "👩‍🔬❤️.png"],
    ["-rf", "-rf"],
    ["~backup", "~backup"],
    ["a..b", "a..b"],
    ["$(reboot).sh", "$(reboot).sh"],
    // no path
    ["../../etc/passwd", "passwd"],
    ["/etc/cron.d/evil", "evil"],
    ["..\\..\\Windows\\win.ini", "win.ini"],
    ["C:\\Users\\a.txt", "a.txt"],
    ["C:a.txt", "C_a.txt"],
    ["\\\\server\\share\\a", "a"],
    ["folder/", "folder"],
    ["a/..", "a"],
    ["a/.\u200b./", "a"],
    ["/", "file"],
    ["..", "file"],
    [".", "file"],
    ["", "file"],
    ["   ", "file"],
    ["a\0b/c\0.txt", "c.txt"],
    // no leading dot
    [".bashrc", "bashrc"],
    ["...hidden", "hidden"],
    [" .ssh", "ssh"],
    ["\u200b.profile", "profile"],
    // nothing that hides or reorders
    ["photo\u202egpj.exe", "photogpj.exe"],
    ["\u2066a\u2069\u200f.txt", "a.txt"],
    ["a\u001b[31mb\r\nc\td", "a[31mb  c d"],
    ["a\u0085b\u007f\u009bc", "abc"],
    ["a\u2028b\u2029c\u00a0d\u3000e", "a b c d e"],
    ["so\u00adft\ufeff\u2060.txt", "soft.txt"],
    ["in\u200dvoice.pdf", "invoice.pdf"],
    ["a\ufe0f.txt", "a.txt"],
    ["a\u{e0041}\u{e007f}.txt", "a.txt"],
    ["\u3164", "file"],
    ["a\ud800.txt", "a\ufffd.txt"],
    // one spelling
    ["e\u0301.txt", "\u00e9.txt"],
    ["e\u200b\u0301.txt", "\u00e9.txt"],
    // what Windows takes for something else
    ["CON", "_CON"],
    ["con.txt", "_con.txt"],
    ["nul.tar.gz", "_nul.tar.gz"],
    ["Com1", "_Com1"],
    ["LPT¹.log", "_LPT¹.log"],
    ["aux .c", "_aux .c"],
    ["CONOUT$", "_CONOUT$"],
    ["console.log", "console.log"],
    ["com10", "com10"],
    ["a.txt:evil.exe", "a.txt_evil.exe"],
    ['a<b>c"d|e?f*g', "a_b_c_d_e_f_g"],
    ["report.pdf. . .", "report.pdf"],
    ["con.", "_con"],
  ])("%j is %j", (given, safe) => {
    expect(safeFileName(given)).toBe(safe);
  });

  test("is cut to what a file system takes, between characters, and keeps its ending", () => {
    expect(safeFileName(`${"a".repeat(300)}.pdf`)).toBe(`${"a".repeat(251)}.pdf`);
    expect(safeFileName(`${"é".repeat(200)}.tar.gz`)).toBe(`${"é".repeat(124)}.tar.gz`);
    expect(safeFileName("👩‍🔬".repeat(40))).toBe("👩‍🔬".repeat(23));
    expect(safeFileName("a".repeat(300))).toBe("a".repeat(255));
    // What looks like an ending and is longer than any counts as name.
    expect(safeFileName(`a.${"b".repeat(300)}`)).toBe(`a.${"b".repeat(253)}`);
    expect(safeFileName(`${"a".repeat(250)} .${"b".repeat(300)}`)).toBe(`${"a".repeat(250)} .bbb`);
    // One character without an end.
    const tower = safeFileName(`a${"\u0301".repeat(5000)}.txt`);
    expect([size(tower) <= MAX_NAME_BYTES, tower.endsWith(".txt"), tower.startsWith("\u00e1")]).toEqual([
      true,
      true,
      true,
    ]);
    // Making room must not lay bare what was in the middle.
    expect(safeFileName(`${"a".repeat(254)}. b`)).toBe("a".repeat(254));
    expect(size(safeFileName(`con.${"é".repeat(300)}`))).toBeLessThanOrEqual(MAX_NAME_BYTES);
  });

  test("whatever was given, is a name in the folder itself, without control characters, and safe already", () => {
    const nasty = fc.constantFrom(
      ..."./\\: \0\r\n\u202e\u200b\u200d\ufe0f\u0301~-_aé漢👩🔬CONnul1\ud83d\u{e0020}",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(nasty, { maxLength: 300 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (given) => {
        const name = safeFileName(given);
        expect(size(name)).toBeGreaterThan(0);
        expect(size(name)).toBeLessThanOrEqual(MAX_NAME_BYTES);
        expect(name).not.toMatch(/^[. ]|[. ]$|[/\\<>:"|?*]|[\p{Cc}\p{Bidi_Control}\u2028\u2029\u200b]/u);
        expect(name.isWellFormed()).toBeTrue();
        expect(safeFileName(name)).toBe(name);
      }),
      { numRuns: 1500 },
    );
  });
});

describe("a numbered name", () => {
  test.each([
    ["notes.pdf", 1, "notes (1).pdf"],
    ["notes", 2, "notes (2)"],
    ["a.tar.gz", 3, "a (3).tar.gz"],
    ["v1.2 of it", 1, "v1.2 of it (1)"],
    ["notes (1).pdf", 1, "notes (1) (1).pdf"],
  ])("%j, %d is %j", (name, number, numbered) => {
    expect(numberedFileName(name, number)).toBe(numbered);
  });

  test("is no longer than a file system takes, and still has its number and its ending", () => {
    expect(numberedFileName(`${"a".repeat(251)}.pdf`, 10)).toBe(`${"a".repeat(246)} (10).pdf`);
    expect(size(numberedFileName("漢".repeat(85), 1000))).toBeLessThanOrEqual(MAX_NAME_BYTES);
  });
});

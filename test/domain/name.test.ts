// Names: what may be one, when two are the same, and that nobody can pass for another.

import { describe, expect, test } from "bun:test";
import { MAX_NAME, type NameFault, parseName } from "../../src/domain/name.ts";

const why = (input: string): NameFault | "ok" => {
  const parsed = parseName(input);
  return parsed.ok ? "ok" : parsed.why;
};
const taken = (input: string) => {
  const parsed = parseName(input);
  if (!parsed.ok) throw new Error(`${input}: ${parsed.why}`);
  return parsed;
};
/** Printable in a test's title, whatever is in it. */
const escaped = (text: string) =>
  text.replace(/[^ -~]/gu, (c) => `U+${c.codePointAt(0)?.toString(16).toUpperCase()} `);

describe("a name may be", () => {
  test.each([
    ["alice"],
    ["Bob"],
    ["a"],
    ["7"],
    ["j.r.r._tolkien-2"],
    ["x_"],
    ["a..b"],
    ["console"],
    ["community"],
    ["Zoë"],
    ["Łukasz"],
    ["Nguyễn"],
    ["Đặng"],
    ["Þór"],
    ["Müßig"],
    ["Ɔkɔ"],
    ["Дмитрий"],
    ["Ольга"],
    ["Роман"],
    ["Νίκος"],
    ["Κατερίνα"],
    ["Ελένη"],
    ["محمد"],
    ["یاسمین"],
    ["דוד"],
    ["अनिल"],
    ["தமிழ்"],
    ["ชื่อ"],
    ["김철수"],
    ["Kim김"],
    ["李小龙"],
    ["王Wang"],
    ["田中さん"],
    ["ジョー"],
    ["ㄅㄆㄇ"],
    ["გიორგი"],
    ["Արամ"],
    ["አበበ"],
    ["စိုး"],
    ["ཀརྨ"],
  ])("%s", (name) => {
    expect(parseName(name)).toMatchObject({ ok: true, name: name.normalize("NFKC") });
  });

  test("32 code points and not one more, however many units they take", () => {
    expect(why("x".repeat(MAX_NAME))).toBe("ok");
    expect(why("x".repeat(MAX_NAME + 1))).toBe("too-long");
    expect(why("𠮷".repeat(MAX_NAME))).toBe("ok");
    expect(why("𠮷".repeat(MAX_NAME + 1))).toBe("too-long");
    expect(why("e\u0301".repeat(MAX_NAME))).toBe("ok");
    expect(why("ﬃ".repeat(11))).toBe("too-long");
    expect(why("x".repeat(10_000_000))).toBe("too-long");
    expect(why("\uFDFA".repeat(256))).toBe("too-long");
  });
});

describe("a name may not be", () => {
  test.each([[""], [" "], ["\t\n"], ["\u00A0"]])("nothing", (input) => expect(why(input)).toBe("empty"));

  const characters: [string, string][] = [
    ["a space inside", "a b"],
    ["a space before", " alice"],
    ["a line feed after", "alice\n"],
    ["an at sign", "@alice"],
    ["a slash", "a/b"],
    ["a backslash", "a\\b"],
    ["a parent folder", ".."],
    ["a hidden file", ".alice"],
    ["a dot at the end", "alice."],
    ["an option", "-rf"],
    ["a low line first", "_alice"],
    ["a colon", "c:"],
    ["an apostrophe", "O'Brien"],
    ["a modifier apostrophe", "O\u02BCBrien"],
    ["NUL", "a\0b"],
    ["an escape sequence", "a\x1b[31m"],
    ["C1", "a\x9bb"],
    ["an emoji", "alice😀"],
    ["half a surrogate", "a\ud800"],
    ["right-to-left override", "a\u202Eecila"],
    ["an isolate", "a\u2066b"],
    ["a right-to-left mark", "a\u200Fb"],
    ["an Arabic letter mark", "ا\u061Cب"],
    ["zero width space", "al\u200Bice"],
    ["zero width joiner", "al\u200Dice"],
    ["zero width non-joiner", "ا\u200Cب"],
    ["a word joiner", "al\u2060ice"],
    ["a soft hyphen", "al\u00ADice"],
    ["a byte order mark", "\uFEFFalice"],
    ["a combining grapheme joiner", "al\u034Fice"],
    ["a variation selector", "a\uFE0F"],
    ["an ideographic variation", "葛\u{E0100}"],
    ["a tag", "a\u{E0061}"],
    ["a Hangul filler", "\u3164"],
    ["a half-width filler", "a\uFFA0"],
    ["tatweel", "محـمد"],
    ["a lone mark", "\u0301a"],
    ["a mark on a digit", "1\u0301"],
    ["a mark on a dot", "a.\u0301"],
    ["the same mark twice", "a\u0301\u0301"],
    ["five marks", "x\u0316\u0317\u0318\u0319\u031C"],
    ["an enclosing circle", "a\u20DD"],
    ["a stroke laid over", "o\u0338"],
    ["a bar laid over", "l\u0335"],
    ["small capitals", "ᴀʟɪᴄᴇ"],
    ["a script a", "\u0251lice"],
    ["a click", "\u01C3kung"],
    ["Cherokee", "ᎪᏢᏆᏟᎬ"],
    ["Coptic", "ⲁⲗ"],
    ["Deseret", "𐐀𐐁"],
    ["a lone jamo", "ㅣ"],
    ["other digits", "a٣"],
    ["a fraction", "½"],
    ["an ideographic zero", "〇"],
    ["a katakana dot", "ジョ・ン"],
    ...["CON", "con", "Nul", "aux.txt", "prn.", "COM1", "com0.log", "lpt9", "COM\u00B9", "ｃｏｎ"].map(
      (name): [string, string] => [`the device ${escaped(name)}`, name],
    ),
  ];
  test.each(characters)("made of other things: %s", (_, input) => expect(why(input)).toBe("characters"));

  test.each([
    ["а Cyrillic а in it", "\u0430lice"],
    ["a Greek ο in it", "b\u03BFb"],
    ["Cyrillic and Greek", "сοс"],
    ["Armenian ո", "a\u0578n"],
    ["Hebrew and Latin", "davidדוד"],
    ["Arabic and Hebrew", "اב"],
    ["Han and Cyrillic", "李и"],
    ["Hangul and Kana", "김の"],
    ["a Hebrew point on a Latin letter", "a\u05B0"],
  ])("of several scripts: %s", (_, input) => expect(why(input)).toBe("mixed-scripts"));

  test.each([
    ["Cyrillic сосо", "сосо"],
    ["Cyrillic Аrсасе as Асасе", "Асасе"],
    ["Cyrillic with digits", "рор1"],
    ["Cyrillic with dots on it", "ёсе"],
    ["Cyrillic capitals ВОВ", "ВОВ"],
    ["Greek οοο", "οοο"],
    ["Greek capitals ΝΙΝΑ", "ΝΙΝΑ"],
    ["Greek Ενα as Eva", "Ενα"],
    ["Armenian ոսօ", "ոսօ"],
    ["Hebrew סס", "סס"],
    ["Arabic اا", "اا"],
    ["Ethiopic ዐዐ", "ዐዐ"],
  ])("Latin to the eye alone: %s", (_, input) => expect(why(input)).toBe("look-alike"));
});

describe("two spellings are one name", () => {
  test.each([
    ["Alice", "ALICE"],
    ["Zoë", "ZOE\u0308"],
    ["é1", "e\u03011"],
    ["straße", "STRASSE"],
    ["Straẞe", "strasse"],
    ["Νίκος", "ΝΊΚΟΣ"],
    ["νίκοσ", "νίκος"],
    ["irem", "İREM"],
    ["ırmak", "IRMAK"],
    ["Alice", "Ａｌｉｃｅ"],
    ["alice", "𝐚𝓵𝔦𝕔𝖊"],
    ["file", "ﬁle"],
    ["12", "①②"],
    ["ガス", "ｶﾞｽ"],
    ["각", "\u1100\u1161\u11A8"],
    ["Ǆ", "ǆ"],
    ["ОЛЬГА", "ольга"],
    ["ᲐᲜᲐ", "ანა"],
  ])("%s and %s", (one, other) => expect(taken(one).fold).toBe(taken(other).fold));

  test.each([
    ["resume", "résumé"],
    ["ali", "all"],
    ["ian", "lan"],
    ["bob", "rob"],
    ["a.b", "a-b"],
    ["ab", "a_b"],
  ])("but %s and %s are two", (one, other) => expect(taken(one).fold).not.toBe(taken(other).fold));
});

describe("two names look alike", () => {
  test.each([
    ["alice", "AIice"],
    ["alice", "a1ice"],
    ["alice", "alıce"],
    ["bob", "b0b"],
    ["ali", "al\u006C\u0307"],
    ["jan", "j\u0307an"],
    ["mary", "rnary"],
    ["william", "vvilliam"],
    ["www", "vvvvvv"],
    ["vwv", "wvv"],
    ["Đan", "Ðan"],
    ["Đan", "Ɖan"],
    ["cæsar", "caesar"],
    ["ștefan", "ştefan"],
    ["ăn", "ǎn"],
    ["jan", "ȷan"],
    ["uwe", "ʋwe"],
    ["Roman", "Rornan"],
    ["POMAH", "Роман"],
    ["カノ", "力丿"],
    ["a-b", "aーb"],
    ["エ口", "工ロ"],
    ["へび", "ヘび"],
  ])("%s and %s", (one, other) => expect(taken(one).skeleton).toBe(taken(other).skeleton));

  test.each([
    ["rene", "rené"],
    ["anna", "ana"],
    ["tom", "tim"],
    ["dan", "clan"],
    ["eva", "ena"],
    ["oskar", "øskar"],
    ["luka", "łuka"],
    ["李", "季"],
    ["Ольга", "Олег"],
    ["bo", "boo"],
  ])("but not %s and %s", (one, other) => expect(taken(one).skeleton).not.toBe(taken(other).skeleton));
});

// What holds for every name that is taken, whatever it was typed as.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseName } from "../../src/domain/name.ts";

describe("of any name that is taken", () => {
  const letters = fc.constantFrom(
    ..."abilmorwvxyzABIOİıßẞſéèşșđðΑΒβσςΣνήабвгАБІёйאבاب한글カー一李ﬁⅣ①０.-_01\u0301\u0307\u0327",
  );
  const named = fc
    .oneof(
      fc.string({ unit: letters, minLength: 1, maxLength: 12 }),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 }),
      fc.string({
        unit: fc.integer({ min: 0x41, max: 0x52f }).map((c) => String.fromCodePoint(c)),
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map((input) => ({ input, parsed: parseName(input) }));
  const all = (holds: (name: { name: string; fold: string; skeleton: string }) => void) => {
    let seen = 0;
    fc.assert(
      fc.property(named, ({ parsed }) => {
        if (!parsed.ok) return;
        seen += 1;
        holds(parsed);
      }),
      { numRuns: 4000, seed: 39 },
    );
    expect(seen).toBeGreaterThan(200);
  };

  test("the name and its fold are names, with the same fold and skeleton", () =>
    all(({ name, fold, skeleton }) => {
      expect(parseName(name)).toEqual({ ok: true, name, fold, skeleton });
      expect(parseName(fold)).toEqual({ ok: true, name: fold, fold, skeleton });
    }));

  test("no case of it is another name", () =>
    all(({ name, fold }) => {
      for (const other of [parseName(name.toUpperCase()), parseName(name.toLowerCase())]) {
        // A case of it may be too long, or look Latin; it is never somebody else's.
        if (other.ok) expect(other.fold).toBe(fold);
      }
    }));

  test("the fold is a folder's name on any system", () =>
    all(({ fold }) => {
      expect(fold).not.toMatch(/[\p{C}\s/\\:*?"<>|]|^[.-]|\.$/u);
      expect(Buffer.byteLength(fold.normalize("NFD"))).toBeLessThanOrEqual(255);
    }));
});

test("no letter of a script that has twins of Latin ones hides among them", () => {
  const mixed = /^[0-9._\-\p{sc=Latn}\p{M}\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{sc=Hang}]+$/u;
  for (let c = 0; c < 0x20000; c++) {
    const parsed = parseName(`al${String.fromCodePoint(c)}ce`);
    if (parsed.ok) expect(parsed.name).toMatch(mixed);
  }
});

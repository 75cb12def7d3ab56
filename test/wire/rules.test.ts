// A group's rules as bytes: one spelling, and nothing believed that is none.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type GroupRules,
  MAX_ADMINS,
  MAX_BARRED,
  MAX_HISTORY,
  MAX_RULES,
} from "../../src/domain/group-rules.ts";
import { encodeId } from "../../src/domain/id.ts";
import { decodeRules, encodeRules } from "../../src/wire/rules.ts";

const person = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeId);
const name = fc.constantFrom("class2024", "Zoë", "李小龙", "a", "x".repeat(32));
const rules: fc.Arbitrary<GroupRules> = fc.record({
  name,
  open: fc.boolean(),
  announcement: fc.boolean(),
  closed: fc.boolean(),
  history: fc.nat(MAX_HISTORY),
  admins: fc.array(person, { minLength: 1, maxLength: MAX_ADMINS }),
  barred: fc.array(person, { maxLength: 10 }),
});
const [ann, ben] = ["A", "B"].map((letter) => letter.repeat(43)) as [string, string];
const plain: GroupRules = {
  name: "class2024",
  open: true,
  announcement: false,
  closed: false,
  history: 50,
  admins: [ann],
  barred: [],
};
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test("rules are read as they were written, and written the same whatever the order of their fields", () => {
  fc.assert(
    fc.property(rules, (given) => {
      const written = encodeRules(given);
      expect(decodeRules(written)).toEqual(given);
      const turned = Object.fromEntries(Object.entries(given).reverse()) as unknown as GroupRules;
      expect(encodeRules(turned)).toEqual(written);
    }),
  );
});

test("the fullest rules fit", () => {
  const most = {
    ...plain,
    name: "𠮷".repeat(32),
    history: MAX_HISTORY,
    admins: Array.from({ length: MAX_ADMINS }, () => ann),
    barred: Array.from({ length: MAX_BARRED }, () => ben),
  };
  const written = encodeRules(most);
  expect(written.length).toBeLessThanOrEqual(MAX_RULES);
  expect(decodeRules(written)).toEqual(most);
});

describe("bytes are no rules when", () => {
  const full = { v: 1, ...plain };
  test.each([
    ["they are nothing", new Uint8Array(0)],
    ["they are no JSON", new TextEncoder().encode("{")],
    ["they are no UTF-8", new Uint8Array([0xff])],
    ["a byte order mark is before them", new TextEncoder().encode(`\uFEFF${JSON.stringify(full)}`)],
    ["they are of a later version", bytes({ ...full, v: 2 })],
    ["a field is missing", bytes({ ...full, open: undefined })],
    ["the name is none", bytes({ ...full, name: "two words" })],
    ["the name is not in its one spelling", bytes({ ...full, name: "ｃlass" })],
    ["nobody is an admin", bytes({ ...full, admins: [] })],
    [
      "there are too many admins",
      bytes({ ...full, admins: Array.from({ length: MAX_ADMINS + 1 }, () => ann) }),
    ],
    ["an admin is no key", bytes({ ...full, admins: ["ann"] })],
    ["too many are barred", bytes({ ...full, barred: Array.from({ length: MAX_BARRED + 1 }, () => ann) })],
    ["more is handed over than may be", bytes({ ...full, history: MAX_HISTORY + 1 })],
    ["less than nothing is handed over", bytes({ ...full, history: -1 })],
    ["they are too long", bytes({ ...full, more: "x".repeat(MAX_RULES) })],
  ])("%s", (_, given) => {
    expect(decodeRules(given)).toBeUndefined();
  });

  test("they are anything else; and reading them never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json().map((text) => new TextEncoder().encode(text)),
          fc.uint8Array(),
        ),
        (given) => {
          expect(decodeRules(given)).toBeUndefined();
        },
      ),
    );
  });
});

// A roster is taken as instructors have it, and all that is wrong with one is told at once, line by line.

import { expect, test } from "bun:test";
import { parseRoster } from "../../src/domain/roster.ts";

const people = (text: string) => {
  const roster = parseRoster(text);
  if (!roster.ok) throw new Error(JSON.stringify(roster.faults));
  return roster.people.map(({ line, name, email, role }) => ({
    line,
    name,
    ...(email === undefined ? {} : { email }),
    ...(role === undefined ? {} : { role }),
  }));
};
const faults = (text: string) => {
  const roster = parseRoster(text);
  return roster.ok ? [] : roster.faults.map(({ line, why }) => `${line} ${why}`);
};

test("one name a line is enough", () => {
  expect(people("ann\n\nBen\r\n")).toEqual([
    { line: 1, name: "ann" },
    { line: 3, name: "Ben" },
  ]);
});

test("without a header, the name comes first, then an address or a role, in any order", () => {
  expect(people("ann,ann@x.edu,assistant\nben,Instructor\ncarol,,\n")).toEqual([
    { line: 1, name: "ann", email: "ann@x.edu", role: "assistant" },
    { line: 2, name: "ben", role: "instructor" },
    { line: 3, name: "carol" },
  ]);
});

test("with a header, columns stand in any order and others are passed over", () => {
  expect(people("ID;E-Mail;Name;Group\n17;ann@x.edu;ann;A\n18;;ben;B\n")).toEqual([
    { line: 2, name: "ann", email: "ann@x.edu" },
    { line: 3, name: "ben" },
  ]);
});

test("all that is wrong is told at once", () => {
  expect(faults("name,role\nann,\nANN,\nbad name,\n,assistant\nhello,\nhel1o,\nben,boss\n")).toEqual([
    "3 twice",
    "4 name",
    "5 name",
    "7 alike",
    "8 role",
  ]);
  expect(faults("ann,4711")).toEqual(["1 cell"]);
  expect(faults('ann\n"ben')).toEqual(["2 open-quote"]);
});

test("ten thousand lines are no more than ten thousand names", () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `s${String(i).padStart(5, "0")}`);
  expect(people(names.join("\r\n")).map(({ name }) => name)).toEqual(names);
});

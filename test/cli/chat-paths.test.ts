// What Tab makes of a path after /sendfile.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { completePath, wholePath } from "../../src/cli/chat-paths.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "classchat-paths-"));
  for (const name of ["lecture notes.pdf", "lectures.zip", ".hidden", "line\nbreak"])
    writeFileSync(join(folder, name), "");
  mkdirSync(join(folder, "my slides"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const completed = (typed: string) =>
  completePath(`/sendfile ${typed}`)?.[0].map((path) => path.replace(folder, ""));

test("is completed with what begins so, folders with a slash", () => {
  expect(completed(`${folder}/lec`)).toEqual(["/lecture notes.pdf", "/lectures.zip"]);
  expect(completed(`${folder}/my`)).toEqual(["/my slides/"]);
});

test("is left in the quotes it was begun with, which are closed at its end", () => {
  expect(completed(`"${folder}/lecture `)).toEqual([`"/lecture notes.pdf"`]);
  expect(completed(`'${folder}/my`)).toEqual(["'/my slides/"]);
});

test("has its spaces escaped where they were", () => {
  expect(completed(`${folder}/lecture\\ n`)).toEqual(["/lecture\\ notes.pdf"]);
});

test("shows what is hidden only to who asks for it, and never what would break the line", () => {
  expect(completed(`${folder}/`)).toEqual(["/lecture notes.pdf", "/lectures.zip", "/my slides/"]);
  expect(completed(`${folder}/.h`)).toEqual(["/.hidden"]);
  expect(completed(`${folder}/line`)).toEqual([]);
});

test("is nothing where there is nothing, and is no business of other lines", () => {
  expect(completed(`${folder}/none/x`)).toEqual([]);
  expect(completePath("hello")).toBeUndefined();
});

test("a tilde is one's own home", () => {
  expect(wholePath("~/notes.pdf")).toBe(join(homedir(), "notes.pdf"));
});

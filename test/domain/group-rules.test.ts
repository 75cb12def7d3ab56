// The rules of a group: what they allow to whom.

import { expect, test } from "bun:test";
import { adminsAmong, type GroupRules, mayEnter, mayWrite } from "../../src/domain/group-rules.ts";

const [ann, ben, cat] = ["A", "B", "C"].map((letter) => letter.repeat(43)) as [string, string, string];
const [no, yes] = [() => false, () => true];
const plain: GroupRules = {
  name: "class2024",
  open: true,
  announcement: false,
  closed: false,
  history: 50,
  admins: [ann],
  barred: [],
};
test("the admins are those named who are in the group; where there is none, who has been in it longest", () => {
  const two = { ...plain, admins: [cat, ann] };
  expect(adminsAmong(two, [ann, ben, cat])).toEqual([ann, cat]);
  expect(adminsAmong(two, [ben, cat])).toEqual([cat]);
  expect(adminsAmong(plain, [ben, cat])).toEqual([ben]);
  expect(adminsAmong(plain, [])).toEqual([]);
});

test("who may join: everybody, but into what is closed or by invitation, or where they are barred", () => {
  expect(mayEnter(plain, ben)).toBe("yes");
  expect(mayEnter({ ...plain, open: false }, ben)).toBe("invite-only");
  expect(mayEnter({ ...plain, barred: [ben] }, ben)).toBe("barred");
  expect(mayEnter({ ...plain, barred: [ben] }, cat)).toBe("yes");
  expect(mayEnter({ ...plain, open: false, barred: [ben] }, ben)).toBe("barred");
  expect(mayEnter({ ...plain, closed: true, barred: [ben] }, ben)).toBe("group-closed");
});

test("who may write: every member, in an announcement group the admins, in a closed one nobody", () => {
  expect([mayWrite(plain, no), mayWrite(plain, yes)]).toEqual([true, true]);
  const announcing = { ...plain, announcement: true };
  expect([mayWrite(announcing, no), mayWrite(announcing, yes)]).toEqual([false, true]);
  const closed = { ...plain, closed: true };
  expect([mayWrite(closed, no), mayWrite(closed, yes)]).toEqual([false, false]);
});

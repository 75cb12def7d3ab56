// What is whispered in a group is read by those who are in its epoch, and moves no ratchet.

import { expect, test } from "bun:test";
import { commit } from "../../src/mls/commit.ts";
import { open, seal } from "../../src/mls/message.ts";
import { load, saveGroup, saveRatchet } from "../../src/mls/saved.ts";
import { openWhisper, sealWhisper } from "../../src/mls/whisper.ts";
import { GROUP_ID, group, NOW, person, taken, text, utf8 } from "./people.ts";

const [alice, bob, mallory] = [person("alice"), person("bob"), person("mallory")];
const aad = utf8("by alice");

test("the other one reads it, as often as it comes, and messages before and after are not disturbed", async () => {
  const [one, other] = await group([alice, bob]);
  if (one === undefined || other === undefined) throw new Error("nobody");
  const sealed = await seal(one, utf8("hi"), utf8(""));
  const before = saveRatchet(one);
  const whisper = await sealWhisper(one, utf8("psst"), aad);
  expect(saveRatchet(one)).toEqual(before);
  for (const _ of [1, 2]) expect(text((await openWhisper(other, whisper, aad)) ?? utf8(""))).toBe("psst");
  expect(text(taken(await open(other, sealed.message)).content)).toBe("hi");
});

test("no two are alike, and what is said does not stand in them", async () => {
  const [one] = await group([alice, bob]);
  if (one === undefined) throw new Error("nobody");
  const [first, second] = [
    await sealWhisper(one, utf8("psst"), aad),
    await sealWhisper(one, utf8("psst"), aad),
  ];
  expect(first).not.toEqual(second);
  expect(Buffer.from(first).includes("psst")).toBe(false);
});

test("a state that was written down and read again whispers with the same key", async () => {
  const [one, other] = await group([alice, bob]);
  if (one === undefined || other === undefined) throw new Error("nobody");
  const saved = { group: saveGroup(one), ratchet: saveRatchet(one) };
  const again = taken(load(alice.mls, alice.device, saved)).conversation;
  const whisper = await sealWhisper(again, utf8("psst"), aad);
  expect(text((await openWhisper(other, whisper, aad)) ?? utf8(""))).toBe("psst");
});

test("it is nothing to those of another group, of another epoch, under another sender's name, or when a bit is changed", async () => {
  const [one, other] = await group([alice, bob]);
  const [stranger] = await group([mallory, person("carol")], GROUP_ID);
  if (one === undefined || other === undefined || stranger === undefined) throw new Error("nobody");
  const whisper = await sealWhisper(one, utf8("psst"), aad);
  expect(await openWhisper(stranger, whisper, aad)).toBeUndefined();
  expect(await openWhisper(other, whisper, utf8("by bob"))).toBeUndefined();
  const later = taken(await commit(one, { now: NOW })).pending;
  expect(await openWhisper(later, whisper, aad)).toBeUndefined();
  for (const at of whisper.keys()) {
    const broken = Uint8Array.from(whisper);
    broken[at] = (broken[at] ?? 0) ^ 1;
    expect(await openWhisper(other, broken, aad)).toBeUndefined();
  }
  for (const length of [0, 11, 12, 27])
    expect(await openWhisper(other, whisper.subarray(0, length), aad)).toBeUndefined();
});

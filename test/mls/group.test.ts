import { describe, expect, test } from "bun:test";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { createConversation } from "../../src/mls/conversation.ts";
import { joinExternally } from "../../src/mls/external.ts";
import type { Rule } from "../../src/mls/gate.ts";
import { generate, readKeyPackage } from "../../src/mls/key-package.ts";
import { open, seal } from "../../src/mls/message.ts";
import { load, saveGroup, saveRatchet } from "../../src/mls/saved.ts";
import { type Conversation, groupInfo, isActive, members, rulesOf } from "../../src/mls/state.ts";
import { bytesOf, twisted, withoutRules } from "./evil.ts";
import {
  enter,
  GROUP_ID,
  group,
  keyPackage,
  NOW,
  type Person,
  person,
  RULES,
  ruledGroup,
  taken,
  text,
  utf8,
} from "./people.ts";

const NONE = new Uint8Array();
const NEW_RULES = utf8("other rules");
const names = (conversation: Conversation) => members(conversation).map(({ credential }) => credential.name);

async function trio() {
  const people = ["alice", "bob", "carol"].map((name) => person(name)) as [Person, Person, Person];
  return { people, states: (await ruledGroup(people)) as [Conversation, Conversation, Conversation] };
}

async function delivers(from: Conversation, to: Conversation): Promise<void> {
  const sealed = await seal(from, utf8("hello"), NONE);
  expect(text(taken(await open(to, sealed.message)).content)).toBe("hello");
}

describe("a group", () => {
  test("begins with its creator alone, at epoch 0; a direct conversation has no rules", async () => {
    const [alice] = (await ruledGroup([person("alice")])) as [Conversation];
    expect([alice.epoch, names(alice), rulesOf(alice)]).toEqual([0, ["alice"], RULES]);
    const [direct, atBob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    expect([rulesOf(direct), rulesOf(atBob)]).toEqual([undefined, undefined]);
  });

  test("has rules that all see: those added, those from outside, and all after a change", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    expect([rulesOf(bob), rulesOf(carol)]).toEqual([RULES, RULES]);
    const made = taken(await commit(bob, { rules: NEW_RULES, now: NOW }));
    const atAlice = taken(await processCommit(alice, made.commit));
    expect(atAlice.rules).toEqual({ before: RULES, after: NEW_RULES });
    const [dave, eve] = [person("dave"), person("eve")];
    const info = { id: GROUP_ID, groupInfo: made.groupInfo, now: NOW };
    const outsider = taken(await joinExternally(eve.mls, eve.device, { ...info, resync: false }));
    const back = taken(await joinExternally(c.mls, c.device, { ...info, resync: true }));
    const forDave = await keyPackage(dave);
    const added = taken(await commit(made.pending, { add: [forDave.public], now: NOW }));
    const everyone = [
      made.pending,
      atAlice.conversation,
      taken(await processCommit(carol, made.commit)).conversation,
      outsider.pending,
      taken(await processCommit(atAlice.conversation, outsider.commit, () => true)).conversation,
      back.pending,
      await enter(dave, forDave, added),
    ];
    for (const conversation of everyone) expect(rulesOf(conversation)).toEqual(NEW_RULES);
  });

  test("gives its rules as the same array until they are changed", async () => {
    const {
      states: [alice, bob],
    } = await trio();
    const before = rulesOf(alice);
    const said = await seal(alice, utf8("x"), NONE);
    const renewed = taken(await commit(said.conversation, { now: NOW }));
    expect(rulesOf(renewed.pending)).toBe(before);
    const atBob = taken(await processCommit(bob, renewed.commit)).conversation;
    expect(rulesOf(atBob)).toBe(rulesOf(bob));
    const changed = taken(await commit(renewed.pending, { rules: NEW_RULES, now: NOW }));
    expect(rulesOf(changed.conversation)).toBe(before);
    expect(rulesOf(changed.pending)).not.toBe(before);
  });

  test("does not share memory with the rules it was given", async () => {
    const given = new Uint8Array(RULES);
    const alice = person("alice");
    const beginning = { id: GROUP_ID, keyPackages: [], now: NOW, rules: given };
    const begun = taken(await createConversation(alice.mls, alice.device, beginning));
    given.fill(0);
    expect(rulesOf(begun.conversation)).toEqual(RULES);
  });

  test("may begin with members, who take its tree from a GroupInfo", async () => {
    const [alice, bob] = [person("alice"), person("bob")];
    const made = await keyPackage(bob);
    const beginning = { id: GROUP_ID, keyPackages: [made.public], now: NOW, rules: RULES };
    const begun = taken(await createConversation(alice.mls, alice.device, beginning));
    expect([begun.conversation.epoch, rulesOf(begun.conversation)]).toEqual([1, RULES]);
    const info = await groupInfo(begun.conversation);
    await delivers(
      await enter(bob, made, { welcomes: [begun.welcome ?? NONE], groupInfo: info }),
      begun.conversation,
    );
  });

  test("is saved with its rules, those of old epochs among them", async () => {
    const {
      people: [a, b],
      states: [alice, bob],
    } = await trio();
    const reload = (who: Person, of: Conversation) =>
      taken(load(who.mls, who.device, { group: saveGroup(of), ratchet: saveRatchet(of) })).conversation;
    const late = await seal(alice, utf8("late"), NONE);
    const made = taken(await commit(reload(a, late.conversation), { rules: NEW_RULES, now: NOW }));
    const atBob = reload(b, taken(await processCommit(reload(b, bob), made.commit)).conversation);
    expect([rulesOf(reload(a, made.pending)), rulesOf(atBob)]).toEqual([NEW_RULES, NEW_RULES]);
    expect(text(taken(await open(atBob, late.message)).content)).toBe("late");
    await delivers(reload(a, made.pending), atBob);
    // A group of one, at epoch 0, too.
    const [alone] = (await ruledGroup([person("alice")])) as [Conversation];
    expect([reload(a, alone).epoch, rulesOf(reload(a, alone))]).toEqual([0, RULES]);
  });
});

describe("the caller's rule", () => {
  test("sees the rules before a change, and who is a member", async () => {
    const {
      states: [alice, bob],
    } = await trio();
    const made = taken(await commit(bob, { rules: NEW_RULES, now: NOW }));
    const asked: unknown[] = [];
    const rule: Rule = (change, everyone, rules) => {
      asked.push(change.rules?.after, everyone.length, rules);
      return true;
    };
    taken(await processCommit(alice, made.commit, rule));
    expect(asked).toEqual([NEW_RULES, 3, RULES]);
  });

  test("refuses a commit, and its client stays as it was and takes the next one", async () => {
    const {
      states: [alice, bob, carol],
    } = await trio();
    const noRules: Rule = (change) => change.rules === undefined;
    const passedOver = taken(await commit(bob, { rules: NEW_RULES, remove: [0], now: NOW }));
    expect(await processCommit(alice, passedOver.commit, noRules)).toEqual({
      ok: false,
      refused: "forbidden",
    });
    expect([alice.epoch, rulesOf(alice), isActive(alice)]).toEqual([1, RULES, true]);
    // The next one may be another's, or of the same committer, who dropped what was refused.
    for (const [by, others] of [
      [carol, [alice, passedOver.conversation]],
      [passedOver.conversation, [alice, carol]],
    ] as const) {
      const next = taken(await commit(by, { now: NOW }));
      for (const other of others) {
        const at = taken(await processCommit(other, next.commit, noRules)).conversation;
        expect([at.epoch, rulesOf(at)]).toEqual([2, RULES]);
        await delivers(at, next.pending);
      }
    }
  });
});

test("a device that does not know rules is in direct conversations alone", async () => {
  const old = person("old");
  const { publicPackage } = await generate(old.mls, old.device, NOW, false);
  const bytes = bytesOf(await twisted(old, { leaf: withoutRules(publicPackage.leafNode) }));
  expect((await readKeyPackage(old.mls, bytes, NOW)).ok).toBe(true);
  const [direct] = (await group([person("alice"), person("bob")])) as [Conversation];
  expect((await commit(direct, { add: [bytes], now: NOW })).ok).toBe(true);
  const { people, states } = await trio();
  const unsupported = { ok: false, refused: "unsupported" } as const;
  expect(await commit(states[0], { add: [bytes], now: NOW })).toEqual(unsupported);
  const beginning = { id: GROUP_ID, keyPackages: [bytes], now: NOW, rules: RULES };
  expect(await createConversation(people[0].mls, people[0].device, beginning)).toEqual(unsupported);
});

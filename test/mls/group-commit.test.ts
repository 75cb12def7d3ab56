import { describe, expect, test } from "bun:test";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { welcomeRefs } from "../../src/mls/conversation.ts";
import { decodeExactly, HANDSHAKE_LIMIT } from "../../src/mls/decode.ts";
import { joinExternally } from "../../src/mls/external.ts";
import { leaveStatement } from "../../src/mls/leaving.ts";
import { open, openPrivate, seal } from "../../src/mls/message.ts";
import { type Conversation, isActive, members, ownLeaf, reveal, rulesOf } from "../../src/mls/state.ts";
import {
  enter,
  GROUP_ID,
  keyPackage,
  NOW,
  type Person,
  person,
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

/** Whether a commit renews its committer's keys, as a receiver sees it. */
async function hasPath(at: Conversation, bytes: Uint8Array): Promise<boolean> {
  const { message } = taken(decodeExactly(bytes, HANDSHAKE_LIMIT));
  if (message.wireformat !== "mls_private_message") throw new Error("not private");
  const { content } = taken(await openPrivate(reveal(at), message.privateMessage, "commit"));
  return content.contentType === "commit" && content.commit.path !== undefined;
}

describe("one commit of a group", () => {
  test("has a path, except when it only adds", async () => {
    const {
      states: [alice, bob],
    } = await trio();
    const add = [(await keyPackage(person("dave"))).public];
    const path = async (intent: Parameters<typeof commit>[1]) =>
      hasPath(alice, taken(await commit(bob, intent)).commit);
    expect(await path({ now: NOW, add })).toBe(false);
    expect(await path({ now: NOW })).toBe(true);
    expect(await path({ now: NOW, rules: NEW_RULES })).toBe(true);
    expect(await path({ now: NOW, rules: NEW_RULES, add })).toBe(true);
  });

  test("has a Welcome for each that it adds: small, and of use to that one alone", async () => {
    const {
      states: [alice],
    } = await trio();
    const newcomers = ["dave", "erin", "frank"].map((name) => person(name));
    const made = await Promise.all(newcomers.map((one) => keyPackage(one)));
    const added = taken(await commit(alice, { add: made.map((one) => one.public), now: NOW }));
    expect(added.welcomes.map((welcome) => welcomeRefs(welcome))).toEqual(made.map((one) => [one.id]));
    for (const welcome of added.welcomes) expect(welcome.length).toBeLessThan(700);
    for (const [at, who] of newcomers.entries())
      await delivers(await enter(who, made[at], added, at), added.pending);
    await expect(enter(newcomers[0] ?? person("nobody"), made[0], added, 1)).rejects.toThrow(
      "no-key-package",
    );
  });

  test("adds, removes, and changes the rules, with the statement of one who left", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    const dave = person("dave");
    const made = await keyPackage(dave);
    const statements = [leaveStatement(carol, c.device)];
    const intent = { add: [made.public], remove: [ownLeaf(carol)], rules: NEW_RULES, statements, now: NOW };
    const change = taken(await commit(alice, intent));
    const atBob = taken(await processCommit(bob, change.commit));
    const atDave = await enter(dave, made, change);
    expect([names(atBob.conversation), rulesOf(atBob.conversation)]).toEqual([
      ["alice", "bob", "dave"],
      NEW_RULES,
    ]);
    expect(atBob.leaving).toEqual(atBob.removed);
    expect(isActive(taken(await processCommit(carol, change.commit)).conversation)).toBe(false);
    await delivers(change.pending, atDave);
    await delivers(atDave, atBob.conversation);
  });

  test("takes a device out and in again, and it is in with new keys", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    const made = await keyPackage(c);
    const change = taken(await commit(alice, { add: [made.public], remove: [ownLeaf(carol)], now: NOW }));
    const atBob = taken(await processCommit(bob, change.commit));
    expect([atBob.removed, atBob.added].map(([one]) => one?.name)).toEqual(["carol", "carol"]);
    const back = await enter(c, made, change);
    expect(names(back)).toEqual(["alice", "bob", "carol"]);
    await delivers(back, atBob.conversation);
    await delivers(change.pending, back);
    expect(isActive(taken(await processCommit(carol, change.commit)).conversation)).toBe(false);
  });

  test("is described to its committer as to all others", async () => {
    const {
      people: [, b, c],
      states: [alice, bob, carol],
    } = await trio();
    const seen = async (bytes: Uint8Array) => {
      const { ok: _, conversation: __, ...change } = taken(await processCommit(alice, bytes, () => true));
      return change;
    };
    const statements = [leaveStatement(carol, c.device), utf8("not one")];
    const add = [(await keyPackage(person("dave"))).public];
    for (const intent of [{}, { add }, { rules: NEW_RULES }, { statements, remove: [2], add }]) {
      const made = taken(await commit(bob, { ...intent, now: NOW }));
      expect(await seen(made.commit)).toEqual(made.change);
    }
    const info = taken(await commit(alice, { now: NOW }));
    const next = taken(await processCommit(carol, info.commit)).conversation;
    for (const [who, resync] of [
      [b, true],
      [person("eve"), false],
    ] as const) {
      const join = { id: GROUP_ID, groupInfo: info.groupInfo, resync, now: NOW };
      const back = taken(await joinExternally(who.mls, who.device, join));
      const {
        ok: _,
        conversation: __,
        ...change
      } = taken(await processCommit(next, back.commit, () => true));
      expect(change).toEqual(back.change);
    }
  });

  test("can add 200 devices", async () => {
    const {
      states: [alice, bob],
    } = await trio();
    const crowd = Array.from({ length: 200 }, (_, n) => person(`student${n}`));
    const made = await Promise.all(crowd.map((one) => keyPackage(one)));
    const change = taken(await commit(alice, { add: made.map((one) => one.public), now: NOW }));
    expect([change.welcomes.length, change.change.added.length]).toEqual([200, 200]);
    const atBob = taken(await processCommit(bob, change.commit)).conversation;
    expect(members(atBob).length).toBe(203);
    const [last] = crowd.slice(-1);
    await delivers(await enter(last ?? person("nobody"), made[199], change, 199), atBob);
  });
});

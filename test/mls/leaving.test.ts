import { describe, expect, test } from "bun:test";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { ed25519Sign } from "../../src/mls/curve25519.ts";
import type { Rule } from "../../src/mls/gate.ts";
import { samePerson } from "../../src/mls/identity.ts";
import { leaverOf, leaveStatement, STATEMENT_LENGTH, statementOf } from "../../src/mls/leaving.ts";
import { type Conversation, ownLeaf, reveal } from "../../src/mls/state.ts";
import { forgeCommit } from "./evil.ts";
import { enter, group, keyPackage, NOW, type Person, person, ruledGroup, taken, utf8 } from "./people.ts";

const ANOTHER = utf8("another group, 24 bytes.");

async function trio(id?: Uint8Array) {
  const people = ["alice", "bob", "carol"].map((name) => person(name)) as [Person, Person, Person];
  return { people, states: (await ruledGroup(people, id)) as [Conversation, Conversation, Conversation] };
}

/** The names of those who leave by a commit of bob's with this authenticated data, as alice sees it. */
async function leavingBy(alice: Conversation, bob: Conversation, ...data: Uint8Array[]): Promise<string[]> {
  const authenticatedData = new Uint8Array(Buffer.concat(data));
  const forged = await forgeCommit(bob, [], { authenticatedData });
  return taken(await processCommit(alice, forged.commit)).leaving.map(({ name }) => name);
}

/** Members alone are removed who left. */
const leaversOnly: Rule = ({ removed, leaving }) =>
  removed.every((gone) => leaving.some((leaver) => samePerson(leaver, gone)));

describe("a statement of leaving", () => {
  test("is 97 bytes that say to every member, and in every epoch, whose it is", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    const statement = leaveStatement(carol, c.device);
    expect(statement.length).toBe(STATEMENT_LENGTH);
    expect(STATEMENT_LENGTH).toBe(97);
    const made = taken(await commit(alice, { now: NOW }));
    const later = taken(await processCommit(bob, made.commit)).conversation;
    for (const at of [alice, bob, carol, made.pending, later])
      expect([leaverOf(at, statement)?.leaf, leaverOf(at, statement)?.credential.name]).toEqual([2, "carol"]);
  });

  test("lets a member be removed who could not be removed otherwise", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    const without = taken(await commit(bob, { remove: [2], now: NOW }));
    expect(await processCommit(alice, without.commit, leaversOnly)).toEqual({
      ok: false,
      refused: "forbidden",
    });
    const statements = [leaveStatement(carol, c.device)];
    const made = taken(await commit(bob, { remove: [2], statements, now: NOW }));
    expect(taken(await processCommit(alice, made.commit, leaversOnly)).removed.length).toBe(1);
    // It is of use for nobody else.
    const other = taken(await commit(bob, { remove: [0], statements, now: NOW }));
    expect((await processCommit(carol, other.commit, leaversOnly)).ok).toBe(false);
  });

  test("does not hold when it is forged, of another group, of somebody else, or cut", async () => {
    const {
      people: [a, b, c],
      states: [alice, bob, carol],
    } = await trio();
    const [, , elsewhere] = (await trio(ANOTHER)).states;
    const good = leaveStatement(carol, c.device);
    const as = (device: Uint8Array, signature: Uint8Array) =>
      new Uint8Array(Buffer.concat([good.subarray(0, 1), device, signature]));
    const bobs = leaveStatement(bob, b.device);
    const changed = (at: number) => good.with(at, (good[at] ?? 0) ^ 1);
    const bad = [
      leaveStatement(elsewhere, c.device),
      as(good.subarray(1, 33), bobs.subarray(33)),
      as(bobs.subarray(1, 33), good.subarray(33)),
      as(good.subarray(1, 33), ed25519Sign(a.device.signatureSecret, utf8("x"))),
      as(a.identity.public, good.subarray(33)),
      changed(0),
      changed(1),
      changed(96),
      good.subarray(0, 96),
      new Uint8Array([...good, 0]),
      new Uint8Array(),
      new Uint8Array(97),
    ];
    for (const statement of bad) expect(leaverOf(alice, statement)).toBeUndefined();
    for (const statement of bad)
      expect(await leavingBy(alice, bob, statement)).toEqual(
        // What follows a whole statement is passed over.
        statement.length > 97 ? ["carol"] : [],
      );
  });

  test("does not hold any more once the member has come back, or renewed its keys", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    const old = leaveStatement(carol, c.device);
    const renewed = taken(await commit(carol, { now: NOW }));
    const [atAlice, atBob] = [
      taken(await processCommit(alice, renewed.commit)).conversation,
      taken(await processCommit(bob, renewed.commit)).conversation,
    ];
    expect(leaverOf(atAlice, old)).toBeUndefined();
    expect(await leavingBy(atAlice, atBob, old)).toEqual([]);

    const present = leaveStatement(renewed.pending, c.device);
    const packaged = await keyPackage(c);
    const intent = { remove: [2], add: [packaged.public], statements: [present], now: NOW };
    const out = taken(await commit(atAlice, intent));
    expect(out.change.leaving.map(({ name }) => name)).toEqual(["carol"]);
    const back = await enter(c, packaged, out);
    expect(ownLeaf(back)).toBe(2);
    const last = taken(await processCommit(atBob, out.commit)).conversation;
    expect(leaverOf(last, present)).toBeUndefined();
    expect(await leavingBy(last, out.pending, present, old)).toEqual([]);
  });

  test("counts once, and beside any that do not hold", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    const good = leaveStatement(carol, c.device);
    const bad = new Uint8Array(97).fill(1);
    expect(await leavingBy(alice, bob, bad, good, bad, good, utf8("rest"))).toEqual(["carol"]);
  });

  test("is not looked for behind a thousand others", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    const good = leaveStatement(carol, c.device);
    expect(await leavingBy(alice, bob, new Uint8Array(97 * 1023), good)).toEqual(["carol"]);
    expect(await leavingBy(alice, bob, new Uint8Array(97 * 1024), good)).toEqual([]);
  });

  test("that does not hold is left out of a commit", async () => {
    const {
      people: [, , c],
      states: [alice, bob, carol],
    } = await trio();
    const plain = taken(await commit(alice, { now: NOW })).commit.length;
    const bad = new Uint8Array(97);
    expect(taken(await commit(alice, { statements: [bad], now: NOW })).commit.length).toBe(plain);
    const statements = [utf8("?"), leaveStatement(carol, c.device), bad];
    const made = taken(await commit(alice, { statements, now: NOW }));
    expect(taken(await processCommit(bob, made.commit)).leaving.map(({ name }) => name)).toEqual(["carol"]);
  });

  test("means nothing in a direct conversation", async () => {
    const b = person("bob");
    const [alice, bob] = (await group([person("alice"), b])) as [Conversation, Conversation];
    expect(await leavingBy(alice, bob, leaveStatement(bob, b.device))).toEqual([]);
  });

  test("is made by members alone", async () => {
    const {
      people: [, , c],
      states: [alice, , carol],
    } = await trio();
    const made = taken(await commit(alice, { remove: [2], now: NOW }));
    const out = taken(await processCommit(carol, made.commit)).conversation;
    expect(() => leaveStatement(out, c.device)).toThrow("no member");
    const statement = leaveStatement(carol, c.device);
    const { ratchetTree, groupContext } = reveal(made.pending).state;
    expect(statementOf(ratchetTree, groupContext.groupId, statement)).toBeUndefined();
  });
});

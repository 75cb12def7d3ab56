import { describe, expect, test } from "bun:test";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { open, seal } from "../../src/mls/message.ts";
import { load, type Saved, saveGroup, saveRatchet } from "../../src/mls/saved.ts";
import { type Conversation, isActive, members, ownLeaf } from "../../src/mls/state.ts";
import { group, keyPackage, NOW, type Person, person, taken, text, utf8 } from "./people.ts";

const NONE = new Uint8Array();
const save = (conversation: Conversation): Saved => ({
  group: saveGroup(conversation),
  ratchet: saveRatchet(conversation),
});
const reload = (who: Person, conversation: Conversation) =>
  taken(load(who.mls, who.device, save(conversation))).conversation;

async function trio() {
  const people = ["alice", "bob", "carol"].map((name) => person(name)) as [Person, Person, Person];
  return { people, states: (await group(people)) as [Conversation, Conversation, Conversation] };
}

describe("a saved conversation", () => {
  test("goes on as if it had never been saved, through messages and commits, reloaded at every step", async () => {
    const {
      people: [a, b],
      states,
    } = await trio();
    let [alice, bob] = states;
    for (let round = 0; round < 6; round++) {
      const sealed = await seal(reload(a, alice), utf8(`message ${round}`), utf8("aad"));
      alice = sealed.conversation;
      const opened = taken(await open(reload(b, bob), sealed.message));
      expect(text(opened.content)).toBe(`message ${round}`);
      const made = taken(await commit(reload(b, opened.conversation), { now: NOW }));
      alice = taken(await processCommit(reload(a, alice), made.commit)).conversation;
      bob = reload(b, made.pending);
      expect([ownLeaf(alice), ownLeaf(bob), alice.epoch, bob.epoch]).toEqual([0, 1, round + 2, round + 2]);
    }
    expect(members(reload(a, alice))).toEqual(members(alice));
  });

  test("makes the same bytes as the one that was saved", async () => {
    const [first, second] = [await trio(), await trio()];
    const next = async (conversation: Conversation) => {
      const sealed = await seal(conversation, utf8("x"), NONE);
      const made = taken(await commit(sealed.conversation, { remove: [2], now: NOW }));
      return [sealed.message, made.commit, saveGroup(made.pending), saveRatchet(made.conversation)];
    };
    const saved = reload(first.people[0], first.states[0]);
    expect(await next(saved)).toEqual(await next(second.states[0]));
  });

  test("needs its small part alone after each message: the group part stays as it was", async () => {
    const {
      people: [, b],
      states: [alice, bob],
    } = await trio();
    const sent = [await seal(alice, utf8("0"), NONE)];
    const groupPart = saveGroup(bob);
    for (let i = 1; i < 5; i++) sent.push(await seal(sent[i - 1]?.conversation ?? alice, utf8(`${i}`), NONE));
    let atBob = bob;
    for (const at of [2, 4, 0]) {
      const saved = { group: groupPart, ratchet: saveRatchet(atBob) };
      expect(saveGroup(atBob)).toEqual(groupPart);
      atBob = taken(
        await open(taken(load(b.mls, b.device, saved)).conversation, sent[at]?.message ?? NONE),
      ).conversation;
    }
    const last = taken(load(b.mls, b.device, { group: groupPart, ratchet: saveRatchet(atBob) })).conversation;
    for (const at of [2, 4, 0]) expect((await open(last, sent[at]?.message ?? NONE)).ok).toBe(false);
    for (const at of [1, 3]) expect((await open(last, sent[at]?.message ?? NONE)).ok).toBe(true);
    expect(saveRatchet(atBob).length).toBeLessThan(1000);
  });

  test("remembers which messages of old epochs it has opened", async () => {
    const {
      people: [, b],
      states: [alice, bob],
    } = await trio();
    const [one, two] = [
      await seal(alice, utf8("one"), NONE),
      await seal((await seal(alice, utf8("one"), NONE)).conversation, utf8("two"), NONE),
    ];
    const made = taken(await commit(two.conversation, { now: NOW }));
    const moved = taken(await processCommit(bob, made.commit)).conversation;
    const groupPart = saveGroup(moved);
    const opened = taken(await open(moved, one.message)).conversation;
    const back = taken(
      load(b.mls, b.device, { group: groupPart, ratchet: saveRatchet(opened) }),
    ).conversation;
    expect(await open(back, one.message)).toEqual({ ok: false, refused: "replayed" });
    expect(text(taken(await open(back, two.message)).content)).toBe("two");
    // Also after the next commit has written all of it into the group part.
    const renewed = taken(await commit(made.pending, { now: NOW }));
    const later = reload(b, taken(await processCommit(back, renewed.commit)).conversation);
    expect(await open(later, one.message)).toEqual({ ok: false, refused: "replayed" });
  });

  test("of a member that was removed stays removed", async () => {
    const {
      people: [, , c],
      states: [alice, , carol],
    } = await trio();
    const made = taken(await commit(alice, { remove: [2], now: NOW }));
    const out = taken(await processCommit(carol, made.commit)).conversation;
    expect(isActive(reload(c, out))).toBe(false);
  });

  test("does not hold on to the bytes it was loaded from", async () => {
    const {
      people: [a],
      states: [alice, bob],
    } = await trio();
    const saved = save(alice);
    const [groupPart, ratchet] = [Buffer.from(saved.group), Buffer.from(saved.ratchet)];
    const loaded = taken(load(a.mls, a.device, { group: groupPart, ratchet })).conversation;
    groupPart.fill(0xff);
    ratchet.fill(0xff);
    const sealed = await seal(loaded, utf8("still"), NONE);
    expect(text(taken(await open(bob, sealed.message)).content)).toBe("still");
    const made = taken(await commit(loaded, { add: [(await keyPackage(person("dave"))).public], now: NOW }));
    expect((await processCommit(bob, made.commit)).ok).toBe(true);
  });

  test("is refused when it is of a newer version, of two epochs, or broken anywhere in its frame", async () => {
    const {
      people: [a],
      states: [alice],
    } = await trio();
    const saved = save(alice);
    const attempt = (parts: Saved) => {
      const outcome = load(a.mls, a.device, parts);
      return outcome.ok ? "loaded" : outcome.refused;
    };
    expect(attempt(saved)).toBe("loaded");
    expect(attempt({ ...saved, group: new Uint8Array(saved.group).fill(2, 0, 1) })).toBe("unsupported");
    expect(attempt({ group: NONE, ratchet: NONE })).toBe("unsupported");
    const made = taken(await commit(alice, { now: NOW }));
    expect(attempt({ ...saved, ratchet: saveRatchet(made.pending) })).toBe("malformed");
    for (let length = 1; length < saved.group.length; length += 13) {
      expect(attempt({ ...saved, group: saved.group.subarray(0, length) })).toBe("malformed");
    }
    for (let length = 1; length < saved.ratchet.length; length += 5) {
      expect(attempt({ ...saved, ratchet: saved.ratchet.subarray(0, length) })).toBe("malformed");
    }
  });
});

test("a conversation saved by the first version is read by this one", async () => {
  const golden = await Bun.file(new URL("golden/conversation-v1.json", import.meta.url)).json();
  const bob = person("bob");
  const part = (name: string) => Uint8Array.fromHex(golden[name]);
  const loaded = taken(load(bob.mls, bob.device, { group: part("group"), ratchet: part("ratchet") }));
  expect(text(taken(await open(loaded.conversation, part("message"))).content)).toBe(
    "from the first version",
  );
  expect(text(taken(await open(loaded.conversation, part("late"))).content)).toBe("late");
});

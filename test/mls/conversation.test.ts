import { describe, expect, test } from "bun:test";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { createConversation, joinConversation, welcomeRefs } from "../../src/mls/conversation.ts";
import { joinExternally } from "../../src/mls/external.ts";
import { open, seal } from "../../src/mls/message.ts";
import { type Conversation, members } from "../../src/mls/state.ts";
import { GROUP_ID, group, keyPackage, NOW, person, taken, text, utf8 } from "./people.ts";

const NONE = new Uint8Array();
const names = (conversation: Conversation) => members(conversation).map(({ credential }) => credential.name);

async function delivers(from: Conversation, to: Conversation, said = "hello") {
  const sealed = await seal(from, utf8(said), utf8("id"));
  const opened = taken(await open(to, sealed.message));
  expect(text(opened.content)).toBe(said);
  return { from: sealed.conversation, to: opened.conversation };
}

describe("a conversation of two", () => {
  test("starts at epoch 1 and carries messages both ways, with their sender and what travels beside them", async () => {
    const [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    expect([alice.epoch, bob.epoch]).toEqual([1, 1]);
    expect(names(bob)).toEqual(["alice", "bob"]);
    const sealed = await seal(alice, utf8("hi bob"), utf8("message 1"));
    const opened = taken(await open(bob, sealed.message));
    expect([text(opened.content), text(opened.aad), opened.sender.name]).toEqual([
      "hi bob",
      "message 1",
      "alice",
    ]);
    await delivers(opened.conversation, sealed.conversation, "hi alice");
  });

  test("a message is opened once, and never by its sender", async () => {
    const [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    const sealed = await seal(alice, utf8("once"), NONE);
    const opened = taken(await open(bob, sealed.message));
    expect(await open(opened.conversation, sealed.message)).toEqual({ ok: false, refused: "replayed" });
    expect(await open(sealed.conversation, sealed.message)).toEqual({ ok: false, refused: "own-message" });
  });

  test("messages arrive in any order, and after a gap of more than 200", async () => {
    let [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 260; i++) {
      const sealed = await seal(alice, utf8(`${i}`), NONE);
      alice = sealed.conversation;
      sent.push(sealed.message);
    }
    for (const i of [259, 258, 200, 256, 257]) {
      const opened = taken(await open(bob, sent[i] ?? NONE));
      expect(text(opened.content)).toBe(`${i}`);
      bob = opened.conversation;
    }
    expect(await open(bob, sent[0] ?? NONE)).toEqual({ ok: false, refused: "replayed" });
  });

  test("lengths of short messages are told apart by nobody", async () => {
    const [alice] = (await group([person("alice"), person("bob")])) as [Conversation];
    const lengths = await Promise.all(
      ["", "a", "x".repeat(180)].map(async (t) => (await seal(alice, utf8(t), NONE)).message.length),
    );
    expect(new Set(lengths).size).toBe(1);
  });

  test("messages of an epoch that has gone are opened for four epochs", async () => {
    const [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    const late = await seal(alice, utf8("late"), NONE);
    const tooLate = await seal(late.conversation, utf8("too late"), NONE);
    let [sender, receiver] = [tooLate.conversation, bob];
    const renew = async () => {
      const made = taken(await commit(sender, { now: NOW }));
      receiver = taken(await processCommit(receiver, made.commit)).conversation;
      sender = made.pending;
    };
    for (let i = 0; i < 4; i++) await renew();
    const opened = taken(await open(receiver, late.message));
    expect(text(opened.content)).toBe("late");
    receiver = opened.conversation;
    expect(await open(receiver, late.message)).toEqual({ ok: false, refused: "replayed" });
    await renew();
    expect(await open(receiver, tooLate.message)).toEqual({ ok: false, refused: "past-epoch" });
  });

  test("a message of the next epoch is told from a broken one", async () => {
    const [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    const made = taken(await commit(alice, { now: NOW }));
    const early = await seal(made.pending, utf8("early"), NONE);
    expect(await open(bob, early.message)).toEqual({ ok: false, refused: "future-epoch" });
    const caughtUp = taken(await processCommit(bob, made.commit)).conversation;
    expect(text(taken(await open(caughtUp, early.message)).content)).toBe("early");
  });

  test("the same randomness makes the same bytes", async () => {
    const run = async () => {
      const [alice, bob] = (await group(["alice", "bob", "carol", "dave"].map((name) => person(name)))) as [
        Conversation,
        Conversation,
      ];
      const added = taken(
        await commit(alice, { now: NOW, add: [(await keyPackage(person("erin"))).public] }),
      );
      const removed = taken(await commit(bob, { now: NOW, remove: [3] }));
      const frank = person("frank");
      const join = { id: GROUP_ID, groupInfo: added.groupInfo, resync: false, now: NOW };
      const joined = taken(await joinExternally(frank.mls, frank.device, join));
      const { message } = await seal(removed.pending, utf8("x"), NONE);
      return [added.commit, added.welcomes, added.groupInfo, removed.commit, joined.commit, message];
    };
    expect(await run()).toEqual(await run());
  });
});

describe("joining", () => {
  test("a Welcome says for which key packages it is, and joining again from it gives the same conversation", async () => {
    const [alice, bob, carol] = [person("alice"), person("bob"), person("carol")];
    const [forBob, forCarol] = [await keyPackage(bob), await keyPackage(carol, true)];
    const begun = taken(
      await createConversation(alice.mls, alice.device, {
        id: GROUP_ID,
        keyPackages: [forBob.public, forCarol.public],
        now: NOW,
      }),
    );
    const welcome = begun.welcome ?? NONE;
    expect(welcomeRefs(welcome)).toEqual([forBob.id, forCarol.id]);
    expect(welcomeRefs(utf8("not a welcome"))).toEqual([]);
    const sealed = await seal(begun.conversation, utf8("both times"), NONE);
    for (let i = 0; i < 2; i++) {
      const joined = taken(
        await joinConversation(bob.mls, bob.device, { id: GROUP_ID, welcome, keyPackage: forBob }),
      );
      expect(text(taken(await open(joined.conversation, sealed.message)).content)).toBe("both times");
    }
  });

  test("a Welcome of another group, or for another key package, is refused", async () => {
    const [alice, bob] = [person("alice"), person("bob")];
    const made = await keyPackage(bob);
    const begun = taken(
      await createConversation(alice.mls, alice.device, {
        id: GROUP_ID,
        keyPackages: [made.public],
        now: NOW,
      }),
    );
    const welcome = begun.welcome ?? NONE;
    const join = (id: Uint8Array, keyPackage: typeof made) =>
      joinConversation(bob.mls, bob.device, { id, welcome, keyPackage });
    expect(await join(utf8("another group"), made)).toEqual({ ok: false, refused: "wrong-group" });
    expect(await join(GROUP_ID, await keyPackage(bob))).toEqual({ ok: false, refused: "no-key-package" });
  });

  test("someone alone starts a group and adds others later", async () => {
    const [alice, bob] = [person("alice"), person("bob")];
    const begun = taken(
      await createConversation(alice.mls, alice.device, { id: GROUP_ID, keyPackages: [], now: NOW }),
    );
    expect([begun.conversation.epoch, begun.welcome]).toEqual([1, undefined]);
    const made = await keyPackage(bob);
    const added = taken(await commit(begun.conversation, { add: [made.public], now: NOW }));
    const joined = taken(
      await joinConversation(bob.mls, bob.device, {
        id: GROUP_ID,
        welcome: added.welcomes[0] ?? NONE,
        keyPackage: made,
      }),
    );
    await delivers(joined.conversation, added.pending);
  });
});

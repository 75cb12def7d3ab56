import { describe, expect, test } from "bun:test";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { joinConversation } from "../../src/mls/conversation.ts";
import { decodeExactly, HANDSHAKE_LIMIT } from "../../src/mls/decode.ts";
import { joinExternally } from "../../src/mls/external.ts";
import { open, seal } from "../../src/mls/message.ts";
import { type Conversation, groupInfo, isActive, members, ownLeaf, reveal } from "../../src/mls/state.ts";
import { GROUP_ID, group, keyPackage, NOW, person, taken, text, utf8 } from "./people.ts";

const NONE = new Uint8Array();
const names = (conversation: Conversation) => members(conversation).map(({ credential }) => credential.name);

async function delivers(from: Conversation, to: Conversation, said = "hello") {
  const sealed = await seal(from, utf8(said), utf8("id"));
  const opened = taken(await open(to, sealed.message));
  expect(text(opened.content)).toBe(said);
  return { from: sealed.conversation, to: opened.conversation };
}

describe("changes", () => {
  test("those added, removed and left all agree, and the removed read nothing more", async () => {
    const people = ["alice", "bob", "carol"].map((name) => person(name));
    const [alice, bob, carol] = (await group(people)) as [Conversation, Conversation, Conversation];
    const dave = person("dave");
    const made = await keyPackage(dave);
    const out = members(alice).find(({ credential }) => credential.name === "carol")?.leaf ?? -1;
    const change = taken(await commit(alice, { add: [made.public], remove: [out], now: NOW }));
    const atBob = taken(await processCommit(bob, change.commit));
    expect([atBob.committer.name, atBob.external]).toEqual(["alice", false]);
    expect([atBob.added.map((c) => c.name), atBob.removed.map((c) => c.name)]).toEqual([["dave"], ["carol"]]);
    const atCarol = taken(await processCommit(carol, change.commit));
    expect([isActive(atCarol.conversation), isActive(atBob.conversation)]).toEqual([false, true]);
    const atDave = taken(
      await joinConversation(dave.mls, dave.device, {
        id: GROUP_ID,
        welcome: change.welcomes[0] ?? NONE,
        keyPackage: made,
      }),
    );
    expect(names(atDave.conversation).toSorted()).toEqual(["alice", "bob", "dave"]);
    const sealed = await seal(change.pending, utf8("without carol"), NONE);
    expect(text(taken(await open(atDave.conversation, sealed.message)).content)).toBe("without carol");
    expect((await open(atCarol.conversation, sealed.message)).ok).toBe(false);
    expect(await processCommit(atCarol.conversation, change.commit)).toEqual({
      ok: false,
      refused: "not-a-member",
    });
  });

  test("of two commits at once the loser takes the winner's, builds its own again, and all converge", async () => {
    const [alice, bob, carol] = (await group(["alice", "bob", "carol"].map((n) => person(n)))) as [
      Conversation,
      Conversation,
      Conversation,
    ];
    const dave = await keyPackage(person("dave"));
    const winner = taken(await commit(alice, { now: NOW }));
    const loser = taken(await commit(bob, { add: [dave.public], now: NOW }));
    const bobNext = taken(await processCommit(loser.conversation, winner.commit)).conversation;
    expect(await processCommit(winner.pending, loser.commit)).toEqual({ ok: false, refused: "past-epoch" });
    const again = taken(await commit(bobNext, { add: [dave.public], now: NOW }));
    const carolNext = taken(await processCommit(carol, winner.commit)).conversation;
    const carolLast = taken(await processCommit(carolNext, again.commit)).conversation;
    const aliceLast = taken(await processCommit(winner.pending, again.commit)).conversation;
    await delivers(carolLast, aliceLast);
    await delivers(again.pending, aliceLast);
  });

  test("two commits made in one epoch never use one key", async () => {
    const [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    const first = taken(await commit(alice, { now: NOW }));
    const second = taken(await commit(first.conversation, { now: NOW }));
    expect([await generation(alice, first.commit), await generation(alice, second.commit)]).toEqual([0, 1]);
    // A receiver takes the second though the first was dropped before it came.
    const seen = taken(await processCommit(bob, second.commit));
    await delivers(second.pending, seen.conversation);
    expect(await processCommit(second.conversation, second.commit)).toEqual({
      ok: false,
      refused: "own-message",
    });
  });

  test("a member comes back with a lost state by an external commit; its old leaf goes", async () => {
    const [a, b] = [person("alice"), person("bob")];
    const [alice, bob] = (await group([a, b])) as [Conversation, Conversation];
    const info = await groupInfo(alice);
    const back = taken(
      await joinExternally(b.mls, b.device, { id: GROUP_ID, groupInfo: info, resync: true, now: NOW }),
    );
    const at = taken(await processCommit(alice, back.commit));
    expect([at.external, at.committer.name, at.removed.map((c) => c.name)]).toEqual([true, "bob", ["bob"]]);
    expect(names(at.conversation)).toEqual(["alice", "bob"]);
    await delivers(back.pending, at.conversation);
    // What is left of the old state learns that it was replaced.
    expect(isActive(taken(await processCommit(bob, back.commit)).conversation)).toBe(false);
  });

  test("a second device of a member lets itself in; a stranger does so only where the rule allows it", async () => {
    const [a, b] = [person("alice"), person("bob")];
    const [alice] = (await group([a, b])) as [Conversation];
    const info = await groupInfo(alice);
    const phone = person("bob", "bob's phone", b.identity);
    const join = { id: GROUP_ID, groupInfo: info, resync: false, now: NOW };
    const second = taken(await joinExternally(phone.mls, phone.device, join));
    expect(names(taken(await processCommit(alice, second.commit)).conversation)).toEqual([
      "alice",
      "bob",
      "bob",
    ]);
    const eve = person("eve");
    const stranger = taken(await joinExternally(eve.mls, eve.device, join));
    expect(await processCommit(alice, stranger.commit)).toEqual({ ok: false, refused: "forbidden" });
    const open = taken(await processCommit(alice, stranger.commit, () => true));
    expect(names(open.conversation)).toEqual(["alice", "bob", "eve"]);
    expect(ownLeaf(stranger.pending)).toBe(2);
  });

  test("the caller's rule sees the whole change and decides", async () => {
    const [alice, bob] = (await group(["alice", "bob", "carol"].map((n) => person(n)))) as [
      Conversation,
      Conversation,
    ];
    const change = taken(await commit(bob, { remove: [2], now: NOW }));
    const asked: unknown[] = [];
    const refused = await processCommit(alice, change.commit, (seen, everyone) => {
      asked.push(
        seen.committer.name,
        seen.removed.map((c) => c.name),
        everyone.length,
      );
      return false;
    });
    expect(refused).toEqual({ ok: false, refused: "forbidden" });
    expect(asked).toEqual(["bob", ["carol"], 3]);
  });

  test("key packages that do not do, and leaves that are not there, are refused before anything is made", async () => {
    const [b, carol] = [person("bob"), person("carol")];
    const [alice] = (await group([person("alice"), b])) as [Conversation];
    const attempt = async (intent: Parameters<typeof commit>[1]) => {
      const outcome = await commit(alice, intent);
      return outcome.ok ? "taken" : outcome.refused;
    };
    const made = await keyPackage(carol);
    expect(await attempt({ add: [utf8("garbage")], now: NOW })).toBe("malformed");
    expect(await attempt({ add: [made.public], now: NOW + 91 * 86_400_000 })).toBe("expired");
    expect(await attempt({ add: [made.public, (await keyPackage(carol)).public], now: NOW })).toBe(
      "already-member",
    );
    expect(await attempt({ add: [(await keyPackage(b)).public], now: NOW })).toBe("already-member");
    expect(await attempt({ remove: [9], now: NOW })).toBe("no-such-member");
    expect(await attempt({ remove: [0], now: NOW })).toBe("forbidden-removal");
  });
});

/** Which of its sender's handshake keys a commit was sealed with. */
async function generation(at: Conversation, bytes: Uint8Array): Promise<number | undefined> {
  const { mls, state } = reveal(at);
  const { message } = taken(decodeExactly(bytes, HANDSHAKE_LIMIT));
  if (message.wireformat !== "mls_private_message") throw new Error("not private");
  return (await decryptSenderData(message.privateMessage, state.keySchedule.senderDataSecret, mls))
    ?.generation;
}

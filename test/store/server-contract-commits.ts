// What every server store does with a commit in a group: all that it says in one step, or nothing.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Entry } from "../../src/domain/entry.ts";
import { type Append, MAX_GROUP, type ServerStore } from "../../src/ports/server-store.ts";
import {
  bytes,
  commit,
  deviceOf,
  founding,
  logOf,
  message,
  registration,
  rulesOf,
  type Subject,
} from "./server-fixtures.ts";

const PEOPLE = ["alice", "bob", "carol", "dave"];
const [alice, bob, carol] = [deviceOf("alice"), deviceOf("bob"), deviceOf("carol")];
const g = logOf("g");

/** Declares the suite for stores that `open` makes, each empty. */
export function serverCommitsContract(name: string, open: () => Promise<Subject>): void {
  let subject: Subject;
  let store: ServerStore;
  const begin = async () => {
    subject = await open();
    store = subject.store;
    for (const [at, person] of PEOPLE.entries()) await store.register(registration(person, at + 1));
    await store.found(founding("g", "alice"));
  };
  const reopen = async () => {
    subject = await subject.reopen();
    store = subject.store;
  };
  const outcome = async (append: Append) => (await store.append(append)).outcome;
  const inbox = async (device: string) =>
    (await store.entries(device, 0, 99, 1e6)).map(({ kind, id }) => [kind, id]);
  /** All of what a group is, for comparing. */
  const all = async () => ({
    group: await store.groupOfLog(g),
    members: await store.members(g),
    departed: await store.departed(g),
    info: await store.groupInfo(g),
    entries: await store.entries(g, 0, 99, 1e6),
    inboxes: await Promise.all(PEOPLE.map((person) => inbox(deviceOf(person)))),
  });

  describe(`${name}: commits in groups`, () => {
    beforeEach(begin);
    afterEach(() => subject.dispose());

    test("those added are in from the commit on, their Welcomes and the history are in their inboxes", async () => {
      await store.append(message("g", "alice", "m1"));
      const added = ["bob", "nobody", "carol"];
      const answer = await store.append(commit("g", "alice", "c1", 0, { added, history: "what was" }));
      const entry = { sender: alice, epoch: 1, time: 3 };
      const put = (device: string, person: string): Entry[] => [
        {
          ...entry,
          log: device,
          seq: 1,
          kind: "welcome",
          id: "c1 welcome",
          body: bytes(`welcome of ${person}`),
        },
        { ...entry, log: device, seq: 2, kind: "history", id: "c1 history", body: bytes("what was") },
      ];
      const inboxes = [...put(bob, "bob"), ...put(carol, "carol")];
      expect(answer).toEqual({ outcome: "appended", seq: 2, time: 3, members: 3, inboxes });
      await reopen();
      expect(await store.entries(bob, 0, 9, 1e6)).toEqual(inboxes.slice(0, 2));
      expect((await store.members(g)).toSorted((a, b) => (a.device < b.device ? -1 : 1))).toEqual([
        { device: alice, cursor: 0 },
        { device: bob, cursor: 1 },
        { device: carol, cursor: 1 },
      ]);
      expect((await store.memberships(bob)).at(-1)).toMatchObject({ log: g, epoch: 1, head: 2, cursor: 1 });
      expect(await store.append(message("g", "bob", "m2", { epoch: 1 }))).toMatchObject({ members: 3 });
    });

    test("a repeated commit is the one that was taken, and does nothing again", async () => {
      const first = commit("g", "alice", "c1", 0, { added: ["bob"], history: "what was" });
      await store.append(first);
      await store.append(commit("g", "alice", "c2", 1, { removed: ["bob"], rules: rulesOf("g", true) }));
      const before = await all();
      expect(await store.append(first)).toEqual({ outcome: "repeated", seq: 1, time: 3, members: 1 });
      expect(await all()).toEqual(before);
    });

    test("a stale epoch is refused whole, and before anything is asked", async () => {
      await store.append(commit("g", "alice", "c1", 0, { added: ["bob"] }));
      const before = await all();
      const stale = commit("g", "alice", "c2", 0, {
        added: ["carol"],
        removed: ["bob"],
        rules: rulesOf("h"),
      });
      let asked = 0;
      const admit = () => (asked++, false);
      expect(await store.append({ ...stale, admit })).toEqual({ outcome: "stale-epoch", epoch: 1 });
      expect(asked).toBe(0);
      expect(await all()).toEqual(before);
    });

    test("the rules are asked with what they are, whether the sender is in, and who has left", async () => {
      const asked: unknown[] = [];
      const admit = (given: { rules: Uint8Array; member: boolean; departed: ReadonlySet<string> }) => {
        asked.push({ ...given, departed: [...given.departed] });
        return false;
      };
      await store.append(commit("g", "alice", "c1", 0, { added: ["bob", "carol"] }));
      await store.depart(g, bob, bytes("bob leaves"));
      const before = await all();
      const rules = bytes("rules of g");
      expect(await outcome({ ...message("g", "alice", "m1", { epoch: 1 }), admit })).toBe("forbidden");
      expect(await outcome({ ...commit("g", "dave", "c2", 1, { enters: "dave" }), admit })).toBe("forbidden");
      expect(asked).toEqual([
        { rules, member: true, departed: [bob] },
        { rules, member: false, departed: [bob] },
      ]);
      expect(await all()).toEqual(before);
      const allowed = { ...message("g", "alice", "m1", { epoch: 1 }), admit: () => true };
      expect(await outcome(allowed)).toBe("appended");
    });

    test("who is not in may only let itself in, and needs a name", async () => {
      expect(await outcome(message("g", "bob", "m1"))).toBe("not-member");
      expect(await outcome(commit("g", "bob", "c1", 0))).toBe("not-member");
      expect(await outcome(commit("g", "bob", "c2", 0, { added: ["carol"] }))).toBe("not-member");
      expect(await outcome(commit("g", "nobody", "c3", 0, { enters: "nobody" }))).toBe("not-member");
      const answer = await store.append(commit("g", "bob", "c4", 0, { enters: "bob" }));
      expect(answer).toEqual({ outcome: "appended", seq: 1, time: 3, members: 2, inboxes: [] });
      expect(await store.members(g)).toContainEqual({ device: bob, cursor: 0 });
      expect(await outcome(message("none", "bob", "m1"))).toBe("no-such-log");
    });

    test("a device added anew begins at that commit, wherever it was", async () => {
      await store.append(commit("g", "alice", "c1", 0, { added: ["bob"] }));
      await store.append(message("g", "alice", "m1", { epoch: 1 }));
      const again = commit("g", "alice", "c2", 1, { removed: ["bob"], added: ["bob"] });
      expect(await store.append(again)).toMatchObject({ members: 2, seq: 3 });
      await reopen();
      expect(await store.members(g)).toContainEqual({ device: bob, cursor: 2 });
      expect((await store.memberships(bob)).filter(({ log }) => log === g)).toHaveLength(1);
    });

    test(`a group has at most ${MAX_GROUP} devices, and one may come where one goes`, async () => {
      const many = Array.from({ length: MAX_GROUP - 1 }, (_, at) => `many${at}`);
      await Promise.all(many.map((name) => store.register(registration(name, 9))));
      await store.append(commit("g", "alice", "c1", 0, { added: many }));
      expect(await store.members(g)).toHaveLength(MAX_GROUP);
      expect(await outcome(commit("g", "alice", "c2", 1, { added: ["bob"] }))).toBe("group-full");
      expect(await inbox(bob)).toEqual([]);
      expect(await outcome(commit("g", "alice", "c3", 1, { added: ["nobody", "many7"] }))).toBe("appended");
      const swap = commit("g", "alice", "c4", 2, { added: ["bob"], removed: ["many7"] });
      expect(await store.append(swap)).toMatchObject({ outcome: "appended", members: MAX_GROUP });
    }, 20_000);

    test("Welcomes and history count for whom they are from", async () => {
      const quota = { entries: 3, bytes: 1e6 };
      const added = ["bob"];
      expect(await store.append(commit("g", "alice", "c1", 0, { added, history: "h" }), quota)).toMatchObject(
        {
          outcome: "appended",
        },
      );
      expect(await store.append(message("g", "alice", "m1", { epoch: 1 }), quota)).toEqual({
        outcome: "quota",
      });
      expect(await store.append(message("g", "bob", "m1", { epoch: 1 }), quota)).toMatchObject({
        outcome: "appended",
      });
      const over = { entries: 1, bytes: 1e6 };
      const before = await all();
      expect(await store.append(commit("g", "alice", "c2", 1, { added: ["carol"] }), over)).toEqual({
        outcome: "quota",
      });
      expect(await all()).toEqual(before);
    });

    test("the GroupInfo of a former epoch is there for as long as the commit that began it", async () => {
      const info = async (epoch: number) => (await store.groupInfo(g, epoch))?.info;
      await store.append(commit("g", "alice", "c1", 0, { added: ["bob"] }));
      await store.append(commit("g", "alice", "c2", 1, { added: ["carol"] }));
      await store.append(commit("g", "alice", "c3", 2, {}));
      await reopen();
      expect(await store.groupInfo(g, 1)).toEqual({ epoch: 1, info: bytes("GroupInfo 1"), began: 1 });
      expect(await info(2)).toEqual(bytes("GroupInfo 2"));
      expect(await info(3)).toEqual(bytes("GroupInfo 3"));
      expect(await store.groupInfo(g)).toEqual({ epoch: 3, info: bytes("GroupInfo 3") });
      expect([await info(0), await info(4)]).toEqual([undefined, undefined]);
      for (const device of [alice, bob, carol]) await store.advance(g, device, 1);
      await store.trim();
      expect([await info(1), await info(2)]).toEqual([undefined, bytes("GroupInfo 2")]);
      await store.expire(99);
      expect([await info(2), await info(3)]).toEqual([undefined, bytes("GroupInfo 3")]);
      // What is gone or passed by all when its epoch ends is not kept at all.
      await store.append(commit("g", "alice", "c4", 3, {}));
      expect(await info(3)).toBeUndefined();
      for (const device of [alice, bob, carol]) await store.advance(g, device, 4);
      await store.append(commit("g", "alice", "c5", 4, {}));
      expect([await info(4), await info(5)]).toEqual([undefined, bytes("GroupInfo 5")]);
    });
  });
}

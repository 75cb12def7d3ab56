// What every server store does with those who leave a group: removed, by themselves, or with their name.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Append, ServerStore } from "../../src/ports/server-store.ts";
import {
  bytes,
  commit,
  creation,
  deviceOf,
  founding,
  logOf,
  message,
  registration,
  type Subject,
} from "./server-fixtures.ts";

const PEOPLE = ["alice", "bob", "carol", "dave"];
const [alice, bob, carol, dave] = [deviceOf("alice"), deviceOf("bob"), deviceOf("carol"), deviceOf("dave")];
const g = logOf("g");

/** Declares the suite for stores that `open` makes, each empty. */
export function serverLeavingContract(name: string, open: () => Promise<Subject>): void {
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
  const devices = async () => (await store.members(g)).map(({ device }) => device).toSorted();

  describe(`${name}: leaving groups`, () => {
    beforeEach(async () => {
      await begin();
      await store.append(commit("g", "alice", "c1", 0, { added: ["bob", "carol"] }));
      await store.append(message("g", "alice", "m1", { epoch: 1 }));
    });
    afterEach(() => subject.dispose());

    const remove = (...removed: string[]) => store.append(commit("g", "alice", "c2", 1, { removed }));
    const missed = async () => (await store.expire(9)).missed.filter(({ log }) => log === g);
    const ofBob = async () => (await store.memberships(bob)).find(({ log }) => log === g);

    test("one removed gets what lies up to the commit, nothing after it, and is then forgotten", async () => {
      expect(await remove("bob")).toEqual({ outcome: "appended", seq: 3, time: 3, members: 2, inboxes: [] });
      await store.append(message("g", "alice", "m2", { epoch: 2 }));
      await reopen();
      expect(await ofBob()).toEqual({
        log: g,
        kind: "group",
        epoch: 2,
        head: 3,
        cursor: 0,
        expired: 0,
        until: 3,
      });
      expect(await devices()).toEqual([alice, carol]);
      expect(await store.groupOfLog(g)).toMatchObject({ size: 2 });
      expect(await store.waiting(bob)).toBe(1);
      expect(await outcome(message("g", "bob", "m3", { epoch: 2 }))).toBe("not-member");
      expect(await store.depart(g, bob, bytes("too late"))).toBe("not-member");
      expect(await store.advance(g, bob, 2)).toEqual({ from: 0, to: 2, expired: 0 });
      expect(await store.advance(g, bob, 99)).toEqual({ from: 2, to: 3, expired: 0 });
      expect(await ofBob()).toBeUndefined();
      expect(await store.advance(g, bob, 99)).toEqual({ from: 0, to: 0, expired: 0 });
      await reopen();
      expect(await ofBob()).toBeUndefined();
    });

    test("one removed moves and comes back in one tick", async () => {
      await remove("bob");
      const again = commit("g", "alice", "c3", 2, { added: ["bob"] });
      await Promise.all([store.advance(g, bob, 2), store.advance(g, bob, 3), store.append(again)]);
      expect(await ofBob()).toEqual({ log: g, kind: "group", epoch: 3, head: 4, cursor: 3, expired: 0 });
      await reopen();
      expect(await ofBob()).toEqual({ log: g, kind: "group", epoch: 3, head: 4, cursor: 3, expired: 0 });
    });

    test("what one removed has still to fetch is kept for it, until it is too old", async () => {
      await remove("bob");
      for (const device of [alice, carol]) await store.advance(g, device, 3);
      const seqs = async () => (await store.entries(g, 0, 99, 1e6)).map(({ seq }) => seq);
      expect(await store.trim()).toBe(0);
      await store.advance(g, bob, 1);
      await store.trim();
      expect(await seqs()).toEqual([2, 3]);
      expect(await missed()).toEqual([{ log: g, seq: 3, epoch: 2 }]);
      expect(await ofBob()).toMatchObject({ cursor: 1, until: 3, expired: 3 });
      // It holds nothing up that is not for it.
      for (const id of ["m2", "m3", "m4", "m5"]) await store.append(message("g", "alice", id, { epoch: 2 }));
      for (const device of [alice, carol]) await store.advance(g, device, 6);
      await store.trim();
      expect(await seqs()).toEqual([7]);
      expect(await store.advance(g, bob, 3)).toEqual({ from: 1, to: 3, expired: 3 });
      expect(await ofBob()).toBeUndefined();
    });

    test("what expires after a commit is not missed by whom it removed", async () => {
      await remove("bob");
      for (const device of [alice, carol]) await store.advance(g, device, 3);
      await store.append(message("g", "alice", "m2", { epoch: 2, time: 8 }));
      await store.advance(g, carol, 4);
      expect(await missed()).toEqual([{ log: g, seq: 3, epoch: 2 }]);
    });

    test("one that removes itself waits for nothing", async () => {
      await store.append(commit("g", "bob", "c2", 1, { removed: ["bob"] }));
      expect(await ofBob()).toBeUndefined();
      expect(await devices()).toEqual([alice, carol]);
    });

    test("one that departs is out at once; its statement stays until a commit removes it or adds it anew", async () => {
      expect(await store.depart(g, dave, bytes("never in"))).toBe("not-member");
      expect(await store.depart(logOf("none"), bob, bytes("nowhere"))).toBe("not-member");
      expect(await store.depart(bob, bob, bytes("an inbox"))).toBe("not-member");
      expect(await store.depart(g, bob, bytes("bob leaves"))).toBe("departed");
      expect(await store.depart(g, bob, bytes("again"))).toBe("not-member");
      expect(await store.depart(g, carol, bytes("carol leaves"))).toBe("departed");
      await reopen();
      expect(await ofBob()).toBeUndefined();
      expect(await devices()).toEqual([alice]);
      expect(await store.groupOfLog(g)).toMatchObject({ size: 1 });
      expect(await outcome(message("g", "bob", "m3", { epoch: 1 }))).toBe("not-member");
      expect((await store.departed(g)).toSorted((a, b) => (a.device < b.device ? -1 : 1))).toEqual([
        { device: bob, statement: bytes("bob leaves") },
        { device: carol, statement: bytes("carol leaves") },
      ]);
      await store.advance(g, alice, 2);
      expect(await store.trim()).toBe(2);
      const settles = commit("g", "alice", "c2", 1, { removed: ["bob"], added: ["carol"] });
      expect(await store.append(settles)).toMatchObject({ members: 2 });
      await reopen();
      expect(await store.departed(g)).toEqual([]);
      expect(await ofBob()).toBeUndefined();
      expect(await store.members(g)).toContainEqual({ device: carol, cursor: 2 });
    });

    test("one that departed may let itself in again", async () => {
      await store.depart(g, bob, bytes("bob leaves"));
      await store.append(commit("g", "bob", "c2", 1, { enters: "bob" }));
      expect(await store.departed(g)).toEqual([]);
      expect(await store.members(g)).toContainEqual({ device: bob, cursor: 2 });
      const admit = ({ departed }: { departed: ReadonlySet<string> }) => departed.size === 0;
      expect(await outcome({ ...message("g", "bob", "m3", { epoch: 2 }), admit })).toBe("appended");
    });

    test("the last one who leaves ends the group, and its name is free", async () => {
      await remove("carol");
      await store.depart(g, bob, bytes("bob leaves"));
      expect(await store.depart(g, alice, bytes("alice leaves"))).toBe("ended");
      await reopen();
      expect(await store.group("g")).toBeUndefined();
      expect(await store.groupOfLog(g)).toBeUndefined();
      expect(await store.departed(g)).toEqual([]);
      expect(await store.people(g, "", 9)).toEqual([]);
      for (const epoch of [undefined, 1, 2]) expect(await store.groupInfo(g, epoch)).toBeUndefined();
      expect(await outcome(message("g", "alice", "m2", { epoch: 2 }))).toBe("no-such-log");
      expect(await outcome(commit("g", "dave", "c3", 2, { enters: "dave" }))).toBe("no-such-log");
      expect(await outcome(message("g", "alice", "m1"))).toBe("repeated");
      expect(await store.found(founding("g", "alice"))).toBe("exists");
      expect(await store.create(creation("g", ["alice", "bob"]))).toMatchObject({ outcome: "exists" });
      expect(await store.found(founding("h", "alice", { fold: "g", skeleton: "g" }))).toBe("founded");
      // Carol was removed before, and still gets what lies up to there.
      expect(await store.trim()).toBe(0);
      expect(await store.advance(g, carol, 9)).toEqual({ from: 0, to: 3, expired: 0 });
      await store.trim();
      expect(await store.entries(g, 0, 9, 1e6)).toEqual([]);
    });

    test("a commit that takes everybody out ends the group", async () => {
      expect(await remove("bob", "carol", "alice")).toMatchObject({ outcome: "appended", members: 0 });
      expect(await store.group("g")).toBeUndefined();
      expect(await ofBob()).toMatchObject({ until: 3 });
    });

    test("a name that is unregistered leaves its groups, without a statement; emptied ones end", async () => {
      await store.found(founding("h", "bob"));
      await store.register(registration("bob", 2, { device: deviceOf("laptop") }));
      await store.append(commit("h", "bob", "c1", 0, { added: ["laptop"] }));
      await remove("carol");
      await store.unregister("bob");
      await store.unregister("carol");
      expect(await devices()).toEqual([alice]);
      expect(await store.departed(g)).toEqual([]);
      expect(await store.group("h")).toBeUndefined();
      expect((await store.groups("", 9)).map(({ fold, size }) => [fold, size])).toEqual([["g", 1]]);
      expect(await store.memberships(carol)).toEqual([]);
      await store.register(registration("bob", 7));
      expect((await store.memberships(bob)).map(({ kind }) => kind)).toEqual(["inbox"]);
      expect(await store.found(founding("x", "dave", { fold: "h", skeleton: "h" }))).toBe("founded");
    });

    test("a creator without a name founds nothing that lasts", async () => {
      await store.unregister("dave");
      expect(await store.found(founding("h", "dave"))).toBe("founded");
      expect(await store.group("h")).toBeUndefined();
      expect(await store.found(founding("i", "alice", { fold: "h", skeleton: "h" }))).toBe("founded");
    });
  });
}

// What every server store does with groups and their names, and with those who ask for them.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Append, Group, ServerStore } from "../../src/ports/server-store.ts";
import {
  bytes,
  commit,
  creation,
  deviceOf,
  founding,
  logOf,
  message,
  registration,
  rulesOf,
  type Subject,
} from "./server-fixtures.ts";

const PEOPLE = ["alice", "bob", "carol", "dave"];
const [alice, bob] = [deviceOf("alice"), deviceOf("bob")];
const g = logOf("g");

/** Declares the suite for stores that `open` makes, each empty. */
export function serverGroupsContract(name: string, open: () => Promise<Subject>): void {
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

  describe(`${name}: groups and their names`, () => {
    beforeEach(begin);
    afterEach(() => subject.dispose());

    test("a group begins with its creator alone, and one may be alone in it", async () => {
      const group: Group = { log: g, fold: "g", rules: bytes("rules of g"), epoch: 0, size: 1 };
      await reopen();
      expect(await store.groupOfLog(g)).toEqual(group);
      expect(await store.group("g")).toEqual(group);
      expect(await store.groupInfo(g)).toEqual({ epoch: 0, info: bytes("GroupInfo 0") });
      expect(await store.members(g)).toEqual([{ device: alice, cursor: 0 }]);
      expect(await store.append(message("g", "alice", "m1"))).toMatchObject({ seq: 1, members: 1 });
      expect((await store.memberships(alice)).at(-1)).toEqual({
        log: g,
        kind: "group",
        epoch: 0,
        head: 1,
        cursor: 0,
        expired: 0,
      });
    });

    test("founding again with the same log is that founding, for its creator alone", async () => {
      expect(await store.found(founding("g", "alice"))).toBe("founded");
      expect(await store.found(founding("g", "bob"))).toBe("exists");
      await store.create(creation("ab", ["alice", "bob"]));
      expect(await store.found(founding("ab", "alice"))).toBe("exists");
      expect(await store.create(creation("g", ["alice", "bob"]))).toEqual({
        outcome: "exists",
        creator: alice,
      });
      expect(await store.members(g)).toEqual([{ device: alice, cursor: 0 }]);
    });

    test("a name belongs to one group, and so does what looks like it", async () => {
      expect(await store.found(founding("h", "bob", { fold: "g" }))).toBe("exists");
      expect(await store.found(founding("h", "bob", { skeleton: "g" }))).toBe("alike");
      expect(await store.groupOfLog(logOf("h"))).toBeUndefined();
      expect(await store.group("h")).toBeUndefined();
      expect(await store.found(founding("h", "bob"))).toBe("founded");
    });

    test("a commit renames a group, unless another has the name", async () => {
      await store.found(founding("h", "bob"));
      const all = async () => [await store.groupOfLog(g), await store.members(g), await store.groupInfo(g)];
      const before = await all();
      const rename = (id: string, rules: ReturnType<typeof rulesOf>) =>
        outcome(commit("g", "alice", id, 0, { rules, added: ["carol"] }));
      expect(await rename("c1", rulesOf("h"))).toBe("group-exists");
      expect(await rename("c2", { ...rulesOf("hh"), skeleton: "h" })).toBe("group-alike");
      expect(await all()).toEqual(before);
      // Its own name in another spelling, then quite another one.
      expect(await rename("c3", { ...rulesOf("G"), skeleton: "g" })).toBe("appended");
      expect(await outcome(commit("g", "alice", "c4", 1, { rules: rulesOf("new") }))).toBe("appended");
      await reopen();
      expect(await store.group("new")).toMatchObject({ log: g, rules: bytes("new rules of new"), epoch: 2 });
      expect(await store.group("g")).toBeUndefined();
      expect(await store.found(founding("x", "bob", { fold: "g", skeleton: "g" }))).toBe("founded");
    });

    test("a closed group takes nothing more, is not listed, and its name is free", async () => {
      await store.append(message("g", "alice", "m1"));
      await store.append(commit("g", "alice", "c1", 0, { rules: rulesOf("g", true), added: ["bob"] }));
      await reopen();
      expect(await outcome(message("g", "alice", "m2", { epoch: 1 }))).toBe("group-closed");
      expect(await outcome(message("g", "alice", "m2"))).toBe("group-closed");
      expect(await outcome(commit("g", "carol", "c2", 1, { enters: "carol" }))).toBe("group-closed");
      expect(await store.append(message("g", "alice", "m1"))).toMatchObject({ outcome: "repeated", seq: 1 });
      expect(await store.group("g")).toBeUndefined();
      expect(await store.groups("", 9)).toEqual([]);
      expect(await store.groupOfLog(g)).toMatchObject({ fold: "g", epoch: 1, size: 2 });
      expect(await store.found(founding("again", "bob", { fold: "g", skeleton: "g" }))).toBe("founded");
      expect(await store.depart(g, bob, bytes("bob leaves"))).toBe("departed");
      expect(await store.depart(g, alice, bytes("alice leaves"))).toBe("ended");
      expect(await store.group("g")).toMatchObject({ log: logOf("again") });
    });

    test("groups are listed by fold, a page at a time, with the people in them", async () => {
      for (const fold of ["𐐨", "b", "ﬀ"]) await store.found(founding(fold, "bob"));
      await store.register(registration("alice", 1, { device: deviceOf("laptop") }));
      await store.append(commit("g", "alice", "c1", 0, { added: ["laptop", "carol", "bob"] }));
      const folds = async (after: string, limit: number) =>
        (await store.groups(after, limit)).map(({ fold, size }) => [fold, size]);
      expect(await folds("", 9)).toEqual([
        ["b", 1],
        ["g", 3],
        ["ﬀ", 1],
        ["𐐨", 1],
      ]);
      expect(await folds("b", 1)).toEqual([["g", 3]]);
      expect(await folds("𐐨", 9)).toEqual([]);
      const people = async (after: string, limit: number) =>
        (await store.people(g, after, limit)).map(({ fold }) => fold);
      expect(await store.people(g, "", 1)).toEqual([{ name: "alice", fold: "alice", role: "student" }]);
      expect(await people("", 9)).toEqual(["alice", "bob", "carol"]);
      expect(await people("alice", 1)).toEqual(["bob"]);
      // One device of a person goes, the person stays.
      await store.depart(g, alice, bytes("leaves"));
      expect(await people("", 9)).toEqual(["alice", "bob", "carol"]);
      await store.append(commit("g", "bob", "c2", 1, { removed: ["laptop", "carol"] }));
      expect(await people("", 9)).toEqual(["bob"]);
      expect(await store.groupOfLog(g)).toMatchObject({ size: 1 });
      expect(await store.people(logOf("none"), "", 9)).toEqual([]);
      expect(await store.people(bob, "", 9)).toEqual([]);
    });
  });
}

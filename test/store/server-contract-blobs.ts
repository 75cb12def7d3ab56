// What every server store does with files: whose they are, for whom, who has said what, and when they are no more.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ServerStore } from "../../src/ports/server-store.ts";
import type { BlobBeginning, BlobLimits } from "../../src/ports/blobs.ts";
import {
  aliceAndBob,
  commit,
  creation,
  deviceOf,
  founding,
  logOf,
  message,
  registration,
  type Subject,
} from "./server-fixtures.ts";

const [alice, bob, carol] = [deviceOf("alice"), deviceOf("bob"), deviceOf("carol")];
const limits: BlobLimits = { inAll: 1000, ofOne: { entries: 3, bytes: 500 } };
const beginning = (blob: string, changes: Partial<BlobBeginning> = {}): BlobBeginning => ({
  blob,
  log: logOf("ab"),
  sender: alice,
  size: 100,
  time: 10,
  ...changes,
});

/** Declares the suite for stores that `open` makes, each empty. */
export function serverBlobsContract(name: string, open: () => Promise<Subject>): void {
  describe(`${name}: files`, () => {
    let subject: Subject;
    let store: ServerStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
      await aliceAndBob(store);
    });
    afterEach(() => subject.dispose());

    const begin = (blob: string, changes: Partial<BlobBeginning> = {}, held = limits) =>
      store.blobs.begin(beginning(blob, changes), held);
    const tell = (blob: string, id = `tells of ${blob}`) =>
      store.append(message("ab", "alice", id, { blob }));
    const found = (blob: string, device = alice) => store.blobs.find(blob, device);

    test("one is begun once, by a member of its log, and known when that is repeated", async () => {
      expect(await begin("x")).toBe("begun");
      expect(await begin("x")).toBe("known");
      expect(await begin("x", { time: 99 })).toBe("known");
      for (const other of [{ size: 101 }, { log: logOf("bc") }, { sender: bob }])
        expect(await begin("x", other)).toBe("taken");
      expect(await begin("y", { sender: carol })).toBe("not-member");
      expect(await begin("y", { log: logOf("none") })).toBe("not-member");
      // An inbox is no conversation.
      expect(await begin("y", { log: alice })).toBe("not-member");
      expect(await found("x")).toEqual({
        ...beginning("x"),
        told: false,
        freed: false,
        of: 0,
        got: 0,
        declined: 0,
      });
      expect(await found("y")).toBeUndefined();
    });

    test("it may be had by its sender's devices and those in its log", async () => {
      await store.register(registration("alice", 1, { device: deviceOf("alice2") }));
      await store.register(registration("carol", 3));
      await begin("x");
      expect(await found("x", bob)).toMatchObject({ blob: "x" });
      expect(await found("x", deviceOf("alice2"))).toMatchObject({ blob: "x" });
      expect(await found("x", carol)).toBeUndefined();
      expect(await found("x", deviceOf("nobody"))).toBeUndefined();
    });

    test("a person may have so many, so much; and so may all together", async () => {
      await store.register(registration("alice", 1, { device: deviceOf("alice2") }));
      await store.create(creation("a2b", ["alice2", "bob"]));
      expect(await begin("1", { size: 500 })).toBe("begun");
      expect(await begin("2", { size: 1 })).toBe("quota");
      // Another device is the same person.
      expect(await begin("2", { sender: deviceOf("alice2"), log: logOf("a2b"), size: 1 })).toBe("quota");
      expect(await begin("2", { sender: bob, size: 300 })).toBe("begun");
      expect(
        await begin("3", { sender: bob, size: 201 }, { ...limits, ofOne: { entries: 9, bytes: 9e9 } }),
      ).toBe("no-room");
      expect(await begin("3", { sender: bob, size: 200 })).toBe("begun");
      expect(await begin("4", { sender: bob, size: 0 })).toBe("begun");
      expect(await begin("5", { sender: bob, size: 0 })).toBe("quota");
      // What is there already is known, however much there is.
      expect(await begin("1", { size: 500 }, { inAll: 0, ofOne: { entries: 0, bytes: 0 } })).toBe("known");
      await store.blobs.cancel("1", alice);
      expect(await begin("2a", { size: 500 })).toBe("begun");
    });

    test("from the message that tells of it on it is for the others in the log", async () => {
      await begin("x");
      expect(await tell("x")).toMatchObject({ outcome: "appended", seq: 1 });
      expect(await found("x")).toMatchObject({ told: true, of: 1, got: 0 });
      // The same message again tells nothing new.
      expect(await tell("x")).toMatchObject({ outcome: "repeated" });
      subject = await subject.reopen();
      store = subject.store;
      expect(await found("x", bob)).toMatchObject({ told: true, freed: false, of: 1, got: 0, declined: 0 });
    });

    test("a message cannot tell of what is not there, is another's, or lies in another log", async () => {
      await store.register(registration("carol", 3));
      await store.create(creation("ac", ["alice", "carol"]));
      await begin("bobs", { sender: bob });
      await begin("elsewhere", { log: logOf("ac") });
      await begin("mine");
      for (const blob of ["none", "bobs", "elsewhere"])
        expect(await tell(blob)).toEqual({ outcome: "no-such-blob" });
      expect(await store.entries(logOf("ab"), 0, 9, 1e6)).toEqual([]);
      // A refused message tells of nothing.
      expect(await store.append(message("ab", "alice", "m", { blob: "mine", epoch: 7 }))).toMatchObject({
        outcome: "stale-epoch",
      });
      const none = { entries: 0, bytes: 0 };
      expect(await store.append(message("ab", "alice", "m", { blob: "mine" }), none)).toEqual({
        outcome: "quota",
      });
      expect(await found("mine")).toMatchObject({ told: false, of: 0 });
    });

    test("in a group it is for those in it when it is told, and not for those taken out since", async () => {
      for (const [n, name] of ["carol", "dave", "erin"].entries())
        await store.register(registration(name, 3 + n));
      const dave = deviceOf("dave");
      await store.found(founding("g", "alice"));
      await store.append(commit("g", "alice", "c1", 0, { added: ["bob", "carol", "dave"] }));
      await store.append(commit("g", "alice", "c2", 1, { removed: ["dave"] }));
      expect(await begin("x", { log: logOf("g"), sender: dave })).toBe("not-member");
      await begin("x", { log: logOf("g") });
      await store.append(message("g", "alice", "m", { epoch: 2, blob: "x" }));
      expect(await found("x")).toMatchObject({ of: 2 });
      expect(await found("x", dave)).toBeUndefined();
      await store.append(commit("g", "alice", "c3", 2, { added: ["erin"], removed: ["carol"] }));
      // Who came later may have it, and is not waited for; who has gone is not either.
      expect(await found("x", deviceOf("erin"))).toMatchObject({ of: 2 });
      expect(await found("x", carol)).toBeUndefined();
      expect(await store.blobs.settle("x", bob, false)).toMatchObject({ record: { freed: true, got: 1 } });
    });

    test("a message that the group's rules do not let in tells of nothing", async () => {
      await store.found(founding("g", "alice"));
      await store.append(commit("g", "alice", "c1", 0, { added: ["bob"] }));
      await begin("x", { log: logOf("g"), sender: bob });
      const told = message("g", "bob", "m", { epoch: 1, blob: "x" });
      expect(await store.append({ ...told, admit: () => false })).toEqual({ outcome: "forbidden" });
      expect(await found("x", bob)).toMatchObject({ told: false, of: 0 });
      expect(await store.append({ ...told, admit: () => true })).toMatchObject({ outcome: "appended" });
      expect(await found("x", bob)).toMatchObject({ told: true, of: 1 });
    });

    test("when the last one has it, or does not want it, it is freed, and its sender can still see how it went", async () => {
      await store.register(registration("bob", 2, { device: deviceOf("bob2") }));
      await store.create(creation("abb", ["alice", "bob", "bob2"]));
      await begin("x", { log: logOf("abb") });
      await store.append(message("abb", "alice", "m", { blob: "x" }));
      expect(await store.blobs.settle("x", bob, false)).toMatchObject({
        changed: true,
        record: { freed: false, of: 2, got: 1 },
      });
      // What was said first stays.
      expect(await store.blobs.settle("x", bob, true)).toMatchObject({
        changed: false,
        record: { got: 1, declined: 0 },
      });
      expect(await store.blobs.settle("x", deviceOf("bob2"), true)).toMatchObject({
        changed: true,
        record: { freed: true, of: 2, got: 1, declined: 1 },
      });
      expect(await found("x")).toMatchObject({ freed: true, of: 2, got: 1, declined: 1 });
      expect(await begin("x", { log: logOf("abb") })).toBe("freed");
      expect(await store.append(message("abb", "alice", "n", { blob: "x" }))).toEqual({
        outcome: "no-such-blob",
      });
      // It counts no more.
      for (const blob of ["1", "2", "3"]) expect(await begin(blob)).toBe("begun");
    });

    test("those it is not for have nothing to say", async () => {
      await begin("x");
      expect(await store.blobs.settle("x", bob, false)).toBeUndefined(); // before it was told of
      await tell("x");
      for (const device of [alice, carol])
        expect(await store.blobs.settle("x", device, false)).toBeUndefined();
      expect(await store.blobs.settle("none", bob, false)).toBeUndefined();
      expect(await found("x")).toMatchObject({ freed: false, got: 0 });
    });

    test("its sender can take it back, and nobody else", async () => {
      await begin("x");
      await tell("x");
      expect(await store.blobs.cancel("x", bob)).toBeUndefined();
      expect(await store.blobs.cancel("x", alice)).toEqual({ blob: "x", devices: [alice, bob] });
      expect(await store.blobs.cancel("x", alice)).toBeUndefined();
      expect(await found("x")).toBeUndefined();
      expect(await store.blobs.settle("x", bob, false)).toBeUndefined();
      expect(await begin("x")).toBe("begun");
    });

    test("what those who have left had not fetched is needed no more", async () => {
      await begin("x");
      await begin("untold");
      await tell("x");
      expect(await store.blobs.tidy(0, 0)).toEqual({ freed: [], gone: [] });
      await store.unregister("bob");
      expect(await store.blobs.tidy(0, 0)).toEqual({ freed: ["x"], gone: [] });
      expect(await store.blobs.tidy(0, 0)).toEqual({ freed: [], gone: [] });
      expect(await found("x")).toMatchObject({ freed: true, of: 1, got: 0 });
    });

    test("what was for somebody before they left is not waited for when they come back; who enters anew never left", async () => {
      const log = logOf("g");
      await store.found(founding("g", "alice"));
      await store.append(commit("g", "alice", "c1", 0, { added: ["bob"] }));
      for (const [blob, epoch] of [
        ["x", 1],
        ["y", 3],
      ] as const) {
        await begin(blob, { log });
        await store.append(message("g", "alice", blob, { blob, epoch }));
        if (blob === "y") break;
        await store.append(commit("g", "alice", "c2", 1, { removed: ["bob"] }));
        await store.append(commit("g", "alice", "c3", 2, { added: ["bob"] }));
      }
      await store.append(commit("g", "bob", "c4", 3, { removed: ["bob"], enters: "bob" }));
      expect(await store.blobs.tidy(0, 0)).toEqual({ freed: ["x"], gone: [] });
      expect(await found("y")).toMatchObject({ freed: false, of: 1 });
    });

    test("what somebody had begun goes with the name", async () => {
      await begin("x");
      await begin("y", { sender: bob });
      await tell("x");
      await store.unregister("alice");
      expect((await store.blobs.strays(["x", "y"])).toSorted()).toEqual(["x"]);
      expect(await found("x", bob)).toBeUndefined();
    });

    test("what is too old is gone, sooner when no message tells of it, and those it concerns are named", async () => {
      await begin("told", { time: 10 });
      await begin("untold", { time: 20 });
      await begin("had", { time: 10 });
      await tell("told");
      await tell("had");
      await store.blobs.settle("had", bob, false);
      expect(await store.blobs.tidy(10, 20)).toEqual({ freed: [], gone: [] });
      expect(await store.blobs.tidy(10, 21)).toEqual({
        freed: [],
        gone: [{ blob: "untold", devices: [alice] }],
      });
      // Of what was freed there is nothing left to tell, or to delete.
      expect(await store.blobs.tidy(11, 0)).toEqual({
        freed: [],
        gone: [{ blob: "told", devices: [alice, bob] }],
      });
      for (const blob of ["told", "untold", "had"]) expect(await found(blob)).toBeUndefined();
    });

    test("what nobody knows, or needs, is stray", async () => {
      await begin("kept");
      await begin("had");
      await tell("had");
      await store.blobs.settle("had", bob, false);
      expect(await store.blobs.strays(["kept", "had", "none"])).toEqual(["had", "none"]);
      expect(await store.blobs.strays([])).toEqual([]);
    });
  });
}

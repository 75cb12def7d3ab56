// What every server store does with logs, entries, members and cursors.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ServerStore } from "../../src/ports/server-store.ts";
import {
  aliceAndBob,
  bytes,
  creation,
  deviceOf,
  logOf,
  message,
  registration,
  type Subject,
} from "./server-fixtures.ts";

const ab = logOf("ab");
const alice = deviceOf("alice");
const bob = deviceOf("bob");

/** Declares the suite for stores that `open` makes, each empty. */
export function serverLogsContract(name: string, open: () => Promise<Subject>): void {
  describe(`${name}: logs`, () => {
    let subject: Subject;
    let store: ServerStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
      await aliceAndBob(store);
    });
    afterEach(() => subject.dispose());

    const say = (sender: string, ...ids: string[]) =>
      Promise.all(ids.map((id) => store.append(message("ab", sender, id))));
    const ids = async (after = 0, limit = 100, size = 1e6) =>
      (await store.entries(ab, after, limit, size)).map(({ id }) => id);
    const seqs = async (after = 0) => (await store.entries(ab, after, 100, 1e6)).map(({ seq }) => seq);
    const reopen = async () => {
      subject = await subject.reopen();
      store = subject.store;
    };

    test("a log is created once, with its welcomes in the inboxes in the same step", async () => {
      await store.register(registration("carol", 3));
      const welcomes = [
        { device: deviceOf("carol"), id: "w1", body: bytes("one") },
        { device: deviceOf("carol"), id: "w2", body: bytes("two") },
      ];
      const entry = { log: deviceOf("carol"), sender: alice, kind: "welcome", epoch: 7, time: 2 } as const;
      const expected = [
        { ...entry, seq: 1, id: "w1", body: bytes("one") },
        { ...entry, seq: 2, id: "w2", body: bytes("two") },
      ];
      expect(await store.create(creation("ac", ["alice", "carol"], { epoch: 7, welcomes }))).toEqual({
        outcome: "created",
        head: 0,
        welcomes: expected,
      });
      expect(await store.entries(deviceOf("carol"), 0, 10, 1e6)).toEqual(expected);

      const again = creation("ac", ["carol", "alice"], {
        welcomes: [{ device: alice, id: "w3", body: bytes("three") }],
      });
      expect(await store.create(again)).toEqual({ outcome: "exists", creator: alice });
      expect(await store.entries(alice, 0, 10, 1e6)).toEqual([]);
    });

    test("a welcome whose sender and id the inbox has already is that welcome", async () => {
      const welcomes = [{ device: bob, id: "w", body: bytes("one") }];
      await store.create(creation("x", ["alice", "bob"], { welcomes }));
      expect(await store.create(creation("y", ["alice", "bob"], { welcomes }))).toEqual({
        outcome: "created",
        head: 0,
        welcomes: [],
      });
      expect(await store.entries(bob, 0, 10, 1e6)).toHaveLength(1);
    });

    test("entries count from 1 without gaps, in the order of the calls", async () => {
      const answers = await say("alice", "m1", "m2", "m3", "m4", "m5", "m6");
      expect(answers.map((answer) => ("seq" in answer ? answer.seq : answer.outcome))).toEqual([
        1, 2, 3, 4, 5, 6,
      ]);
      expect(answers[0]).toEqual({ outcome: "appended", seq: 1, time: 3, members: 2 });
      const sent = message("ab", "alice", "m1");
      expect((await store.entries(ab, 0, 1, 1e6))[0]).toEqual({ ...sent, seq: 1 });
      expect(await seqs()).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await seqs(4)).toEqual([5, 6]);
    });

    test("an entry is known by its log, sender and id: a repeat answers with the first seq and time", async () => {
      await say("alice", "m1", "m2", "m3", "m4", "m5", "m6");
      const first = { outcome: "repeated", seq: 1, time: 3, members: 2 } as const;
      expect(await store.append(message("ab", "alice", "m1", { time: 99 }))).toEqual(first);
      expect(await store.append(message("ab", "bob", "m1"))).toMatchObject({ outcome: "appended", seq: 7 });
      // Also when the epoch is another by now, and in the tick of the first.
      expect(await store.append(message("ab", "alice", "m1", { epoch: 5 }))).toEqual(first);
      const twice = await say("alice", "m8", "m8");
      expect(twice.map((answer) => answer.outcome)).toEqual(["appended", "repeated"]);
      expect(await ids()).toEqual(["m1", "m2", "m3", "m4", "m5", "m6", "m1", "m8"]);
    });

    test("no such log, not a member and a stale epoch are answers, and append nothing", async () => {
      await store.register(registration("carol", 3));
      expect(await store.append(message("none", "alice", "m"))).toEqual({ outcome: "no-such-log" });
      expect(await store.append(message("ab", "carol", "m"))).toEqual({ outcome: "not-member" });
      expect(await store.append(message("ab", "unknown", "m"))).toEqual({ outcome: "not-member" });
      expect(await store.append(message("ab", "alice", "m", { epoch: 1 }))).toEqual({
        outcome: "stale-epoch",
        epoch: 0,
      });
      expect(await ids()).toEqual([]);
    });

    test("a cursor moves forward, never back and never past the head", async () => {
      await say("alice", "m1", "m2", "m3", "m4", "m5", "m6");
      expect(await store.advance(ab, bob, 4)).toEqual({ from: 0, to: 4, expired: 0 });
      expect(await store.advance(ab, bob, 2)).toEqual({ from: 4, to: 4, expired: 0 });
      expect(await store.advance(ab, bob, 99)).toEqual({ from: 4, to: 6, expired: 0 });
      expect(await store.advance(ab, deviceOf("carol"), 3)).toEqual({ from: 0, to: 0, expired: 0 });
      expect(await store.advance(logOf("none"), bob, 3)).toEqual({ from: 0, to: 0, expired: 0 });
      expect(await store.members(ab)).toEqual([
        { device: alice, cursor: 0 },
        { device: bob, cursor: 6 },
      ]);
      expect(await store.members(logOf("none"))).toEqual([]);
      await reopen();
      expect((await store.memberships(bob))[1]).toEqual({
        log: ab,
        kind: "direct",
        epoch: 0,
        head: 6,
        cursor: 6,
        expired: 0,
      });
    });

    test("entries are given up to a number and up to a size, but always the first", async () => {
      for (let i = 1; i <= 8; i++)
        await store.append(message("ab", "alice", `m${i}`, { body: new Uint8Array(10) }));
      expect(await ids(0, 3)).toEqual(["m1", "m2", "m3"]);
      expect(await ids(5, 3)).toEqual(["m6", "m7", "m8"]);
      expect(await ids(0, 100, 30)).toEqual(["m1", "m2", "m3"]);
      expect(await ids(0, 100, 39)).toEqual(["m1", "m2", "m3"]);
      expect(await ids(6, 100, 0)).toEqual(["m7"]);
      expect(await ids(0, 100, 0)).toEqual(["m1"]);
      expect(await ids(8)).toEqual([]);
      expect(await store.entries(logOf("none"), 0, 10, 1e6)).toEqual([]);
    });

    test("a device's logs are told with heads and cursors, its inbox first", async () => {
      await say("alice", "m1", "m2");
      await store.advance(ab, bob, 1);
      expect(await store.memberships(bob)).toEqual([
        { log: bob, kind: "inbox", epoch: 0, head: 0, cursor: 0, expired: 0 },
        { log: ab, kind: "direct", epoch: 0, head: 2, cursor: 1, expired: 0 },
      ]);
      expect(await store.memberships(deviceOf("carol"))).toEqual([]);
    });

    test("waiting counts messages of others beyond the cursors, in all logs, and no welcomes", async () => {
      await store.register(registration("carol", 3));
      const welcomes = [{ device: bob, id: "w", body: bytes("w") }];
      await store.create(creation("cb", ["carol", "bob"], { welcomes }));
      await say("alice", "m1", "m2", "m3", "m4", "m5");
      await say("bob", "m6", "m7");
      await store.append(message("cb", "carol", "m1"));
      expect(await store.waiting(bob)).toBe(6);
      const [, waiting] = await Promise.all([store.advance(ab, bob, 3), store.waiting(bob)]);
      expect(waiting).toBe(3);
      expect(await store.waiting(alice)).toBe(2);
      expect(await store.waiting(deviceOf("nobody"))).toBe(0);
    });

    test("trimming deletes what all cursors have passed, and the head is remembered", async () => {
      await say("alice", "m1", "m2", "m3", "m4", "m5", "m6");
      await store.advance(ab, alice, 6);
      expect(await store.trim()).toBe(0);
      await store.advance(ab, bob, 4);
      expect(await store.trim()).toBe(4);
      expect(await store.trim()).toBe(0);
      expect(await seqs()).toEqual([5, 6]);
      await store.advance(ab, bob, 6);
      expect(await store.trim()).toBe(2);
      await reopen();
      expect((await store.memberships(bob))[1]).toMatchObject({ head: 6, cursor: 6 });
      expect(await say("bob", "m7")).toMatchObject([{ outcome: "appended", seq: 7 }]);
      expect(await seqs()).toEqual([7]);
    });

    test("what a device that left had not read keeps nothing from being trimmed", async () => {
      await say("alice", "m1", "m2", "m3", "m4", "m5", "m6");
      await store.advance(ab, alice, 6);
      await store.unregister("bob");
      expect(await store.trim()).toBe(6);
    });

    test("nobody writes into a log that all others have left, nor into an inbox", async () => {
      await store.unregister("bob");
      expect(await store.append(message("ab", "alice", "m1"))).toEqual({ outcome: "no-such-log" });
      const own = { ...message("ab", "alice", "m2"), log: alice };
      expect(await store.append(own)).toEqual({ outcome: "no-such-log" });
    });

    test("a log that all others have left is opened anew, and goes on after its head", async () => {
      await say("alice", "m1", "m2");
      await store.unregister("bob");
      await store.register(registration("bob", 2));
      expect(await store.create(creation("ab", ["bob", "alice"]))).toMatchObject({
        outcome: "created",
        head: 2,
      });
      expect(await store.members(ab)).toContainEqual({ device: alice, cursor: 2 });
      expect(await store.members(ab)).toContainEqual({ device: bob, cursor: 2 });
      expect(await store.entries(ab, 2, 9, 1e6)).toEqual([]);
      expect(await store.append(message("ab", "alice", "m3"))).toMatchObject({ outcome: "appended", seq: 3 });
      expect(await store.create(creation("ab", ["alice", "bob"]))).toEqual({
        outcome: "exists",
        creator: bob,
      });
    });

    test("a body cut out of a larger buffer is kept as it was given", async () => {
      const buffer = bytes("before|the body|after");
      await store.append(message("ab", "alice", "m1", { body: buffer.subarray(7, 15) }));
      expect((await store.entries(ab, 0, 1, 1e6))[0]?.body).toEqual(bytes("the body"));
    });
  });
}

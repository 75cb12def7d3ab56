// What every server store does with entries that nobody fetches: how long they are kept, and how many.

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
export function serverKeepingContract(name: string, open: () => Promise<Subject>): void {
  let subject: Subject;
  let store: ServerStore;
  const begin = async () => {
    subject = await open();
    store = subject.store;
    await aliceAndBob(store);
  };
  const reopen = async () => {
    subject = await subject.reopen();
    store = subject.store;
  };
  const seqs = async (log = ab) => (await store.entries(log, 0, 1e6, 1e9)).map(({ seq }) => seq);

  describe(`${name}: retention`, () => {
    beforeEach(begin);
    afterEach(() => subject.dispose());

    /** Alice says one thing at each of these times. */
    const sayAt = async (...times: number[]) => {
      for (const time of times) await store.append(message("ab", "alice", `at ${time}`, { time }));
    };
    const membership = async () => (await store.memberships(bob)).find(({ log }) => log === ab);

    test("what is older goes though nobody has fetched it; the head stays, and what follows counts on", async () => {
      await sayAt(1, 2, 3, 4, 5, 6);
      expect(await store.expire(1)).toEqual({ deleted: 0, missed: [] });
      expect(await store.expire(5)).toEqual({ deleted: 4, missed: [{ log: ab, seq: 4, epoch: 0 }] });
      expect(await store.expire(5)).toEqual({ deleted: 0, missed: [] });
      expect(await seqs()).toEqual([5, 6]);
      expect(await store.waiting(bob)).toBe(2);
      expect(await store.expire(100)).toEqual({ deleted: 2, missed: [{ log: ab, seq: 6, epoch: 0 }] });
      await reopen();
      expect(await membership()).toMatchObject({ head: 6, cursor: 0, expired: 6 });
      await sayAt(7);
      expect(await seqs()).toEqual([7]);
      expect(await store.waiting(bob)).toBe(1);
    });

    test("an entry is known to have been missed only by those it was for who had not passed it", async () => {
      await sayAt(1, 2, 3);
      await store.append(message("ab", "bob", "m", { time: 4 }));
      await store.advance(ab, bob, 3);
      // Alice has not passed her own, which is no loss, nor bob's, which is one.
      expect((await store.expire(3)).missed).toEqual([]);
      expect(await store.expired(ab)).toBe(0);
      expect((await store.expire(9)).missed).toEqual([{ log: ab, seq: 4, epoch: 0 }]);
      expect(await store.expired(ab)).toBe(4);
      expect(await store.expired(logOf("none"))).toBe(0);
    });

    test("a cursor that jumps over a gap is told so", async () => {
      await sayAt(1, 2, 3);
      expect(await store.advance(ab, bob, 1)).toEqual({ from: 0, to: 1, expired: 0 });
      await store.expire(3);
      expect(await store.advance(ab, bob, 3)).toEqual({ from: 1, to: 3, expired: 2 });
    });

    test("nothing goes before what is older in its log, whatever the clock did", async () => {
      await sayAt(1, 9, 2, 3);
      expect((await store.expire(5)).deleted).toBe(1);
      expect(await seqs()).toEqual([2, 3, 4]);
      expect((await store.expire(10)).deleted).toBe(3);
    });

    test("a Welcome that nobody fetched goes, too", async () => {
      const welcomes = [{ device: bob, id: "w", body: bytes("w") }];
      await store.register(registration("carol", 3));
      await store.create(creation("cb", ["carol", "bob"], { welcomes }));
      expect(await store.expire(9)).toEqual({ deleted: 1, missed: [{ log: bob, seq: 1, epoch: 0 }] });
      expect(await seqs(bob)).toEqual([]);
    });
  });

  describe(`${name}: quota`, () => {
    beforeEach(begin);
    afterEach(() => subject.dispose());

    const quota = { entries: 4, bytes: 100 };
    let count = 0;
    const say = async (sender: string, size = 1, log = "ab") =>
      (await store.append(message(log, sender, `q${count++}`, { body: new Uint8Array(size) }), quota))
        .outcome;
    const commit = async (size = 1) => {
      const epoch = (await store.groupInfo(ab))?.epoch ?? 0;
      const given = { kind: "commit", epoch, body: new Uint8Array(size), info: bytes("info") } as const;
      return (await store.append(message("ab", "alice", `q${count++}`, given), quota)).outcome;
    };

    test("so many entries of one person are kept, and no more; others have their own room", async () => {
      for (let i = 0; i < 4; i++) expect(await say("alice")).toBe("appended");
      expect(await say("alice")).toBe("quota");
      expect(await say("bob")).toBe("appended");
      expect(await seqs()).toEqual([1, 2, 3, 4, 5]);
      // What was accepted stays accepted.
      const first = (await store.entries(ab, 0, 1, 1e6))[0]?.id ?? "";
      expect(await store.append(message("ab", "alice", first), quota)).toMatchObject({ outcome: "repeated" });
    });

    test("so many bytes are kept, and no more", async () => {
      expect(await say("alice", 60)).toBe("appended");
      expect(await say("alice", 41)).toBe("quota");
      expect(await say("alice", 40)).toBe("appended");
      expect(await say("alice", 1)).toBe("quota");
    });

    test("all devices of a person share it, in all conversations", async () => {
      await store.register(registration("alice", 1, { device: deviceOf("laptop") }));
      await store.register(registration("carol", 3));
      await store.create(creation("lc", ["laptop", "carol"]));
      expect(await say("alice")).toBe("appended");
      for (let i = 0; i < 3; i++) expect(await say("laptop", 1, "lc")).toBe("appended");
      expect(await say("alice")).toBe("quota");
      expect(await say("laptop", 1, "lc")).toBe("quota");
    });

    test("what all have passed does not count, before it is trimmed", async () => {
      for (let i = 0; i < 4; i++) await say("alice");
      await store.advance(ab, bob, 3);
      await store.advance(ab, alice, 3);
      for (let i = 0; i < 3; i++) expect(await say("alice")).toBe("appended");
      expect(await say("alice")).toBe("quota");
    });

    test("trimming, expiring and leaving give room again", async () => {
      const full = async () => {
        while ((await say("alice")) === "appended");
      };
      await full();
      await store.advance(ab, bob, 4);
      await store.advance(ab, alice, 4);
      while ((await store.trim()) > 0);
      expect(await say("alice")).toBe("appended");
      await full();
      await store.expire(100);
      expect(await say("alice")).toBe("appended");
      // Welcomes count for whom they are from, until the inbox is gone.
      const welcomes = [1, 2, 3, 4].map((n) => ({ device: bob, id: `w${n}`, body: bytes("w") }));
      await store.register(registration("carol", 3));
      await store.create(creation("cb", ["carol", "bob"], { welcomes }));
      expect(await say("carol", 1, "cb")).toBe("quota");
      await store.unregister("bob");
      await store.register(registration("dave", 4));
      await store.create(creation("cd", ["carol", "dave"]));
      expect(await say("carol", 1, "cd")).toBe("appended");
    });

    test("it is known after a restart", async () => {
      for (let i = 0; i < 4; i++) await say("alice", 5);
      await reopen();
      expect(await say("alice")).toBe("quota");
      expect(await say("bob")).toBe("appended");
    });

    test("commits have as much room again, so that conversations go on", async () => {
      for (let i = 0; i < 4; i++) await say("alice");
      for (let i = 0; i < 4; i++) expect(await commit()).toBe("appended");
      expect(await commit()).toBe("quota");
      expect((await store.groupInfo(ab))?.epoch).toBe(4);
    });

    test("without a quota there is none", async () => {
      for (let i = 0; i < 20; i++)
        expect(await store.append(message("ab", "alice", `n${i}`))).toMatchObject({ outcome: "appended" });
    });
  });
}

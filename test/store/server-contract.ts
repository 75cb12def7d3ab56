// What every server store does with accounts and key packages, and with the calls of one tick.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ServerStore } from "../../src/ports/server-store.ts";
import {
  bytes,
  creation,
  deviceOf,
  identityOf,
  logOf,
  message,
  registration,
  type Subject,
} from "./server-fixtures.ts";

const keyPackage = (id: string, lastResort = false) => ({ id, body: bytes(`package ${id}`), lastResort });

/** Declares the suite for stores that `open` makes, each empty. */
export function serverDirectoryContract(name: string, open: () => Promise<Subject>): void {
  describe(`${name}: accounts`, () => {
    let subject: Subject;
    let store: ServerStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => subject.dispose());

    test("a name belongs to the identity key that took it first", async () => {
      expect(await store.register(registration("Alice", 1))).toBe("registered");
      expect(await store.register(registration("ALICE", 2, { device: deviceOf("other") }))).toBe(
        "name-taken",
      );
      const account = {
        name: "Alice",
        fold: "alice",
        identity: identityOf(1),
        devices: [deviceOf("alice")],
        role: "student" as const,
      };
      expect(await store.account("alice")).toEqual(account);
      expect(await store.accountOfDevice(deviceOf("alice"))).toEqual(account);
      expect(await store.accountOfDevice(deviceOf("other"))).toBeUndefined();
      expect(await store.account("bob")).toBeUndefined();
    });

    test("registering again changes nothing, and a second device joins the account", async () => {
      await store.register(registration("alice", 1));
      expect(await store.register(registration("alice", 1))).toBe("known");
      expect(await store.register(registration("alice", 1, { device: deviceOf("alice2") }))).toBe(
        "registered",
      );
      expect((await store.account("alice"))?.devices).toEqual([deviceOf("alice"), deviceOf("alice2")]);
    });

    test("names that look alike are refused, even to the same person", async () => {
      await store.register(registration("alice", 1));
      const alike = registration("a1ice", 1, { skeleton: "alice" });
      expect(await store.register(alike)).toBe("name-alike");
      expect(await store.account("a1ice")).toBeUndefined();
    });

    test("a device belongs to one account", async () => {
      await store.register(registration("alice", 1));
      expect(await store.register(registration("bob", 2, { device: deviceOf("alice") }))).toBe(
        "device-taken",
      );
      expect(await store.account("bob")).toBeUndefined();
    });

    test("accounts are listed by fold, a page at a time", async () => {
      // "𐐨" comes after "ﬀ" by code points and before it by UTF-16 units.
      for (const [person, name] of ["dave", "𐐨", "bob", "ﬀ", "alice"].entries()) {
        await store.register(registration(name, person, { device: deviceOf(`d${person}`) }));
      }
      const folds = async (after: string, limit: number) =>
        (await store.accounts(after, limit)).map(({ fold }) => fold);
      expect(await folds("", 100)).toEqual(["alice", "bob", "dave", "ﬀ", "𐐨"]);
      expect(await folds("", 2)).toEqual(["alice", "bob"]);
      expect(await folds("bob", 2)).toEqual(["dave", "ﬀ"]);
      expect(await folds("𐐨", 2)).toEqual([]);
    });

    test("unregistering frees the name, the device, key packages, inbox and memberships at once", async () => {
      await store.register(registration("alice", 1));
      await store.register(registration("bob", 2));
      await store.publish(deviceOf("bob"), [keyPackage("1"), keyPackage("2", true)]);
      const welcomes = [{ device: deviceOf("bob"), id: "w", body: bytes("welcome") }];
      await store.create(creation("ab", ["alice", "bob"], { welcomes }));
      await store.append(message("ab", "bob", "m1"));

      expect(await store.unregister("nobody")).toBe(false);
      expect(await store.unregister("bob")).toBe(true);
      expect(await store.unregister("bob")).toBe(false);
      expect(await store.account("bob")).toBeUndefined();
      expect(await store.accountOfDevice(deviceOf("bob"))).toBeUndefined();
      expect(await store.claim(deviceOf("bob"))).toBeUndefined();
      expect(await store.publish(deviceOf("bob"), [keyPackage("3")])).toBe(0);
      expect(await store.memberships(deviceOf("bob"))).toEqual([]);
      expect(await store.entries(deviceOf("bob"), 0, 10, 1e6)).toEqual([]);
      expect(await store.members(logOf("ab"))).toEqual([{ device: deviceOf("alice"), cursor: 0 }]);
      expect(await store.append(message("ab", "bob", "m2"))).toEqual({ outcome: "not-member" });
      // What bob said stays, and is still his.
      expect((await store.entries(logOf("ab"), 0, 10, 1e6))[0]?.sender).toBe(deviceOf("bob"));
      expect(await store.append(message("ab", "bob", "m1"))).toMatchObject({ outcome: "repeated", seq: 1 });
    });

    test("a freed name can be taken by another key, and an inbox opened again is empty and counts on", async () => {
      await store.register(registration("alice", 1));
      await store.register(registration("bob", 2));
      const welcomeTo = (id: string) => ({ welcomes: [{ device: deviceOf("bob"), id, body: bytes(id) }] });
      await store.create(creation("ab", ["alice", "bob"], welcomeTo("w1")));
      await store.unregister("bob");
      expect(await store.create(creation("ab2", ["alice", "bob"], welcomeTo("w2")))).toEqual({
        outcome: "created",
        head: 0,
        welcomes: [],
      });
      expect(await store.members(logOf("ab2"))).toEqual([{ device: deviceOf("alice"), cursor: 0 }]);
      expect(await store.register(registration("bob", 9))).toBe("registered");
      const inbox = {
        log: deviceOf("bob"),
        kind: "inbox",
        epoch: 0,
        head: 1,
        cursor: 1,
        expired: 0,
      } as const;
      expect(await store.memberships(deviceOf("bob"))).toEqual([inbox]);
      expect(await store.create(creation("ab3", ["alice", "bob"], welcomeTo("w3")))).toMatchObject({
        outcome: "created",
        welcomes: [{ seq: 2, id: "w3" }],
      });
    });

    test("key packages: each single-use one goes out once, oldest first; then the last resort, again and again", async () => {
      await store.register(registration("bob", 2));
      const bob = deviceOf("bob");
      expect(await store.claim(bob)).toBeUndefined();
      expect(await store.publish(bob, [keyPackage("r", true), keyPackage("1"), keyPackage("2")])).toBe(2);
      expect(await store.publish(bob, [keyPackage("2"), keyPackage("3")])).toBe(3);
      expect(await store.claim(bob)).toEqual(keyPackage("1"));
      // A client that had no answer publishes again: what was handed out does not come back.
      expect(await store.publish(bob, [keyPackage("1"), keyPackage("2")])).toBe(2);
      expect(await store.claim(bob)).toEqual(keyPackage("2"));
      expect(await store.claim(bob)).toEqual(keyPackage("3"));
      expect(await store.claim(bob)).toEqual(keyPackage("r", true));
      expect(await store.claim(bob)).toEqual(keyPackage("r", true));
      expect(await store.publish(bob, [keyPackage("s", true)])).toBe(0);
      expect(await store.claim(bob)).toEqual(keyPackage("s", true));
      expect(await store.claim(deviceOf("nobody"))).toBeUndefined();
    });

    test("calls of one tick take effect in their order, reads among them", async () => {
      const answers = await Promise.all([
        store.account("alice"),
        store.register(registration("alice", 1)),
        store.account("alice"),
        store.unregister("alice"),
        store.account("alice"),
        store.register(registration("alice", 2)),
      ]);
      expect(answers[0]).toBeUndefined();
      expect(answers[2]).toMatchObject({ identity: identityOf(1) });
      expect([answers[1], answers[3], answers[4], answers[5]]).toEqual([
        "registered",
        true,
        undefined,
        "registered",
      ]);
    });

    test("what was answered is there after opening again, and a closed store takes no more calls", async () => {
      await store.register(registration("alice", 1));
      await store.publish(deviceOf("alice"), [keyPackage("1")]);
      const last = store.register(registration("bob", 2));
      const reopened = subject.reopen();
      expect(await last).toBe("registered");
      subject = await reopened;
      await expect(store.account("alice")).rejects.toThrow("closed");
      expect((await subject.store.accounts("", 9)).map(({ fold }) => fold)).toEqual(["alice", "bob"]);
      expect(await subject.store.claim(deviceOf("alice"))).toEqual(keyPackage("1"));
    });
  });
}

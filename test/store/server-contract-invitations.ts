// What every server store does with invitations: made all or none, used in the step that makes an account, never twice.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { NewInvitation } from "../../src/ports/invitations.ts";
import type { Registration, ServerStore } from "../../src/ports/server-store.ts";
import { bytes, deviceOf, identityOf, registration, type Subject } from "./server-fixtures.ts";

const hashOf = (word: string) => bytes(word.padEnd(32, "#"));
const invitation = (word: string, changes: Partial<NewInvitation> = {}): NewInvitation => ({
  hash: hashOf(word),
  role: "student",
  time: 1,
  ...changes,
});
const named = (name: string) => ({ name, fold: name.toLowerCase() });

/** Declares the suite for stores that `open` makes, each empty. */
export function serverInvitationsContract(name: string, open: () => Promise<Subject>): void {
  describe(`${name}: invitations`, () => {
    let subject: Subject;
    let store: ServerStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => subject.dispose());

    const comes = (who: string, person: number, word: string, changes: Partial<Registration> = {}) =>
      store.register(registration(who, person, { invitation: hashOf(word), ...changes }));
    const usedBy = async () =>
      (await store.invitations.list()).map((one) => one.usedBy.map((use) => use.name));

    test("one that is good lets in, gives its role, and knows who came by it", async () => {
      const made = await store.invitations.invite([invitation("a", { role: "assistant", uses: 2 })], false);
      expect(made).toEqual([{ outcome: "made", id: 1 }]);
      expect(await comes("Alice", 1, "a", { time: 7 })).toBe("registered");
      expect(await store.account("alice")).toMatchObject({ role: "assistant" });
      const use = { name: "Alice", identity: identityOf(1), time: 7 };
      const kept = { id: 1, role: "assistant", time: 1, uses: 2, revoked: false, usedBy: [use] } as const;
      expect(await store.invitations.list()).toEqual([kept]);
      expect(await store.invitations.find(hashOf("a"))).toEqual(kept);
      expect(await store.invitations.find(hashOf("b"))).toBeUndefined();
      expect(await comes("bob", 2, "b")).toBe("no-such-invitation");
      expect(await store.account("bob")).toBeUndefined();
    });

    test("a repeat by the same keys is answered as the first time and counts once", async () => {
      await store.invitations.invite([invitation("a", { uses: 1, expires: 10 })], false);
      expect(await comes("alice", 1, "a")).toBe("registered");
      expect(await comes("alice", 1, "a")).toBe("known");
      await store.invitations.revoke([1]);
      expect(await comes("alice", 1, "a", { time: 99 })).toBe("known");
      // A person who is in may bring a further device, by whatever has become of the link.
      expect(await comes("alice", 1, "a", { device: deviceOf("laptop") })).toBe("registered");
      expect(await usedBy()).toEqual([["alice"]]);
    });

    test("used up, expired, revoked and for another name: each is told, and nobody is let in", async () => {
      await store.invitations.invite(
        [
          invitation("once", { uses: 1 }),
          invitation("short", { expires: 10 }),
          invitation("gone"),
          invitation("hers", { uses: 1, invitee: named("Carol") }),
        ],
        false,
      );
      expect(await store.invitations.revoke([3])).toBe("revoked");
      expect(await comes("alice", 1, "once")).toBe("registered");
      expect(await comes("bob", 2, "once")).toBe("invitation-used");
      expect(await comes("bob", 2, "short", { time: 9 })).toBe("registered");
      expect(await comes("dave", 4, "short", { time: 10 })).toBe("invitation-expired");
      expect(await comes("dave", 4, "gone")).toBe("invitation-revoked");
      expect(await comes("dave", 4, "hers")).toBe("invitation-name");
      expect(await store.account("dave")).toBeUndefined();
      expect(await comes("CAROL", 3, "hers")).toBe("registered");
      expect(await usedBy()).toEqual([["alice"], ["bob"], [], ["CAROL"]]);
    });

    test("a name that cannot be had uses nothing", async () => {
      await store.invitations.invite([invitation("a", { uses: 1 })], false);
      await store.register(registration("alice", 1));
      expect(await comes("alice", 2, "a", { device: deviceOf("other") })).toBe("name-taken");
      expect(await comes("a1ice", 2, "a", { skeleton: "alice" })).toBe("name-alike");
      expect(await comes("bob", 2, "a", { device: deviceOf("alice") })).toBe("device-taken");
      expect(await comes("bob", 2, "a")).toBe("registered");
    });

    test("of those who come at one moment, as many are let in as it says", async () => {
      await store.invitations.invite([invitation("a", { uses: 2 })], false);
      const outcomes = await Promise.all(["ann", "ben", "cleo"].map((who, i) => comes(who, i, "a")));
      expect(outcomes).toEqual(["registered", "registered", "invitation-used"]);
    });

    test("a freed name needs a use of its own", async () => {
      await store.invitations.invite([invitation("a", { uses: 1 })], false);
      await comes("alice", 1, "a");
      await store.unregister("alice");
      expect(await comes("alice", 1, "a")).toBe("invitation-used");
      expect(await usedBy()).toEqual([["alice"]]);
    });

    test("a name has one good link: a second is not made, unless in the place of the first", async () => {
      const hers = (word: string, time = 1) =>
        invitation(word, { time, uses: 1, invitee: named("Ann"), expires: 10 });
      const invite = (one: NewInvitation, renew = false) => store.invitations.invite([one], renew);
      expect(await invite(hers("a"))).toEqual([{ outcome: "made", id: 1 }]);
      expect(await invite(hers("b"))).toEqual([{ outcome: "invited", id: 1 }]);
      expect(await invite(hers("b"), true)).toEqual([{ outcome: "made", id: 2 }]);
      expect(await comes("ann", 1, "a")).toBe("invitation-revoked");
      // What has expired is as good as none.
      expect(await invite(hers("c", 10))).toEqual([{ outcome: "made", id: 3 }]);
      expect(await comes("ann", 1, "b")).toBe("registered");
      expect(await invite(hers("d"))).toEqual([{ outcome: "joined" }]);
    });

    test("many are made at once: only for those who have none", async () => {
      await store.register(registration("ben", 2));
      const forAll = (words: readonly string[], round: string) =>
        store.invitations.invite(
          words.map((word) => invitation(word + round, { uses: 1, invitee: named(word) })),
          false,
        );
      const first = await forAll(["ann", "ben", "cleo"], "1");
      expect(first.map(({ outcome }) => outcome)).toEqual(["made", "joined", "made"]);
      const again = await forAll(["dave", "ann", "ben"], "2");
      expect(again.map(({ outcome }) => outcome)).toEqual(["made", "invited", "joined"]);
    });

    test("revoking is for all that are named or for none", async () => {
      await store.invitations.invite([invitation("a"), invitation("b")], false);
      expect(await store.invitations.revoke([1, 3])).toBe("none");
      expect((await store.invitations.list()).map(({ revoked }) => revoked)).toEqual([false, false]);
      expect(await store.invitations.revoke([1, 2])).toBe("revoked");
      expect((await store.invitations.list()).map(({ revoked }) => revoked)).toEqual([true, true]);
    });

    test("a role can be given and taken, to whoever is there", async () => {
      await store.register(registration("alice", 1));
      expect(await store.account("alice")).toMatchObject({ role: "student" });
      expect(await store.setRole("alice", "instructor")).toBe(true);
      expect(await store.accounts("", 9)).toMatchObject([{ role: "instructor" }]);
      expect(await store.setRole("bob", "instructor")).toBe(false);
    });

    test("all of it is there after opening again", async () => {
      await store.invitations.invite([invitation("a", { uses: 3, invitee: named("Ann") })], false);
      await comes("Ann", 1, "a");
      const before = await store.invitations.list();
      subject = await subject.reopen();
      expect(await subject.store.invitations.list()).toEqual(before);
      expect(await subject.store.account("ann")).toMatchObject({ role: "student" });
    });
  });
}

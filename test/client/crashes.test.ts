// What a person can rely on when the program is killed at any moment: before or after whatever it writes down. When it
// is started again, nothing is lost and nothing is doubled.

import { expect, test } from "bun:test";
import { classroom, type Person } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

/** For those that go through many cases: the machine may be a slow one. */
const LONG = 60_000;

const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";

class Killed extends Error {}

/** A process that is killed at its `n`-th write, before or after it: it says nothing more to the server either. */
function mortal(n: number, when: "before" | "after") {
  let writes = 0;
  let dead = false;
  const die = (moment: "before" | "after") => {
    if (dead) throw new Killed();
    if (moment === "before") writes += 1;
    if (writes !== n || moment !== when) return;
    dead = true;
    throw new Killed();
  };
  return {
    hooks: { beforeWrite: () => die("before"), afterWrite: () => die("after") },
    tap: tap({ out: () => (dead ? "cut" : "pass"), in: () => (dead ? "cut" : "pass") }),
    isDead: () => dead,
    kill: () => {
      dead = true;
    },
  };
}

async function rows(person: Person, to: string) {
  return (await person.face.history({ with: to, limit: 100 })).map(({ text, state }) =>
    state ? [text, state] : [text],
  );
}

const TEXTS = ["one", "two", "three"];

for (const when of ["before", "after"] as const) {
  test(
    `the writer is killed ${when} each write in turn`,
    async () => {
      for (let n = 1, dies = true; dies; n++) {
        const room = classroom({ clock: new VirtualClock() });
        const bob = room.person("bob");
        const life = mortal(n, when);
        // What send() had answered before the end is a promise; what it had not may be there or not.
        const promised: string[] = [];
        let alice: Person | undefined;
        try {
          alice = room.person("alice", life);
          const writing = alice;
          await room.settle(() => life.isDead() || (isOnline(writing) && isOnline(bob)));
          for (const text of TEXTS) {
            await alice.face.send("bob", text);
            promised.push(text);
          }
          await room.settle(() => life.isDead() || bob.heard().length === 3);
          await room.settle(
            () =>
              life.isDead() ||
              writing.events.filter((one) => one.type === "state" && one.state === "delivered").length === 3,
          );
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        dies = life.isDead();
        if (alice === undefined) continue; // killed before it had keys: there is nothing to come back to
        life.kill();
        room.net.cut();
        const again = room.person("alice", { disk: alice.disk });
        await room.settle(() => isOnline(again));
        await again.face.send("bob", "last");
        await room.settle(() => bob.heard().includes("last"));
        await room.net.quiet();
        const heard = bob.heard();
        expect([n, heard]).toEqual([n, TEXTS.slice(0, heard.length - 1).concat("last")]);
        const kept = heard.length - 1;
        expect([n, kept === promised.length || kept === promised.length + 1]).toEqual([n, true]);
        await room.settle(() =>
          again.events.some((one) => one.type === "state" && one.state === "delivered"),
        );
        expect([n, await rows(again, "bob")]).toEqual([n, heard.map((text) => [text, "delivered"])]);
        expect([n, bob.events.filter(({ type }) => type === "missing")]).toEqual([n, []]);
        expect([n, room.bugs.filter((bug) => !(bug instanceof Killed))]).toEqual([n, []]);
        expect(n).toBeLessThan(60);
      }
    },
    LONG,
  );

  test(
    `the reader is killed ${when} each write in turn`,
    async () => {
      for (let n = 1, dies = true; dies; n++) {
        const room = classroom({ clock: new VirtualClock() });
        const alice = room.person("alice");
        const life = mortal(n, when);
        let bob: Person | undefined;
        try {
          bob = room.person("bob", life);
          const reading = bob;
          await room.settle(() => life.isDead() || (isOnline(alice) && isOnline(reading)));
          if (!life.isDead()) for (const text of TEXTS) await alice.face.send("bob", text);
          await room.settle(() => life.isDead() || reading.heard().length === 3);
          await reading.face.send("alice", "answer");
          await room.settle(() => life.isDead() || alice.heard().length === 1);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        dies = life.isDead();
        if (bob === undefined) continue;
        life.kill();
        room.net.cut();
        const again = room.person("bob", { disk: bob.disk });
        await room.settle(() => isOnline(again) && isOnline(alice));
        await alice.face.send("bob", "last");
        await room.settle(() => again.heard().includes("last"));
        await room.net.quiet();
        const own = (await again.face.history({ limit: 100 }))
          .filter(({ own }) => !own)
          .map(({ text }) => text);
        expect([n, own]).toEqual([n, own.length === 4 ? [...TEXTS, "last"] : ["last"]]);
        // What was written down but not shown is still to be shown, and what was shown is there.
        const unread = (await again.face.unread()).map(({ text }) => text);
        expect([n, unread]).toEqual([n, own]);
        const told = again.heard().length + bob.heard().length;
        expect([n, told === own.length || told === own.length - 1]).toEqual([n, true]);
        expect([n, again.events.filter(({ type }) => type === "missing")]).toEqual([n, []]);
        expect([n, room.bugs.filter((bug) => !(bug instanceof Killed))]).toEqual([n, []]);
        expect(n).toBeLessThan(60);
      }
    },
    LONG,
  );
}

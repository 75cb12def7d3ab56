// What a person can rely on when the disk of this device takes nothing for a while: nothing is half done, and nothing
// is lost of what others wrote meanwhile.

import { expect, test } from "bun:test";
import { StoreFailure } from "../../src/ports.ts";
import { classroom, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

/** For those that go through many cases: the machine may be a slow one. */
const LONG = 60_000;

const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";
const last = (person: Person, id: string) =>
  person.events.findLast((event) => event.type === "state" && event.id === id);

async function twoWhoTalked() {
  const room = classroom({ clock: new VirtualClock() });
  let full = false;
  const hooks = {
    beforeWrite: () => {
      if (full) throw new StoreFailure("full");
    },
  };
  const alice = room.person("alice", { hooks });
  const bob = room.person("bob");
  await room.settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "before");
  await bob.face.send("alice", "also before");
  await room.settle(() => alice.heard().length === 1 && bob.heard().length === 1);
  return { room, alice, bob, fill: (now: boolean) => (full = now) };
}

test("on a full disk sending fails, nothing of it stays, and later it works again", async () => {
  const { room, alice, bob, fill } = await twoWhoTalked();
  const before = alice.events.length;
  fill(true);
  for (const to of ["bob", "carol"]) {
    const failure = await alice.face.send(to, "lost").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreFailure);
  }
  await room.net.quiet();
  expect(alice.events.slice(before).filter(({ type }) => type === "state")).toEqual([]);
  expect((await alice.face.history({ limit: 10 })).map(({ text }) => text)).toEqual([
    "before",
    "also before",
  ]);
  fill(false);
  const { id } = await alice.face.send("bob", "after");
  await room.settle(() => last(alice, id)?.type === "state");
  await room.settle(() => JSON.stringify(last(alice, id)).includes('"delivered"'));
  expect(bob.heard()).toEqual(["before", "after"]);
  expect(room.bugs).toEqual([]);
});

test("what others write while the disk is full is not acknowledged, and comes when there is room", async () => {
  const { room, alice, bob, fill } = await twoWhoTalked();
  fill(true);
  for (const text of ["one", "two", "three"]) await bob.face.send("alice", text);
  await room.net.quiet();
  expect(alice.heard()).toEqual(["also before"]);
  expect(alice.events.at(-1)).toMatchObject({
    type: "status",
    status: { cause: { kind: "storage", reason: "full" } },
  });
  fill(false);
  await room.settle(() => alice.heard().length === 4);
  expect(alice.heard()).toEqual(["also before", "one", "two", "three"]);
  expect(alice.events.filter(({ type }) => type === "missing")).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test(
  "a disk that fails for one write alone loses nothing, whichever write it is",
  async () => {
    let total = 1;
    for (let n = 1; n <= total; n++) {
      const room = classroom({ clock: new VirtualClock() });
      let writes = Number.NEGATIVE_INFINITY;
      const beforeWrite = () => {
        if ((writes += 1) === n) throw new StoreFailure("full");
      };
      const alice = room.person("alice", { hooks: { beforeWrite } });
      const bob = room.person("bob");
      await room.settle(() => isOnline(alice) && isOnline(bob));
      writes = 0;
      const sent: string[] = [];
      const talk = [0, 1, 2].flatMap((i) => [
        alice.face.send("bob", `a${i}`).then(
          () => sent.push(`a${i}`),
          () => undefined,
        ),
        bob.face.send("alice", `b${i}`),
      ]);
      await Promise.all(talk);
      await room.settle(() => alice.heard().length === 3 && bob.heard().length === sent.length);
      await room.settle(
        () =>
          alice.events.filter((event) => event.type === "state" && event.state === "delivered").length ===
          sent.length,
      );
      expect([n, alice.heard(), bob.heard()]).toEqual([n, ["b0", "b1", "b2"], sent]);
      expect([n, alice.events.filter(({ type }) => type === "missing"), room.bugs]).toEqual([n, [], []]);
      const texts = async (person: Person) =>
        (await person.face.history({ limit: 50 })).map(({ text }) => text);
      expect([n, (await texts(alice)).sort()]).toEqual([n, [...sent, "b0", "b1", "b2"].sort()]);
      if (writes > total) total = writes;
      expect(n).toBeLessThan(100);
    }
    expect(total).toBeGreaterThan(10);
  },
  LONG,
);

test(
  "where one write fails, what came after it and could be written is not passed over",
  async () => {
    for (let n = 1; n <= 6; n++) {
      const room = classroom({ clock: new VirtualClock() });
      let left = Number.POSITIVE_INFINITY;
      const beforeWrite = () => {
        if ((left -= 1) === 0) throw new StoreFailure("full");
      };
      const alice = room.person("alice", { hooks: { beforeWrite } });
      const bob = room.person("bob");
      await room.settle(() => isOnline(alice) && isOnline(bob));
      await bob.face.send("alice", "before");
      await room.settle(() => alice.heard().length === 1);
      // Alice's queue waits for an answer while Bob's messages come, so that all of them stand in it at once.
      const asking = room.net.pipes().filter(({ peer }) => Buffer.compare(peer, room.serverKey) === 0);
      for (const line of asking.slice(0, 1)) line.stall();
      await alice.face.send("nobody", "hello?");
      for (const text of ["one", "two", "three"]) await bob.face.send("alice", text);
      await room.net.quiet();
      left = n;
      for (const line of asking) line.release();
      await room.settle(() => alice.heard().length === 4);
      expect([n, alice.heard()]).toEqual([n, ["before", "one", "two", "three"]]);
      expect([n, alice.events.filter(({ type }) => type === "missing"), room.bugs]).toEqual([n, [], []]);
    }
  },
  LONG,
);

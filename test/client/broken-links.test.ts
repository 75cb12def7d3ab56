// What two people can rely on when the link breaks: whenever it does, each message arrives once, in order, and its
// writer learns that it did.

import { expect, test } from "bun:test";
import { type ClassroomOptions, classroom, type Person } from "../sim/people.ts";
import { cutAfter, tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

/** For those that go through many cases: the machine may be a slow one. */
const LONG = 60_000;

const room = (options: ClassroomOptions = {}) => classroom({ clock: new VirtualClock(), ...options });
const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";

async function states(person: Person, to: string) {
  return (await person.face.history({ with: to, limit: 100 })).map(({ text, state }) => [text, state]);
}

/** The last state that was told of each message. */
function told(person: Person): string[] {
  const last = new Map<string, string>();
  for (const event of person.events) if (event.type === "state") last.set(event.id, event.state);
  return [...last.values()];
}

for (const side of ["the writer's", "the reader's"] as const) {
  test(
    `${side} link is cut after each frame in turn: three messages arrive once, in order, and are told as delivered`,
    async () => {
      for (let n = 1, total = Number.POSITIVE_INFINITY; n <= total; n++) {
        const { person, settle, bugs } = room();
        const line = cutAfter(n);
        const alice = person("alice", side === "the writer's" ? { tap: line } : {});
        const bob = person("bob", side === "the reader's" ? { tap: line } : {});
        await settle(() => isOnline(alice) && isOnline(bob));
        for (const text of ["one", "two", "three"]) await alice.face.send("bob", text);
        await settle(() => told(alice).length === 3 && told(alice).every((state) => state === "delivered"));
        expect([n, bob.heard()]).toEqual([n, ["one", "two", "three"]]);
        expect([n, await states(alice, "bob")]).toEqual([
          n,
          ["one", "two", "three"].map((text) => [text, "delivered"]),
        ]);
        expect([n, bob.events.filter(({ type }) => type === "missing"), bugs]).toEqual([n, [], []]);
        if (line.frames < n) total = n; // it was never reached: there are no more boundaries
        expect(n).toBeLessThan(120);
      }
    },
    LONG,
  );
}

test("when the answer to a message is lost, the same bytes go out again, and it is delivered once", async () => {
  const { person, settle, bugs } = room();
  const sent: Uint8Array[] = [];
  let lose = false;
  const alice = person("alice", {
    tap: tap({
      out: (message, body) => {
        if (message.t === "append") sent.push(body.slice());
        return "pass";
      },
      in: (message) => {
        if (message.t !== "accepted" || !lose) return "pass";
        lose = false;
        return "cut";
      },
    }),
  });
  const bob = person("bob");
  await settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "one");
  await settle(() => told(alice)[0] === "delivered");
  lose = true;
  await alice.face.send("bob", "two");
  await settle(() => told(alice)[1] === "delivered");
  expect(bob.heard()).toEqual(["one", "two"]);
  expect(sent).toHaveLength(3);
  expect(sent[2]).toEqual(sent[1] ?? new Uint8Array(0));
  expect(await states(alice, "bob")).toEqual([
    ["one", "delivered"],
    ["two", "delivered"],
  ]);
  expect(bugs).toEqual([]);
});

test(
  "the server is killed after each frame in turn, and started again: nothing is lost or doubled",
  async () => {
    for (let n = 1, reached = true; reached; n++) {
      const first = room();
      let frames = 0;
      reached = false;
      const count = () => {
        if ((frames += 1) !== n) return "pass" as const;
        reached = true;
        first.store.crash();
        first.net.up = false;
        first.net.cut();
        return "last" as const;
      };
      const [a, b] = [first.person("alice", { tap: tap({ out: count, in: count }) }), first.person("bob")];
      const written: string[] = [];
      await first.settle(() => reached || (isOnline(a) && isOnline(b)));
      for (const text of ["one", "two", "three"]) {
        await a.face.send("bob", text);
        written.push(text);
      }
      await first.settle(
        () => reached || (told(a).length === 3 && told(a).every((state) => state === "delivered")),
      );
      first.net.cut();
      await first.net.quiet();
      await Promise.all([a.face.close(), b.face.close()]);
      const second = room({ durable: first.durable });
      const again = second.person("alice", { disk: a.disk });
      const reader = second.person("bob", { disk: b.disk });
      await second.settle(() => isOnline(again) && isOnline(reader));
      await again.face.send("bob", "last");
      await second.settle(() => reader.heard().includes("last"));
      await second.net.quiet();
      expect([n, [...b.heard(), ...reader.heard()]]).toEqual([n, [...written, "last"]]);
      await second.settle(() => told(again).includes("delivered"));
      const rows = await states(again, "bob");
      expect([n, rows]).toEqual([n, [...written, "last"].map((text) => [text, "delivered"])]);
      expect([n, [...first.bugs, ...second.bugs]]).toEqual([n, []]);
      expect(n).toBeLessThan(80);
    }
  },
  LONG,
);

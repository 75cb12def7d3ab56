// What the state of a message says is so: nothing is told as delivered that its recipient does not have, whatever was
// lost on either side; and what waits says why.

import { expect, test } from "bun:test";
import { copyOfVault } from "../sim/copies.ts";
import { type ClassroomOptions, classroom, online, type Person } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const room = (options: ClassroomOptions = {}) => classroom({ clock: new VirtualClock(), ...options });
const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";

/** The states that were told of a message, in order. */
const told = (person: Person, id: string) =>
  person.events.flatMap((event) => (event.type === "state" && event.id === id ? [event.state] : []));

async function states(person: Person) {
  return (await person.face.history({ limit: 100 })).flatMap(({ own, text, state }) =>
    own ? [[text, state]] : [],
  );
}

async function two(options: ClassroomOptions = {}) {
  const made = room(options);
  const alice = made.person("alice");
  const bob = made.person("bob");
  await made.settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "hello");
  await bob.face.send("alice", "hello too");
  await made.settle(() => alice.heard().length === 1 && bob.heard().length === 1);
  await made.net.quiet();
  return { ...made, alice, bob };
}

/** The keys of this vault's conversations are lost. */
function loseKeys({ disk }: Person): void {
  disk.records.get("group")?.clear();
}

test("a recipient who has lost the keys comes back while the sender is away: no tick before it is read", async () => {
  const { person, settle, net, alice, bob, bugs } = await two();
  await bob.face.close();
  const { id } = await alice.face.send("bob", "unreadable at first");
  await settle(() => told(alice, id).includes("accepted"));
  await alice.face.close();
  loseKeys(bob);
  const back = person("bob", { disk: bob.disk });
  await settle(() => isOnline(back));
  await net.quiet();
  expect(back.heard()).toEqual([]); // it was sealed to keys that are no more
  const again = person("alice", { disk: alice.disk });
  const early: string[] = [];
  again.face.subscribe((event) => {
    if (
      event.type === "state" &&
      event.state === "delivered" &&
      !back.heard().includes("unreadable at first")
    )
      early.push(event.id);
  });
  await settle(() => told(again, id).includes("delivered"));
  expect(early).toEqual([]);
  expect(told(again, id)).toEqual(["waiting", "accepted", "delivered"]);
  expect(back.heard()).toEqual(["unreadable at first"]);
  expect(await states(again)).toEqual([
    ["hello", "delivered"],
    ["unreadable at first", "delivered"],
  ]);
  expect(bugs).toEqual([]);
});

test("a receipt that overtakes the news that its reader has lost the keys is no tick", async () => {
  const held: (() => void)[] = [];
  let hold = false;
  const made = room();
  // What others do in the log reaches her late; receipts come at once.
  const alice = made.person("alice", {
    tap: (dial) => (attach) =>
      dial((link) => {
        const handler = attach(link);
        return {
          data: (chunk) => {
            if (!hold || !Buffer.from(chunk).includes('"t":"entry"')) return handler.data(chunk);
            const copy = chunk.slice();
            held.push(() => handler.data(copy));
          },
          drained: () => handler.drained(),
          ended: (end) => handler.ended(end),
        };
      }),
  });
  const bob = made.person("bob");
  await made.settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "hello");
  await made.settle(() => bob.heard().length === 1);
  await bob.face.close();
  const { id } = await alice.face.send("bob", "unreadable at first");
  await made.settle(() => told(alice, id).includes("accepted"));
  hold = true;
  loseKeys(bob);
  const back = made.person("bob", { disk: bob.disk });
  await made.settle(() => isOnline(back));
  await made.net.quiet();
  expect(held.length).toBeGreaterThan(0);
  expect(told(alice, id)).toEqual(["waiting", "accepted"]);
  hold = false;
  for (const pass of held) pass();
  await made.settle(() => told(alice, id).includes("delivered"));
  expect(told(alice, id)).toEqual(["waiting", "accepted", "waiting", "accepted", "delivered"]);
  expect(back.heard()).toEqual(["unreadable at first"]);
  expect(made.bugs).toEqual([]);
});

test("what the recipient had read before losing the keys is sent again, and is on the screen once", async () => {
  const { person, settle, net, alice, bob, bugs } = await two();
  await alice.face.close();
  // She is gone before the receipt comes.
  let cut = false;
  const writing = person("alice", {
    disk: alice.disk,
    tap: tap({ in: (message) => (cut && message.t === "receipt" ? "cut" : "pass") }),
  });
  await settle(() => isOnline(writing));
  cut = true;
  const { id } = await writing.face.send("bob", "read already");
  await settle(() => bob.heard().includes("read already"));
  await writing.face.close();
  await bob.face.close();
  loseKeys(bob);
  const back = person("bob", { disk: bob.disk });
  await settle(() => isOnline(back));
  await net.quiet();
  const again = person("alice", { disk: alice.disk });
  await settle(() => told(again, id).includes("delivered"));
  await net.quiet();
  expect((await back.face.history({ limit: 10 })).map(({ text }) => text)).toEqual([
    "hello",
    "hello too",
    "read already",
  ]);
  expect(back.heard()).toEqual([]);
  expect(bugs).toEqual([]);
});

test("who comes back with an older vault sends what was under way once more, and nobody sees it twice", async () => {
  const { person, settle, net, alice, bob, bugs } = await two();
  await bob.face.close();
  const sent = await alice.face.send("bob", "under way");
  await settle(() => told(alice, sent.id).includes("accepted"));
  const copy = copyOfVault(alice.disk);
  await alice.face.send("bob", "after the copy");
  await net.quiet();
  await alice.face.close();
  const again = person("alice", { disk: copy });
  await settle(() => isOnline(again));
  await again.face.send("bob", "with new keys");
  await net.quiet();
  const reader = person("bob", { disk: bob.disk });
  await settle(() => reader.heard().includes("with new keys"));
  await net.quiet();
  expect(reader.heard()).toEqual(["under way", "after the copy", "with new keys"]);
  expect(told(again, sent.id)).toEqual(["waiting", "accepted", "delivered"]);
  expect((await states(again)).every(([, state]) => state === "delivered")).toBe(true);
  expect(bugs).toEqual([]);
});

test("an answer that comes after the message was sent again is not about it", async () => {
  const { person, settle, net, alice, bob, bugs } = await two();
  await Promise.all([alice.face.close(), bob.face.close()]);
  const unanswered = person("alice", {
    disk: alice.disk,
    tap: tap({ in: (message) => (message.t === "accepted" ? "cut" : "pass") }),
  });
  await unanswered.until(online);
  const { id } = await unanswered.face.send("bob", "unreadable at first");
  await net.quiet();
  await unanswered.face.close();
  loseKeys(bob);
  const back = person("bob", { disk: bob.disk });
  await settle(() => isOnline(back));
  await net.quiet();
  // The answer to what went out once more as it was comes when the log has told that nobody can read it, and what is
  // sent in its place is lost on the way.
  let late: (() => void) | undefined;
  let lossy = true;
  const again = person("alice", {
    disk: alice.disk,
    tap: (dial) => (attach) =>
      tap({ out: (message) => (lossy && message.t === "append" && message.id !== id ? "drop" : "pass") })(
        dial,
      )((link) => {
        const handler = attach(link);
        return {
          data: (chunk) => {
            if (!lossy || !Buffer.from(chunk).includes('"t":"accepted"')) return handler.data(chunk);
            const copy = chunk.slice();
            late = () => handler.data(copy);
          },
          drained: () => handler.drained(),
          ended: (end) => handler.ended(end),
        };
      }),
  });
  await settle(() => late !== undefined);
  await net.quiet();
  late?.();
  await net.quiet();
  expect(told(again, id)).not.toContain("delivered");
  expect(back.heard()).toEqual([]);
  lossy = false;
  net.cut();
  await settle(() => told(again, id).includes("delivered"));
  expect(back.heard()).toEqual(["unreadable at first"]);
  expect(bugs).toEqual([]);
});

test("why the server does not take it now is told, and told once it has taken it", async () => {
  const { settle, pass, breakDisk, alice, bob, bugs } = await two();
  breakDisk("full");
  const { id } = await alice.face.send("bob", "when there is room");
  await pass(10_000);
  expect(alice.events.findLast((event) => event.type === "state")).toEqual({
    type: "state",
    id,
    conversation: "bob",
    state: "waiting",
    delivered: 0,
    of: 1,
    reason: "storage-full",
  });
  breakDisk(undefined);
  await settle(() => told(alice, id).includes("delivered"));
  expect(bob.heard()).toEqual(["hello", "when there is room"]);
  expect(bugs).toEqual([]);
});

test("when the answer is lost, the entry itself says that it is accepted, and no state goes back", async () => {
  let lose = false;
  const made = room();
  const alice = made.person("alice", {
    tap: tap({ in: (message) => (lose && message.t === "accepted" ? "cut" : "pass") }),
  });
  const bob = made.person("bob");
  await made.settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "hello");
  await made.settle(() => bob.heard().length === 1);
  lose = true;
  const { id } = await alice.face.send("bob", "answered in vain");
  await made.settle(() => !isOnline(alice));
  lose = false;
  await made.settle(() => told(alice, id).includes("delivered"));
  await made.net.quiet();
  const seen = told(alice, id);
  expect(seen.indexOf("delivered")).toBe(seen.length - 1);
  expect(bob.heard()).toEqual(["hello", "answered in vain"]);
  expect(made.bugs).toEqual([]);
});

test("what is written while the server is away goes out with the next connection, however short it is", async () => {
  const { person, net, alice, bob, bugs } = await two();
  await alice.face.close();
  const away = person("alice", { disk: alice.disk, offline: true });
  await away.face.send("bob", "kept");
  await away.face.close();
  const short = person("alice", { disk: alice.disk });
  await short.until(online);
  await short.face.close();
  await net.quiet();
  expect(bob.heard()).toEqual(["hello", "kept"]);
  expect(bugs).toEqual([]);
});

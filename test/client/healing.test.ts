// What two people can rely on when one side's memory is lost, damaged, or put back from an older copy.

import { expect, test } from "bun:test";
import { copyOfServer, copyOfVault } from "../sim/copies.ts";
import { classroom, online, type Person } from "../sim/people.ts";

async function talking() {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await alice.say("bob", "one", "delivered");
  await bob.say("alice", "two", "delivered");
  return { room, alice, bob };
}

async function talkOn(alice: Person, bob: Person, word: string): Promise<void> {
  await alice.say("bob", `${word} to bob`, "delivered");
  await bob.say("alice", `${word} to alice`, "delivered");
  expect(bob.heard().at(-1)).toBe(`${word} to bob`);
  expect(alice.heard().at(-1)).toBe(`${word} to alice`);
}

const missing = (person: Person) => person.events.filter((event) => event.type === "missing");

test("a vault put back from an older copy: told once that something may be missing, then all goes on", async () => {
  const { room, alice, bob } = await talking();
  const copy = copyOfVault(bob.disk);
  await talkOn(alice, bob, "later");
  await bob.face.close();
  const again = room.person("bob", { disk: copy });
  await again.until(online);
  await talkOn(alice, again, "again");
  expect(missing(again)).toEqual([{ type: "missing", conversation: "alice" }]);
  expect(missing(alice)).toEqual([]);
  await talkOn(alice, again, "and again");
  expect(room.bugs).toEqual([]);
});

test("what was written under the older copy is sent once, whoever had it already", async () => {
  const { room, alice, bob } = await talking();
  room.net.up = false;
  room.net.cut();
  await bob.face.send("alice", "kept in the copy");
  const copy = copyOfVault(bob.disk);
  room.net.up = true;
  await alice.until((event) => event.type === "message" && event.message.text === "kept in the copy");
  await bob.face.close();
  const again = room.person("bob", { disk: copy });
  await again.until(online);
  await talkOn(alice, again, "again");
  expect(alice.heard().filter((text) => text === "kept in the copy")).toEqual(["kept in the copy"]);
  expect(room.bugs).toEqual([]);
});

test.each(["group", "ratchet", "conversation"] as const)(
  "a vault that has lost its %s records comes back by itself",
  async (table) => {
    const { room, alice, bob } = await talking();
    await bob.face.close();
    bob.disk.records.get(table)?.clear();
    await alice.say("bob", "while away");
    const again = room.person("bob", { disk: bob.disk });
    await again.until((event) => event.type === "message" && event.message.text === "while away");
    await talkOn(alice, again, "again");
    expect(missing(again).length).toBe(1);
    expect(room.bugs).toEqual([]);
  },
);

test("an MLS state that is damaged is replaced, and is never shown", async () => {
  const { room, alice, bob } = await talking();
  await bob.face.close();
  for (const [log, state] of bob.disk.records.get("group") ?? []) {
    bob.disk.records.get("group")?.set(log, state.slice(0, 40));
  }
  const again = room.person("bob", { disk: bob.disk });
  await again.until(online);
  await talkOn(alice, again, "again");
  expect(again.heard()).toEqual(["again to bob"]);
  expect(room.bugs).toEqual([]);
});

test("both sides come back from older copies", async () => {
  const { room, alice, bob } = await talking();
  const copies = [copyOfVault(alice.disk), copyOfVault(bob.disk)] as const;
  await talkOn(alice, bob, "later");
  await Promise.all([alice.face.close(), bob.face.close()]);
  const alice2 = room.person("alice", { disk: copies[0] });
  const bob2 = room.person("bob", { disk: copies[1] });
  await Promise.all([alice2.until(online), bob2.until(online)]);
  await talkOn(alice2, bob2, "again");
  expect(room.bugs).toEqual([]);
});

test("a server put back from an older copy: what it has lost and was not delivered is sent again, nothing twice", async () => {
  const { room, alice, bob } = await talking();
  const copy = copyOfServer(room.durable);
  await talkOn(alice, bob, "later");
  await bob.face.close();
  await alice.say("bob", "lost by the server");
  await alice.face.close();
  const older = classroom({ durable: copy });
  const alice2 = older.person("alice", { disk: alice.disk });
  const bob2 = older.person("bob", { disk: bob.disk });
  await Promise.all([alice2.until(online), bob2.until(online)]);
  await bob2.until((event) => event.type === "message" && event.message.text === "lost by the server");
  await talkOn(alice2, bob2, "again");
  expect(bob2.heard()).toEqual(["lost by the server", "again to bob"]);
  expect(older.bugs).toEqual([]);
});

test("a server put back from before the conversation: the next message begins it anew", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  const copy = copyOfServer(room.durable);
  await talkOn(alice, bob, "first");
  await Promise.all([alice.face.close(), bob.face.close()]);
  const older = classroom({ durable: copy });
  const alice2 = older.person("alice", { disk: alice.disk });
  const bob2 = older.person("bob", { disk: bob.disk });
  await Promise.all([alice2.until(online), bob2.until(online)]);
  await talkOn(alice2, bob2, "again");
  expect(older.bugs).toEqual([]);
});

test("coming back is itself survived by a crash after each write in turn", async () => {
  for (let n = 1, more = true; more; n++) {
    const { room, alice, bob } = await talking();
    const copy = copyOfVault(bob.disk);
    await talkOn(alice, bob, "later");
    await bob.face.close();
    let writes = 0;
    class Killed extends Error {}
    const hooks = {
      afterWrite: () => {
        writes += 1;
        if (writes >= n) throw new Killed();
      },
    };
    const dying = room.person("bob", { disk: copy, hooks });
    await Promise.race([
      dying.until((event) => event.type === "missing"),
      Bun.sleep(0).then(() => settled(() => writes >= n)),
    ]);
    more = writes >= n;
    const again = room.person("bob", { disk: copy });
    await again.until(online);
    await talkOn(alice, again, "again");
    expect(room.bugs.filter((bug) => !(bug instanceof Killed) && !String(bug).includes("closed"))).toEqual(
      [],
    );
    expect(n).toBeLessThan(30);
  }
});

async function settled(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !done(); turn++) await new Promise((resolve) => setImmediate(resolve));
}

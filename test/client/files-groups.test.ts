// What a group can rely on about files: uploaded once, for all who are in it then, and the sender sees how many have it.

import { expect, test } from "bun:test";
import { CHUNK } from "../../src/domain/chunks.ts";
import { ShelfDisk } from "../../src/store/file-shelf-memory.ts";
import { classroom } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";
import { downloads, isOnline, newest, noise, NOTES, send, settle } from "./file-people.ts";

async function group(announcement = false) {
  const room = classroom({ clock: new VirtualClock() });
  const shelf = new ShelfDisk();
  const bytes = noise(3 * CHUNK + 1);
  shelf.put(NOTES, bytes);
  const chunks: number[] = [];
  const counts = tap({ out: (message) => (message.t === "chunk" && chunks.push(message.index), "pass") });
  const alice = room.person("alice", { shelf, tap: counts });
  const others = ["bob", "carol", "dave"].map((name) => {
    const own = new ShelfDisk();
    own.put(NOTES, bytes);
    return room.person(name, { shelf: own });
  });
  const all = [alice, ...others];
  await settle(room, () => all.every(isOnline));
  let joined = 0;
  void alice.face
    .createGroup({ name: "class", open: true, announcement, history: 50 })
    .then(() => Promise.all(others.map((one) => one.face.joinGroup("class").then(() => (joined += 1)))));
  await settle(room, () => joined === others.length);
  return { room, alice, others, all, bytes, chunks };
}

test("a file to a group is uploaded once and fetched by each; the sender sees how many have it", async () => {
  const { room, alice, others, all, bytes, chunks } = await group();
  await send(alice, "@class");
  await settle(room, () => newest(alice)?.state === "taken", all);
  expect(newest(alice)).toMatchObject({ conversation: "@class", got: 3, declined: 0, of: 3 });
  expect(chunks).toEqual([0, 1, 2, 3]);
  for (const one of others) {
    expect(one.shelf.files.get("downloads/notes.pdf")).toEqual(bytes);
    expect(newest(one)).toMatchObject({ conversation: "@class", sender: "alice", state: "received" });
  }
  expect(room.bugs).toEqual([]);
});

test("whoever is away has it later, and is waited for", async () => {
  const { room, alice, others, all, bytes } = await group();
  const [, , dave] = others;
  if (dave === undefined) throw new Error("dave");
  await dave.face.close();
  await send(alice, "@class");
  await settle(room, () => newest(alice)?.got === 2, all);
  expect(newest(alice)).toMatchObject({ state: "sent", got: 2, of: 3 });
  const back = room.person("dave", { disk: dave.disk, shelf: dave.shelf });
  await settle(room, () => newest(alice)?.state === "taken", [...all, back]);
  expect(dave.shelf.files.get("downloads/notes.pdf")).toEqual(bytes);
});

test("where only admins write, only admins send files", async () => {
  const { room, others, all } = await group(true);
  const [bob] = others;
  if (bob === undefined) throw new Error("bob");
  await send(bob, "@class");
  await settle(room, () => newest(bob)?.state === "failed", all);
  expect(newest(bob)?.reason).toBe("announcement");
  for (const one of others) expect(downloads(one)).toEqual([]);
});

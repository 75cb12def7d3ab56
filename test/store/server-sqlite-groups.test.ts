// What the SQLite store does with groups beyond the contract: broken disks, other processes, copies, many at once.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { StoreFailure } from "../../src/ports.ts";
import type { ServerStore } from "../../src/ports/server-store.ts";
import { backUp } from "../../src/store/server-backup.ts";
import { openServerDatabase, openServerStore, serverStoreOver } from "../../src/store/server-sqlite.ts";
import {
  bytes,
  commit,
  deviceOf,
  founding,
  logOf,
  message,
  registration,
  rulesOf,
  temporaryFolder,
} from "./server-fixtures.ts";

const g = logOf("g");
const [alice, bob] = [deviceOf("alice"), deviceOf("bob")];

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

/** Registers three people; alice founds "g" and adds bob. */
async function begin(store: ServerStore): Promise<void> {
  for (const [at, name] of ["alice", "bob", "carol"].entries())
    await store.register(registration(name, at + 1));
  await store.found(founding("g", "alice"));
  await store.append(commit("g", "alice", "c1", 0, { added: ["bob"] }));
}

/** All of what a group is. */
async function all(store: ServerStore) {
  return {
    groups: await store.groups("", 9),
    members: await store.members(g),
    departed: await store.departed(g),
    infos: await Promise.all([undefined, 1, 2].map((epoch) => store.groupInfo(g, epoch))),
    entries: await store.entries(g, 0, 99, 1e9),
    memberships: await Promise.all(
      ["alice", "bob", "carol"].map((name) => store.memberships(deviceOf(name))),
    ),
    inbox: await store.entries(deviceOf("carol"), 0, 99, 1e9),
  };
}

test("a full disk leaves nothing half done of a commit, a founding or a departure", async () => {
  const db = openServerDatabase(folder.path("server.sqlite"));
  const store = serverStoreOver(db);
  await begin(store);
  const before = await all(store);
  const change = { added: ["carol"], removed: ["bob"], rules: rulesOf("new"), history: "what was" };
  const large = { ...commit("g", "alice", "c2", 1, change), info: new Uint8Array(200_000) };
  const calls = [
    () => store.append(commit("g", "alice", "small", 1, { ...change, history: "h" })),
    () => store.depart(g, bob, bytes("bob leaves")),
    () => store.found(founding("h", "carol")),
    () => store.append({ ...large, id: "c3", epoch: 2 }),
  ];
  db.run("PRAGMA max_page_count = 1"); // As many as there are: a limit below is raised to that.
  const refused = await Promise.allSettled(calls.map((call) => call()));
  for (const one of refused) {
    if (one.status === "fulfilled") throw new Error("the disk was full");
    expect(one.reason).toBeInstanceOf(StoreFailure);
  }
  expect(await all(store)).toEqual(before);

  db.run("PRAGMA max_page_count = 1000000");
  expect(await store.append(large)).toMatchObject({ outcome: "appended", seq: 2, members: 2 });
  expect(await store.found(founding("h", "carol"))).toBe("founded");
  expect((await store.groups("", 9)).map(({ fold, size }) => [fold, size])).toEqual([
    ["h", 1],
    ["new", 2],
  ]);
  await store.close();
});

test("rules that throw are their call's bug: the others of its tick are done", async () => {
  const store = openServerStore(folder.path("server.sqlite"));
  await begin(store);
  const admit = () => {
    throw new TypeError("a bug");
  };
  const tick = await Promise.allSettled([
    store.append(message("g", "alice", "m1", { epoch: 1 })),
    store.append({ ...commit("g", "alice", "c2", 1, { removed: ["bob"] }), admit }),
    store.append(message("g", "bob", "m2", { epoch: 1 })),
  ]);
  expect(tick).toMatchObject([
    { value: { seq: 2, members: 2 } },
    { status: "rejected" },
    { value: { seq: 3, members: 2 } },
  ]);
  await store.close();
});

test("what another process does to a group is known in the next call", async () => {
  const path = folder.path("server.sqlite");
  const [store, operator] = [openServerStore(path), openServerStore(path)];
  await begin(store);
  expect(await store.groupOfLog(g)).toMatchObject({ size: 2 });
  await operator.unregister("bob");
  expect(await store.groupOfLog(g)).toMatchObject({ size: 1 });
  expect(await store.members(g)).toEqual([{ device: alice, cursor: 0 }]);
  await operator.unregister("alice");
  expect(await store.append(commit("g", "carol", "c2", 1, { enters: "carol" }))).toEqual({
    outcome: "no-such-log",
  });
  expect(await store.found(founding("h", "carol", { fold: "g", skeleton: "g" }))).toBe("founded");
  await operator.close();
  await store.close();
});

test("groups are in a copy, and go on there", async () => {
  const data = folder.path("data");
  mkdirSync(data);
  const store = openServerStore(folder.path("data/server.sqlite"));
  await begin(store);
  await store.append(commit("g", "alice", "c2", 1, { removed: ["bob"], added: ["carol"] }));
  await store.depart(g, deviceOf("carol"), bytes("carol leaves"));
  const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
  expect(
    backUp({ data, database: "server.sqlite", files: [], folder: "blobs" }, folder.path("copy"), random),
  ).toBe("copied");
  const copy = openServerStore(folder.path("copy/server.sqlite"));
  expect(await all(copy)).toEqual(await all(store));
  expect(await copy.append(message("g", "alice", "m1", { epoch: 2 }))).toMatchObject({ outcome: "appended" });
  await copy.close();
  await store.close();
});

test("a message to three hundred, each of whom takes it in the same tick, is passed by all", async () => {
  const path = folder.path("server.sqlite");
  const store = openServerStore(path);
  const names = Array.from({ length: 300 }, (_, at) => `p${at}`);
  await Promise.all(names.map((name) => store.register(registration(name, 1))));
  await store.found(founding("g", "p0"));
  await store.append(commit("g", "p0", "c1", 0, { added: names.slice(1) }));
  expect(await store.append(message("g", "p0", "m1", { epoch: 1 }))).toMatchObject({ members: 300 });
  const moved = await Promise.all(names.map((name) => store.advance(g, deviceOf(name), 2)));
  expect(moved.map(({ to }) => to)).toEqual(names.map(() => 2));
  await store.close();
  const again = openServerStore(path);
  expect((await again.members(g)).map(({ cursor }) => cursor)).toEqual(names.map(() => 2));
  await again.trim();
  expect(await again.entries(g, 0, 9, 1e6)).toEqual([]);
  await again.close();
});

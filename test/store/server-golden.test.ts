// A server's database as former versions wrote it, read by today's code: a class is not lost by a new version.

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openServerStore, type ServerSqlite } from "../../src/store/server-sqlite.ts";
import {
  bytes,
  commit,
  deviceOf,
  founding,
  identityOf,
  logOf,
  message,
  registration,
  temporaryFolder,
} from "./server-fixtures.ts";

const [ab, bc] = [logOf("ab"), logOf("bc")];
const g = logOf("g");
const [alice, bob, carol] = [deviceOf("alice"), deviceOf("bob"), deviceOf("carol")];

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

function openGolden(version: string): ServerSqlite {
  const path = folder.path("server.sqlite");
  const db = new Database(path);
  db.run(readFileSync(join(import.meta.dir, "golden", `server-${version}.sql`), "utf8"));
  db.close();
  return openServerStore(path);
}

test("a database of version 1 opens, has all its rows, and goes on", async () => {
  const store = openGolden("v1");

  expect(await store.meta("join.secret")).toEqual(bytes("0123456789abcdef"));
  expect(await store.accounts("", 9)).toEqual([
    { name: "alice", fold: "alice", identity: identityOf(1), devices: [alice], role: "student" },
    { name: "bob", fold: "bob", identity: identityOf(2), devices: [bob], role: "student" },
  ]);
  expect(await store.memberships(bob)).toEqual([
    { log: bob, kind: "inbox", epoch: 0, head: 0, cursor: 0, expired: 0 },
    { log: ab, kind: "direct", epoch: 0, head: 6, cursor: 3, expired: 0 },
    { log: bc, kind: "direct", epoch: 4, head: 2, cursor: 0, expired: 0 },
  ]);
  expect(await store.members(ab)).toEqual([
    { device: alice, cursor: 2 },
    { device: bob, cursor: 3 },
  ]);
  expect(await store.waiting(bob)).toBe(2);
  expect((await store.entries(ab, 2, 9, 1e6)).map(({ seq, id, sender }) => [seq, id, sender])).toEqual([
    [3, "m3", alice],
    [4, "m4", bob],
    [5, "m5", alice],
    [6, "m6", bob],
  ]);
  expect((await store.entries(bc, 1, 9, 1e6))[0]).toEqual({
    ...message("bc", "carol", "n2", { epoch: 4 }),
    seq: 2,
  });

  expect(await store.append(message("ab", "alice", "m5"))).toMatchObject({
    outcome: "repeated",
    seq: 5,
    time: 1_700_000_000_005,
  });
  expect(await store.append(message("ab", "alice", "m7"))).toMatchObject({ outcome: "appended", seq: 7 });
  expect(await store.append(message("bc", "carol", "n3", { epoch: 4 }))).toEqual({ outcome: "not-member" });
  // "aa" was handed out before: it is not taken back.
  const keyPackage = (id: string, lastResort = false) => ({ id, body: bytes(`package ${id}`), lastResort });
  expect(await store.publish(bob, [keyPackage("aa")])).toBe(1);
  expect(await store.claim(bob)).toEqual(keyPackage("bb"));
  expect(await store.claim(bob)).toEqual(keyPackage("cc", true));
  expect(await store.register(registration("carol", 9, { device: carol }))).toBe("registered");
  expect(await store.memberships(carol)).toEqual([
    { log: carol, kind: "inbox", epoch: 0, head: 1, cursor: 1, expired: 0 },
  ]);
  await store.close();
});

test("a database of version 2 opens, knows what has expired, and goes on, with groups too", async () => {
  const store = openGolden("v2");
  expect(await store.meta("join.secret")).toEqual(bytes("0123456789abcdef"));
  expect((await store.accounts("", 9)).map(({ fold, devices }) => [fold, devices])).toEqual([
    ["alice", [alice, deviceOf("laptop")]],
    ["bob", [bob]],
  ]);
  expect(await store.memberships(bob)).toEqual([
    { log: bob, kind: "inbox", epoch: 0, head: 0, cursor: 0, expired: 0 },
    { log: ab, kind: "direct", epoch: 1, head: 6, cursor: 3, expired: 2 },
    { log: bc, kind: "direct", epoch: 4, head: 2, cursor: 0, expired: 1 },
  ]);
  expect((await store.entries(ab, 0, 9, 1e6)).map(({ seq, id, kind }) => [seq, id, kind])).toEqual([
    [3, "m3", "message"],
    [4, "c1", "commit"],
    [5, "m4", "message"],
    [6, "m5", "message"],
  ]);
  expect(await store.waiting(bob)).toBe(3);
  expect(await store.expired(bc)).toBe(1);
  expect(await store.groupInfo(ab)).toEqual({ epoch: 1, info: bytes("GroupInfo 1") });
  expect(await store.append(message("ab", "alice", "m5", { epoch: 1 }))).toMatchObject({
    outcome: "repeated",
    seq: 6,
  });
  const next = message("ab", "alice", "c2", { epoch: 1, kind: "commit", info: bytes("GroupInfo 2") });
  expect(await store.append(next)).toMatchObject({ outcome: "appended", seq: 7, members: 3 });
  expect(await store.found(founding("g", "bob"))).toBe("founded");
  expect(await store.append(commit("g", "bob", "c1", 0, { added: ["alice"] }))).toMatchObject({ members: 2 });
  await store.close();
});

test("a database of version 3 opens, has its groups with all that belongs to them, and goes on", async () => {
  const store = openGolden("v3");
  const group = { log: g, fold: "class", rules: bytes("new rules of class"), epoch: 3, size: 2 };
  expect(await store.groups("", 9)).toEqual([group]);
  expect(await store.members(g)).toEqual([
    { device: alice, cursor: 0 },
    { device: deviceOf("dave"), cursor: 2 },
  ]);
  expect((await store.memberships(bob))[1]).toEqual({
    log: g,
    kind: "group",
    epoch: 3,
    head: 5,
    cursor: 1,
    expired: 0,
    until: 5,
  });
  expect(await store.waiting(bob)).toBe(1);
  expect((await store.entries(bob, 0, 9, 1e6)).map(({ kind }) => kind)).toEqual(["welcome", "history"]);
  expect(await store.departed(g)).toEqual([{ device: carol, statement: bytes("carol leaves") }]);
  for (const epoch of [1, 2, 3])
    expect(await store.groupInfo(g, epoch)).toMatchObject({ epoch, info: bytes(`GroupInfo ${epoch}`) });
  expect(await store.append(message("old", "dave", "m1", { epoch: 1 }))).toEqual({ outcome: "group-closed" });
  expect(await store.found(founding("x", "bob", { fold: "old", skeleton: "old" }))).toBe("founded");
  expect(await store.found(founding("y", "bob", { skeleton: "c1ass" }))).toBe("alike");
  const settles = commit("g", "dave", "c4", 3, { removed: ["carol"] });
  expect(await store.append(settles)).toMatchObject({ outcome: "appended", seq: 7, members: 2 });
  expect(await store.departed(g)).toEqual([]);
  await store.close();
});

test("a database of version 4 opens, knows whose files are and who has them, and goes on", async () => {
  const store = openGolden("v4");
  expect(await store.blobs.find("to all", carol)).toEqual({
    blob: "to all",
    log: g,
    sender: alice,
    size: 1000,
    time: 10,
    told: true,
    freed: false,
    of: 2,
    got: 1,
    declined: 0,
  });
  expect(await store.blobs.find("had", bob)).toMatchObject({ freed: true, of: 1, got: 1 });
  expect(await store.blobs.find("untold", bob)).toMatchObject({ told: false, of: 0 });
  expect(await store.blobs.find("unwanted", bob)).toMatchObject({ told: true, of: 2, declined: 1 });
  expect(await store.blobs.settle("to all", carol, false)).toMatchObject({ record: { freed: true } });
  expect(await store.blobs.tidy(0, 13)).toEqual({ freed: [], gone: [{ blob: "untold", devices: [bob] }] });
  expect(await store.blobs.strays(["to all", "had", "untold", "unwanted"])).toEqual([
    "to all",
    "had",
    "untold",
  ]);
  const told = message("g", "carol", "m3", { epoch: 1, blob: "unwanted" });
  expect(await store.append(told)).toMatchObject({ outcome: "repeated" });
  await store.close();
});

test("a database of version 5 opens, knows who was invited and what everybody is, and goes on", async () => {
  const store = openGolden("v5");
  const roles = (await store.accounts("", 9)).map(({ name, role }) => [name, role]);
  expect(roles).toEqual([
    ["alice", "assistant"],
    ["Bob", "student"],
    ["carol", "instructor"],
  ]);
  expect(await store.meta("address")).toEqual(bytes("192.0.2.2:12345"));
  expect(await store.invitations.list()).toEqual([
    {
      id: 1,
      role: "assistant",
      time: 1,
      revoked: false,
      usedBy: [{ name: "alice", identity: identityOf(1), time: 2 }],
    },
    {
      id: 2,
      role: "student",
      time: 1,
      revoked: false,
      uses: 1,
      invitee: { name: "Bob", fold: "bob" },
      usedBy: [{ name: "Bob", identity: identityOf(2), time: 3 }],
    },
    { id: 3, role: "student", time: 1, revoked: false, expires: 10, usedBy: [] },
    { id: 4, role: "student", time: 1, revoked: true, usedBy: [] },
  ]);
  const dave = (word: string) =>
    store.register(registration("dave", 4, { invitation: bytes(word.padEnd(32, "#")), time: 10 }));
  expect(await dave("used")).toBe("invitation-used");
  expect(await dave("short")).toBe("invitation-expired");
  expect(await dave("gone")).toBe("invitation-revoked");
  expect(await dave("open")).toBe("registered");
  await store.close();
});

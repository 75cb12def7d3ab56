// A server's database as version 1 wrote it, read by today's code: a class is not lost by a new version.

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openServerStore } from "../../src/store/server-sqlite.ts";
import {
  bytes,
  deviceOf,
  identityOf,
  logOf,
  message,
  registration,
  temporaryFolder,
} from "./server-fixtures.ts";

const [ab, bc] = [logOf("ab"), logOf("bc")];
const [alice, bob, carol] = [deviceOf("alice"), deviceOf("bob"), deviceOf("carol")];

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

test("a database of version 1 opens, has all its rows, and goes on", async () => {
  const path = folder.path("server.sqlite");
  const db = new Database(path);
  db.run(readFileSync(join(import.meta.dir, "golden", "server-v1.sql"), "utf8"));
  db.close();
  const store = openServerStore(path);

  expect(await store.meta("join.secret")).toEqual(bytes("0123456789abcdef"));
  expect(await store.accounts("", 9)).toEqual([
    { name: "alice", fold: "alice", identity: identityOf(1), devices: [alice] },
    { name: "bob", fold: "bob", identity: identityOf(2), devices: [bob] },
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

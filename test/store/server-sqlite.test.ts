// What the SQLite store does beyond the contract: files, other processes, broken disks, kill -9.

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreFailure } from "../../src/ports.ts";
import { openServerDatabase, openServerStore, serverStoreOver } from "../../src/store/server-sqlite.ts";
import {
  aliceAndBob,
  bytes,
  creation,
  deviceOf,
  logOf,
  message,
  registration,
  temporaryFolder,
} from "./server-fixtures.ts";

const ab = logOf("ab");
let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = folder.path("server.sqlite");
});
afterEach(() => folder.remove());

/** The reason of the StoreFailure that `work` ends in. */
async function failure(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof StoreFailure) return error.reason;
    throw error;
  }
  return "none";
}

test("the database can be read by its owner alone, and is one file again after closing", async () => {
  const store = openServerStore(path);
  await aliceAndBob(store);
  for (const file of readdirSync(join(path, ".."))) {
    expect(statSync(folder.path(file)).mode & 0o777).toBe(0o600);
  }
  await store.close();
  await store.close();
  expect(readdirSync(join(path, ".."))).toEqual(["server.sqlite"]);
});

test("values about the server itself are kept and replaced", async () => {
  const store = openServerStore(path);
  expect(await store.meta("secret")).toBeUndefined();
  await store.setMeta("secret", bytes("one"));
  await store.setMeta("secret", bytes("two"));
  await store.close();
  const again = openServerStore(path);
  expect(await again.meta("secret")).toEqual(bytes("two"));
  await again.close();
});

test("after kill -9, five times over, every acknowledged entry is there and none twice", async () => {
  const store = openServerStore(path);
  await aliceAndBob(store);
  await store.close();
  for (let round = 0; round < 5; round++) {
    const child = Bun.spawn(
      [process.execPath, join(import.meta.dir, "server-appender.ts"), path, `run${round}`],
      {
        stdout: "pipe",
        stderr: "inherit",
      },
    );
    let printed = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      printed += decoder.decode(chunk, { stream: true });
      if (printed.length > 500 * (round + 1)) child.kill("SIGKILL");
    }
    await child.exited;
    const lines = printed.slice(0, printed.lastIndexOf("\n")).split("\n").map(Number);
    const after = openServerStore(path);
    const entries = await after.entries(ab, 0, 1e6, 1e9);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.at(-1)).toBeLessThanOrEqual(entries.length);
    await after.close();
  }
});

test("a newer version, another kind of file and a missing folder are refused, and left as they are", async () => {
  await openServerStore(path).close();
  const db = new Database(path);
  db.run("PRAGMA user_version = 99");
  db.close();
  expect(await failure(() => openServerStore(path))).toBe("newer");
  expect(existsSync(`${path}-wal`)).toBe(false);

  const text = folder.path("notes.txt");
  writeFileSync(text, "This is no database. ".repeat(500));
  expect(await failure(() => openServerStore(text))).toBe("corrupt");
  expect(await failure(() => openServerStore(folder.path("missing/server.sqlite")))).toBe("io");
});

test("a full disk refuses the whole tick, changes nothing, and is no matter once there is room", async () => {
  const db = openServerDatabase(path);
  const store = serverStoreOver(db);
  await aliceAndBob(store);
  await store.append(message("ab", "alice", "m1"));
  db.run("PRAGMA max_page_count = 1"); // As many as there are: a limit below is raised to that.
  const large = message("ab", "alice", "large", { body: new Uint8Array(100_000) });
  const tick = await Promise.all(
    [
      () => store.append(message("ab", "alice", "m2")),
      () => store.advance(ab, deviceOf("bob"), 2),
      () => store.append(large),
      () => store.register(registration("carol", 3)),
    ].map(failure),
  );
  expect(tick).toEqual(["full", "full", "full", "full"]);
  expect((await store.entries(ab, 0, 9, 1e9)).map(({ id }) => id)).toEqual(["m1"]);
  expect((await store.members(ab)).map(({ cursor }) => cursor)).toEqual([0, 0]);
  expect(await store.account("carol")).toBeUndefined();

  db.run("PRAGMA max_page_count = 1000000");
  expect(await store.append(large)).toMatchObject({ outcome: "appended", seq: 2 });
  expect(await store.append(message("ab", "alice", "m2"))).toMatchObject({ outcome: "appended", seq: 3 });
  await store.close();
});

test("a read-only database can be read, refuses to be written, and goes on when it can be written again", async () => {
  const db = openServerDatabase(path);
  const store = serverStoreOver(db);
  await aliceAndBob(store);
  db.run("PRAGMA query_only = ON");
  expect(await failure(() => store.append(message("ab", "alice", "m1")))).toBe("read-only");
  expect(await store.account("alice")).toMatchObject({ name: "alice" });
  db.run("PRAGMA query_only = OFF");
  expect(await store.append(message("ab", "alice", "m1"))).toMatchObject({ seq: 1 });
  await store.close();
});

test("another connection that holds the lock is waited for, then told as busy; reads go on", async () => {
  const db = openServerDatabase(path);
  const store = serverStoreOver(db);
  await aliceAndBob(store);
  const other = openServerDatabase(path);
  db.run("PRAGMA busy_timeout = 0");
  other.run("BEGIN IMMEDIATE");
  expect(await failure(() => store.append(message("ab", "alice", "m1")))).toBe("busy");
  expect(await store.members(ab)).toHaveLength(2);
  other.run("ROLLBACK");
  expect(await store.append(message("ab", "alice", "m1"))).toMatchObject({ outcome: "appended" });
  other.close();
  await store.close();
});

test("a name unregistered through another connection is gone for this one in its next call", async () => {
  const store = openServerStore(path);
  const operator = openServerStore(path);
  await aliceAndBob(store);
  await store.create(
    creation("x", ["alice", "bob"], { welcomes: [{ device: deviceOf("bob"), id: "w", body: bytes("w") }] }),
  );
  await store.append(message("ab", "bob", "m1"));
  expect(await operator.unregister("bob")).toBe(true);
  expect(await store.accountOfDevice(deviceOf("bob"))).toBeUndefined();
  expect(await store.append(message("ab", "bob", "m2"))).toEqual({ outcome: "not-member" });
  expect(await store.members(ab)).toEqual([{ device: deviceOf("alice"), cursor: 0 }]);
  expect(await store.entries(deviceOf("bob"), 0, 9, 1e6)).toEqual([]);
  expect(await operator.append(message("ab", "alice", "m3"))).toEqual({ outcome: "no-such-log" });
  expect(await store.append(message("ab", "bob", "m1"))).toMatchObject({ outcome: "repeated", seq: 1 });
  await operator.close();
  await store.close();
});

test("a call that breaks a rule of the tables fails alone: the others of its tick are done, without gaps", async () => {
  const store = openServerStore(path);
  await aliceAndBob(store);
  const tick = await Promise.allSettled([
    store.append(message("ab", "alice", "m1")),
    store.append(message("ab", "alice", "m2", { time: 0.5 })),
    store.append(message("ab", "alice", "m3")),
  ]);
  expect(tick).toMatchObject([
    { status: "fulfilled", value: { seq: 1 } },
    { status: "rejected", reason: { code: "SQLITE_CONSTRAINT_DATATYPE" } },
    { status: "fulfilled", value: { seq: 2 } },
  ]);
  expect((await store.entries(ab, 0, 9, 1e6)).map(({ id }) => id)).toEqual(["m1", "m3"]);
  await store.close();
});

test("trimming a long log takes bounded steps and loses nothing that is unread", async () => {
  const store = openServerStore(path, { recent: { rows: 10, bytes: 1e6 } });
  await aliceAndBob(store);
  await Promise.all(Array.from({ length: 4500 }, (_, i) => store.append(message("ab", "alice", `m${i}`))));
  await Promise.all(["alice", "bob"].map((name) => store.advance(ab, deviceOf(name), 4400)));
  const steps: number[] = [];
  for (let deleted = await store.trim(); deleted > 0; deleted = await store.trim()) steps.push(deleted);
  expect(Math.max(...steps)).toBeLessThanOrEqual(2000);
  expect(steps.length).toBeGreaterThan(1);
  expect((await store.entries(ab, 0, 1, 1e6))[0]?.seq).toBe(4401);
  expect(await store.waiting(deviceOf("bob"))).toBe(100);
  await store.close();
});

test("a long log expires in bounded steps, oldest first", async () => {
  const store = openServerStore(path, { recent: { rows: 10, bytes: 1e6 } });
  await aliceAndBob(store);
  const said = Array.from({ length: 4500 }, (_, i) =>
    store.append(message("ab", "alice", `m${i}`, { time: i })),
  );
  await Promise.all(said);
  const steps: number[] = [];
  for (let step = await store.expire(4400); step.deleted > 0; step = await store.expire(4400)) {
    steps.push(step.deleted);
    expect(step.missed).toMatchObject([{ log: ab, seq: steps.reduce((sum, n) => sum + n) }]);
  }
  expect(Math.max(...steps)).toBeLessThan(2500);
  expect((await store.entries(ab, 0, 1, 1e6))[0]?.seq).toBe(4401);
  await store.close();
});

test("what a full disk did not take, and what another process took away, is not counted", async () => {
  const db = openServerDatabase(path);
  const store = serverStoreOver(db);
  const quota = { entries: 2, bytes: 1e6 };
  const say = (id: string, size = 1) =>
    store.append(message("ab", "alice", id, { body: new Uint8Array(size) }), quota);
  await aliceAndBob(store);
  db.run("PRAGMA max_page_count = 1");
  for (const id of ["f1", "f2", "f3"]) expect(await failure(() => say(id, 100_000))).toBe("full");
  db.run("PRAGMA max_page_count = 1000000");
  for (const id of ["m1", "m2"]) expect(await say(id)).toMatchObject({ outcome: "appended" });
  expect(await say("m3")).toEqual({ outcome: "quota" });
  const operator = openServerStore(path);
  await operator.expire(100);
  await operator.close();
  expect(await say("m3")).toMatchObject({ outcome: "appended", seq: 3 });
  await store.close();
});

test("a cursor moved in a tick that goes on to more logs than memory holds is where it was moved to", async () => {
  const db = openServerDatabase(path);
  db.run("PRAGMA synchronous = OFF");
  const store = serverStoreOver(db);
  await aliceAndBob(store);
  await store.append(message("ab", "alice", "m1"));
  const others = Array.from({ length: 10_000 }, (_, i) => `log${i}`);
  await Promise.all(others.map((log) => store.create(creation(log, ["alice"]))));
  const [moved, ...members] = await Promise.all([
    store.advance(ab, deviceOf("bob"), 1),
    ...others.map((log) => store.members(logOf(log))),
    store.members(ab),
  ]);
  expect(moved).toEqual({ from: 0, to: 1, expired: 0 });
  expect(members.at(-1)).toContainEqual({ device: deviceOf("bob"), cursor: 1 });
  await store.close();
});

test("what another process invites, revokes or makes of somebody counts at once", async () => {
  const [running, command] = [openServerStore(path), openServerStore(path)];
  const hash = bytes("hash".padEnd(32));
  const comes = (name: string, person: number) =>
    running.register(registration(name, person, { invitation: hash }));
  expect(await comes("alice", 1)).toBe("no-such-invitation");
  await command.invitations.invite([{ hash, role: "assistant", time: 0 }], false);
  expect(await comes("alice", 1)).toBe("registered");
  expect(await command.setRole("alice", "instructor")).toBe(true);
  expect(await running.account("alice")).toMatchObject({ role: "instructor" });
  await command.invitations.revoke([1]);
  expect(await comes("bob", 2)).toBe("invitation-revoked");
  await Promise.all([running.close(), command.close()]);
});

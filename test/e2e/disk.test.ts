// What is on the disk: a profile that is damaged, newer, without its key or open to others is told and left as it is,
// and a disk that is full or read-only loses nothing that was kept.

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canMount, fill, makeReadOnly, smallDisk } from "./support/disk.ts";
import { expectFailure } from "./support/said.ts";
import { objects, type Person, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

let world: World;
let server: Serving;
beforeEach(async () => {
  world = new World();
  server = await world.serve();
});
afterEach(() => world[Symbol.asyncDispose]());

/** Every command that opens a profile says the same. */
async function expectRefused(person: Person, line: RegExp): Promise<void> {
  expectFailure(await person.run("users"), 1, line);
  expectFailure(await person.run("send", "--to", "bob", "x"), 1, line);
  expectFailure(await person.run("history"), 1, line);
  expectFailure(await person.run("join", server.link), 1, line);
}

function change(path: string, edit: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  edit(bytes);
  writeFileSync(path, bytes);
}

describe("a profile", () => {
  test("whose vault is damaged at the beginning is told, and is not written over", async () => {
    const [alice] = await world.people(server, "alice");
    const vault = join(alice.folder, "vault.sqlite");
    change(vault, (bytes) => bytes.fill(0xaa, 0, 64));
    const before = readFileSync(vault);
    await expectRefused(alice, /the stored data is damaged/);
    expect(readFileSync(vault).equals(before)).toBe(true);
  });

  test("with bits flipped anywhere in its vault is told to be damaged or goes on as it was", async () => {
    const [alice, bob] = await world.people(server, "alice", "bob");
    await alice.send("bob", "before");
    const vault = join(alice.folder, "vault.sqlite");
    const whole = readFileSync(vault);
    for (let page = 0; page * 4096 < whole.length; page += 2) {
      change(vault, (bytes) => {
        for (let at = page * 4096; at < (page + 1) * 4096; at += 97) bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      });
      const ended = await alice.run("users");
      if (ended.code !== 0) expectFailure(ended, 1, /damaged|newer version|does not open with this key/);
      writeFileSync(vault, whole);
    }
    // What was put back is what was there.
    await alice.send("bob", "after");
    expect(await bob.texts()).toEqual(["before", "after"]);
  });

  test("cut short is told to be damaged", async () => {
    const [alice] = await world.people(server, "alice");
    const vault = join(alice.folder, "vault.sqlite");
    writeFileSync(vault, readFileSync(vault).subarray(0, 8192));
    expectFailure(await alice.run("users"), 1, /the stored data is damaged/);
  });

  test("of a newer version is told, and left as it is", async () => {
    const [alice] = await world.people(server, "alice");
    const vault = join(alice.folder, "vault.sqlite");
    const version = (add: number) => {
      const db = new Database(vault);
      const row: unknown = db.query("PRAGMA user_version").get();
      if (typeof row !== "object" || row === null || !("user_version" in row)) throw new Error("no version");
      const now = Number(row.user_version) + add;
      db.run(`PRAGMA user_version = ${now}`);
      db.close(true);
      return now;
    };
    const newer = version(1);
    await expectRefused(alice, /written by a newer version of classchat/);
    expect(version(-1)).toBe(newer - 1);
    expect(await alice.ask("users")).toMatchObject([{ name: "alice" }]);
  });

  test("without its key is told, with the place it belongs to", async () => {
    const [alice] = await world.people(server, "alice");
    const path = join(alice.folder, "vault.key");
    const key = readFileSync(path);
    rmSync(path);
    await expectRefused(alice, /the key of this profile is missing/);
    expect((await alice.run("users")).stderr).toContain(path);
    expect(existsSync(path)).toBe(false); // no new one in its place
    writeFileSync(path, key, { mode: 0o600 });
    expect(await alice.ask("users")).toMatchObject([{ name: "alice" }]);
  });

  test("with another profile's key, or a key that is none, is told", async () => {
    const [alice, bob] = await world.people(server, "alice", "bob");
    const path = join(alice.folder, "vault.key");
    writeFileSync(path, readFileSync(join(bob.folder, "vault.key")));
    await expectRefused(alice, /does not open with this key/);
    writeFileSync(path, "no key\n");
    await expectRefused(alice, /the key file of this profile is damaged/);
  });

  test("whose key others can read is told how to mend that", async () => {
    const [alice] = await world.people(server, "alice");
    const path = join(alice.folder, "vault.key");
    chmodSync(path, 0o644);
    await expectRefused(alice, /others on this machine can read the key of this profile/);
    expect((await alice.run("users")).stderr).toContain(`chmod 600 ${path}`);
    chmodSync(path, 0o600);
    expect(await alice.ask("users")).toMatchObject([{ name: "alice" }]);
  });

  test("under a passphrase opens with it alone, and its files hold no key", async () => {
    const alice = world.person("alice");
    const args = alice.args("join", "--passphrase", server.link);
    const passphrase = { CLASSCHAT_PASSPHRASE: "correct horse battery staple" };
    const joined = await world.run(args, { env: passphrase });
    expect({ code: joined.code, stderr: joined.stderr }).toEqual({ code: 0, stderr: "" });
    expect(existsSync(join(alice.folder, "vault.key"))).toBe(false);
    expectFailure(await alice.run("users"), 1, /guarded by a passphrase/);
    const wrong = await world.run(alice.args("users"), { env: { CLASSCHAT_PASSPHRASE: "wrong" } });
    expectFailure(wrong, 1, /that is not the passphrase/);
    const users = await world.run(alice.args("users", "--json"), { env: passphrase });
    expect(objects(succeeded(users))).toMatchObject([{ name: "alice" }]);
  });
});

describe("a home", () => {
  test("that is a file is told", async () => {
    const alice = world.person("alice");
    writeFileSync(alice.home, "");
    expectFailure(await alice.run("join", server.link), 1, /the disk does not work|cannot be written to/);
  });

  test.skipIf(process.geteuid?.() === 0)("that cannot be written to is told", async () => {
    const alice = world.person("alice");
    Bun.spawnSync(["mkdir", "-m", "500", alice.home]);
    expectFailure(await alice.run("join", server.link), 1, /cannot be written to/);
  });

  test.skipIf(!canMount)(
    "on a disk that cannot be written to is told, also for a profile that is there",
    async () => {
      const disk = smallDisk(world, "disk", 1024);
      const alice = world.person("alice", disk);
      await alice.join(server.link);
      makeReadOnly(disk);
      expectFailure(await alice.run("users"), 1, /cannot be written to/);
      expectFailure(await world.person("bob", disk).run("join", server.link), 1, /cannot be written to/);
    },
  );

  test.skipIf(!canMount)("on a full disk is told, and nothing that was kept is lost", async () => {
    const disk = smallDisk(world, "disk", 1024);
    const alice = world.person("alice", disk);
    await alice.join(server.link);
    const [bob] = await world.people(server, "bob");
    await alice.send("bob", "before");
    const makeRoom = fill(disk);
    for (const text of ["one", "two"]) {
      expectFailure(await alice.run("send", "--to", "bob", text), 1, /the disk is full/);
    }
    expectFailure(await world.person("carol", disk).run("join", server.link), 1, /the disk is full/);
    makeRoom();
    await alice.send("bob", "after");
    const received = await bob.texts();
    expect([received[0], received.at(-1)]).toEqual(["before", "after"]);
    expect(received).toEqual((await alice.ask("history")).map(({ text }) => text));
  });
});

describe("a server's data", () => {
  test("that is damaged or of a newer version is told, with its folder", async () => {
    server.process.kill("SIGTERM");
    await server.process.ended;
    const path = join(server.data, "server.sqlite");
    const serve = () => world.run(["serve", "--port", "0", "--data", server.data]);
    const whole = readFileSync(path);
    change(path, (bytes) => bytes.fill(0xaa, 0, 64));
    expectFailure(await serve(), 1, /the server's data in .*\/server: the stored data is damaged/);
    writeFileSync(path, whole);
    const db = new Database(path);
    db.run("PRAGMA user_version = 1000");
    db.close(true);
    expectFailure(await serve(), 1, /written by a newer version of classchat/);
  });

  test("with a damaged key is told, and the key is not replaced", async () => {
    server.process.kill("SIGTERM");
    await server.process.ended;
    const path = join(server.data, "server.key");
    writeFileSync(path, "damaged");
    const ended = await world.run(["serve", "--port", "0", "--data", server.data]);
    expectFailure(ended, 1, /server\.key is damaged/);
    expect(readFileSync(path, "utf8")).toBe("damaged");
  });

  test.skipIf(!canMount)(
    "on a full disk: senders are told, the server goes on, and nothing is lost",
    async () => {
      const data = smallDisk(world, "disk", 2048);
      const small = await world.serve({ data });
      const [alice, bob] = await world.people(small, "alice", "bob");
      await alice.send("bob", "before");
      const makeRoom = fill(data);
      const kept = await alice.run("send", "--to", "bob", "x".repeat(60_000), "--timeout", "1");
      expect(kept.code).toBe(75);
      expect(kept.stderr).toMatch(/^classchat: .+\nhint: .*kept.*\n$/);
      // Who is there can still be asked, and what was accepted be fetched.
      expect(await bob.ask("users")).toHaveLength(2);
      expect(await bob.texts()).toEqual(["before"]);
      expect(small.process.over).toBe(false);
      expect(small.process.printed).toMatch(
        /"event":"store-failed","level":"error","where":"\w+","reason":"full"/,
      );
      makeRoom();
      await alice.send("bob", "after");
      expect((await bob.texts()).map((text) => String(text).length)).toEqual([60_000, 5]);
    },
  );

  test.skipIf(!canMount)("with no room at all from the start is told", async () => {
    const disk = smallDisk(world, "disk", 64);
    fill(disk);
    const ended = await world.run(["serve", "--port", "0", "--data", join(disk, "data")]);
    expectFailure(ended, 1, /the disk is full/);
    expect(statSync(disk).isDirectory()).toBe(true);
  });
});

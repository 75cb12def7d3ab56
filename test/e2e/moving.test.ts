// A person moves to another machine with all there is, and the profile left behind says so; what is wrong with the file
// is told in a line.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectFailure } from "./support/said.ts";
import { type Person, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const PASSPHRASE = "three blind mice";
const withPassphrase = { env: { CLASSCHAT_FILE_PASSPHRASE: PASSPHRASE } };

let world: World;
let server: Serving;
let alice: Person;
let bob: Person;
/** Alice at another machine. */
let there: Person;
let file: string;
beforeEach(async () => {
  world = new World();
  server = await world.serve();
  [alice, bob] = await world.people(server, "alice", "bob");
  there = world.person("alice", join(world.folder, "elsewhere"));
  file = join(world.folder, "alice.identity");
});
afterEach(() => world[Symbol.asyncDispose]());

const exported = () => world.run(alice.args("export-identity", file), withPassphrase);
const imported = (person = there, path = file, env: Record<string, string> = withPassphrase.env) =>
  world.run(["import-identity", path, "--home", person.home], { env });
const texts = async (person: Person, ...rest: string[]) =>
  (await person.ask("history", ...rest)).map(({ text }) => text);

test("a person goes on elsewhere, with the history, the keys and what waited meanwhile; the old place says so", async () => {
  await alice.send("bob", "one");
  expect(await bob.texts()).toEqual(["one"]);
  await bob.send("alice", "two");
  expect(await alice.texts()).toEqual(["two"]);
  const inGroups = async ({ home, name }: Person, what: string) =>
    succeeded(await world.run(["groups", what, "physics", "--home", home, "--user", name]));
  await inGroups(alice, "create");
  await inGroups(bob, "join");
  await alice.send("@physics", "three");
  const number = (await alice.ask("verify", "bob"))[0];

  const { stdout } = succeeded(await exported());
  expect(stdout).toContain(`alice has moved into ${file}`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await bob.send("alice", "while on the way");
  for (const command of [["users"], ["history"], ["send", "--to", "bob", "no"], ["chat"]])
    expectFailure(await alice.run(command[0] ?? "", ...command.slice(1)), 1, /has moved to another machine/);
  expectFailure(await alice.run("join", server.link), 1, /has moved to another machine/);
  expectFailure(await exported(), 2, /is there already/);

  expect(succeeded(await imported()).stdout).toContain("alice is here");
  expect(readdirSync(there.home)).toEqual(["alice"]);
  expect(await there.texts()).toContain("while on the way");
  expect(await texts(there, "--with", "bob")).toEqual(["one", "two", "while on the way"]);
  expect(await texts(there, "--with", "@physics")).toContain("three");
  expect((await there.ask("verify", "bob"))[0]).toEqual(number);
  await there.send("bob", "from there", "--wait", "accepted");
  await there.send("@physics", "four");
  expect(await bob.texts()).toEqual(expect.arrayContaining(["from there", "four"]));
  await bob.send("alice", "hello there");
  expect(await there.texts()).toEqual(["hello there"]);
  expect((await bob.ask("users")).find(({ name }) => name === "alice")).toMatchObject({ trust: "pinned" });
  expectFailure(await imported(), 2, /there is a profile alice on this machine already/);
});

test("a person moves back into the place left behind, and --undo takes a move back", async () => {
  succeeded(await exported());
  succeeded(await imported());
  await there.send("bob", "from there");
  const back = join(world.folder, "back.identity");
  succeeded(await world.run(there.args("export-identity", back), withPassphrase));
  succeeded(await imported(alice, back));
  await alice.send("bob", "back home");
  expect(await bob.texts()).toEqual(["from there", "back home"]);
  expect(await texts(alice)).toEqual(["from there", "back home"]);
  expect(readdirSync(alice.home)).toEqual(["alice"]);

  expectFailure(await alice.run("export-identity", "--undo"), 2, /has not moved/);
  succeeded(await world.run(alice.args("export-identity", join(world.folder, "x")), withPassphrase));
  expectFailure(await alice.run("users"), 1, /has moved/);
  succeeded(await alice.run("export-identity", "--undo"));
  await alice.send("bob", "still here");
  expect(await bob.texts()).toEqual(["still here"]);
});

test("nothing is exported while the chat is open, over a file, without a passphrase, or for nobody", async () => {
  const chat = await alice.follow();
  expectFailure(await exported(), 1, /another program has this profile open/);
  chat.kill("SIGTERM");
  await chat.ended;
  expectFailure(await alice.run("export-identity", file), 2, /nobody to ask for a passphrase/);
  const short = { env: { CLASSCHAT_FILE_PASSPHRASE: "short" } };
  expectFailure(await world.run(alice.args("export-identity", file), short), 2, /less than 8 characters/);
  expectFailure(await alice.run("export-identity"), 2, /which file/);
  expectFailure(await world.run(alice.args("export-identity", "/nowhere/x"), withPassphrase), 2, /no folder/);
  expectFailure(
    await world.run(["export-identity", file, "--user", "nobody", "--home", alice.home], withPassphrase),
    2,
    /no profile nobody/,
  );
  writeFileSync(file, "mine");
  expectFailure(await exported(), 2, /is there already/);
  expect(readFileSync(file, "utf8")).toBe("mine");
  await alice.send("bob", "still here");
});

test("a file that is no such file, cut short, changed, newer or locked is told, and nothing is left of trying", async () => {
  succeeded(await exported());
  const whole = readFileSync(file);
  const bad = join(world.folder, "bad");
  const tried = async (bytes: Uint8Array, line: RegExp) => {
    writeFileSync(bad, bytes);
    expectFailure(await imported(there, bad), 1, line);
  };
  for (const length of [0, 10]) await tried(whole.subarray(0, length), /no file that export-identity made/);
  for (const length of [25, 60, 200, whole.length - 1]) await tried(whole.subarray(0, length), /damaged/);
  await tried(Buffer.concat([whole, Uint8Array.of(0)]), /damaged/);
  for (const at of [30, 180, 300, whole.length - 1]) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await tried(changed, /damaged/);
  }
  const newer = Buffer.from(whole);
  newer.writeUInt16BE(2, 19);
  await tried(newer, /newer version/);
  expectFailure(
    await imported(there, file, { CLASSCHAT_FILE_PASSPHRASE: "another one" }),
    1,
    /not the passphrase/,
  );
  expectFailure(await imported(there, file, {}), 2, /guarded by a passphrase/);
  expectFailure(await imported(there, join(world.folder, "none")), 2, /there is no file/);
  expectFailure(await imported(there, world.folder), 1, /no file that export-identity made/);
  expectFailure(
    await world.run(["import-identity", file, "--home", there.home, "--user", "bob"], withPassphrase),
    2,
    /is alice's, not bob's/,
  );
  expect(existsSync(there.folder)).toBe(false);
  expect(existsSync(there.home) ? readdirSync(there.home) : []).toEqual([]);
  succeeded(await imported());
});

test("the passphrase is typed unseen on a terminal, twice when it is new", async () => {
  const out = world.terminal(alice.args("export-identity", file), { columns: 200, rows: 24 });
  await out.row(/^New passphrase for the file:/);
  out.press(`${PASSPHRASE}\r`);
  await out.row(/^Once more:/);
  out.press(`${PASSPHRASE}\r`);
  expect((await out.ended).code).toBe(0);
  const into = world.terminal(["import-identity", file, "--home", there.home], { columns: 200, rows: 24 });
  await into.row(/^Passphrase for the file:/);
  into.press(`${PASSPHRASE}\r`);
  expect((await into.ended).code).toBe(0);
  expect(out.raw + into.raw).not.toContain("blind");
  await there.send("bob", "typed");
});

test("the profile made of it may be guarded by a passphrase of its own", async () => {
  succeeded(await exported());
  const guarded = { ...withPassphrase.env, CLASSCHAT_PASSPHRASE: "of the new place" };
  succeeded(await imported(there, file, guarded));
  expect(existsSync(join(there.folder, "vault.key"))).toBe(false);
  expectFailure(await there.run("users"), 1, /guarded by a passphrase/);
  const opened = { env: { CLASSCHAT_PASSPHRASE: "of the new place" } };
  expect(succeeded(await world.run(there.args("users"), opened)).stdout).toContain("alice");
});

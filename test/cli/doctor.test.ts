// What `classchat doctor` of the executable says, and its exit codes.

import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectFailure } from "../e2e/support/said.ts";
import type { Ended } from "../e2e/support/running.ts";
import { objects, type Person, type Serving, World } from "../e2e/support/world.ts";

setDefaultTimeout(60_000);

const levels = (ended: Ended) =>
  objects(ended).map(({ about, level }) => `${String(level)} ${String(about)}`);
const bad = (ended: Ended) => levels(ended).filter((one) => !one.startsWith("ok "));

/** The key of these profiles lies in a file, which is always remarked on. */
const REMARK = "warn vault";

async function stopped({ process }: Serving): Promise<void> {
  process.kill("SIGTERM");
  await process.ended;
}

const doctor = (person: Person) => person.run("doctor", "--json");

test("where all is well: one line a finding, exit code 0, alone and beside another command", async () => {
  await using world = new World();
  const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
  await alice.send("bob", "hello");
  await bob.texts();
  const alone = await alice.run("doctor");
  expect(alone).toMatchObject({ code: 0, stderr: "" });
  expect(alone.stdout.trimEnd().split("\n")).toEqual([
    expect.stringMatching(
      /^warn {2}vault {9}the vault of this profile opens, its key is the file .*vault\.key: whoever/,
    ),
    expect.stringMatching(/^ok {4}server {8}ClassChat answers at 127\.0\.0\.1:\d+, protocol version 1$/),
    expect.stringMatching(/^ok {4}pin {11}the server's key is the trusted [0-9a-f ]+$/),
    expect.stringMatching(/^ok {4}clock {9}this machine's clock agrees/),
    expect.stringMatching(/^ok {4}account {7}the server knows this device as alice$/),
    expect.stringMatching(
      /^ok {4}queue {9}0 messages of yours kept here, 1 accepted and not delivered yet, 0 messages/,
    ),
    expect.stringMatching(/^ok {4}key-packages {2}the server holds \d+ key packages/),
    expect.stringMatching(
      /^ok {4}conversation {2}with bob: in order \(epoch 1, read up to 1; server: epoch 1, up to 1\)$/,
    ),
  ]);
  const following = await alice.follow();
  const beside = await doctor(alice);
  expect(beside).toMatchObject({ code: 0, stderr: "" });
  expect(levels(beside).toSorted()).toEqual(
    ["vault", "server", "pin", "clock", "account", "queue", "key-packages", "conversation"]
      .map((about) => `ok ${about}`)
      .toSorted(),
  );
  following.kill("SIGTERM");
  expect(await following.ended).toMatchObject({ code: 0 });
});

test("without a server, 3, and what is kept; with another server in its place, 4", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice] = await world.people(server, "alice", "bob");
  await stopped(server);
  await alice.run("send", "--to", "bob", "kept");
  const away = await doctor(alice);
  expect(away.code).toBe(3);
  expect(bad(away)).toEqual([REMARK, "fail server", "warn queue"]);
  expect(objects(away)).toContainEqual(expect.objectContaining({ about: "queue", waiting: 1, accepted: 0 }));
  await world.serve({ port: server.port, data: join(world.folder, "another") });
  const other = await doctor(alice);
  expect(other.code).toBe(4);
  expect(bad(other)).toEqual([REMARK, "fail server", "fail pin", "warn queue"]);
});

test("a vault that does not open, 1, with what to do; a profile that is not there is wrong use", async () => {
  await using world = new World();
  const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
  writeFileSync(join(alice.folder, "vault.sqlite"), "this is no database, and long enough to be looked at");
  const damaged = await doctor(alice);
  expect(damaged.code).toBe(1);
  expect(objects(damaged)).toMatchObject([
    { about: "vault", level: "fail", text: "the stored data is damaged" },
  ]);
  rmSync(join(bob.folder, "vault.key"));
  const keyless = await bob.run("doctor");
  expect(keyless.code).toBe(1);
  expect(keyless.stdout).toMatch(
    /^fail {2}vault {9}the key of this profile is missing: put back .*vault\.key\n$/,
  );
  expectFailure(await world.person("carol").run("doctor"), 2, /there is no profile carol on this machine/);
});

test("what is kept goes out with the next command that connects, whichever it is", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  await stopped(server);
  const kept = await alice.run("send", "--to", "bob", "--json", "kept");
  expect(kept.code).toBe(75);
  expect(objects(kept)).toMatchObject([{ type: "sent", state: "waiting", delivered: 0, of: 1 }]);
  expect(kept.stderr).toMatch(/^classchat: kept for bob, not sent yet: /);
  await world.serve({ port: server.port });
  await alice.ask("users");
  expect(await alice.ask("history")).toMatchObject([{ state: "accepted", queuedFor: ["bob"] }]);
  expect(await bob.texts()).toEqual(["kept"]);
});

// Two commands for one profile at once: the second goes through the first, and nobody writes the same keys twice.

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expectFailure } from "./support/said.ts";
import { objects, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const HOLDER_GONE = /^classchat: the program that had this profile open has ended/;

test("send, users, history and verify go through a receive --follow, which shows what comes", async () => {
  await using world = new World();
  const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
  const following = await alice.follow();
  expect(await alice.send("bob", "through the other one")).toMatchObject({ state: "accepted" });
  expect(await alice.ask("history")).toMatchObject([{ text: "through the other one", own: true }]);
  expect(await alice.ask("users")).toMatchObject([{ name: "alice" }, { name: "bob", trust: "pinned" }]);
  expect(await alice.ask("verify", "bob")).toMatchObject([{ type: "verification", name: "bob" }]);
  expect(await bob.texts()).toEqual(["through the other one"]);
  await bob.send("alice", "for both");
  await following.until(/"text":"for both"/);
  expect(await alice.texts()).toEqual([]); // shown by the other one already
  following.kill("SIGTERM");
  expect(await following.ended).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(alice.socket)).toBe(false);
});

test("send --wait delivered through another process ends when it is delivered", async () => {
  await using world = new World();
  const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
  await alice.follow();
  await bob.follow();
  expect(await alice.send("bob", "there?", "--wait", "delivered")).toMatchObject({ state: "delivered" });
});

test("of many at once, none holding the profile before, all are sent, and nothing twice", async () => {
  await using world = new World();
  const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
  const texts = ["one", "two", "three", "four", "five", "six"];
  // Some go through another at the very moment that this one ends.
  const ended = await Promise.all(texts.map((text) => alice.run("send", "--to", "bob", text)));
  for (const one of ended) expect(one).toMatchObject({ code: 0, stderr: "" });
  expect((await bob.texts()).toSorted()).toEqual(texts.toSorted());
});

test("when the holder is killed, the one that went through it says so, and the next one takes its place", async () => {
  await using world = new World();
  const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
  const holder = await alice.follow();
  const beside = alice.start("receive", "--follow", "--json");
  await alice.send("bob", "first");
  // What the holder has shown before the other was there is not shown again: bob writes until both are.
  const heard = beside.until(/"text":"second"/).then(() => true);
  while (!(await Promise.race([heard, bob.send("alice", "second").then(() => false)])));
  holder.kill("SIGKILL");
  const ended = await beside.ended;
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stderr).toMatch(HOLDER_GONE);
  expect(existsSync(alice.socket)).toBe(true); // nobody was there to take it away
  expect(await alice.send("bob", "third")).toMatchObject({ state: "accepted" });
  expect(await bob.texts()).toEqual(["first", "third"]);
});

test.skipIf(process.platform === "win32")(
  "what is typed in a chat while the holder stands still is named when that one is killed, and nothing is said to be undone",
  async () => {
    await using world = new World();
    const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
    const holder = await alice.follow();
    const chat = world.terminal(alice.args("chat"), { columns: 90, rows: 24 });
    await chat.row(/^ alice\b.* · online/);
    chat.press("/msg bob first\r");
    await chat.row(/alice: first {2}· accepted$/);
    holder.kill("SIGSTOP");
    chat.press("second\rthird\r");
    await chat.row(/alice: third$/);
    holder.kill("SIGKILL");
    expect(await chat.ended).toMatchObject({ code: 1 });
    const said = chat.rows.join("\n");
    expect(said).toContain('* perhaps not kept and not sent to bob: "second"');
    expect(said).toContain('* NOT kept and not sent to bob: "third"');
    expect(said).toContain("classchat: the program that had this profile open has ended");
    expect(said).not.toContain("nothing was done");
    expect(await bob.texts()).toEqual(["first"]);
  },
);

test("the same profile from a copy takes over, and the older one is told and ends", async () => {
  await using world = new World();
  const [alice] = await world.people(await world.serve(), "alice");
  const older = alice.start("receive", "--follow");
  await alice.held();
  const copy = world.person("alice", join(world.folder, "copy"));
  succeeded(await copyFolder(world, alice.home, copy.home));
  expect(await copy.ask("users")).toMatchObject([{ name: "alice", online: true }]);
  expectFailure(await older.ended, 5, /this profile has connected from somewhere else, which took over/);
  expect(objects(succeeded(await copy.run("users", "--json")))).toMatchObject([{ name: "alice" }]);
});

/** A running profile copied, as somebody might copy it to a second machine. */
async function copyFolder(world: World, from: string, to: string) {
  const copied = Bun.spawnSync(["cp", "-r", from, to], { env: world.env });
  Bun.spawnSync(["rm", "-f", join(to, "alice", "socket")]);
  return { code: copied.exitCode, stdout: copied.stdout.toString(), stderr: copied.stderr.toString() };
}

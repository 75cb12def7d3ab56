// Two people in real terminals answer each other, react, put things in other words and take them back; a program reads
// the same.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { type Person, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

let world: World;
let server: Serving;
let alice: Person;
let bob: Person;
beforeEach(async () => {
  world = new World();
  server = await world.serve();
  [alice, bob] = await world.people(server, "alice", "bob");
});
afterEach(() => world[Symbol.asyncDispose]());

test("one replies, reacts, edits and deletes, and the other sees it where the message stands", async () => {
  const one = world.terminal(alice.args("chat"), { columns: 90, rows: 24 });
  const two = world.terminal(bob.args("chat"), { columns: 60, rows: 16 });
  await one.row(/^ alice\b.* · online/);
  await two.row(/^ bob\b.* · online/);
  one.press("/msg bob Is the lab open?\r");
  await two.row(/alice: Is the lab open\?$/);
  await two.until(() => two.beforeCursor === "alice> ");
  two.press("/reply from nine\r");
  await one.row(/┌ you: "Is the lab open\?"$/);
  await one.row(/bob: from nine$/);
  one.press("/react 👍\r");
  await two.row(/^ {6}👍 alice$/);
  one.press("/edit Is the lab open tomorrow?\r");
  await two.row(/alice: Is the lab open tomorrow\? \(edited\)$/);
  await two.row(/┌ alice: "Is the lab open tomorrow\?"$/);
  one.press("/delete\r");
  await two.row(/alice: deleted by alice; others may have kept it$/);
  await two.row(/┌ a deleted message of alice$/);
  expect(two.rows.some((row) => row.includes("tomorrow"))).toBe(false);
  two.press("exit\r");
  await two.ended;
  const told = await world.run(bob.args("history", "--json"));
  succeeded(told);
  const rows = told.stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(rows).toMatchObject([
    { sender: "alice", text: "", deleted: true },
    { sender: "bob", text: "from nine", reactions: [{ emoji: "👍", by: "alice" }] },
  ]);
});

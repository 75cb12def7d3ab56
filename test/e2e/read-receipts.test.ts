// Two people in real terminals see what the other one has read; with --quiet neither tells it nor is told.

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

const objects = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

test("what bob looks at is read for alice, on her screen and for her programs", async () => {
  const one = world.terminal(alice.args("chat"), { columns: 90, rows: 24 });
  await one.row(/^ alice\b.* · online/);
  one.press("/msg bob Is the lab open?\r");
  await one.row(/Is the lab open\? {2}· accepted$/);
  const two = world.terminal(bob.args("chat"), { columns: 60, rows: 16 });
  await two.row(/alice: Is the lab open\?$/);
  await one.row(/Is the lab open\? {2}✓✓ read$/);
  one.press("exit\r");
  await one.ended;
  const told = await world.run(alice.args("history", "--json"));
  succeeded(told);
  expect(objects(told.stdout)).toMatchObject([{ text: "Is the lab open?", state: "delivered", read: true }]);
});

test("in lines it is said once; what is read with --quiet, or by a program, is never told", async () => {
  const one = world.terminal(alice.args("chat", "--plain"), { columns: 90, rows: 24 });
  await one.row(/online in/);
  const two = world.terminal(bob.args("chat", "--quiet"), { columns: 60, rows: 16 });
  await two.row(/^ bob\b.* · online/);
  one.press("/msg bob under the desk\r");
  await two.row(/alice: under the desk$/);
  two.press("/msg alice seen\r");
  await one.row(/bob: seen$/);
  two.press("exit\r");
  await two.ended;
  one.press("to a program\r");
  await one.row(/to a program {2}· accepted$/);
  expect(await bob.texts()).toEqual(["to a program"]);
  expect(one.rows.some((row) => row.includes("has read"))).toBe(false);
  // Without it, what comes now is told, and with it all before.
  const three = world.terminal(bob.args("chat", "--plain"), { columns: 60, rows: 16 });
  await three.row(/online in/);
  one.press("openly\r");
  await three.row(/alice: openly$/);
  await one.row(/^\* bob has read it$/);
  expect(one.rows.filter((row) => row.includes("has read it")).length).toBe(1);
});

// Two people in real terminals see each other write; with --quiet neither tells it nor is told.

import { expect, setDefaultTimeout, test } from "bun:test";
import { World } from "./support/world.ts";

setDefaultTimeout(60_000);

test("that somebody writes is seen beside the name until it comes, and not a word of what is not sent", async () => {
  await using world = new World();
  const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
  const one = world.terminal(alice.args("chat"), { columns: 80, rows: 24 });
  const two = world.terminal(bob.args("chat"), { columns: 40, rows: 12 });
  await one.row(/^ alice\b.* · online/);
  await two.row(/^ bob\b.* · online/);
  one.press("/msg bob hello\r");
  await two.row(/alice: hello$/);
  await two.row(/^alice · here/);
  await one.row(/│ bob · here/);
  one.press("a secret that is never sent");
  await two.row(/^alice · is writing…/);
  await two.row(/^alice · here/); // by itself, in a while
  one.press("\u0015");
  two.press("your turn");
  await one.row(/bob · is writing…/);
  two.press("\r");
  await one.row(/bob: your turn$/);
  await one.row(/bob · here/);
  expect(two.raw).not.toContain("never sent");
});

test("whoever is quiet is not told of, and is not told", async () => {
  await using world = new World();
  const [alice, bob] = await world.people(await world.serve(), "alice", "bob");
  const one = world.terminal(alice.args("chat"), { columns: 80, rows: 24 });
  const two = world.terminal(bob.args("chat", "--quiet"), { columns: 80, rows: 24 });
  await one.row(/^ alice\b.* · online/);
  await two.row(/^ bob\b.* · online/);
  one.press("/msg bob hello\r");
  await two.row(/alice: hello$/);
  two.press("I wri");
  await two.until(() => two.beforeCursor.endsWith("I wri"));
  one.press("so do I");
  await one.until(() => one.beforeCursor.endsWith("so do I"));
  one.press("\r");
  await two.row(/alice: so do I$/);
  two.press("te\r");
  await one.row(/bob: I write$/);
  for (const terminal of [one, two]) expect(terminal.raw).not.toContain("is writing");
});

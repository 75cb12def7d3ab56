// Files in the chat, line by line and in the full screen: sent by a path, seen on their way, while the conversation goes on.

import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatTerminal } from "./support/terminal.ts";
import { type Person, World } from "./support/world.ts";

setDefaultTimeout(60_000);

test("in the chat a file is sent by its path, completed by Tab, while the conversation goes on", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  writeFileSync(join(world.folder, "lecture notes.pdf"), new Uint8Array(2_000_000).fill(7));
  const desk = world.terminal(alice.args("chat", "--plain"), { columns: 100, rows: 30 });
  await desk.row(/^You are alice\b/);
  const seat = world.terminal(bob.args("chat", "--plain"), { columns: 100, rows: 30 });
  await seat.row(/^\* online in/);
  desk.press("/msg bob here it comes\r");
  await seat.row(/alice: here it comes/);
  desk.press("/sendfile lect");
  desk.press("\t");
  await desk.until(() => desk.beforeCursor.endsWith("lecture notes.pdf"));
  desk.press("\r");
  await seat.row(/alice: file lecture notes\.pdf \(2\.0 MB\)/);
  await seat.row(/lecture notes\.pdf \(2\.0 MB\) from alice: in /);
  await desk.row(/lecture notes\.pdf \(2\.0 MB\) to bob: delivered to 1 of 1/);
  seat.press("thanks\r");
  await desk.row(/bob: thanks/);
});

async function fullScreen(world: World, person: Person): Promise<ChatTerminal> {
  const terminal = world.terminal(person.args("chat"), { columns: 90, rows: 24 });
  await terminal.row(new RegExp(`^ ${person.name}\\b.* · online`));
  return terminal;
}

test("in the full screen a file is sent by a path that Tab completes; its bar is seen, messages go on, and it arrives", async () => {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  const bytes = new Uint8Array(120_000_000).map((_, at) => (at * 7919) >> 8);
  writeFileSync(join(world.folder, "lecture notes.bin"), bytes);
  const one = await fullScreen(world, alice);
  const two = await fullScreen(world, bob);
  await one.row(/● bob/);
  one.press("/msg bob here it comes\r");
  await two.row(/alice: here it comes$/);
  one.press('/sendfile "lec\t');
  await one.until(() => one.beforeCursor.endsWith('/sendfile "lecture notes.bin"'));
  one.press("\r");
  await one.row(/↑ lecture notes\.bin [█░]{10} \d+ %/);
  // Larger than what is taken without being asked for.
  await two.row(/\(120 MB\) from alice: \/accept 1 takes it/);
  two.press("/accept 1\r");
  await two.row(/↓ lecture notes\.bin [█░]{10} \d+ %/);
  two.press("it is coming\r");
  await one.row(/bob: it is coming$/);
  await two.row(/lecture notes\.bin \(120 MB\) from alice: in$/);
  await one.row(/lecture notes\.bin \(120 MB\) to bob: delivered/);
  await one.until((rows) => !rows.some((row) => row.includes("█")));
  const got = readFileSync(join(bob.folder, "downloads", "lecture notes.bin"));
  expect(got.equals(bytes)).toBe(true);
});

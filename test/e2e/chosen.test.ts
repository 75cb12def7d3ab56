// Two people in real terminals choose messages with keys and the mouse: what one does with a message, the other sees.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { type Person, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const ALT_UP = "\u001b[1;3A";
const [UP, ESC] = ["\u001b[A", "\u001b"];

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

test("one answers, edits, deletes and reacts with keys, and the other sees it", async () => {
  const one = world.terminal(alice.args("chat"), { columns: 90, rows: 24 });
  const two = world.terminal(bob.args("chat"), { columns: 40, rows: 12 });
  await one.row(/^ alice\b.* · online/);
  await two.row(/^ bob\b.* · online/);
  one.press("/msg bob Is the lab open?\r");
  await two.until(() => two.beforeCursor === "alice> ");
  one.press("and until when?\r");
  await two.row(/alice: and until when\?$/);
  two.press(ALT_UP);
  await two.row(/▸alice: and until when\?$/);
  await two.row(/^r reply x react Esc back/);
  two.press(`${UP}r`);
  await two.row(/^↪ to alice: "Is the lab.*Esc takes back$/);
  two.press("from nine\r");
  await one.row(/┌ you: "Is the lab open\?"$/);
  await one.row(/bob: from nine$/);
  // From the answer to what it answers, by the keys of the one who asked.
  one.press(`${ALT_UP}\r`);
  await one.row(/▸alice: Is the lab open\?/);
  one.press("e tomorrow?\r");
  await two.row(/Is the lab open\? tomorrow\?$/);
  await two.row(/^ {6}\(edited\)|\(edited\)$/);
  const row = one.rows.findIndex((text) => text.includes("bob: from nine")) + 1;
  for (const _ of ["aims", "chooses"]) one.press(`\u001b[<0;60;${row}M\u001b[<0;60;${row}m`);
  await one.row(/▸bob: from nine/);
  one.press("x1");
  await two.row(/^ {6}👍 alice$/);
  one.press(`${ALT_UP}${UP}dd`);
  await two.row(/^\d\d:\d\d alice: deleted by alice; others/);
  one.press(`${ALT_UP}x🦊\r`);
  await two.row(/^ {6}🦊 alice$/);
  const told = succeeded(await world.run(bob.args("history", "--json")));
  expect(
    told.stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line)),
  ).toMatchObject([
    { text: "Is the lab open? tomorrow?", edited: true },
    { text: "", deleted: true },
    { text: "from nine", reactions: [{ emoji: "🦊", by: "alice" }] },
  ]);
});

test("an answer leads to what was said long before, and back", async () => {
  const lines = Array.from({ length: 400 }, (_, n) => `line ${n + 1}`);
  succeeded(await world.run(alice.args("chat"), { input: `/msg bob needle\n${lines.join("\n")}\n` }));
  const two = world.terminal(bob.args("chat"), { columns: 90, rows: 24 });
  await two.row(/alice: line 400$/);
  two.press("/reply ^401 found\r");
  await two.row(/┌ alice: "needle"$/);
  two.press(`${ALT_UP}\r`);
  await two.row(/▸alice: needle$/);
  two.press(ESC);
  await two.row(/more below/);
  two.press(ESC);
  await two.row(/alice: line 400$/);
});

// What may be said: 64 KiB of text, no control characters, and always valid UTF-8. What others wrote moves no cursor.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { executable } from "./support/executable.ts";
import { expectFailure } from "./support/said.ts";
import { type Person, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const LIMIT = 64 * 1024;

let world: World;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  world = new World();
  [alice, bob] = await world.people(await world.serve(), "alice", "bob");
});
afterAll(() => world[Symbol.asyncDispose]());

const sendInput = (input: string | Uint8Array) =>
  world.run(alice.args("send", "--to", "bob", "-"), { input });

describe("64 KiB of text", () => {
  test("pass, whole", async () => {
    const texts = [
      "x".repeat(LIMIT),
      "語".repeat(LIMIT / 3),
      "🎓".repeat(LIMIT / 4),
      `${"\n".repeat(LIMIT - 1)}x`,
    ];
    for (const text of texts) succeeded(await sendInput(text));
    expect(await bob.texts()).toEqual(texts);
  });

  test("and one byte more are refused, with the size and the limit", async () => {
    const before = await alice.ask("history");
    expectFailure(await sendInput("x".repeat(LIMIT + 1)), 2, /has 65 KiB of text; 64 KiB is the limit/);
    expectFailure(await sendInput(`${"語".repeat(LIMIT / 3)}語`), 2, /65 KiB of text; 64 KiB is the limit/);
    expect(await alice.ask("history")).toEqual(before);
  });

  test("of an argument pass too", async () => {
    await alice.send("bob", "y".repeat(LIMIT));
    expect(await bob.texts()).toEqual(["y".repeat(LIMIT)]);
  });

  test("are the limit for an endless standard input as well, which is not read to its end", async () => {
    const running = world.start(alice.args("send", "--to", "bob"));
    const megabyte = new Uint8Array(1 << 20).fill(0x78);
    await running.feed(new Uint8Array(64 * megabyte.length).fill(0x78));
    expectFailure(await running.ended, 2, /the message has \d+ KiB of text; 64 KiB is the limit/);
  });
});

describe("a message that is none", () => {
  const none: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ["nothing", "", /the message is empty/],
    ["white space alone", " \n\t\n", /the message is empty/],
    ["characters that are not seen", "\u200b\u2060\ufeff", /the message is empty/],
    ["colours of a terminal", "\u001b[31mred\u001b[0m", /the message has control characters/],
    ["a bell", "ring\u0007", /the message has control characters/],
    ["a zero", "a\u0000b", /the message has control characters/],
    ["a carriage return that hides the line", "seen\rhidden", /the message has control characters/],
    ["a C1 control", "\u009b31m", /the message has control characters/],
    ["no UTF-8", Uint8Array.of(0x68, 0xff, 0xfe), /standard input is not UTF-8 text/],
    ["UTF-8 cut short", Uint8Array.of(0x68, 0xe8, 0xaa), /standard input is not UTF-8 text/],
    ["half a surrogate pair in UTF-8", Uint8Array.of(0xed, 0xa0, 0x80), /standard input is not UTF-8 text/],
  ];
  for (const [what, input, line] of none) {
    test(`${what} is refused, and nothing is sent`, async () => {
      expectFailure(await sendInput(input), 2, line);
    });
  }

  test("nothing of them has arrived", async () => {
    expect(await bob.texts()).toEqual([]);
    expectFailure(await alice.run("send", "--to", "bob", ""), 2, /the message is empty/);
  });
});

test("text that would reorder or hide what stands on a screen is shown without that, and in JSON escaped", async () => {
  const text = "pay \u202e001\u202c\u200b now\u2028done";
  await alice.send("bob", text);
  const [shown] = await bob.ask("receive");
  expect(shown).toMatchObject({ text });
  const json = succeeded(await bob.run("history", "--json")).stdout;
  const lines = succeeded(await bob.run("history", "--search", "pay")).stdout;
  expect(json + lines).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u2028]/);
  expect(lines).toContain("pay 001 now");
});

test("a reader that has seen enough is no fault", async () => {
  for (let n = 0; n < 3; n++) succeeded(await sendInput("e".repeat(LIMIT)));
  const command = [executable(), ...alice.args("history", "--json")].map((word) => `'${word}'`).join(" ");
  const head = Bun.spawnSync(["sh", "-c", `{ ${command}; echo "code $?" >&2; } | head -c 10`], {
    env: { ...world.env },
  });
  expect(head.stdout.toString()).toBe('{"type":"m');
  expect(head.stderr.toString()).toBe("code 0\n");
});

test("a reader that takes its time misses nothing of a long answer", async () => {
  for (let n = 0; n < 3; n++) succeeded(await sendInput("z".repeat(LIMIT)));
  const command = [executable(), ...alice.args("history", "--json", "--search", "zzz")]
    .map((word) => `'${word}'`)
    .join(" ");
  // A shell reads one byte at a time.
  const count = `n=0; while read -r line; do n=$((n+1)); done; echo "$n lines"`;
  const slow = Bun.spawnSync(["sh", "-c", `${command} | { ${count}; }`], { env: { ...world.env } });
  expect(slow.stdout.toString()).toBe("3 lines\n");
});

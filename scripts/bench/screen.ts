// How soon the full-screen chat shows a conversation of 100,000 messages, how soon a key is seen, and what it costs to
// sit there. bun scripts/bench/screen.ts [--quick]

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { openProfile, type OpenProfile } from "../../src/cli/open-profile.ts";
import { random } from "../../src/cli/random.ts";
import { ScreenHands } from "../../src/cli/screen-hands.ts";
import { Timeline } from "../../src/client/timeline.ts";
import { openProfileVault } from "../../src/store/vault-open.ts";
import { KeyReader } from "../../src/tui/key-reader.ts";
import { Session } from "../../src/tui/session.ts";
import type { Terminal, TerminalEvents } from "../../src/tui/world.ts";
import { type Figure, figure, median, type Options, printFigures, printTable, quantile } from "./report.ts";
import { onStage } from "./stage.ts";

const AIMS = { open: 200, key: 16, idle: 10 } as const;
const PAGE_UP = "\u001b[5~";
const WHEEL_DOWN = "\u001b[<65;1;1M";

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const messages = quick ? 10_000 : 100_000;
    await fill(stage.folder, messages);
    const opened: number[] = [];
    const keys: number[] = [];
    const searches: number[] = [];
    const scrolls: number[] = [];
    const moves: number[] = [];
    const idle: number[] = [];
    for (let round = 0; round < (quick ? 3 : 8); round++) {
      const profile = await open(stage.folder);
      const screen = new NoTerminal(120, 40);
      const began = performance.now();
      const hands = new ScreenHands(profile.face, {
        me: "alice",
        now: () => Date.now(),
        ring: () => undefined,
      });
      const session = new Session(profile.face, screen, hands, {
        me: "alice",
        hasColor: true,
      });
      const ended = session.run();
      while (!screen.drawn.includes(`message ${messages} `)) await session.drawn();
      opened.push(performance.now() - began);
      const press = async (what: string) => {
        const pressed = performance.now();
        screen.press(what);
        await session.drawn();
        return performance.now() - pressed;
      };
      for (const letter of "the quick brown fox jumps over the lazy dog") keys.push(await press(letter));
      screen.press("\u0006");
      // Found nowhere, so that all is looked through while one types on.
      for (const letter of "zyxwvutsrqponm") searches.push(await press(letter));
      await press("\u001b");
      for (let page = 0; page < 30; page++) scrolls.push(await press(PAGE_UP), await press(WHEEL_DOWN));
      // From one message to the next one further up, to where there is more to be read.
      await press("\u001b[1;3A");
      for (let moved = 0; moved < 130; moved++) moves.push(await press("\u001b[A"));
      await press("\u001b");
      await Bun.sleep(500); // what the rush before has left behind is cleared away
      const before = process.cpuUsage();
      await Bun.sleep(1_000);
      const { user, system } = process.cpuUsage(before);
      idle.push((user + system) / 1_000);
      session.leave();
      await ended;
      await profile.close();
    }
    printTable(`A screen of 120 by 40, ${messages.toLocaleString("en")} messages, ms`, [
      ["", "median", "p95"],
      ...[
        { name: "the conversation is there", times: opened },
        { name: "a typed letter is seen", times: keys },
        { name: "a letter to search for is seen", times: searches },
        { name: "a page up, a turn of the wheel", times: scrolls },
        { name: "the next message is the chosen one", times: moves },
      ].map(({ name, times }) => [name, figure(median(times)), figure(quantile(times, 0.95))]),
    ]);
    const aim = (name: string, value: number, most: number): Figure => ({
      name,
      value: figure(value, "ms"),
      aim: { text: `≤ ${most} ms`, met: value <= most },
    });
    return [
      aim("a conversation of 100,000 messages opens", median(opened), AIMS.open),
      aim("a typed letter is seen", median(keys), AIMS.key),
      aim("a letter to search for is seen", median(searches), AIMS.key),
      aim("a scroll is seen", median(scrolls), AIMS.key),
      aim("the next message is chosen", median(moves), AIMS.key),
      aim("CPU of one idle second, all of the process", median(idle), AIMS.idle),
    ];
  });
}

/** A profile that has been talking with bob for long. */
async function fill(folder: string, messages: number): Promise<void> {
  mkdirSync(join(folder, "home"), { recursive: true, mode: 0o700 });
  await (await open(folder)).close();
  const opened = await openProfileVault(join(folder, "home", "alice"), {
    keyring: undefined,
    random,
    passphrase: () => Promise.reject(new Error("no passphrase")),
  });
  if (!opened.ok) throw new Error(opened.reason);
  const timeline = new Timeline(opened.vault);
  const began = Date.now() - messages * 60_000;
  for (let n = 1; n <= messages;) {
    const writes = [];
    for (; n <= messages && writes.length < 4_000; n++) {
      const own = n % 3 === 0;
      const text = `message ${n} ${"of some words, 漢字 too ".repeat(1 + (n % 7))}`;
      const id = `m${n}`;
      const state = own ? { state: "delivered" as const, delivered: 1, of: 1 } : {};
      const sender = own ? "alice" : "bob";
      const message = { id, conversation: "bob", sender, text, sentAt: began + n * 60_000, own, ...state };
      writes.push(...timeline.add({ ...message, queued: false, trusted: true }, "bob").writes);
    }
    opened.vault.transaction([...writes, ...timeline.shown("bob", n)]);
  }
  opened.vault.close();
}

function open(folder: string): Promise<OpenProfile> {
  return openProfile({
    home: join(folder, "home"),
    user: "alice",
    server: "127.0.0.1:9",
    create: true,
    keyring: false,
    offline: true,
    version: "bench",
    note: () => undefined,
  });
}

/** A terminal of which only what is written on it is kept. */
class NoTerminal implements Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly input = new PassThrough();
  readonly output: NodeJS.WritableStream;
  readonly #reader = new KeyReader();
  #events: TerminalEvents | undefined;
  drawn = "";

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    const write = (chunk: Uint8Array) => {
      this.drawn = (this.drawn + Buffer.from(chunk).toString()).slice(-100_000);
    };
    const output = new Writable({
      write(chunk: Uint8Array, _, done) {
        write(chunk);
        done();
      },
    });
    this.output = Object.assign(output, { isTTY: true, columns, rows });
  }

  open(events: TerminalEvents): void {
    this.#events = events;
  }

  press(keys: string): void {
    this.#events?.keys(this.#reader.read(Buffer.from(keys)));
  }

  erase(): void {}

  copy(): boolean {
    return false;
  }

  suspend(): boolean {
    return false;
  }

  close(): void {}
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

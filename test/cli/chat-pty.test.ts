// The chat on a real terminal of 40 columns and 12 rows, in a process of its own.

import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { ChatDisplay } from "./chat-display.ts";

const COLUMNS = 40;
const ROWS = 12;
/** Lines are put together by the terminal's driver, which echoes what is typed (termios). */
const ICANON_ECHO = process.platform === "darwin" ? 0x108 : 0xa;

let person: ReturnType<typeof sitDown> | undefined;

afterEach(async () => {
  person?.process.kill("SIGKILL");
  await person?.process.exited;
  person = undefined;
});

function sitDown() {
  const display = new ChatDisplay(COLUMNS, ROWS);
  const decoder = new TextDecoder();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "chat-person.ts")], {
    env: { ...process.env, TERM: "xterm-256color" },
    terminal: {
      cols: COLUMNS,
      rows: ROWS,
      data: (_, bytes) => display.write(decoder.decode(bytes, { stream: true })),
    },
  });
  return {
    process: child,
    display,
    type: (keys: string) => child.terminal?.write(keys),
    /** Whether the terminal's driver is as a shell expects it. */
    get cooked() {
      return ((child.terminal?.localFlags ?? 0) & ICANON_ECHO) === ICANON_ECHO;
    },
    sees: (line: string) => display.until(() => display.lines.includes(line)),
    ends: (line: string) => display.until(() => display.lines.at(-1) === line),
  };
}

test("what is typed survives the messages that arrive, on every row, and is sent as it was typed", async () => {
  const alice = (person = sitDown());
  await alice.ends(">");
  alice.type("/msg bob hello\r");
  await alice.sees("12:00 to bob: hello  · accepted");
  const typed = "a long line, typed while others write, with 漢字 in it, over three rows of the screen";
  alice.type(typed);
  await alice.ends(`bob> ${typed}`);
  for (const answer of ["answer 1", "answer 2", "answer 3"]) {
    alice.process.kill("SIGUSR2");
    await alice.sees(`12:00 bob: ${answer}`);
    await alice.ends(`bob> ${typed}`);
  }
  alice.type("\x01");
  alice.type("But: ");
  await alice.ends(`bob> But: ${typed}`);
  alice.process.kill("SIGUSR2");
  await alice.sees("12:00 bob: answer 4");
  await alice.ends(`bob> But: ${typed}`);
  alice.type("\r");
  await alice.sees(`12:00 to bob: But: ${typed}  · accepted`);
  await alice.ends("bob>");
  expect(alice.display.lines.slice(-7)).toEqual([
    "12:00 to bob: hello  · accepted",
    ...[1, 2, 3, 4].map((n) => `12:00 bob: answer ${n}`),
    `12:00 to bob: But: ${typed}  · accepted`,
    "bob>",
  ]);
  expect(alice.cooked).toBe(false);
  alice.type("\x04");
  expect(await alice.process.exited).toBe(0);
  expect(alice.cooked).toBe(true);
});

test("it ends when its terminal is gone, even where no signal tells it", async () => {
  const alice = (person = sitDown());
  await alice.ends(">");
  alice.process.terminal?.close();
  expect(await alice.process.exited).toBe(0);
});

// The chat in a shell with jobs: it is put aside, the shell has its terminal as it was, and `fg` brings the chat back.

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { expectFailure } from "./support/said.ts";
import type { ChatTerminal } from "./support/terminal.ts";
import { type Person, World } from "./support/world.ts";

setDefaultTimeout(60_000);

const CTRL_Z = "\u001a";

let world: World;
let alice: Person;
let bob: Person;
beforeEach(async () => {
  world = new World();
  [alice, bob] = await world.people(await world.serve(), "alice", "bob");
});
afterEach(() => world[Symbol.asyncDispose]());

/** The number of the process that was put aside, once it stands still and the shell has taken away what it showed. */
async function stopped(shell: ChatTerminal, time: number): Promise<number> {
  await shell.row(/Stopped/);
  shell.press(`clear; echo ${time} is $(jobs -p)\r`);
  const said = new RegExp(`^${time} is (\\d+)$`, "m");
  await shell.until((rows) => said.test(rows.join("\n")));
  const pid = Number(said.exec(shell.rows.join("\n"))?.[1]);
  if (process.platform === "linux") expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) T /);
  return pid;
}

describe.skipIf(process.platform === "win32")("the chat that is put aside", () => {
  test("on the whole screen gives the terminal back, and comes back with what happened meanwhile", async () => {
    const shell = world.shell({ columns: 90, rows: 24 });
    shell.press(`$CLASSCHAT ${alice.args("chat").join(" ")}\r`);
    await shell.row(/^ alice\b.* · online/);
    shell.press(`half${CTRL_Z}`);
    const pid = await stopped(shell, 1);
    expect(shell.rows.some((row) => row.includes("Conversations"))).toBe(false);
    for (const mode of ["1049", "2004", "1000", "1006", "1004"])
      expect(shell.raw.lastIndexOf(`\u001b[?${mode}l`)).toBeGreaterThan(
        shell.raw.lastIndexOf(`\u001b[?${mode}h`),
      );
    // Nobody goes through a chat that stands still; how it goes on is said.
    const refused = await alice.run("users");
    expectFailure(refused, 1, /another program holds these files$/);
    expect(refused.stderr).toContain("one that Ctrl-Z has put aside goes on with fg");
    await bob.send("alice", "while you were away");
    shell.resize(100, 30);
    shell.press("fg\r");
    await shell.row(/bob +1 │/);
    await shell.until((rows) => rows.length === 30 && /^ alice\b.* · online/.test(rows.at(-1) ?? ""));
    shell.press(" a sentence");
    await shell.row(/> half a sentence$/);
    // By somebody else, too, and where nobody could ask it to give the terminal back.
    for (const [time, signal] of [
      [2, "SIGTSTP"],
      [3, "SIGSTOP"],
    ] as const) {
      process.kill(pid, signal);
      await stopped(shell, time);
      shell.press("fg\r");
      await shell.row(/> half a sentence$/);
    }
    shell.press("\u0015exit\r");
    // Only then is the terminal the shell's: what is typed before goes with the chat.
    await shell.until((rows) => rows.at(-1) === "$ " && !rows.some((row) => row.includes("Conversations")));
    shell.press("exit\r");
    expect(await shell.ended).toMatchObject({ code: 0 });
  });

  test("and told to end, as a shell does it with a job, draws nothing any more and frees the profile", async () => {
    const shell = world.shell({ columns: 90, rows: 24 });
    shell.press(`$CLASSCHAT ${alice.args("chat").join(" ")}\r`);
    await shell.row(/^ alice\b.* · online/);
    shell.press(CTRL_Z);
    const pid = await stopped(shell, 1);
    const before = shell.raw.length;
    process.kill(pid, "SIGTERM");
    process.kill(pid, "SIGCONT");
    // Until it has let go of it, others go through it or are refused.
    while (existsSync(alice.socket)) await alice.run("users");
    expect(shell.raw.slice(before)).not.toContain("Conversations");
    shell.press("fg; exit\r");
    await shell.ended;
  });

  test("in lines keeps what was typed", async () => {
    const shell = world.shell({ columns: 90, rows: 24 });
    shell.press(`$CLASSCHAT ${alice.args("chat", "--plain").join(" ")}\r`);
    await shell.row(/^\* online/);
    shell.press(`/msg bob half${CTRL_Z}`);
    const pid = await stopped(shell, 1);
    shell.press("fg\r");
    await shell.row(/^> \/msg bob half$/);
    process.kill(pid, "SIGTSTP");
    await stopped(shell, 2);
    shell.press("fg\r");
    await shell.row(/^> \/msg bob half$/);
    shell.press(" a sentence\r");
    await shell.row(/to bob: half a sentence {2}· accepted$/);
    expect(await bob.texts()).toEqual(["half a sentence"]);
    shell.press("exit\r");
    await shell.until((rows) => rows.at(-1) === "$ ");
    shell.press("exit\r");
    expect(await shell.ended).toMatchObject({ code: 0 });
  });
});

// How soon a new student talks: from `classchat join LINK` on a terminal to the first message on somebody else's screen.
// bun scripts/bench/join.ts [--quick]

import { join } from "node:path";
import { type Figure, figure, median, type Options, printFigures, printTable } from "./report.ts";
import { onStage, type Stage } from "./stage.ts";

/** Seconds. */
const AIM = 2;
/** What the chat shows once the server has the name. */
const ONLINE = "online";
/** Only what has gone wrong takes as long, ms. */
const PATIENCE = 20_000;

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const server = await stage.classchat();
    const instructor = await friend(stage, server.port);
    const times: { screen: number; delivered: number }[] = [];
    for (let round = 1; round <= (quick ? 3 : 5); round++) {
      const name = `student${round}`;
      const link = await said(stage, ["invite", "--for", name, "--data", stage.data]);
      times.push(await joined(stage, name, link.trim(), instructor.heard));
    }
    await instructor.end();
    await server.stop();
    const value = median(times.map(({ delivered }) => delivered)) / 1000;
    printTable("From `classchat join LINK`, ms, each with new keys", [
      ["", "the chat is online", "a message is delivered"],
      ...times.map(({ screen, delivered }, i) => [`round ${i + 1}`, figure(screen), figure(delivered)]),
    ]);
    const aim = { text: `≤ ${AIM} s`, met: value <= AIM };
    return [{ name: "from join to the first message delivered", value: figure(value, "s"), aim }];
  });
}

/** A student types the link, and a message as soon as the chat is online; the clock stops where the message is read. */
async function joined(stage: Stage, name: string, link: string, heard: (text: string) => Promise<void>) {
  const text = `hello from ${name}`;
  const arrived = heard(text);
  const screen = Promise.withResolvers<number>();
  let shown = "";
  const began = performance.now();
  const executable = await stage.executable();
  const child = stage.own(
    Bun.spawn([executable, "join", link], {
      env: surroundings(stage, name),
      terminal: {
        cols: 100,
        rows: 30,
        data: (_, bytes) => {
          shown += new TextDecoder().decode(bytes);
          if (shown.includes(ONLINE)) screen.resolve(performance.now() - began);
        },
      },
    }),
  );
  const late = Promise.withResolvers<never>();
  const fail = () => late.reject(new Error(`nothing came of joining; the screen had:\n${shown}`));
  const timer = setTimeout(fail, PATIENCE);
  const there = await Promise.race([screen.promise, late.promise]);
  child.terminal?.write(`/msg instructor ${text}\r`);
  await Promise.race([arrived, late.promise]);
  const delivered = performance.now() - began;
  clearTimeout(timer);
  child.kill("SIGTERM");
  await child.exited;
  return { screen: there, delivered };
}

/** Somebody who is there already and reads. */
async function friend(stage: Stage, port: number) {
  const command = ["receive", "--follow", "--json", "--user", "instructor"];
  const chat = ["chat", "--plain", "--user", "instructor", "--server", `127.0.0.1:${port}`];
  await said(stage, chat, "exit\n");
  const executable = await stage.executable();
  const child = stage.own(
    Bun.spawn([executable, ...command], {
      env: surroundings(stage, "instructor"),
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  const waiting = new Map<string, () => void>();
  const read = async () => {
    let all = "";
    const utf8 = new TextDecoder();
    for await (const chunk of child.stdout) {
      all += utf8.decode(chunk, { stream: true });
      for (const [text, found] of waiting) if (all.includes(`"${text}"`)) found();
    }
  };
  void read();
  return {
    heard: (text: string) => new Promise<void>((resolve) => void waiting.set(text, resolve)),
    end: () => {
      child.kill("SIGTERM");
      return child.exited;
    },
  };
}

/** What a command prints. */
async function said(stage: Stage, words: readonly string[], input = ""): Promise<string> {
  const child = Bun.spawn([await stage.executable(), ...words], {
    env: surroundings(stage, "instructor"),
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "ignore",
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${words.join(" ")} ended with ${child.exitCode}`);
  return text;
}

/** A machine of one's own, without a keyring. */
function surroundings(stage: Stage, name: string): Record<string, string> {
  const home = join(stage.folder, name);
  return { HOME: home, CLASSCHAT_HOME: home, PATH: process.env["PATH"] ?? "", TERM: "xterm-256color" };
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));

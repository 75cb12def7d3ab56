// `classchat demo`: a throw-away class on this machine, put together, walked through and taken down again.
// Must not know what happens in it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative, sep } from "node:path";
import { openServerStore } from "../store/server-sqlite.ts";
import { systemCode } from "./attach-path.ts";
import { stopped } from "./demo-failure.ts";
import { DemoPerson } from "./demo-person.ts";
import { DemoScreen, type Display } from "./demo-screen.ts";
import { DemoServer } from "./demo-server.ts";
import { walk } from "./demo-walk.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { serverFolder } from "./home.ts";
import { runServer } from "./running-server.ts";
import { onStop } from "./stop.ts";

const CLASS_NAME = "the demo class";
const HOST = "127.0.0.1";
/** Where nothing says how wide it is. */
const WIDTH = 80;

export async function demo(): Promise<ExitCode> {
  const { stdout, env } = process;
  const stop = onStop();
  const columns = () => (stdout.isTTY ? stdout.columns : Math.trunc(Number(env["COLUMNS"])));
  await showDemo(
    {
      width: () => (columns() > 0 ? columns() : WIDTH),
      color: stdout.isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb",
      paced: stdout.isTTY,
      write: (text) => void stdout.write(text),
      signal: stop.signal,
    },
    tmpdir(),
  );
  return EXIT.done;
}

/**
 * The whole demo, with everything it keeps in a new folder below `temp`, which is gone at the end whatever happens.
 * Throws a Failure when something does not come out as it must, or the display's signal asks for an end.
 */
export async function showDemo(display: Display, temp: string): Promise<void> {
  try {
    await putOn(display, temp);
  } catch (error) {
    const code = systemCode(error);
    throw code === undefined ? error : stopped(`the system does not give it a file or a socket (${code})`);
  }
}

async function putOn(display: Display, temp: string): Promise<void> {
  const screen = new DemoScreen(display);
  screen.say("ClassChat demo", "bold");
  screen.say(
    "A class of three on this machine: a real server, three real clients, real connections and real " +
      "encryption. What the server sees is read from its own database. All of it lies in a temporary folder " +
      "that is removed at the end.",
  );
  await using ending = new AsyncDisposableStack();
  const home = temporaryFolder(temp, ending);
  const data = serverFolder(home, undefined);
  const running = await runServer({
    host: HOST,
    port: 0,
    data,
    className: CLASS_NAME,
    log: (level, event) => screen.say(`server: ${level}: ${event}`, "alarm"),
  });
  ending.defer(() => running.stop());
  const store = openServerStore(join(data, "server.sqlite"));
  ending.defer(() => store.close());
  const { localLink: link, fingerprint, connected, port } = running;
  const address = `${HOST}:${port}`;
  const server = new DemoServer(store);
  const enter = async (user: string) => {
    screen.checkStop();
    const person = await DemoPerson.open({ home, user, link, signal: display.signal });
    ending.defer(() => person.close());
    return person;
  };
  await walk({ screen, server, address, link, fingerprint, connected, enter, data });
  await ending.disposeAsync();
  afterwards(screen, programName());
}

function afterwards(screen: DemoScreen, program: string): void {
  screen.say("");
  screen.say("That was all of it, and it has been removed. A class of your own:", "bold");
  screen.commands([
    [`${program} serve`, "on your machine; prints the link"],
    [`${program} join LINK --user alice`, "each student, once; opens the chat"],
    [`${program} chat --user alice`, "from then on"],
  ]);
  screen.say("The program is one file: students need a copy of it, and nothing else.", "dim");
}

function temporaryFolder(temp: string, ending: AsyncDisposableStack): string {
  let folder: string;
  try {
    folder = mkdtempSync(join(temp, "classchat-"));
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    const hint = "make room there, or set TMPDIR to a folder that can be written to";
    throw new Failure(EXIT.failed, { line: `no temporary folder can be made in ${temp} (${code})`, hint });
  }
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  // A bug, or a reader of the output that has gone, ends the process without coming by the end of the demo.
  process.once("exit", remove);
  ending.defer(() => {
    process.off("exit", remove);
    remove();
  });
  return folder;
}

/** What is typed here to run this very program. */
function programName(): string {
  const path = process.execPath;
  const name = "classchat";
  if (!basename(path).startsWith(name) || Bun.which(name) === path) return name;
  const from = relative(process.cwd(), path);
  return from.startsWith("..") ? path : `.${sep}${from}`;
}

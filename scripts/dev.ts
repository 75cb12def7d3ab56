// `bun run dev`: a server and three people in one tmux window, in a folder that is thrown away at the end.
// All of it ends together: when the server ends, the window is left, the terminal goes, or this is interrupted.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./compile.ts";

const people = ["alice", "bob", "carol"];
const SERVER_START_MS = 15_000;

/** A port that is free now. The server says so if another takes it first. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

async function listens(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.terminate();
    return true;
  } catch {
    // Not yet, or not any more: the caller decides how long to wait.
    return false;
  }
}

function quote(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

async function dev(tmux: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "classchat-dev-"));
  // A tmux server of its own, so that ending it ends all that runs in it and nothing else.
  const own = [tmux, "-f", "/dev/null", "-S", join(folder, "tmux.sock")];
  const run = (...args: string[]) => Bun.spawnSync([...own, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const end = () => {
    run("kill-server");
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", end);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    process.on(signal, () => process.exit(code));

  const port = freePort();
  const classchat = (...args: string[]) => quote([process.execPath, join(root, "src/main.ts"), ...args]);
  const environment = ["-e", `CLASSCHAT_HOME=${join(folder, "home")}`];
  const log = join(folder, "server.log");
  const serve = classchat(
    "serve",
    "--host",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--data",
    join(folder, "server"),
  );
  // A server that fails has its last words shown after the window is gone. Ctrl-C is for the server, not its shell.
  const server = `trap : INT; ${serve} 2>&1 | tee -i ${quote([log])}; ${quote([...own, "kill-server"])}`;
  const begun = run("new-session", "-d", "-s", "classchat", "-x", "200", "-y", "50", ...environment, server);
  if (begun.exitCode !== 0) {
    console.error(`dev: tmux failed: ${begun.stderr.toString().trim()}\nhint: tmux 3.2 or newer is needed`);
    return 1;
  }
  const deadline = performance.now() + SERVER_START_MS;
  while (!(await listens(port))) {
    if (run("has-session").exitCode !== 0 || performance.now() > deadline) {
      const said = await Bun.file(log).text();
      console.error(
        `dev: the server did not start\n${said.trimEnd()}\nhint: bun src/main.ts serve shows more`,
      );
      return 1;
    }
    await Bun.sleep(50);
  }
  for (const user of people) {
    const chat = classchat("chat", "--user", user, "--server", `127.0.0.1:${port}`);
    run("split-window", "-t", "classchat", ...environment, chat);
    run("select-layout", "-t", "classchat", "tiled");
  }
  run("set-option", "-g", "mouse", "on");
  const attached = Bun.spawn(
    [...own, "attach-session", "-t", "classchat", ";", "set-option", "destroy-unattached", "on"],
    {
      stdio: ["inherit", "inherit", "inherit"],
      // Within another tmux a session of a tmux of its own may be shown all the same.
      env: { ...process.env, TMUX: undefined },
    },
  );
  return await attached.exited;
}

const tmux = Bun.which("tmux");
if (tmux === null) {
  console.error("dev: tmux is not installed\nhint: install it (apt install tmux, brew install tmux)");
  process.exitCode = 1;
} else if (!process.stdin.isTTY || !process.stdout.isTTY) {
  console.error("dev: needs a terminal\nhint: run it from one");
  process.exitCode = 1;
} else {
  process.exit(await dev(tmux));
}

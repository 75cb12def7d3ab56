// `classchat service`: serve as a service of the system at hand. Must not know how a unit, an agent or a task is written.

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder, serverFolder } from "./home.ts";
import { output } from "./output.ts";
import { LABEL, launchdAgent, shellQuoted } from "./service-launchd.ts";
import { type Given, type ServiceLine, serviceLine } from "./service-line.ts";
import { systemdUnit, UNIT } from "./service-systemd.ts";
import { scheduledTask, TASK, unquotable } from "./service-task.ts";
import { IS_EXECUTABLE } from "./version.ts";

const out = output(false);

/** `given`: serve's flags. Only systemd's service is started here; for the others it is printed what to run. */
export async function install(given: readonly Given[], isDry: boolean): Promise<ExitCode> {
  const valueOf = (flag: string) => given.find((one) => one.flag === flag)?.value;
  const data = serverFolder(homeFolder(valueOf("--home")), valueOf("--data"));
  const line = serviceLine(program(), given, data);
  const odd = line.words.find((word) => /\p{Cc}/u.test(word));
  if (odd !== undefined)
    throw new Failure(EXIT.usage, {
      line: `a service cannot have control characters in its command line: ${JSON.stringify(odd)}`,
      hint: "use a name or folder without them",
    });
  const path = filePath();
  const text = fileText(line);
  if (isDry) {
    out.print(`${path} would be:\n\n${text}`);
    out.print(process.platform === "linux" ? "and then run:" : "To run then:");
    for (const command of starting(path)) out.print(`  ${command.map(shellQuoted).join(" ")}`);
    return EXIT.done;
  }
  if (process.platform === "linux") findManager();
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(path, process.platform === "win32" ? Buffer.from(`\ufeff${text}`, "utf16le") : text);
  out.print(`written: ${path}`);
  if (process.platform !== "linux") {
    out.print("To start it, now and at every login, run:");
    for (const command of starting(path)) out.print(`  ${command.map(shellQuoted).join(" ")}`);
    return EXIT.done;
  }
  for (const command of starting(path)) run(command);
  out.print(`${UNIT} runs, and starts when you log in. It uses ${line.words[0] ?? ""}: leave it there.`);
  out.print(`So that it starts with the machine:  loginctl enable-linger`);
  out.print(`The link for students:               journalctl --user -u classchat -o cat | grep classchat://`);
  return EXIT.done;
}

export async function uninstall(): Promise<ExitCode> {
  const path = filePath();
  if (!existsSync(path)) throw notThere(path);
  if (process.platform === "linux") {
    findManager();
    run(["systemctl", "--user", "disable", "--now", UNIT]);
  }
  rmSync(path);
  if (process.platform === "linux") run(["systemctl", "--user", "daemon-reload"]);
  out.print(`removed: ${path}`);
  if (process.platform !== "linux") out.print(`To end what runs of it:  ${ending().join(" ")}`);
  return EXIT.done;
}

export async function status(): Promise<ExitCode> {
  const path = filePath();
  if (!existsSync(path)) throw notThere(path);
  if (process.platform !== "linux") {
    out.print(`${path} is there. Whether it runs:  ${asking().join(" ")}`);
    return EXIT.done;
  }
  findManager();
  const ask = (word: string) =>
    Bun.spawnSync(["systemctl", "--user", word, UNIT]).stdout.toString().trim() || "unknown";
  const [active, enabled] = [ask("is-active"), ask("is-enabled")];
  out.print(`${UNIT}: ${active}, ${enabled}`);
  if (active === "active") return EXIT.done;
  const hint = "journalctl --user -u classchat says why; classchat service install starts it anew";
  throw new Failure(EXIT.failed, { line: "the service does not run", hint });
}

/** What starts classchat: the executable, or the sources under what runs them. */
function program(): string[] {
  return IS_EXECUTABLE ? [process.execPath] : [process.execPath, Bun.main];
}

function filePath(): string {
  switch (process.platform) {
    case "linux":
      return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "systemd", "user", UNIT);
    case "darwin":
      return join(homedir(), "Library", "LaunchAgents", `${LABEL}.plist`);
    case "win32":
      return join(homeFolder(undefined), "service-task.xml");
    default:
      throw new Failure(EXIT.failed, {
        line: `classchat knows no services of this system (${process.platform})`,
        hint: "let it run classchat serve at its start, as its own manual says",
      });
  }
}

function fileText(line: ServiceLine): string {
  if (process.platform === "linux") return systemdUnit(line);
  if (process.platform === "darwin") return launchdAgent(line);
  const word = unquotable(line);
  if (word === undefined) return scheduledTask(line);
  throw new Failure(EXIT.usage, {
    line: `the Task Scheduler would change ${word}`,
    hint: "use a name or folder without %…% and $(",
  });
}

function starting(path: string): string[][] {
  if (process.platform === "linux") {
    const words = [["daemon-reload"], ["enable", UNIT], ["restart", UNIT]];
    return words.map((rest) => ["systemctl", "--user", ...rest]);
  }
  if (process.platform === "darwin") return [["launchctl", "bootstrap", domain(), path]];
  return [
    ["schtasks", "/Create", "/F", "/TN", TASK, "/XML", path],
    ["schtasks", "/Run", "/TN", TASK],
  ];
}

function ending(): string[] {
  return process.platform === "darwin"
    ? ["launchctl", "bootout", `${domain()}/${LABEL}`]
    : ["schtasks", "/Delete", "/F", "/TN", TASK];
}

function asking(): string[] {
  return process.platform === "darwin"
    ? ["launchctl", "print", `${domain()}/${LABEL}`]
    : ["schtasks", "/Query", "/TN", TASK];
}

function domain(): string {
  return `gui/${userInfo().uid}`;
}

function notThere(path: string): Failure {
  const hint = "classchat service install makes one";
  return new Failure(EXIT.failed, { line: `there is no service: ${path} is not there`, hint });
}

/** Throws a Failure where no manager of this user's services can be asked. */
function findManager(): void {
  if (Bun.which("systemctl") === null) {
    throw new Failure(EXIT.failed, {
      line: "there is no systemd on this machine",
      hint: "let what starts its services run classchat serve; --dry-run shows the command line",
    });
  }
  const asked = Bun.spawnSync(["systemctl", "--user", "show-environment"]);
  if (asked.success) return;
  const [why = ""] = asked.stderr.toString().trim().split("\n");
  throw new Failure(EXIT.failed, {
    line: `the systemd of this user does not answer${why === "" ? "" : `: ${why}`}`,
    hint: "log in as this user itself (not with su or sudo), then try again; --dry-run shows the unit",
  });
}

function run(command: readonly string[]): void {
  const { success, stderr } = Bun.spawnSync([...command]);
  if (success) return;
  const [why = "it did not say why"] = stderr.toString().trim().split("\n");
  throw new Failure(EXIT.failed, {
    line: `${command.join(" ")}: ${why}`,
    hint: "journalctl --user -u classchat may say more",
  });
}

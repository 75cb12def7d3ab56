// A class's server as a service: what each system is given to read means the command line that was typed, whatever
// characters are in it; and nothing is written by a dry run or where there is no manager of services.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchdAgent, shellQuoted } from "../../src/cli/service-launchd.ts";
import { serviceLine } from "../../src/cli/service-line.ts";
import { systemdUnit } from "../../src/cli/service-systemd.ts";
import { scheduledTask, unquotable } from "../../src/cli/service-task.ts";

const main = join(import.meta.dir, "../../src/main.ts");
const golden = (name: string) => Bun.file(join(import.meta.dir, "golden", name)).text();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "classchat-service-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const name = `Tom's "C++ & <Go>" 100% $HOME \\`;
const line = serviceLine(
  ["/opt/my apps/50%/class chat"],
  [
    { flag: "--port", value: "4000", isDir: false },
    { flag: "--name", value: name, isDir: false },
    { flag: "--json", value: undefined, isDir: false },
  ],
  "/srv/a b/${c}%d",
);

/** All that may be typed, and reads the same again. */
const words = [
  "a b",
  "100%",
  "$HOME",
  "${x}",
  "'",
  '"',
  "\\",
  '\\"',
  "a\\\\",
  "",
  "ü日本",
  "a;b",
  "*",
  "`",
  "a\\ b\\",
];

describe("the command line of a service", () => {
  test("has full paths, the folder of the data, and every other flag as it was typed", () => {
    const made = serviceLine(
      ["/bin/classchat"],
      [
        { flag: "--home", value: "elsewhere", isDir: true },
        { flag: "--data", value: "data", isDir: true },
        { flag: "--share", value: "dist", isDir: true },
        { flag: "--name", value: " CSCE 513 ", isDir: false },
      ],
      "data",
    );
    expect(made).toEqual({
      words: [
        "/bin/classchat",
        "serve",
        `--data=${process.cwd()}/data`,
        `--share=${process.cwd()}/dist`,
        "--name= CSCE 513 ",
      ],
      name: "CSCE 513",
      data: `${process.cwd()}/data`,
    });
  });

  test("is a unit of systemd, an agent of launchd and a task of Windows", async () => {
    expect(systemdUnit(line)).toBe(await golden("service.unit"));
    expect(launchdAgent(line)).toBe(await golden("service.plist"));
    expect(scheduledTask(line)).toBe(await golden("service-task.xml"));
  });

  test.skipIf(Bun.which("systemd-analyze") === null)(
    "is a unit that systemd has nothing to say against",
    () => {
      const path = join(folder, "classchat.service");
      // The program has to be there for systemd to be content.
      const real = { ...line, words: ["/bin/true", ...line.words.slice(1)] };
      writeFileSync(path, systemdUnit(real));
      const { stderr, exitCode } = Bun.spawnSync(["systemd-analyze", "verify", "--user", "--man=no", path], {
        env: { HOME: folder, PATH: process.env["PATH"] ?? "", XDG_RUNTIME_DIR: folder },
      });
      expect({ exitCode, said: stderr.toString() }).toEqual({ exitCode: 0, said: "" });
    },
  );

  test.skipIf(Bun.which("python3") === null)(
    "is a list whose words another reader of such lists reads again",
    () => {
      const script =
        "import plistlib, sys, json; print(json.dumps(plistlib.load(sys.stdin.buffer)['ProgramArguments']))";
      const read = Bun.spawnSync(["python3", "-c", script], {
        stdin: new TextEncoder().encode(launchdAgent({ ...line, words })),
      });
      expect(JSON.parse(read.stdout.toString())).toEqual(words);
    },
  );

  test("is a task whose arguments Windows takes apart into the same words", () => {
    const task = scheduledTask({ ...line, words: ["C:\\x.exe", ...words] });
    const text = /<Arguments>(.*)<\/Arguments>/.exec(task)?.[1] ?? "";
    const plain = text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    expect(takenApart(plain)).toEqual(words);
  });

  test("is refused for Windows where its Task Scheduler would put something else", () => {
    expect(unquotable({ ...line, words: ["a", "100%"] })).toBeUndefined();
    expect(unquotable({ ...line, words: ["a", "%PATH%"] })).toBe("%PATH%");
    expect(unquotable({ ...line, words: ["a", "$(Arg0)"] })).toBe("$(Arg0)");
  });

  test("is shown so that a shell reads the same words", () => {
    const { stdout } = Bun.spawnSync(["sh", "-c", `printf '%s\\n' ${words.map(shellQuoted).join(" ")}`]);
    expect(stdout.toString()).toBe(words.map((word) => `${word}\n`).join(""));
  });
});

describe.skipIf(process.platform !== "linux")("classchat service", () => {
  function run(...args: readonly string[]) {
    const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, main, "service", ...args], {
      cwd: folder,
      env: { HOME: folder, PATH: folder, XDG_CONFIG_HOME: join(folder, "config") },
    });
    return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  test("shows with --dry-run what it would do, and does nothing", () => {
    const { code, stdout } = run(
      "install",
      "--dry-run",
      "--port=4000",
      "--name",
      "CSCE 513",
      "--retention",
      "90d",
    );
    expect(code).toBe(0);
    expect(stdout).toContain(join(folder, "config/systemd/user/classchat.service"));
    const data = join(folder, ".local/share/classchat/.server");
    expect(stdout).toContain(`"serve" "--data=${data}" "--port=4000" "--name=CSCE 513" "--retention=90d"\n`);
    expect(stdout).toContain("systemctl --user enable classchat.service");
    expect(existsSync(join(folder, "config"))).toBe(false);
  });

  test("checks serve's flags as serve does", () => {
    for (const wrong of [["--port", "x"], ["--retention", "1"], ["--colour", "red"], ["more"]])
      expect(run("install", "--dry-run", ...wrong)).toMatchObject({ code: 2, stdout: "" });
    expect(run("install", "--dry-run", "--name", "a\nb")).toMatchObject({ code: 2 });
  });

  test("says in a line that there is no systemd, or no service, and writes nothing", () => {
    expect(run("install")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^classchat: there is no systemd on this machine\nhint: .+\n$/),
    });
    for (const what of ["status", "uninstall"])
      expect(run(what)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^classchat: there is no service: .*\nhint: .+\n$/),
      });
    expect(existsSync(join(folder, "config"))).toBe(false);
  });

  test("writes the unit, has it started, says how it is, and takes it away again", async () => {
    // What systemctl would be asked, in the order in which it is.
    const asked = join(folder, "asked");
    const systemctl = join(folder, "systemctl");
    const script = `#!/bin/sh\necho "$*" >> ${asked}\ncase "$2" in is-active) echo active;; is-enabled) echo enabled;; esac\n`;
    writeFileSync(systemctl, script, { mode: 0o755 });
    expect(run("install", "--port", "4000")).toMatchObject({ code: 0 });
    expect(run("status")).toMatchObject({ code: 0, stdout: "classchat.service: active, enabled\n" });
    const unit = join(folder, "config/systemd/user/classchat.service");
    expect(await Bun.file(unit).text()).toContain('"--port=4000"');
    expect(run("uninstall")).toMatchObject({ code: 0 });
    expect(await Bun.file(unit).exists()).toBe(false);
    expect(
      (await Bun.file(asked).text()).split("\n").filter((it) => !it.includes("show-environment")),
    ).toEqual([
      "--user daemon-reload",
      "--user enable classchat.service",
      "--user restart classchat.service",
      "--user is-active classchat.service",
      "--user is-enabled classchat.service",
      "--user disable --now classchat.service",
      "--user daemon-reload",
      "",
    ]);
  });
});

/** As CommandLineToArgvW does it (learn.microsoft.com, "Parsing C command-line arguments"), for what is in quotes. */
function takenApart(text: string): string[] {
  const found: string[] = [];
  let at = 0;
  while (at < text.length) {
    while (text[at] === " ") at++;
    let [word, isQuoted] = ["", false];
    for (; at < text.length && (isQuoted || text[at] !== " "); at++) {
      const slashes = /^\\*/.exec(text.slice(at))?.[0].length ?? 0;
      if (slashes > 0) {
        const beforeQuote = text[at + slashes] === '"';
        word += "\\".repeat(beforeQuote ? slashes >> 1 : slashes);
        at += slashes;
        if (beforeQuote && slashes % 2 === 1) word += '"';
        else at--;
      } else if (text[at] === '"') isQuoted = !isQuoted;
      else word += text[at] ?? "";
    }
    found.push(word);
  }
  return found;
}

// Makes a fresh clone ready with nothing but Node and npm: packages, a working bun, the patched packages.
// Plain JavaScript, as it runs before there is a bun. Looks at what is there, and does only what is missing.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const readJson = (...path) => JSON.parse(readFileSync(join(root, ...path), "utf8"));

class SetupFailure extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** Whether node_modules holds every required package of package-lock.json in its version, whoever put it there. */
function packagesInstalled() {
  return Object.entries(readJson("package-lock.json").packages).every(([path, locked]) => {
    if (path === "") return true;
    const manifest = join(root, path, "package.json");
    // The optional ones are builds for one platform each; whether ours works is seen by running it.
    if (!existsSync(manifest)) return locked.optional === true;
    return JSON.parse(readFileSync(manifest, "utf8")).version === locked.version;
  });
}

/** Every hunk of a unified diff: the file it changes, and the lines that stand there once it is applied. */
function hunksOf(diff) {
  const hunks = [];
  const lines = diff.split("\n");
  let file = "";
  for (let at = 0; at < lines.length; at++) {
    const name = /^\+\+\+ b\/(.+)$/.exec(lines[at]);
    if (name && lines[at - 1]?.startsWith("--- ")) file = name[1];
    const range = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(lines[at]);
    if (!range) continue;
    let before = Number(range[1] ?? 1);
    let after = Number(range[2] ?? 1);
    const result = [];
    while (before > 0 || after > 0) {
      const line = lines[++at];
      if (line === undefined)
        throw new SetupFailure("a patch in scripts/patches is cut short", "restore it with git");
      if (line.startsWith("\\")) continue;
      if (!line.startsWith("+")) before--;
      if (!line.startsWith("-")) {
        after--;
        result.push(line.slice(1));
      }
    }
    hunks.push({ file, text: result.join("\n") });
  }
  return hunks;
}

/** Whether all that the patch leaves in the package's files is found there. */
function patchApplied(name, patch) {
  const hunks = hunksOf(readFileSync(join(root, patch), "utf8"));
  if (hunks.length === 0) throw new SetupFailure(`${patch} holds no change`, "restore it with git");
  return hunks.every(({ file, text }) => {
    const path = join(modules, name, file);
    return existsSync(path) && readFileSync(path, "utf8").includes(text);
  });
}

/** Runs a program quietly; a failure carries its own words on one line. */
function run(what, program, args, hint) {
  const done = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 26,
    shell: process.platform === "win32" && program === "npm",
  });
  if (done.status === 0) return;
  const said = `${done.stderr ?? ""}\n${done.stdout ?? ""}`
    .split("\n")
    .filter((line) => /^(npm )?(error|ERR!)/.test(line))
    .map((line) => line.replace(/^(npm )?(error|ERR!):? ?/, "").trim())
    .filter((line) => line !== "" && !/^(code|syscall|errno|path|dest) /.test(line));
  throw new SetupFailure(
    `${what} failed: ${done.error?.message ?? said[0] ?? `exit code ${done.status}`}`,
    hint,
  );
}

function bunVersion() {
  const bun = join(modules, "bun", "bin", "bun.exe");
  return existsSync(bun) ? spawnSync(bun, ["--version"], { encoding: "utf8" }).stdout?.trim() : undefined;
}

function setUp() {
  if (Number(process.versions.node.split(".")[0]) < 20)
    throw new SetupFailure(
      `Node ${process.versions.node} is too old`,
      "install Node 20 or newer from https://nodejs.org",
    );
  const manifest = readJson("package.json");

  if (!packagesInstalled()) {
    console.log("setup: installing the packages (once)");
    const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--include=dev", "--include=optional"];
    const npm = process.env["npm_execpath"];
    const hint = "is there a network, and space on the disk? npm ci shows more";
    // Under `npm start` the very npm that runs is known; its `.cmd` wrapper would not start without a shell on Windows.
    if (npm?.endsWith("npm-cli.js")) run("npm ci", process.execPath, [npm, ...args], hint);
    else run("npm ci", "npm", args, hint);
  }

  const wanted = manifest.devDependencies.bun;
  // Where install scripts are blocked the package holds a stub until its own installer has run.
  if (bunVersion() !== wanted)
    run(
      "installing bun",
      process.execPath,
      [join(modules, "bun", "install.js")],
      "delete node_modules and try again",
    );
  const found = bunVersion();
  if (found !== wanted)
    throw new SetupFailure(
      `bun ${wanted} does not run here (found ${found || "none"})`,
      "delete node_modules and try again; bun needs Linux, macOS or Windows on x64 or arm64",
    );

  for (const [locked, patch] of Object.entries(manifest.patchedDependencies ?? {})) {
    const name = locked.slice(0, locked.lastIndexOf("@"));
    if (patchApplied(name, patch)) continue;
    console.log(`setup: patching ${name}`);
    // npm does not know bun's patches. Bun installs what is missing, and patches what it installs.
    rmSync(join(modules, name), { recursive: true, force: true });
    const bun = join(modules, "bun", "bin", "bun.exe");
    run(
      "bun install",
      bun,
      ["install", "--frozen-lockfile"],
      "is there a network, and is the patch of this version? bun install shows more",
    );
    if (!patchApplied(name, patch))
      throw new SetupFailure(`${patch} was not applied to ${name}`, "delete node_modules and try again");
  }
}

try {
  setUp();
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  console.error(`setup: ${error.message}\nhint: ${error.hint}`);
  process.exitCode = 1;
}

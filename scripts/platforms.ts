// `npm run test:platforms`: the executables of linux-arm64 (under qemu) and windows-x64 (under wine) join a class whose
// server is this machine's, send and receive. On Debian and its kin, x64; as root it installs what it needs with apt.
// Not part of `npm test`.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "./compile.ts";

const LIMIT_MS = 90_000;
const ARM_PACKAGES = ["libc6:arm64", "libgcc-s1:arm64", "libstdc++6:arm64"];
/** wine 8 has no bcryptprimitives.dll, of which Bun takes its random numbers. */
const SHIM = `#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return RtlGenRandom(data, (ULONG)length); }
`;

/** What could not be done, in a line. */
class NotRun extends Error {}

interface Platform {
  readonly name: string;
  readonly target: Bun.Build.CompileTarget;
  readonly file: string;
  /** What stands before the executable's path, after what it needs was made ready in `folder`. */
  prepare(folder: string): Promise<readonly string[]>;
  /** A path of this machine as the executable knows it. */
  path(path: string): string;
}

const work = mkdtempSync(join(tmpdir(), "classchat-platforms-"));
const env = {
  HOME: work,
  TMPDIR: work,
  PATH: process.env["PATH"] ?? "",
  LANG: "C.UTF-8",
  WINEPREFIX: join(work, "wine"),
  WINEDEBUG: "-all",
};

const platforms: readonly Platform[] = [
  {
    name: "linux-arm64 under qemu",
    target: "bun-linux-arm64",
    file: "classchat",
    async prepare(folder) {
      await need("qemu-aarch64-static", "qemu-user-static");
      const libraries = join(folder, "libraries");
      mkdirSync(libraries);
      if (!(await ran("apt-get", ["download", ...ARM_PACKAGES], libraries))) {
        const ready =
          (await ran("dpkg", ["--add-architecture", "arm64"])) && (await ran("apt-get", ["update"]));
        if (!ready || !(await ran("apt-get", ["download", ...ARM_PACKAGES], libraries)))
          throw new NotRun(
            `apt has not ${ARM_PACKAGES.join(", ")}: dpkg --add-architecture arm64 && apt-get update`,
          );
      }
      for (const file of readdirSync(libraries)) await ran("dpkg", ["-x", file, "."], libraries);
      return ["qemu-aarch64-static", "-L", libraries];
    },
    path: (path) => path,
  },
  {
    name: "windows-x64 under wine",
    target: "bun-windows-x64",
    file: "classchat.exe",
    async prepare(folder) {
      const wine = "/usr/lib/wine/wine64";
      if (!existsSync(wine)) await need("wine64", "wine64");
      await need("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64");
      writeFileSync(join(folder, "shim.c"), SHIM);
      const made = ["-shared", "-O", "-o", "bcryptprimitives.dll", "shim.c", "-ladvapi32"];
      if (!(await ran("x86_64-w64-mingw32-gcc", made, folder))) throw new NotRun("the shim was not made");
      return [existsSync(wine) ? wine : "wine64"];
    },
    path: (path) => `Z:${path.replaceAll("/", "\\")}`,
  },
];

/** A program that is there, or comes with this package of Debian's. */
async function need(program: string, name: string): Promise<void> {
  if (Bun.which(program) !== null) return;
  const wanted = ["install", "-y", "--no-install-recommends", name];
  const isThere = async () =>
    (await ran("apt-get", wanted)) && (Bun.which(program) !== null || name === "wine64");
  if (await isThere()) return;
  if ((await ran("apt-get", ["update"])) && (await isThere())) return;
  throw new NotRun(`it needs ${program}: apt-get install ${name}, as root`);
}

async function ran(program: string, args: readonly string[], cwd = work): Promise<boolean> {
  if (Bun.which(program) === null) return false;
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = Bun.spawn([program, ...args], {
    cwd,
    env: environment,
    stdio: ["ignore", "ignore", "ignore"],
  });
  return (await child.exited) === 0;
}

/** Runs one command of ClassChat to its end; what it prints. Throws with what it said when it fails. */
async function classchat(command: readonly string[], ...args: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command, ...args], {
    cwd: work,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${args.join(" ")}: ended with ${code}\n${out}${err}`);
  return out.trim();
}

async function talk(platform: Platform, host: string, link: string): Promise<string> {
  const folder = join(work, platform.target);
  mkdirSync(folder);
  const runner = await platform.prepare(folder);
  const path = join(folder, platform.file);
  await compile(path, platform.target);
  const name = platform.target.replaceAll("bun-", "");
  const there = (command: string, ...args: readonly string[]) =>
    classchat(
      [...runner, path],
      command,
      "--user",
      name,
      "--home",
      platform.path(join(folder, "home")),
      ...args,
    );
  const here = (command: string, ...args: readonly string[]) =>
    classchat([host], command, "--user", "teacher", "--home", join(work, "home"), ...args);
  const began = performance.now();
  const version = await classchat([...runner, path], "--version");
  await there("join", link);
  await there("send", "--to", "teacher", "hello from far");
  const heard = await here("receive", "--json");
  if (!heard.includes('"text":"hello from far"')) throw new Error(`not received here: ${heard}`);
  await here("send", "--to", name, "hello back");
  const answered = await there("receive", "--json");
  if (!answered.includes('"text":"hello back"')) throw new Error(`not received there: ${answered}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  return `ok: ${version}, joined, sent and received (${seconds} s)`;
}

async function linkOf(server: Bun.Subprocess<"ignore", "pipe", "inherit">): Promise<string> {
  let printed = "";
  for await (const chunk of server.stdout) {
    printed += new TextDecoder().decode(chunk);
    const [, link] = /"link":"([^"]+)"/.exec(printed) ?? [];
    if (link !== undefined) return link;
  }
  throw new Error("the server ended");
}

const host = join(work, "classchat");
await compile(host);
const place = ["--host", "127.0.0.1", "--port", "0", "--data", join(work, "server"), "--json"];
const server = Bun.spawn([host, "serve", ...place], { cwd: work, env, stdio: ["ignore", "pipe", "inherit"] });
try {
  const link = await linkOf(server);
  await classchat([host], "join", link, "--user", "teacher", "--home", join(work, "home"));
  for (const platform of platforms) {
    let said: string;
    try {
      said = await talk(platform, host, link);
    } catch (error) {
      process.exitCode = 1;
      said = error instanceof NotRun ? `not run: ${error.message}` : `FAILED: ${String(error)}`;
    }
    console.log(`${platform.name}  ${said}`);
  }
} finally {
  server.kill();
  await server.exited;
  // wine leaves a server of its own behind for a while.
  await Bun.spawn(
    ["/bin/sh", "-c", "for it in /usr/lib/wine/wineserver64 wineserver; do $it -k && break; done"],
    {
      env,
      stdio: ["ignore", "ignore", "ignore"],
    },
  ).exited;
  rmSync(work, { recursive: true, force: true });
}

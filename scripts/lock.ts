// `bun run lock`: both lock files from package.json, for use after its dependencies were changed.
// They name no registry, and every platform's build of every package, so that `npm ci` works anywhere.

import { join } from "node:path";
import * as v from "valibot";
import { root } from "./compile.ts";

const Lock = v.looseObject({
  packages: v.record(
    v.string(),
    v.looseObject({
      dev: v.optional(v.boolean()),
      optionalDependencies: v.optional(v.record(v.string(), v.string())),
    }),
  ),
});
type Lock = v.InferOutput<typeof Lock>;

const systems = ["aix", "android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "x64"];

/**
 * Adds the optional packages that the registry at hand did not have, with the platform their names tell. npm leaves
 * them out, and then `npm ci` refuses the lock file as incomplete on every machine. They carry no integrity.
 */
function completePlatforms(lock: Lock): string[] {
  const added: string[] = [];
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (lock.packages[path] !== undefined) continue;
      const words = name.split(/[/-]/);
      const os = words.filter((word) => systems.includes(word));
      const cpu = words.filter((word) => processors.includes(word));
      if (os.length !== 1 || cpu.length !== 1)
        throw new Error(`${name} names no platform: is it in the registry?`);
      const libc = words.includes("musl")
        ? ["musl"]
        : words.includes("gnu") && os[0] === "linux"
          ? ["glibc"]
          : [];
      lock.packages[path] = {
        version,
        cpu,
        ...(entry.dev === true ? { dev: true } : {}),
        ...(libc.length > 0 ? { libc } : {}),
        optional: true,
        os,
      };
      added.push(name);
    }
  }
  return added;
}

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(command, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed`);
}

await run([
  "npm",
  "install",
  "--package-lock-only",
  "--omit-lockfile-registry-resolved",
  "--no-audit",
  "--no-fund",
]);
const path = join(root, "package-lock.json");
const lock = v.parse(Lock, await Bun.file(path).json());
const added = completePlatforms(lock);
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
await Bun.write(path, `${JSON.stringify(lock, null, 2)}\n`);
if (added.length > 0)
  console.log(`lock: without integrity, as this registry has them not: ${added.join(", ")}`);
await run([process.execPath, "install", "--lockfile-only"]);
for (const file of ["package-lock.json", "bun.lock"]) {
  const text = await Bun.file(join(root, file)).text();
  if (/"resolved"|\.tgz/.test(text))
    throw new Error(`${file} names a registry: install from the default one, unnamed`);
}

// The compiled executable that the tests use, made anew when the sources are newer.
// Must not know what is done with it.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dir, "../../..");

const path = join(root, "dist", process.platform === "win32" ? "classchat.exe" : "classchat");

let isFresh = false;

/** The path of the executable. Throws with the build's own words when it cannot be made. */
export function executable(): string {
  if (isFresh) return path;
  if (!existsSync(path) || statSync(path).mtimeMs < newestSource()) {
    const build = Bun.spawnSync([process.execPath, join(root, "scripts", "build.ts")], { cwd: root });
    if (build.exitCode !== 0) throw new Error(Buffer.concat([build.stdout, build.stderr]).toString());
  }
  isFresh = true;
  return path;
}

function newestSource(): number {
  const sources = [...new Bun.Glob("src/**/*.{ts,tsx}").scanSync({ cwd: root }), "package.json"];
  return Math.max(...sources.map((source) => statSync(join(root, source)).mtimeMs));
}

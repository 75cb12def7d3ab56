// Disks that are full or cannot be written to, where the one who runs the tests may make such disks.
// Must not know what is kept on them.

import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./world.ts";

/** Whether small disks of our own can be mounted here. */
export const canMount = process.platform === "linux" && process.geteuid?.() === 0 && mountable();

/** A disk of so many KiB in memory, gone when the world is. */
export function smallDisk(world: World, name: string, kibibytes: number): string {
  const path = join(world.folder, name);
  mkdirSync(path, { mode: 0o700 });
  mount("-t", "tmpfs", "-o", `size=${kibibytes}k,mode=0700`, "tmpfs", path);
  world.defer(() => Bun.spawnSync(["umount", path]));
  return path;
}

/** Takes all the room that is left but so many bytes; the answer gives it back. */
export function fill(disk: string, but = 0): () => void {
  const ballast = join(disk, "ballast");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, new Uint8Array(Math.max(0, bavail * bsize - but)));
  return () => rmSync(ballast);
}

/** From now on nothing can be written to the disk. */
export function makeReadOnly(disk: string): void {
  mount("-o", "remount,ro", disk);
}

function mount(...args: string[]): void {
  const mounted = Bun.spawnSync(["mount", ...args]);
  if (mounted.exitCode !== 0) throw new Error(mounted.stderr.toString());
}

/** Also root may not mount in many containers. */
function mountable(): boolean {
  if (!existsSync("/proc/self/mounts")) return false;
  return Bun.spawnSync(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).exitCode === 0;
}

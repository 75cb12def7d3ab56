// The machines that a release is for, and what its files are called. A download page reads the names.
// Must not know how anything is made.

export interface Target {
  /** `linux-x64`: system, processor, and the C library where it is not the usual one. */
  readonly name: string;
  readonly compile: Bun.Build.CompileTarget;
  /** The package of Bun that is within. */
  readonly runtime: string;
}

export const targets: readonly Target[] = [
  { name: "linux-x64", compile: "bun-linux-x64", runtime: "@oven/bun-linux-x64" },
  { name: "linux-arm64", compile: "bun-linux-arm64", runtime: "@oven/bun-linux-aarch64" },
  { name: "linux-x64-musl", compile: "bun-linux-x64-musl", runtime: "@oven/bun-linux-x64-musl" },
  { name: "linux-arm64-musl", compile: "bun-linux-arm64-musl", runtime: "@oven/bun-linux-aarch64-musl" },
  { name: "macos-arm64", compile: "bun-darwin-arm64", runtime: "@oven/bun-darwin-aarch64" },
  { name: "macos-x64", compile: "bun-darwin-x64", runtime: "@oven/bun-darwin-x64" },
  { name: "windows-x64", compile: "bun-windows-x64", runtime: "@oven/bun-windows-x64" },
  { name: "windows-arm64", compile: "bun-windows-arm64", runtime: "@oven/bun-windows-aarch64" },
];

/** This machine's target; undefined where there is none. */
export function hostTarget(): Target | undefined {
  const systems: Partial<Record<NodeJS.Platform, string>> = {
    linux: "linux",
    darwin: "macos",
    win32: "windows",
  };
  return targets.find(({ name }) => name === `${systems[process.platform] ?? ""}-${process.arch}`);
}

export function isWindows({ name }: Target): boolean {
  return name.startsWith("windows-");
}

/** `classchat-1.2.3-linux-x64.tar.gz`; a .zip for Windows, where everybody can open one. */
export function archiveName(version: string, target: Target): string {
  return `classchat-${version}-${target.name}${isWindows(target) ? ".zip" : ".tar.gz"}`;
}

/** What the executable is called in it. */
export function executableName(target: Target): string {
  return isWindows(target) ? "classchat.exe" : "classchat";
}

// Which executable a visitor of the download page needs, by what the browser tells of its system, and what each is called.
// Pure. Must not know which files there are.

export const PLATFORMS = [
  "windows-x64",
  "windows-arm64",
  "darwin-arm64",
  "darwin-x64",
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
] as const;

export type Platform = (typeof PLATFORMS)[number];

export const PLATFORM_NAMES: Readonly<Record<Platform, string>> = {
  "windows-x64": "Windows",
  "windows-arm64": "Windows on ARM",
  "darwin-arm64": "macOS, Apple chip (M1 and later)",
  "darwin-x64": "macOS, Intel",
  "linux-x64": "Linux, x64",
  "linux-arm64": "Linux, ARM64 (a Raspberry Pi with a 64-bit system, too)",
  "linux-x64-musl": "Alpine Linux (musl), x64",
  "linux-arm64-musl": "Alpine Linux (musl), ARM64",
};

/** What a request tells of its sender. */
export interface Visitor {
  readonly userAgent: string;
  /** `Sec-CH-UA-Platform` and `Sec-CH-UA-Arch`; browsers send them on trustworthy connections alone. */
  readonly platform: string;
  readonly architecture: string;
}

export interface System {
  /** As people call it; undefined where nothing is known. */
  readonly name: string | undefined;
  /** What may run there, the likeliest first. */
  readonly platforms: readonly Platform[];
}

const UNKNOWN: System = { name: undefined, platforms: [] };

/** The system of a visitor. A browser on a Mac always says Intel, and Firefox on Windows always x64: both are offered. */
export function systemOf({ userAgent, platform, architecture }: Visitor): System {
  const told = `${platform.replaceAll('"', "")} ${userAgent}`;
  const arm = /arm/i.test(architecture) || /\b(?:aarch64|arm64|armv8)/i.test(userAgent);
  const hinted = /x86|arm/i.test(architecture);
  if (/\bAndroid\b/.test(told)) return { name: "Android", platforms: [] };
  if (/\b(?:iPhone|iPad|iPod|iOS)\b/.test(told)) return { name: "iOS", platforms: [] };
  if (/\bWindows\b/.test(told)) {
    const platforms = arm ? (["windows-arm64", "windows-x64"] as const) : WINDOWS;
    return { name: "Windows", platforms };
  }
  if (/\b(?:macOS|Macintosh|Mac OS X|Darwin)\b/.test(told)) {
    const intel = hinted && !arm;
    return {
      name: "macOS",
      platforms: intel ? ["darwin-x64", "darwin-arm64"] : ["darwin-arm64", "darwin-x64"],
    };
  }
  if (/\b(?:Linux|X11|CrOS|Chrome OS)\b/.test(told) && !/\b(?:FreeBSD|OpenBSD|NetBSD|SunOS)\b/.test(told)) {
    if (arm) return { name: "Linux", platforms: ["linux-arm64", "linux-arm64-musl"] };
    if (/\b(?:armv[5-7]|riscv|ppc|s390|mips)|\bi[3-6]86\b(?! on x86_64)/i.test(userAgent))
      return { name: "Linux on this processor", platforms: [] };
    return { name: "Linux", platforms: ["linux-x64", "linux-x64-musl"] };
  }
  return UNKNOWN;
}

const WINDOWS = ["windows-x64", "windows-arm64"] as const;

/** Of `classchat-0.1.0-linux-x64.tar.gz` and its like what stands in it; `macos` is `darwin`. Undefined for other files. */
export function buildOf(file: string): NamedBuild | undefined {
  const match =
    /^classchat-(?:([0-9][0-9A-Za-z.+-]{0,40}?)-)?([a-z]+-[a-z0-9]+(?:-musl)?)(\.tar\.gz|\.zip|\.exe)?$/.exec(
      file,
    );
  const [, version, word = "", ending = ""] = match ?? [];
  const platform = PLATFORMS.find((one) => one === word.replace(/^macos-/, "darwin-"));
  if (platform === undefined) return undefined;
  return { platform, version, packed: ending === ".tar.gz" ? "tar.gz" : ending === ".zip" ? "zip" : "no" };
}

export interface NamedBuild {
  readonly platform: Platform;
  readonly version: string | undefined;
  readonly packed: "tar.gz" | "zip" | "no";
}

/** What an executable that says nothing of itself in its name is taken for: one of the machine it lies on. */
export function platformHere(): Platform | undefined {
  const system = process.platform === "win32" ? "windows" : process.platform;
  return PLATFORMS.find((one) => one === `${system}-${process.arch}`);
}

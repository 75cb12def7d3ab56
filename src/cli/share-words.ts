// What the download page says, whichever form it has: the one command of each system, and what is to be trusted.
// Pure. Must not know HTML.

import type { SharedBuild } from "./share-files.ts";
import { type Platform, PLATFORM_NAMES, type System } from "./share-platform.ts";

export interface PageContent {
  readonly className: string;
  /** Undefined: each student has a link of their own. */
  readonly link: string | undefined;
  /** Where the page is, as the link names the machine; ends with `/`. */
  readonly url: string;
}

/** What stands in a command where a student's own link belongs. */
const OWN_LINK = "YOUR-LINK";

/** What is said where the class has no link for all. */
export const OWN_LINKS = `Your instructor gives each of you a link of your own: put it in the place of ${OWN_LINK}.`;

/** Fetches, checks, unpacks and joins: to be pasted whole. */
export function commandOf(
  { name, sha256, platform, packed }: SharedBuild,
  { url, link }: PageContent,
): string {
  const [system] = platform.split("-");
  const quoted = link === undefined ? OWN_LINK : /[[\]%]/.test(link) ? `'${link}'` : link;
  if (system === "windows") {
    const run =
      packed === "zip"
        ? `Expand-Archive ${name} classchat -Force; .\\classchat\\classchat.exe`
        : packed === "tar.gz"
          ? `tar -xzf ${name}; .\\classchat.exe`
          : `.\\${name}`;
    return [
      `$ProgressPreference='SilentlyContinue'; iwr -UseBasicParsing ${url}${name} -OutFile ${name};`,
      `if ((Get-FileHash ${name}).Hash -ne '${sha256}') { throw 'the file is damaged' };`,
      `${run} join ${quoted}`,
    ].join(" ");
  }
  const sum = system === "darwin" ? "shasum -a 256 -c" : "sha256sum -c";
  const run = {
    "tar.gz": `tar -xzf ${name} && ./classchat`,
    zip: `unzip -o ${name} && ./classchat`,
    no: `chmod +x ${name} && ./${name}`,
  }[packed];
  return `curl -fO ${url}${name} && echo "${sha256}  ${name}" | ${sum} && ${run} join ${quoted}`;
}

/** Where the command is typed. */
export function shellOf(platform: Platform): string {
  return platform.startsWith("windows") ? "PowerShell" : "a terminal";
}

/** The builds for a visitor, one for each platform that may be theirs, the likeliest first. */
export function buildsFor(system: System, builds: readonly SharedBuild[]): SharedBuild[] {
  return system.platforms.flatMap((platform) => builds.find((build) => build.platform === platform) ?? []);
}

/** Why there is nothing for a visitor, and what can be done. */
export function nothingFor(system: System): readonly [string, string] {
  if (system.name === undefined)
    return ["What system you have cannot be told from here.", "Choose among all files below."];
  if (system.platforms.length === 0)
    return [
      `There is no ClassChat for ${system.name}.`,
      "Open this page on a computer with Windows, macOS or Linux (64-bit); the code below carries the link over.",
    ];
  const names = system.platforms.map((platform) => `classchat-…-${platform}`).join(" or ");
  return [
    `The instructor's folder has no ClassChat for ${system.name}.`,
    `Tell the instructor: npm run release makes one for each system; the page shows it as soon as ${names} is in the folder.`,
  ];
}

export const TRUST =
  "This page came over plain http: anybody on this network could have changed it, the files, sums and link with it. " +
  "Where that matters, compare the SHA-256 and the link with those that your instructor shows you.";

export function labelOf({ platform, version }: SharedBuild): string {
  return `${PLATFORM_NAMES[platform]}${version === undefined ? "" : ` · ${version}`}`;
}

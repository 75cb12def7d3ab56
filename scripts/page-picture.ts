// `bun scripts/page-picture.ts`: src/cli/share-page.png, the download page in a real Chromium, and a look at it in dark, on a
// phone and without a build; fails where the browser complains of anything. Not part of the tests: it wants Chromium.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { World } from "../test/e2e/support/world.ts";
import { root } from "./compile.ts";

const browser = ["chromium", "chromium-browser", "google-chrome"].find((name) => Bun.which(name) !== null);
if (browser === undefined) {
  console.error("page-picture: there is no Chromium here\nhint: apt install chromium");
  process.exit(1);
}

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64"];
const WINDOWS = ["windows-x64", "windows-arm64"];

await using world = new World();
const folder = join(world.folder, "release");
mkdirSync(folder);
const names = [
  ...PLATFORMS.map((platform) => `classchat-0.1.0-${platform}.tar.gz`),
  ...WINDOWS.map((platform) => `classchat-0.1.0-${platform}.zip`),
];
// Of the size that they have; what is inside is not looked at.
for (const [i, name] of names.entries())
  writeFileSync(join(folder, name), Buffer.alloc(40_000_000 + i * 300_000, name));

const place = ["--host", "127.0.0.1", "--port", "12345", "--data", join(world.folder, "data")];
const args = ["serve", ...place, "--public", "192.0.2.2", "--name", "CSCE 513", "--share", folder];
const server = world.start(args);
const [, port] = await server.until(/^http:\/\/192\.0\.2\.2:(\d+)\/$/m);
const url = `http://127.0.0.1:${port}/`;

const out = join(root, "src/cli/share-page.png");
await picture(out, "--window-size=820,960");
const looked = process.argv[2];
if (looked !== undefined) {
  await picture(
    join(looked, "dark.png"),
    "--window-size=820,900",
    "--force-dark-mode",
    "--blink-settings=preferredColorScheme=0",
  );
  await picture(
    join(looked, "phone.png"),
    "--window-size=500,1400",
    "--user-agent=Mozilla/5.0 (Linux; Android 14) Mobile",
  );
  await picture(
    join(looked, "mac.png"),
    "--window-size=820,1500",
    "--user-agent=Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
  );
}
console.log(`${out}  ${Math.round(Bun.file(out).size / 1024)} KiB`);

async function picture(path: string, ...options: readonly string[]): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), "classchat-chromium-"));
  const child = Bun.spawn(
    [
      browser ?? "",
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      "--enable-logging=stderr",
      `--user-data-dir=${profile}`,
      `--screenshot=${path}`,
      ...options,
      url,
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const [said] = await Promise.all([child.stderr.text(), child.exited]);
  rmSync(profile, { recursive: true, force: true });
  // What the page's own policy would keep out, or what it asked for in vain, stands on the console.
  const complaints = said.split("\n").filter((line) => /CONSOLE|Content Security Policy/.test(line));
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
}

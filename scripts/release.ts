// `npm run release`: dist/release with one executable for each platform, and SHA256SUMS over them.
// The same sources give the same bytes. What macOS wants beyond this (signing) is done on a Mac.

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { compile, root } from "./compile.ts";

const targets = [
  { name: "classchat-linux-x64", target: "bun-linux-x64" },
  { name: "classchat-linux-arm64", target: "bun-linux-arm64" },
  { name: "classchat-macos-arm64", target: "bun-darwin-arm64" },
  { name: "classchat-macos-x64", target: "bun-darwin-x64" },
  { name: "classchat-windows-x64.exe", target: "bun-windows-x64" },
] as const;

async function sha256(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hash.update(chunk);
  return hash.digest("hex");
}

async function release(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const sums: string[] = [];
  for (const { name, target } of targets) {
    const path = join(folder, name);
    await compile(path, target);
    sums.push(`${await sha256(path)}  ${name}\n`);
    console.log(`${name}  ${Math.round(Bun.file(path).size / 1e6)} MB`);
  }
  await Bun.write(join(folder, "SHA256SUMS"), sums.join(""));
}

try {
  await release(join(root, "dist/release"));
} catch (error) {
  console.error(error);
  console.error(
    "release: not all executables were made\nhint: the first time, bun fetches a runtime for each platform",
  );
  process.exitCode = 1;
}

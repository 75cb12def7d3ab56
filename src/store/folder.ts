// A folder as a thing on the disk. Must not know what is in it.

import { open } from "node:fs/promises";

/** Makes new names in it last. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // folders cannot be opened there
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

// Paths as they are typed in the chat: made whole, and completed from what lies there. Must not know what is typed for.

import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Entries of a folder that are looked at; more nobody picks from. */
const MOST = 200;

/** `~/notes.pdf` and paths from here as absolute ones. */
export function wholePath(typed: string): string {
  return resolve(typed === "~" || typed.startsWith("~/") ? join(homedir(), typed.slice(1)) : typed);
}

/** What the path after /sendfile may become, quoted as it was, and the path, for the Tab key; undefined in any other line. */
export function completePath(line: string): [string[], string] | undefined {
  const typed = /^\/sendfile\s+(.*)$/i.exec(line)?.[1];
  if (typed === undefined) return undefined;
  const [, quote = "", rest = ""] = /^(["']?)(.*)$/.exec(typed) ?? [];
  if (quote !== "") {
    const closed = (path: string) => `${quote}${path}${path.endsWith("/") ? "" : quote}`;
    return [entries(rest).map(closed), typed];
  }
  // A name with spaces may stand as it is, and as a shell would have it.
  if (!rest.includes("\\ ")) return [entries(rest), typed];
  return [entries(rest.replaceAll("\\ ", " ")).map((path) => path.replaceAll(" ", "\\ ")), typed];
}

/** Nothing where nothing can be read. */
function entries(typed: string): string[] {
  const end = typed.lastIndexOf("/") + 1;
  const [folder, start] = [typed.slice(0, end), typed.slice(end)];
  try {
    return readdirSync(wholePath(folder === "" ? "." : folder), { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start) && (start !== "" || !name.startsWith(".")))
      .filter(({ name }) => !/\p{Cc}/u.test(name))
      .slice(0, MOST)
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`)
      .sort();
  } catch (error) {
    if (error instanceof Error && "code" in error) return []; // no such folder, or not for this user
    throw error;
  }
}

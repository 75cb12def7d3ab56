// Where things lie on this machine: profiles, and a server's data. Must not know what is in them.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The folder of all profiles: as given, or CLASSCHAT_HOME, or the platform's own place. */
export function homeFolder(given: string | undefined): string {
  if (given !== undefined) return resolve(given);
  const { CLASSCHAT_HOME, APPDATA, XDG_DATA_HOME } = process.env;
  if (CLASSCHAT_HOME) return resolve(CLASSCHAT_HOME);
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "ClassChat");
  if (process.platform === "win32")
    return join(APPDATA || join(homedir(), "AppData", "Roaming"), "ClassChat");
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "classchat");
}

/** A profile's folder. `fold` is a folded name: it is a good folder name everywhere. */
export function profileFolder(home: string, fold: string): string {
  return join(home, fold);
}

export function hasProfile(folder: string): boolean {
  return existsSync(join(folder, "vault.sqlite"));
}

/** A server's data, unless `--data` names another place. No name begins with a dot. */
export function serverFolder(home: string, given: string | undefined): string {
  return given === undefined ? join(home, ".server") : resolve(given);
}

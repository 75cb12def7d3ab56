// Where the process that holds a profile is met: the socket's path, and the folder it lies in, open to its user alone.
// Must not know what is said there.

import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** A socket's path has room for 104 bytes on macOS and the BSDs, 108 on Linux, a zero at the end included. */
const PATH_LIMIT = 100;
const PIPES = "\\\\.\\pipe\\";

/** The local socket cannot be had as it must be. `path`: what is in the way of it. */
export class SocketRefused extends Error {
  readonly reason:
    | "not-private" // its folder is another user's, or open to others, or no folder
    | "in-the-way" // something that is no socket has its path
    | "failed"; // the system did not give it; see `cause`
  readonly path: string;
  constructor(reason: SocketRefused["reason"], path: string, cause?: unknown) {
    super(`local socket: ${reason}: ${path}`, { cause });
    this.name = "SocketRefused";
    this.reason = reason;
    this.path = path;
  }
}

/**
 * The path at which a profile's holder is met, the same by whatever way the folder is named: `socket` within the
 * folder, or where that is too long a path in the system's temporary folder; a pipe's name on Windows.
 */
export function socketPath(folder: string): string {
  const whole = canonical(folder);
  const uid = process.geteuid?.();
  if (uid === undefined) return pipeName(whole);
  const inside = join(whole, "socket");
  if (Buffer.byteLength(inside) < PATH_LIMIT) return inside;
  return join(tmpdir(), `classchat-${uid}`, hashOf(whole));
}

/** The named pipe that stands for a profile folder on Windows, where there are no socket files. */
export function pipeName(folder: string): string {
  return `${PIPES}classchat-${hashOf(folder)}`;
}

/** Whether the path is a file's, with a folder and permissions, and not a pipe's name. */
export function isFile(path: string): boolean {
  return !path.startsWith(PIPES);
}

/**
 * Makes the folder of a socket (0700) where there is none, and checks it. Throws SocketRefused: whoever may write in
 * it could put a socket of their own in the holder's place.
 */
export function makeSocketFolder(path: string): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    // A link to a folder or a file: what is there is judged below.
    if (systemCode(error) !== "EEXIST") throw new SocketRefused("failed", folder, error);
  }
  checkSocketFolder(path);
}

/** Whether the folder of a socket is there. Throws SocketRefused when it is there and not this user's alone. */
export function checkSocketFolder(path: string): boolean {
  const folder = dirname(path);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const own = found.uid === process.geteuid?.() && (found.mode & 0o077) === 0;
  if (!found.isDirectory() || !own) throw new SocketRefused("not-private", folder);
  return true;
}

/** The code of a system error (`ENOENT`, …); undefined for any other. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function canonical(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return resolve(folder); // not made yet, or not to be seen: nobody is met there anyway
  }
}

/** 128 bits in hex, for Windows tells no small letters from capitals. */
function hashOf(folder: string): string {
  return createHash("sha256").update("classchat socket 1").update(folder).digest("hex").slice(0, 32);
}

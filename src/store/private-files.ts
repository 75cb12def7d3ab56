// Files and folders that only their owner may read, written whole or not at all.
// Must not know what is in them.

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { type Random, StoreFailure } from "../ports.ts";

/** Makes a folder (0700), and those above it, where there is none. Throws StoreFailure. */
export function createPrivateFolder(path: string): void {
  withFileFailures(() => mkdirSync(path, { recursive: true, mode: 0o700 }));
}

/**
 * Makes an empty file (0600) where there is none; does not so much as open one that is there, but asks whether it may
 * be written to, which SQLite does not tell from a broken disk. Throws StoreFailure.
 */
export function createPrivateFile(path: string): void {
  withFileFailures(() => {
    try {
      closeSync(openSync(path, "wx", 0o600));
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
      accessSync(path, constants.R_OK | constants.W_OK);
    }
  });
}

/**
 * Writes a file (0600), from its text or from its parts, so that it is there whole or not at all, also after a power
 * cut. With "keep" a file that is there stays, also when another process makes it at this moment, and the answer is
 * false. Throws StoreFailure.
 */
export function writePrivateFile(
  path: string,
  content: string | Iterable<Uint8Array>,
  there: "keep" | "replace",
  random: Random,
): boolean {
  return withFileFailures(() => {
    const draft = `${path}.${random(8).toHex()}.new`;
    try {
      const file = openSync(draft, "wx", 0o600);
      try {
        if (typeof content === "string") writeFileSync(file, content);
        else for (const part of content) writeWhole(file, part);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      if (there === "replace") renameSync(draft, path);
      else if (!nameAnew(draft, path)) return false;
    } finally {
      if (existsSync(draft)) unlinkSync(draft);
    }
    syncPath(dirname(path));
    return true;
  });
}

/** A small file's text and mode; `text` is undefined beyond `limit` bytes. Undefined without a file. Throws StoreFailure. */
export function readSmallFile(
  path: string,
  limit: number,
): { readonly text: string | undefined; readonly mode: number } | undefined {
  return withFileFailures(() => {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch (error) {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    }
    try {
      const bytes = new Uint8Array(limit + 1);
      let length = 0;
      for (let read = 1; read > 0 && length < bytes.length; length += read) {
        read = readSync(file, bytes, length, bytes.length - length, null);
      }
      const text = length > limit ? undefined : new TextDecoder().decode(bytes.subarray(0, length));
      return { text, mode: fstatSync(file).mode };
    } finally {
      closeSync(file);
    }
  });
}

/** A file's length in bytes, 0 without a file. Throws StoreFailure. */
export function sizeOfFile(path: string): number {
  return withFileFailures(() => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
}

function writeWhole(file: number, part: Uint8Array): void {
  for (let at = 0; at < part.length;) at += writeSync(file, part, at);
}

/** Gives the draft its name; false when the name is taken. */
function nameAnew(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST" || existsSync(path)) return false;
    // Some file systems have no links; there two first starts at the same instant are not told apart.
    renameSync(draft, path);
    return true;
  }
}

/** Makes what was written to a file last, or a new name in a folder: on POSIX that is the folder's content. */
export function syncPath(path: string): void {
  const isFolder = statSync(path).isDirectory();
  if (isFolder && process.platform === "win32") return; // folders cannot be opened there
  const file = openSync(path, isFolder ? "r" : "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Runs `work`; a fault of the file system is thrown as a StoreFailure, anything else as it is. */
export function withFileFailures<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileFailureOf(error) ?? error;
  }
}

/** The failure behind an error of the file system, or undefined when it is none of its errors. */
export function fileFailureOf(error: unknown): StoreFailure | undefined {
  if (error instanceof StoreFailure) return error;
  switch (systemCode(error)) {
    case undefined:
      return undefined;
    case "ENOSPC":
    case "EDQUOT":
      return new StoreFailure("full", error);
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new StoreFailure("read-only", error);
    default:
      return new StoreFailure("io", error);
  }
}

/** The code of a system error (`ENOENT`, …); undefined for any other. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

// People's own files on the disk: read as they lie there, received beside their place, named when whole.
// Must not know who sends or receives them.

import { constants } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, rename, stat, statfs, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type FileShelf, type Original, type Part, ShelfFailure, type Stamp } from "../ports/file-shelf.ts";
import { syncFolder } from "./folder.ts";
import { systemCode } from "./private-files.ts";

/** Never follows a link at the end of a path; 0 where the system has no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
/** A pipe without a writer would be waited for. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;

export const diskShelf: FileShelf = {
  original: (path) => reading(() => openOriginal(path)),
  part: (folder, id) => writing(() => openPart(folder, id)),
  removePart: (folder, id) => writing(() => removeIfThere(partPath(folder, id))),
  place: (folder, id, name) => writing(() => place(partPath(folder, id), join(folder, name), folder)),
  pathOf: (folder, name) => join(folder, name),
  free: (folder) =>
    writing(async () => {
      await mkdir(folder, { recursive: true });
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    }),
};

function partPath(folder: string, id: string): string {
  return join(folder, `.classchat-${id}.part`);
}

async function openOriginal(path: string): Promise<Original> {
  // Looked at before it is opened: to open some devices does something.
  if (!(await stat(path)).isFile()) throw new ShelfFailure("not-a-file");
  const handle = await open(path, constants.O_RDONLY | NO_WAIT);
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw new ShelfFailure("not-a-file");
  }
  return {
    stamp: () => reading(() => stampOf(handle)),
    read: (position, length, into) => reading(() => readAt(handle, position, length, into)),
    close: () => handle.close(),
  };
}

async function stampOf(handle: FileHandle): Promise<Stamp> {
  const { size, dev, ino, mtimeNs } = await handle.stat({ bigint: true });
  return { size: Number(size), mark: `${dev}.${ino}.${mtimeNs}` };
}

async function openPart(folder: string, id: string): Promise<Part> {
  await mkdir(folder, { recursive: true });
  const path = partPath(folder, id);
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | NO_FOLLOW, 0o600);
  const { size } = await handle.stat();
  return {
    size,
    read: (position, length) => writing(() => readAt(handle, position, length)),
    write: (position, bytes) => writing(() => writeAt(handle, position, bytes)),
    shorten: (to) => writing(() => handle.truncate(to)),
    sync: () => writing(() => handle.sync()),
    close: () => handle.close(),
  };
}

async function readAt(
  handle: FileHandle,
  position: number,
  length: number,
  into?: Uint8Array,
): Promise<Uint8Array> {
  // What is not filled is not given out.
  const bytes = into?.subarray(0, length) ?? new Uint8Array(Buffer.allocUnsafeSlow(length).buffer, 0, length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function writeAt(handle: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

async function place(part: string, final: string, folder: string): Promise<"placed" | "taken" | "no-part"> {
  const from = await lstatIfThere(part);
  if (from === undefined) return "no-part";
  const there = await lstatIfThere(final);
  if (there === undefined || there.ino !== from.ino || there.dev !== from.dev) {
    if (there !== undefined || !(await nameAnew(part, final))) return "taken";
  }
  await removeIfThere(part);
  await syncFolder(folder);
  return "placed";
}

/** Gives the part a second name, which overwrites nothing and follows no link; false when the name is taken. */
async function nameAnew(part: string, final: string): Promise<boolean> {
  try {
    await link(part, final);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EINVAL"].includes(systemCode(error) ?? ""))
      throw error;
    // Some file systems have no links; there somebody who takes the name at this very instant loses it.
    if ((await lstatIfThere(final)) !== undefined) return false;
    await rename(part, final);
    return true;
  }
}

async function lstatIfThere(
  path: string,
): Promise<{ readonly ino: bigint; readonly dev: bigint } | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

function reading<T>(work: () => Promise<T>): Promise<T> {
  return told(work, "file-unreadable");
}

function writing<T>(work: () => Promise<T>): Promise<T> {
  return told(work, "folder-unwritable");
}

async function told<T>(work: () => Promise<T>, denied: ShelfFailure["reason"]): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error, denied) ?? error;
  }
}

function failureOf(error: unknown, denied: ShelfFailure["reason"]): ShelfFailure | undefined {
  if (error instanceof ShelfFailure) return error;
  switch (systemCode(error)) {
    case undefined:
      return undefined;
    case "ENOENT":
    case "ENAMETOOLONG":
      return new ShelfFailure(denied === "file-unreadable" ? "file-not-found" : denied, error);
    case "ENOTDIR":
    case "EEXIST":
    case "ELOOP":
      return new ShelfFailure(denied === "file-unreadable" ? "not-a-file" : denied, error);
    case "EISDIR":
    case "ENXIO":
      return new ShelfFailure("not-a-file", error);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new ShelfFailure(denied, error);
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new ShelfFailure("disk-full", error);
    default:
      return new ShelfFailure("disk-failed", error);
  }
}

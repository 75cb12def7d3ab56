// People's files in memory, for simulations: the same contract, over a disk that outlives it.
// Must not know who sends or receives them.

import { type FileShelf, ShelfFailure } from "../ports/file-shelf.ts";

/** What lies on the pretended disk, by path. */
export class ShelfDisk {
  readonly files = new Map<string, Uint8Array>();
  /** How often each was written to by somebody else, so that it is seen. */
  readonly marks = new Map<string, number>();
  /** Bytes it holds; without end unless given. */
  capacity = 2 ** 50;
  /** Bytes that were written into parts. */
  written = 0;

  /** Somebody writes a file. */
  put(path: string, bytes: Uint8Array): void {
    this.files.set(path, bytes);
    this.marks.set(path, (this.marks.get(path) ?? 0) + 1);
  }

  used(): number {
    return this.files.values().reduce((sum, { length }) => sum + length, 0);
  }
}

const partPath = (folder: string, id: string): string => `${folder}/.classchat-${id}.part`;

/** A shelf over that disk. What a part holds is on the disk as soon as it is written. */
export function memoryShelf(disk: ShelfDisk): FileShelf {
  const grow = (path: string, size: number): Uint8Array => {
    const before = disk.files.get(path) ?? new Uint8Array(0);
    if (size <= before.length) return before;
    if (disk.used() + size - before.length > disk.capacity) throw new ShelfFailure("disk-full");
    const grown = new Uint8Array(size);
    grown.set(before);
    disk.files.set(path, grown);
    return grown;
  };
  const slice = (path: string, position: number, length: number): Uint8Array =>
    (disk.files.get(path) ?? new Uint8Array(0)).slice(position, position + length);
  return {
    async original(path) {
      if (!disk.files.has(path)) throw new ShelfFailure("file-not-found");
      return {
        stamp: async () => ({
          size: disk.files.get(path)?.length ?? 0,
          mark: String(disk.marks.get(path) ?? 0),
        }),
        read: async (position, length) => slice(path, position, length),
        close: async () => {},
      };
    },
    async part(folder, id) {
      const path = partPath(folder, id);
      if (!disk.files.has(path)) disk.files.set(path, new Uint8Array(0));
      return {
        size: disk.files.get(path)?.length ?? 0,
        read: async (position, length) => slice(path, position, length),
        async write(position, bytes) {
          grow(path, position + bytes.length).set(bytes, position);
          disk.written += bytes.length;
        },
        shorten: async (size) => void disk.files.set(path, slice(path, 0, size)),
        sync: async () => {},
        close: async () => {},
      };
    },
    removePart: async (folder, id) => void disk.files.delete(partPath(folder, id)),
    async place(folder, id, name) {
      const part = disk.files.get(partPath(folder, id));
      if (part === undefined) return "no-part";
      const path = `${folder}/${name}`;
      if (disk.files.has(path)) return "taken";
      disk.files.set(path, part);
      disk.files.delete(partPath(folder, id));
      return "placed";
    },
    pathOf: (folder, name) => `${folder}/${name}`,
    free: async () => disk.capacity - disk.used(),
  };
}

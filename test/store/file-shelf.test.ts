// What a client can rely on about people's files on a real disk: read as they are, never overwritten, never through a link.

import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type FileShelf, ShelfFailure } from "../../src/ports/file-shelf.ts";
import { diskShelf } from "../../src/store/file-shelf.ts";
import { memoryShelf, ShelfDisk } from "../../src/store/file-shelf-memory.ts";
import { bytes, temporaryFolder } from "./server-fixtures.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    if (error instanceof ShelfFailure) return error.reason;
    throw error;
  }
}

test("only an ordinary file that may be read is opened", async () => {
  const path = folder.path("notes.txt");
  writeFileSync(path, "notes");
  const original = await diskShelf.original(path);
  expect(await original.read(1, 100)).toEqual(bytes("otes"));
  expect((await original.stamp()).size).toBe(5);
  await original.close();
  expect(await reasonOf(diskShelf.original(folder.path("none")))).toBe("file-not-found");
  expect(await reasonOf(diskShelf.original(join(path, "x")))).toBe("not-a-file");
  expect(await reasonOf(diskShelf.original(folder.path("")))).toBe("not-a-file");
  if (process.platform !== "win32")
    expect(await reasonOf(diskShelf.original("/dev/null"))).toBe("not-a-file");
});

test("that a file was written to is seen, though it is as long as before", async () => {
  const path = folder.path("notes.txt");
  writeFileSync(path, "notes");
  const original = await diskShelf.original(path);
  const before = await original.stamp();
  expect(await original.stamp()).toEqual(before);
  writeFileSync(path, "other");
  expect(await original.stamp()).not.toEqual(before);
  await original.close();
});

/** The same of the one in memory, in which tests believe. */
const SHELVES: readonly (readonly [
  string,
  () => {
    shelf: FileShelf;
    put: (name: string, text: string) => void;
    names: () => string[];
    read: (name: string) => string;
  },
])[] = [
  [
    "disk",
    () => ({
      shelf: diskShelf,
      put: (name, text) => writeFileSync(folder.path(name), text),
      names: () => readdirSync(folder.path("")).sort(),
      read: (name) => readFileSync(folder.path(name), "utf8"),
    }),
  ],
  [
    "memory",
    () => {
      const disk = new ShelfDisk();
      const at = folder.path("");
      const shelf = memoryShelf(disk);
      return {
        shelf,
        put: (name, text) => disk.put(shelf.pathOf(at, name), bytes(text)),
        names: () => [...disk.files.keys()].map((path) => path.slice(path.lastIndexOf("/") + 1)).sort(),
        read: (name) => new TextDecoder().decode(disk.files.get(shelf.pathOf(at, name))),
      };
    },
  ],
];

for (const [kind, make] of SHELVES) {
  test(`${kind}: a part goes on where it was, and gets its name once, over nothing`, async () => {
    const { shelf, put, names, read } = make();
    const at = folder.path("");
    put("notes.txt", "mine");
    const part = await shelf.part(at, "k");
    expect(part.size).toBe(0);
    await part.write(0, bytes("hello wor"));
    await part.shorten(6);
    await part.sync();
    await part.close();
    const again = await shelf.part(at, "k");
    expect(again.size).toBe(6);
    await again.write(6, bytes("world"));
    expect(await again.read(0, 100)).toEqual(bytes("hello world"));
    await again.close();
    expect(await shelf.place(at, "k", "notes.txt")).toBe("taken");
    expect(await shelf.place(at, "k", "notes (1).txt")).toBe("placed");
    expect(await shelf.place(at, "k", "notes (1).txt")).toBe("no-part");
    expect([read("notes.txt"), read("notes (1).txt")]).toEqual(["mine", "hello world"]);
    expect(names()).toEqual(["notes (1).txt", "notes.txt"]);
    await (await shelf.part(at, "j")).close();
    await shelf.removePart(at, "j");
    await shelf.removePart(at, "j");
    expect(names()).toEqual(["notes (1).txt", "notes.txt"]);
    expect(await shelf.free(at)).toBeGreaterThan(0);
  });
}

test("a name that is a link is taken, wherever it leads; what it leads to stays as it was", async () => {
  const at = folder.path("downloads");
  mkdirSync(at);
  const victim = folder.path("victim");
  writeFileSync(victim, "mine");
  symlinkSync(victim, join(at, "a.txt"));
  symlinkSync(folder.path("nowhere"), join(at, "b.txt"));
  await (await diskShelf.part(at, "k")).close();
  expect(await diskShelf.place(at, "k", "a.txt")).toBe("taken");
  expect(await diskShelf.place(at, "k", "b.txt")).toBe("taken");
  expect(readFileSync(victim, "utf8")).toBe("mine");
  expect(existsSync(folder.path("nowhere"))).toBe(false);
  // Nor is a part written through one.
  symlinkSync(victim, join(at, ".classchat-j.part"));
  expect(await reasonOf(diskShelf.part(at, "j"))).toBe("folder-unwritable");
});

test("what was received can be read by its user alone, and is no program", async () => {
  const at = folder.path("new/folder");
  await (await diskShelf.part(at, "k")).close();
  await diskShelf.place(at, "k", "run.sh");
  if (process.platform !== "win32") expect(statSync(join(at, "run.sh")).mode & 0o777).toBe(0o600);
});

test("a crash between the two names of a part is made good", async () => {
  const at = folder.path("downloads");
  await (await diskShelf.part(at, "k")).close();
  linkSync(join(at, ".classchat-k.part"), join(at, "notes.txt"));
  expect(await diskShelf.place(at, "k", "notes.txt")).toBe("placed");
  expect(readdirSync(at)).toEqual(["notes.txt"]);
});

test("a folder that cannot be written to says so", async () => {
  const at = folder.path("file");
  writeFileSync(at, "");
  expect(await reasonOf(diskShelf.part(at, "k"))).toBe("folder-unwritable");
  if (process.getuid?.() === 0) return; // it may write anywhere
  const closed = folder.path("closed");
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  expect(await reasonOf(diskShelf.part(closed, "k"))).toBe("folder-unwritable");
});

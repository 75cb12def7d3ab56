// Chunks in files and in memory: the contract of both; and of files what crashes, full disks and other hands leave behind.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { SEALED_CHUNK } from "../../src/domain/chunks.ts";
import { StoreFailure } from "../../src/ports.ts";
import type { Blobs } from "../../src/ports/blobs.ts";
import { openBlobs } from "../../src/store/blobs-files.ts";
import { BlobsMemory, type DurableBlobs } from "../../src/store/blobs-memory.ts";
import { blobOf, blobsContract, type BlobsSubject, chunkOf } from "./blobs-contract.ts";
import { temporaryFolder } from "./server-fixtures.ts";

const x = blobOf(1);
const RECORD = SEALED_CHUNK + 8;

blobsContract("files", async () => {
  const folder = temporaryFolder();
  const opened = async (): Promise<BlobsSubject> => {
    const blobs = await openBlobs(folder.path("blobs"));
    return {
      blobs,
      reopen: async () => {
        await blobs.close();
        return opened();
      },
      dispose: async () => {
        await blobs.close();
        folder.remove();
      },
    };
  };
  return opened();
});

blobsContract("memory", async () => {
  const durable: DurableBlobs = new Map();
  const opened = async (): Promise<BlobsSubject> => {
    const blobs = new BlobsMemory(durable);
    return { blobs, reopen: opened, dispose: () => blobs.close() };
  };
  return opened();
});

test("a made-up disk is as full as it is said to be, and fails when it is told to", async () => {
  const faults: StoreFailure[] = [];
  const blobs = new BlobsMemory(new Map(), { capacity: 100, fault: () => faults[0] });
  expect(await blobs.append(x, 0, chunkOf(1, 60))).toBe(1);
  expect(await blobs.space()).toEqual({ used: 60, free: 40 });
  await expect(blobs.append(blobOf(2), 0, chunkOf(1, 41))).rejects.toMatchObject({ reason: "full" });
  expect(await blobs.list()).toEqual([x]);
  faults.push(new StoreFailure("io"));
  await expect(blobs.read(x, 0)).rejects.toMatchObject({ reason: "io" });
});

describe("files", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let blobs: Blobs;
  const path = () => join(folder.path("blobs"), "01".repeat(24));
  const reopen = async () => {
    await blobs.close();
    blobs = await openBlobs(folder.path("blobs"));
  };
  beforeEach(async () => {
    folder = temporaryFolder();
    blobs = await openBlobs(folder.path("blobs"));
  });
  afterEach(async () => {
    await blobs.close();
    folder.remove();
  });
  const fill = async (count: number) => {
    await Promise.all(Array.from({ length: count }, (_, i) => blobs.append(x, i, chunkOf(i))));
    await blobs.close();
  };

  test("are their owner's alone", async () => {
    await blobs.append(x, 0, chunkOf(0));
    if (process.platform === "win32") return;
    expect(statSync(folder.path("blobs")).mode & 0o777).toBe(0o700);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  test("that end in half a chunk have the whole ones before it, and go on from there", async () => {
    for (const size of [3 * RECORD - 1, 2 * RECORD + 1, 2 * RECORD + 8, 2 * RECORD + SEALED_CHUNK]) {
      await fill(3);
      truncateSync(path(), size);
      blobs = await openBlobs(folder.path("blobs"));
      expect([size, await blobs.count(x)]).toEqual([size, 2]);
      expect((await blobs.space()).used).toBe(2 * RECORD);
      expect(await blobs.append(x, 2, chunkOf(7))).toBe(3);
      await reopen();
      expect(await blobs.read(x, 2)).toEqual(chunkOf(7));
      await blobs.remove(x);
    }
  });

  test("whose length has reached the disk and whose content has not have what was content before", async () => {
    await fill(4);
    truncateSync(path(), 2 * RECORD);
    truncateSync(path(), 18 * RECORD - 3); // zeros, as many as are written before they are made durable
    await reopen();
    expect(await blobs.count(x)).toBe(2);
    // A later chunk that did reach it does not count without those before.
    const file = openSync(path(), "r+");
    truncateSync(path(), 2 * RECORD);
    writeSync(file, new Uint8Array(2 * RECORD), 0, 2 * RECORD, 2 * RECORD);
    closeSync(file);
    await reopen();
    expect(await blobs.count(x)).toBe(2);
  });

  test("with something behind their end have what was theirs", async () => {
    await fill(2);
    appendFileSync(path(), Buffer.alloc(500, 1));
    await reopen();
    expect(await blobs.count(x)).toBe(2);
    expect(await blobs.append(x, 2, chunkOf(2, 30))).toBe(3);
  });

  test("that the disk has spoilt say so, and do not give out what is wrong", async () => {
    await fill(40);
    const file = openSync(path(), "r+");
    writeSync(file, new Uint8Array([255]), 0, 1, 5 * RECORD + 100);
    closeSync(file);
    await reopen();
    expect(await blobs.count(x)).toBe(40);
    expect(await blobs.read(x, 4)).toEqual(chunkOf(4));
    await expect(blobs.read(x, 5)).rejects.toMatchObject({ reason: "corrupt" });
  });

  test("of others in the folder are let be", async () => {
    writeFileSync(join(folder.path("blobs"), "README"), "not ours");
    await reopen();
    expect([await blobs.list(), (await blobs.space()).used]).toEqual([[], 0]);
    expect(readdirSync(folder.path("blobs"))).toEqual(["README"]);
  });

  test("that cannot be written leave everything as it was, and it goes on when they can", async () => {
    if (process.platform === "win32") return;
    await blobs.append(x, 0, chunkOf(0));
    const y = blobOf(2);
    // A folder in the file's place: nobody, root neither, writes to that.
    const place = join(folder.path("blobs"), "02".repeat(24));
    mkdirSync(place);
    const failed = await blobs.append(y, 0, chunkOf(0)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(StoreFailure);
    rmdirSync(place);
    expect(await blobs.append(y, 0, chunkOf(0))).toBe(1);
    expect(await blobs.count(x)).toBe(1);
  });

  test("are opened as they are needed, however many there are", async () => {
    const many = Array.from({ length: 200 }, (_, i) => blobOf(i));
    for (const [i, blob] of many.entries()) await blobs.append(blob, 0, chunkOf(i % 200, 20));
    const open = () => readdirSync("/proc/self/fd").length;
    if (process.platform === "linux") expect(open()).toBeLessThan(180);
    for (const [i, blob] of many.entries()) expect(await blobs.read(blob, 0)).toEqual(chunkOf(i % 200, 20));
  });

  test("lose no chunk that was answered and have no half one, however often their process is killed", async () => {
    await blobs.close();
    for (let round = 0; round < 5; round++) {
      const child = Bun.spawn(
        [process.execPath, join(import.meta.dir, "blobs-writer.ts"), folder.path("blobs")],
        {
          stdout: "pipe",
          stderr: "inherit",
        },
      );
      let said = "";
      const decoder = new TextDecoder();
      // Until so many have been answered; then at whatever it is doing.
      for await (const part of child.stdout) {
        said += decoder.decode(part, { stream: true });
        if (said.split("\n").length > 20 + 7 * round) child.kill("SIGKILL");
      }
      await child.exited;
      const answered = said.split("\n").slice(0, -1).map(Number);
      blobs = await openBlobs(folder.path("blobs"));
      const count = await blobs.count(x);
      expect(count).toBeGreaterThan(Math.max(...answered));
      for (let i = Math.max(0, count - 30); i < count; i++)
        expect(Buffer.compare((await blobs.read(x, i)) ?? Buffer.alloc(0), chunkOf(i % 251))).toBe(0);
      await blobs.close();
    }
    blobs = await openBlobs(folder.path("blobs"));
  }, 30_000);
});

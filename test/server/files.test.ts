// Files on the server: who may begin, add, fetch, take back, and what is refused.

import { describe, expect, test } from "bun:test";
import { CHUNK, sealedSize } from "../../src/domain/chunks.ts";
import { CHUNK_WINDOW, FETCH_WINDOW } from "../../src/wire/limits.ts";
import { begun, blobId, fetched, refused, sealed } from "./file-hall.ts";
import { append, hall, person, type Raw, text } from "./hall.ts";

describe("a file", () => {
  test("is stored chunk by chunk, fetched by the other, and freed when they have it", async () => {
    const { room, a, b, blob, log, size, putAll } = await begun(2 * CHUNK + 5);
    await putAll();
    expect(await b.ask({ t: "blob", blob })).toMatchObject({
      log,
      size: sealedSize(size),
      chunks: 3,
      got: 0,
      declined: 0,
      of: 1,
    });
    for (const index of [0, 1, 2]) {
      const { answer, body } = await fetched(b, blob, index);
      expect(answer).toMatchObject({ t: "fetched", chunks: 3 });
      expect(Buffer.compare(body ?? Buffer.alloc(0), sealed(size, index))).toBe(0);
    }
    expect(await b.ask({ t: "got", blob })).toMatchObject({ t: "noted" });
    expect(a.all("taken")).toEqual([{ t: "taken", blob, got: 1, declined: 0, of: 1 }]);
    expect(room.chunks.size).toBe(0);
    // Whoever asks later, or again, learns how it went.
    expect(await a.ask({ t: "blob", blob })).toMatchObject({ freed: true, chunks: 0, got: 1, of: 1 });
    expect(await b.ask({ t: "got", blob })).toMatchObject({ t: "noted" });
    expect(a.all("taken")).toHaveLength(1);
    expect(await b.ask({ t: "fetch", blob, index: 0 })).toMatchObject(refused("no-such-blob"));
    expect(await a.ask({ t: "upload", blob, log, size: sealedSize(size) })).toMatchObject({
      t: "stored",
      chunks: 3,
    });
  });

  test("that is empty is one chunk", async () => {
    const { b, blob, putAll } = await begun(0);
    await putAll();
    expect((await fetched(b, blob, 0)).body).toHaveLength(16);
  });

  test("is fetched while it is still being sent: whoever has had all there was is told when there is more", async () => {
    const { room, b, blob, put } = await begun(3 * CHUNK);
    expect((await fetched(b, blob, 0)).body).toHaveLength(0);
    expect((await fetched(b, blob, 0)).answer).toMatchObject({ t: "fetched", chunks: 0 });
    await put(0);
    await put(1);
    await room.net.quiet();
    // Once: what is fetched meanwhile says how much there is.
    expect(b.all("arrived")).toEqual([{ t: "arrived", blob, chunks: 1 }]);
    expect((await fetched(b, blob, 1)).answer).toMatchObject({ chunks: 2 });
    expect((await fetched(b, blob, 2)).body).toHaveLength(0);
    await put(2);
    await room.net.quiet();
    expect(b.all("arrived").at(-1)).toEqual({ t: "arrived", blob, chunks: 3 });
    expect((await fetched(b, blob, 2)).body).toHaveLength(CHUNK + 16);
  });

  test("goes on after a break from the first chunk that is missing, and its recipient too", async () => {
    const { room, alice, b, a, log, blob, size, put } = await begun(4 * CHUNK);
    await put(0);
    await put(1);
    a.pipes?.client.close();
    await room.net.quiet();
    const again = await room.enter(alice);
    // Before it says that it goes on, nobody knows what its chunks are of.
    expect(await put(2, again)).toMatchObject(refused("no-such-blob"));
    expect(await again.ask({ t: "upload", blob, log, size: sealedSize(size) })).toMatchObject({
      t: "stored",
      chunks: 2,
    });
    expect(await put(2, again)).toMatchObject({ t: "stored", chunks: 3 });
    expect(await put(3, again)).toMatchObject({ t: "stored", chunks: 4 });
    expect((await fetched(b, blob, 3)).body).toHaveLength(CHUNK + 16);
  });

  test("has no gaps and no chunk twice: the answer says which one is wanted", async () => {
    const { put, blob, room } = await begun(4 * CHUNK);
    expect(await put(1)).toMatchObject({ t: "stored", chunks: 0 });
    expect(await put(0)).toMatchObject({ t: "stored", chunks: 1 });
    expect(await put(0)).toMatchObject({ t: "stored", chunks: 1 });
    expect(await put(3)).toMatchObject({ t: "stored", chunks: 1 });
    expect(room.chunks.get(blob)).toHaveLength(1);
  });

  test("that its sender takes back is gone for all, and those who are there are told", async () => {
    const { room, a, b, blob, putAll, put } = await begun(2 * CHUNK);
    await putAll();
    expect(await b.ask({ t: "cancel", blob })).toMatchObject(refused("no-such-blob"));
    b.pipes?.server.stall();
    const asked = b.tell({ t: "fetch", blob, index: 0 });
    const later = b.tell({ t: "fetch", blob, index: 1 });
    await room.net.quiet();
    expect(await a.ask({ t: "cancel", blob })).toMatchObject({ t: "noted" });
    expect(room.chunks.size).toBe(0);
    b.pipes?.server.release();
    await room.net.quiet();
    expect(b.all("gone")).toEqual([{ t: "gone", blob }]);
    expect(a.all("gone")).toEqual([]);
    // What was on its way arrives; what was not is refused.
    expect([b.answer(asked).t, b.answer(later)]).toMatchObject(["fetched", refused("no-such-blob")]);
    for (const answer of [
      await a.ask({ t: "cancel", blob }),
      await put(0),
      await b.ask({ t: "blob", blob }),
      await b.ask({ t: "got", blob }),
    ])
      expect(answer).toMatchObject(refused("no-such-blob"));
  });

  test("that nobody wants is freed, and its sender hears that", async () => {
    const { room, a, b, blob, put } = await begun(3 * CHUNK);
    await put(0);
    expect(await b.ask({ t: "got", blob, declined: true })).toMatchObject({ t: "noted" });
    expect(a.all("taken")).toEqual([{ t: "taken", blob, got: 0, declined: 1, of: 1 }]);
    expect(room.chunks.size).toBe(0);
    expect(await put(1)).toMatchObject(refused("no-such-blob"));
  });
});

describe("the server refuses", () => {
  test("what no file comes to, and chunks that are not of their file's size", async () => {
    const { a, log, blob, b } = await begun(CHUNK + 5);
    for (const size of [CHUNK + 17, CHUNK + 32])
      expect(await a.ask({ t: "upload", blob: blobId(), log, size })).toMatchObject(refused("malformed"));
    for (const [index, length] of [
      [0, CHUNK],
      [0, CHUNK + 17],
      [1, 20],
      [1, 0],
      [2, 16],
    ] as const)
      expect(await a.ask({ t: "chunk", blob, index }, new Uint8Array(length))).toMatchObject(
        refused("malformed"),
      );
    expect(await b.ask({ t: "fetch", blob, index: 2 })).toMatchObject(refused("malformed"));
  });

  test("files of others: who is not in the log neither begins one there, nor fetches, nor learns of it", async () => {
    const { room, blob, log, size, b, putAll } = await begun(CHUNK);
    await putAll();
    const c = await room.enter(person("carol"));
    expect(await c.ask({ t: "upload", blob: blobId(), log, size: 16 })).toMatchObject(refused("not-member"));
    expect(await c.ask({ t: "upload", blob, log, size: sealedSize(size) })).toMatchObject(
      refused("no-such-blob"),
    );
    for (const asked of [
      { t: "fetch", blob, index: 0 },
      { t: "blob", blob },
      { t: "got", blob },
      { t: "cancel", blob },
    ] as const)
      expect(await c.ask(asked)).toMatchObject(refused("no-such-blob"));
    expect(await c.ask({ t: "chunk", blob, index: 0 }, sealed(size, 0))).toMatchObject(
      refused("no-such-blob"),
    );
    // The recipient cannot add to it either, nor tell of it as of their own.
    expect(await b.ask({ t: "upload", blob, log, size: sealedSize(size) })).toMatchObject(
      refused("no-such-blob"),
    );
    expect(await b.ask({ ...append(log), blob }, text("mine"))).toMatchObject(refused("no-such-blob"));
    expect(await b.ask({ ...append(log), blob: blobId() }, text("mine"))).toMatchObject(
      refused("no-such-blob"),
    );
  });

  test("a file that is too large, too many of them, and more than there is room for", async () => {
    const files = { size: 3 * CHUNK, ofOne: { entries: 3, bytes: 5 * CHUNK }, inAll: 7 * CHUNK };
    const room = hall(undefined, { files });
    const { a, b, log } = await room.pair();
    const upload = (by: Raw, size: number) =>
      by.ask({ t: "upload", blob: blobId(), log, size: sealedSize(size) });
    expect(await upload(a, 3 * CHUNK + 1)).toMatchObject(refused("too-large-file"));
    expect(await upload(a, 3 * CHUNK)).toMatchObject({ t: "stored" });
    expect(await upload(a, 2 * CHUNK)).toMatchObject(refused("file-quota"));
    expect(await upload(a, CHUNK)).toMatchObject({ t: "stored" });
    expect(await upload(b, 3 * CHUNK)).toMatchObject(refused("no-space"));
    expect(await upload(b, 2 * CHUNK)).toMatchObject({ t: "stored" });
    expect(await upload(a, 0)).toMatchObject({ t: "stored" });
    expect(await upload(a, 0)).toMatchObject(refused("file-quota"));
  });

  test("what the disk has no room for, before a byte of it is sent; messages go on", async () => {
    const margin = 256 * 1024 * 1024;
    const room = hall(undefined, {}, undefined, margin + 4 * CHUNK);
    const { a, log } = await room.pair();
    const upload = (size: number) => a.ask({ t: "upload", blob: blobId(), log, size: sealedSize(size) });
    expect(await upload(4 * CHUNK)).toMatchObject(refused("no-space"));
    expect(await upload(3 * CHUNK)).toMatchObject({ t: "stored" });
    // What was begun has its room, though nothing of it is there yet.
    expect(await upload(CHUNK)).toMatchObject(refused("no-space"));
    expect(await a.ask(append(log), text("hi"))).toMatchObject({ t: "accepted" });
  });

  test("more than so many chunks, or fetches, at once", async () => {
    const { room, a, b, blob, size, put } = await begun(20 * CHUNK);
    room.holdDisk();
    const chunks = Array.from({ length: CHUNK_WINDOW + 1 }, (_, index) =>
      a.tell({ t: "chunk", blob, index }, sealed(size, index)),
    );
    await room.net.quiet();
    room.freeDisk();
    await room.net.quiet();
    expect(chunks.map((re): string => a.answer(re).t)).toEqual([
      ...Array.from({ length: CHUNK_WINDOW }, () => "stored"),
      "refused",
    ]);
    expect(a.answer(chunks.at(-1) ?? 0)).toMatchObject(refused("too-many"));
    expect(await put(CHUNK_WINDOW)).toMatchObject({ t: "stored", chunks: CHUNK_WINDOW + 1 });
    b.pipes?.server.stall();
    const fetches = Array.from({ length: FETCH_WINDOW + 2 }, () => b.tell({ t: "fetch", blob, index: 0 }));
    await room.net.quiet();
    for (let i = 0; i < 30; i++) {
      b.pipes?.server.release();
      await room.net.quiet();
    }
    const answers = fetches.map((re) => b.answer(re));
    expect(answers.filter(({ t }) => t === "fetched").length).toBe(FETCH_WINDOW + 1); // one was on its way
    expect(answers.at(-1)).toMatchObject(refused("too-many"));
  });
});

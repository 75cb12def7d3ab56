// What the server keeps of files, how long, and over what faults; and messages that do not wait behind them.

import { expect, test } from "bun:test";
import { CHUNK } from "../../src/domain/chunks.ts";
import { begun, blobId, fetched, refused, sealed } from "./file-hall.ts";
import { append, hall, messageId, text } from "./hall.ts";

const HOUR = 3_600_000;

test("messages do not wait behind files: no chunk is added to a link that has something to send", async () => {
  const { room, a, b, blob, log, putAll } = await begun(8 * CHUNK);
  await putAll();
  b.pipes?.server.stall();
  for (let index = 0; index < 8; index++) b.tell({ t: "fetch", blob, index });
  await room.net.quiet();
  expect(b.pipes?.server.queued).toBeLessThan(CHUNK + 1000);
  await a.ask(append(log), text("quick"));
  expect(b.pipes?.server.queued).toBeLessThan(CHUNK + 2000);
  b.got.length = 0;
  b.pipes?.server.release();
  await room.net.quiet();
  const kinds = b.got.map(({ message }) => message.t);
  expect(kinds.indexOf("entry")).toBeLessThanOrEqual(1);
  expect(kinds.filter((t) => t === "fetched")).toHaveLength(8);
});

test("a file waits for whoever is away, as long as messages do; then it is gone, and its sender is told", async () => {
  const { room, a, bob, b, blob, putAll } = await begun(CHUNK, undefined, { retention: 30 * HOUR });
  await putAll();
  b.pipes?.client.close();
  const pass = async (hours: number) => {
    for (let minutes = 0; minutes < hours * 60; minutes++) {
      room.clock.advance(60_000);
      a.tell({ t: "ping" });
      await room.net.quiet();
    }
  };
  await pass(29);
  const again = await room.enter(bob);
  expect((await fetched(again, blob, 0)).body).toHaveLength(CHUNK + 16);
  again.pipes?.client.close();
  await pass(2);
  expect(a.all("gone")).toEqual([{ t: "gone", blob }]);
  expect(room.chunks.size).toBe(0);
  expect(await (await room.enter(bob)).ask({ t: "fetch", blob, index: 0 })).toMatchObject(
    refused("no-such-blob"),
  );
}, 20_000);

test("a file that no message tells of is kept for a day", async () => {
  const room = hall();
  const { a, log } = await room.pair();
  const [told, untold] = [blobId(), blobId()];
  for (const blob of [told, untold]) {
    await a.ask({ t: "upload", blob, log, size: 16 });
    await a.ask({ t: "chunk", blob, index: 0 }, sealed(0, 0));
  }
  await a.ask({ ...append(log), blob: told }, text("it"));
  for (let minutes = 0; minutes < 24 * 60 + 2; minutes++) {
    room.clock.advance(60_000);
    a.tell({ t: "ping" });
    await room.net.quiet();
  }
  expect(a.all("gone")).toEqual([{ t: "gone", blob: untold }]);
  expect([...room.chunks.keys()]).toEqual([told]);
}, 20_000);

test("chunks that a crash has left behind, of which nothing is known, are deleted", async () => {
  const stray = blobId();
  const chunks = new Map([[stray, [new Uint8Array(16)]]]);
  const room = hall(undefined, {}, chunks);
  room.clock.advance(20_000);
  await room.net.quiet();
  expect(chunks.size).toBe(0);
});

test("what the disk of the chunks does not take is refused as such, and goes on when it does", async () => {
  const { room, a, b, blob, log, put } = await begun(3 * CHUNK);
  await put(0);
  room.breakBlobs("full");
  expect(await put(1)).toMatchObject(refused("storage-full"));
  expect(await b.ask({ t: "fetch", blob, index: 0 })).toMatchObject(refused("storage-full"));
  expect(await a.ask(append(log, messageId()), text("hi"))).toMatchObject({ t: "accepted" });
  room.breakBlobs(undefined);
  expect(await put(1)).toMatchObject({ t: "stored", chunks: 2 });
  expect((await fetched(b, blob, 1)).body).toHaveLength(CHUNK + 16);
  expect(room.logged.filter((line) => line.includes("bug"))).toEqual([]);
});

test("who is no longer in the log is soon refused, in the middle of a file, too", async () => {
  const { room, b, blob, putAll } = await begun(2 * CHUNK);
  await putAll();
  expect((await fetched(b, blob, 0)).body).toHaveLength(CHUNK + 16);
  await room.store.unregister("bob");
  room.clock.advance(6_000);
  expect(await b.ask({ t: "fetch", blob, index: 1 })).toMatchObject(refused("no-such-blob"));
  // And nobody is waited for who cannot fetch it.
  room.clock.advance(20_000);
  await room.net.quiet();
  expect(room.chunks.size).toBe(0);
});

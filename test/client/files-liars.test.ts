// What a person can rely on when the server says what is not so about a file, or has lost what it had: nothing is worked on
// without end, messages go on, and with an honest server it goes on.

import { expect, test } from "bun:test";
import { CHUNK } from "../../src/domain/chunks.ts";
import type { BlobId } from "../../src/domain/id.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { type Fate, tap } from "../sim/tap.ts";
import { downloads, is, newest, noise, pair, send } from "./file-people.ts";

const PATH = "downloads/notes.pdf";

test("a server whose chunks are older than what it had said is there gets the rest once more", async () => {
  const blobs = new Map<BlobId, Uint8Array[]>();
  const bytes = noise(5 * CHUNK);
  const { room, alice, bob, until } = await pair(bytes, { room: { blobs } });
  await bob.face.close();
  await send(alice);
  await until(is(alice, "sent"));
  for (const chunks of blobs.values()) chunks.splice(2);
  room.net.cut();
  const again = room.person("bob", { disk: bob.disk, shelf: bob.shelf });
  await until(() => newest(again)?.state === "received" && newest(alice)?.state === "taken");
  expect(bob.shelf.files.get(PATH)).toEqual(bytes);
});

test("a server that says that a chunk is there, and never gives it, is asked a few times and no more", async () => {
  const bytes = noise(2 * CHUNK);
  let isHonest = false;
  let asked = 0;
  const denies = tap({
    in: (message): Fate => {
      if (message.t !== "fetched" || isHonest) return "pass";
      asked += 1;
      return [encodeMessage({ ...message, chunks: 1_000_000 })];
    },
  });
  const { alice, bob, until } = await pair(bytes, { bob: { tap: denies } });
  await send(alice);
  await until(is(bob, "failed"));
  expect(newest(bob)?.reason).toBe("malformed");
  expect(asked).toBeLessThan(40);
  isHonest = true;
  await bob.face.changeTransfer("1", "resume");
  await until(is(bob, "received"));
  expect(bob.shelf.files.get(PATH)).toEqual(bytes);
});

test("a server that says for ever that there is no more yet is waited for, without work, until the user ends it", async () => {
  let asked = 0;
  const stalls = tap({
    in: (message, body): Fate => {
      if (message.t === "arrived") return [];
      if (message.t !== "fetched" || (asked += 1) < 2 || body.length === 0) return "pass";
      return [encodeMessage({ ...message, chunks: 1 })];
    },
  });
  const { room, alice, bob, until } = await pair(noise(4 * CHUNK), { bob: { tap: stalls } });
  await send(alice);
  await until(is(alice, "sent"));
  await room.pass(60_000);
  expect(asked).toBeLessThan(20);
  await alice.say("bob", "hello", "delivered");
  expect(bob.heard()).toContain("hello");
  await bob.face.changeTransfer("1", "cancel");
  await until(() => newest(alice)?.state === "taken");
  expect(newest(bob)?.state).toBe("cancelled");
  expect(downloads(bob)).toEqual([]);
});

test("a server that keeps nothing of what it is sent is tried now and then, and messages go on", async () => {
  const bytes = noise(3 * CHUNK);
  let isHonest = false;
  let chunks = 0;
  const forgets = tap({
    out: (message) => {
      if (message.t === "chunk") chunks += 1;
      return "pass";
    },
    in: (message): Fate => {
      if (message.t !== "stored" || isHonest) return "pass";
      return [encodeMessage({ ...message, chunks: 0 })];
    },
  });
  const { room, alice, bob, until } = await pair(bytes, { alice: { tap: forgets } });
  await send(alice);
  await until(() => chunks > 0); // sealing takes its own time, not the room's
  await room.pass(30_000);
  expect(chunks).toBeLessThan(60);
  await alice.say("bob", "hello");
  isHonest = true;
  await until(() => newest(bob)?.state === "received" && newest(alice)?.state === "taken");
  expect(bob.shelf.files.get(PATH)).toEqual(bytes);
});

// What a person can rely on about files: the right bytes at the other end, whatever breaks, and nothing else left behind.

import { expect, test } from "bun:test";
import { CHUNK } from "../../src/domain/chunks.ts";
import { ShelfDisk } from "../../src/store/file-shelf-memory.ts";
import { tap } from "../sim/tap.ts";
import { downloads, is, newest, noise, NOTES, pair, send } from "./file-people.ts";

for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 17]) {
  test(`a file of ${size} bytes arrives as it was, and both sides are told`, async () => {
    const bytes = noise(size);
    const { room, alice, bob, until } = await pair(bytes);
    const { id } = await send(alice);
    await until(() => newest(bob)?.state === "received" && newest(alice)?.state === "taken");
    expect(bob.shelf.files.get("downloads/notes.pdf")).toEqual(bytes);
    expect(downloads(bob)).toEqual(["downloads/notes.pdf"]);
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const about = { id, name: "notes.pdf", size, sha256, done: size };
    expect(newest(bob)).toMatchObject({ ...about, sender: "alice", path: "downloads/notes.pdf" });
    expect(newest(alice)).toMatchObject({ ...about, got: 1, declined: 0, of: 1 });
    const rows = await bob.face.history({ with: "alice", limit: 9 });
    expect(rows).toMatchObject([{ id, text: "notes.pdf", file: { name: "notes.pdf", size, sha256 } }]);
    expect(await alice.face.history({ with: "bob", limit: 9 })).toMatchObject([
      { id, text: "notes.pdf", file: { name: "notes.pdf", size, sha256 }, state: "delivered" },
    ]);
    expect(room.bugs).toEqual([]);
  });
}

test("it waits on the server for whoever is away, and its sender may leave", async () => {
  const bytes = noise(3 * CHUNK);
  const { room, alice, bob, until } = await pair(bytes);
  await bob.face.close();
  await send(alice);
  await until(is(alice, "sent"));
  await alice.face.close();
  const again = room.person("bob", { disk: bob.disk, shelf: bob.shelf });
  await until(is(again, "received"));
  expect(bob.shelf.files.get("downloads/notes.pdf")).toEqual(bytes);
  const back = room.person("alice", { disk: alice.disk, shelf: alice.shelf });
  await until(() => newest(back)?.state === "taken");
});

test("what is larger than was agreed is asked for: it comes when it is accepted", async () => {
  const bytes = noise(2 * CHUNK);
  const { alice, bob, until } = await pair(bytes, { bob: { upTo: CHUNK } });
  await send(alice);
  await until(() => newest(bob)?.state === "offered" && newest(alice)?.state === "sent");
  expect(downloads(bob)).toEqual([]);
  expect(await bob.face.changeTransfer("1", "accept")).toMatchObject({ ok: true });
  await until(is(bob, "received"));
  expect(bob.shelf.files.get("downloads/notes.pdf")).toEqual(bytes);
  expect(await bob.face.changeTransfer("1", "accept")).toEqual({ ok: false, reason: "not-now" });
  expect(await bob.face.changeTransfer("7", "accept")).toEqual({ ok: false, reason: "no-such-transfer" });
});

test("what is rejected is deleted at the server, and its sender is told", async () => {
  const { alice, bob, until } = await pair(noise(CHUNK), { bob: { upTo: 0 } });
  await send(alice);
  await until(() => newest(bob)?.state === "offered" && newest(alice)?.state === "sent");
  await bob.face.changeTransfer("1", "reject");
  await until(is(alice, "taken"));
  expect(newest(alice)).toMatchObject({ got: 0, declined: 1, of: 1 });
  expect(newest(bob)).toMatchObject({ state: "rejected" });
  expect(downloads(bob)).toEqual([]);
});

test("what its sender takes back is gone for whoever does not have it, and nothing half remains", async () => {
  const { alice, bob, until } = await pair(noise(2 * CHUNK), { bob: { upTo: 0 } });
  await send(alice);
  await until(() => newest(bob)?.state === "offered" && newest(alice)?.state === "sent");
  await alice.face.changeTransfer("1", "cancel");
  await until(() => newest(bob)?.state === "failed");
  expect(newest(bob)).toMatchObject({ state: "failed", reason: "taken-back" });
  expect(newest(alice)).toMatchObject({ state: "cancelled" });
  expect(await alice.face.transfers()).toMatchObject([{ number: 1, state: "cancelled" }]);
});

test("a name that is taken gets a number, and nothing is overwritten", async () => {
  const shelf = new ShelfDisk();
  shelf.put("downloads/notes.pdf", Uint8Array.of(1));
  shelf.put("downloads/notes (1).pdf", Uint8Array.of(2));
  const bytes = noise(10);
  const { alice, bob, until } = await pair(bytes, { bob: { shelf } });
  await send(alice);
  await until(is(bob, "received"));
  expect(shelf.files.get("downloads/notes.pdf")).toEqual(Uint8Array.of(1));
  expect(shelf.files.get("downloads/notes (1).pdf")).toEqual(Uint8Array.of(2));
  expect(shelf.files.get("downloads/notes (2).pdf")).toEqual(bytes);
});

test("a file that is changed or cut while it is sent never arrives, and both are told why", async () => {
  for (const size of [6 * CHUNK, 3 * CHUNK]) {
    const shelf = new ShelfDisk();
    let chunks = 0;
    const changes = tap({
      out: (message) => {
        if (message.t === "chunk" && (chunks += 1) === 2) shelf.put(NOTES, noise(size));
        return "pass";
      },
    });
    const { alice, bob, until } = await pair(noise(6 * CHUNK), { alice: { shelf, tap: changes } });
    await send(alice);
    await until(() => newest(alice)?.state === "failed" && newest(bob)?.state === "failed");
    expect(newest(alice)?.reason).toBe("file-changed");
    expect(newest(bob)?.reason).toBe("taken-back");
    expect(downloads(bob)).toEqual([]);
    // Sent again it is another file, of which another message tells.
    await alice.face.changeTransfer("1", "resume");
    await until(is(bob, "received"));
    expect(bob.shelf.files.get("downloads/notes.pdf")).toEqual(shelf.files.get(NOTES));
  }
});

test("what is not the file any more does not leave, though its time says that nobody has touched it", async () => {
  const shelf = new ShelfDisk();
  const left: number[] = [];
  const changes = tap({
    out: (message) => {
      if (message.t === "chunk" && left.push(message.index) === 2) alter(shelf, 9);
      return "pass";
    },
  });
  const { alice, bob, until } = await pair(noise(12 * CHUNK), { alice: { shelf, tap: changes } });
  await send(alice);
  await until(() => newest(alice)?.state === "failed" && newest(bob)?.state === "failed");
  expect(newest(alice)?.reason).toBe("file-changed");
  expect(Math.max(...left)).toBeLessThan(9);
});

test("nor after a restart, when what was changed has left before", async () => {
  const shelf = new ShelfDisk();
  let dropped = false;
  const two = tap({
    out: (message) => {
      if (message.t !== "chunk" || message.index < 2) return "pass";
      dropped = true;
      return "drop";
    },
  });
  const { room, alice, bob, until } = await pair(noise(6 * CHUNK), { alice: { shelf, tap: two } });
  await send(alice);
  await until(() => dropped);
  await alice.face.close();
  alter(shelf, 0);
  const more: number[] = [];
  const watch = tap({
    out: (message) => {
      if (message.t === "chunk") more.push(message.index);
      return "pass";
    },
  });
  const again = room.person("alice", { disk: alice.disk, shelf, tap: watch });
  await until(() => newest(again)?.state === "failed" && newest(bob)?.state === "failed");
  expect(newest(again)?.reason).toBe("file-changed");
  expect(more).toEqual([]);
});

/** Somebody changes a byte of a chunk and leaves no trace. */
function alter(shelf: ShelfDisk, chunk: number): void {
  const bytes = shelf.files.get(NOTES) ?? new Uint8Array(0);
  bytes[chunk * CHUNK] = (bytes[chunk * CHUNK] ?? 0) ^ 1;
}

test("a file that is not there, or for somebody who is not, says so", async () => {
  const { alice, until } = await pair(noise(10));
  expect(await alice.face.sendFile("bob", "/none")).toEqual({ ok: false, reason: "file-not-found" });
  await send(alice, "nobody");
  await until(is(alice, "failed"));
  expect(newest(alice)).toMatchObject({ state: "failed", reason: "no-such-user" });
  expect(await alice.face.history({ with: "nobody", limit: 9 })).toMatchObject([
    { state: "failed", reason: "no-such-user" },
  ]);
});

test("a full disk here stops it where it is; it goes on when there is room", async () => {
  const shelf = new ShelfDisk();
  shelf.capacity = 64 * 1024 * 1024 + CHUNK;
  const bytes = noise(4 * CHUNK);
  const { alice, bob, until } = await pair(bytes, { bob: { shelf } });
  await send(alice);
  await until(is(bob, "failed"));
  expect(newest(bob)?.reason).toBe("disk-full");
  shelf.capacity = 2 ** 40;
  await bob.face.changeTransfer("1", "resume");
  await until(is(bob, "received"));
  expect(shelf.files.get("downloads/notes.pdf")).toEqual(bytes);
});

test("messages go on before, after and while a file waits", async () => {
  const { alice, bob, until } = await pair(noise(20 * CHUNK));
  await alice.face.send("bob", "before");
  await send(alice);
  await alice.face.send("bob", "after");
  await bob.face.send("alice", "answer");
  await until(() => newest(bob)?.state === "received" && alice.heard().includes("answer"));
  expect(bob.heard()).toEqual(expect.arrayContaining(["before", "after", "notes.pdf"]));
});

// What a person can rely on when the server, or whoever sends a file, means ill: it is noticed at the chunk, said, and
// nothing that looks whole is left behind.

import { expect, test } from "bun:test";
import { Connection } from "../../src/client/connection.ts";
import { loadProfile } from "../../src/client/profile.ts";
import { ClientState } from "../../src/client/state.ts";
import type { FileDescription } from "../../src/files/description.ts";
import { fileKey } from "../../src/files/sealing.ts";
import { CHUNK, chunkCount, sealedSize } from "../../src/domain/chunks.ts";
import { type BlobId, encodeId } from "../../src/domain/id.ts";
import { mlsProvider } from "../../src/mls/provider.ts";
import { VaultMemory } from "../../src/store/vault-memory.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import type { ServerMessage } from "../../src/wire/messages.ts";
import { type ClassroomOptions, type Person, random } from "../sim/people.ts";
import { type Fate, tap } from "../sim/tap.ts";
import { downloads, is, isOnline, newest, noise, pair, type Room, send, settle } from "./file-people.ts";

type Fetched = Extract<ServerMessage, { t: "fetched" }>;

/** What a server may do to the third chunk it gives out; `earlier`: those it gave out before. */
const TAMPERINGS: readonly (readonly [
  string,
  (body: Uint8Array, earlier: readonly Uint8Array[]) => Uint8Array,
])[] = [
  ["altered in one bit", (body) => body.map((byte, at) => (at === 1000 ? byte ^ 1 : byte))],
  ["given again", (_, earlier) => earlier[0] ?? new Uint8Array(1)],
  ["cut off", (body) => body.subarray(0, -1)],
  ["longer", (body) => Buffer.concat([body, new Uint8Array(1)])],
  ["taken from elsewhere", () => noise(CHUNK + 16)],
];

for (const [what, tamper] of TAMPERINGS) {
  test(`a chunk that the server has ${what} is noticed there; an honest server gets it on from there`, async () => {
    const bytes = noise(6 * CHUNK + 9);
    const earlier: Uint8Array[] = [];
    let isHonest = false;
    const meddles = tap({
      in: (message, body): Fate => {
        if (message.t !== "fetched" || body.length === 0 || isHonest) return "pass";
        earlier.push(body);
        if (earlier.length !== 3) return "pass";
        return [encodeMessage(message satisfies Fetched, tamper(body, earlier))];
      },
    });
    const { alice, bob, until } = await pair(bytes, { bob: { tap: meddles } });
    await send(alice);
    await until(is(bob, "failed"));
    expect(newest(bob)?.reason).toBe("altered-chunk");
    expect(downloads(bob).every((path) => path.endsWith(".part"))).toBe(true);
    isHonest = true;
    await bob.face.changeTransfer("1", "resume");
    await until(is(bob, "received"));
    expect(bob.shelf.files.get("downloads/notes.pdf")).toEqual(bytes);
    // What had been good stays.
    expect(bob.shelf.written).toBe(bytes.length);
  });
}

test("a server that ends a file early, or says it has everything, is not believed", async () => {
  const bytes = noise(3 * CHUNK);
  let given = 0;
  const ends = tap({
    in: (message, body): Fate => {
      if (message.t !== "fetched" || body.length === 0 || (given += 1) !== 2) return "pass";
      return [encodeMessage({ t: "refused", re: message.re, code: "no-such-blob" })];
    },
  });
  const { alice, bob, until } = await pair(bytes, { bob: { tap: ends } });
  await send(alice);
  await until(is(bob, "failed"));
  expect(newest(bob)?.reason).toBe("taken-back");
  expect(downloads(bob)).toEqual([]);
});

/** Alice's own keys in the hands of a program that keeps to nothing: it sends a file with these words about it. */
async function sendEvil(
  room: Room,
  alice: Person,
  {
    chunks,
    told: elsewhere,
    ...lie
  }: Partial<FileDescription> & {
    readonly chunks: readonly Uint8Array[];
    /** Whose chunks the message speaks of, unless its own. */
    readonly told?: BlobId;
  },
): Promise<void> {
  await alice.face.close();
  const store = new VaultMemory(alice.disk);
  const profile = loadProfile(store);
  if (profile === undefined) throw new Error("no profile");
  const state = new ClientState(store, room.clock, random, mlsProvider(random), profile);
  const held = state.conversations.get(state.conversations.logs()[0] ?? "");
  if (held === undefined) throw new Error("no conversation");
  const id = state.messageId();
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  const told = {
    name: "evil.bin",
    size,
    sha256: new Uint8Array(32),
    key: random(32),
    blob: encodeId(random(24)),
  };
  const content = {
    type: "file" as const,
    id,
    sentAt: 0,
    file: { ...told, ...lie, blob: elsewhere ?? told.blob },
  };
  const { message, epoch, writes } = await state.conversations.seal(held, content);
  state.commit(writes);
  let connection: Connection | undefined;
  room.net.connect(profile.device.public, (link) => {
    connection = new Connection(link, room.clock, { notices: () => {}, drained: () => {}, ended: () => {} });
    return connection;
  });
  if (connection === undefined) throw new Error("no connection");
  const { log } = held;
  const { blob } = told;
  await connection.request({ t: "hello", versions: [1], agent: "evil" });
  await connection.request({ t: "upload", blob, log, size: sealedSize(size) });
  await connection.request({ t: "append", log, id, epoch, blob }, message);
  const cipher = await fileKey(told.key);
  for (const [index, bytes] of chunks.entries()) {
    const body = await cipher.seal(index, index === chunkCount(size) - 1, bytes);
    await connection.request({ t: "chunk", blob, index }, body);
  }
}

async function acquainted(upTo?: number, room: ClassroomOptions = {}) {
  const met = await pair(noise(1), { room, bob: upTo === undefined ? {} : { upTo } });
  await met.alice.say("bob", "hello");
  await settle(met.room, () => met.bob.heard().includes("hello") && isOnline(met.alice));
  return met;
}

test("a file that is not the one its hash is of is deleted when it is whole", async () => {
  const { room, alice, bob, until } = await acquainted();
  await sendEvil(room, alice, { chunks: [noise(CHUNK), noise(10)] });
  await until(is(bob, "failed"));
  expect(newest(bob)?.reason).toBe("wrong-hash");
  expect(downloads(bob)).toEqual([]);
});

test("a file that is told of with the hash of another one does not come in its place", async () => {
  const { room, alice, bob, until } = await acquainted();
  const other = new Uint8Array(new Bun.CryptoHasher("sha256").update("the other one").digest());
  await sendEvil(room, alice, { chunks: [noise(13)], sha256: other });
  await until(is(bob, "failed"));
  expect(newest(bob)?.reason).toBe("wrong-hash");
  expect(downloads(bob)).toEqual([]);
});

test("who tells of somebody else's file cannot have it refused for them, nor by them", async () => {
  const blobs = new Map<BlobId, Uint8Array[]>();
  const { room, alice, bob, until } = await acquainted(0, { blobs });
  const first = await send(alice);
  await until(is(bob, "offered"));
  await settle(room, () => newest(alice)?.state === "sent", [alice]);
  const [blob = ""] = blobs.keys();
  await sendEvil(room, alice, { chunks: [noise(1)], name: "bait.bin", told: blob });
  await until(() => newest(bob)?.name === "bait.bin");
  await bob.face.changeTransfer("2", "reject");
  await bob.face.changeTransfer("1", "accept");
  await until(is(bob, "received"));
  expect(newest(bob)).toMatchObject({ id: first.id, name: "notes.pdf" });
});

test("what is said to be larger or smaller than what was sent comes to nothing", async () => {
  for (const size of [1, 5 * CHUNK]) {
    const { room, alice, bob, until } = await acquainted();
    await sendEvil(room, alice, { chunks: [noise(CHUNK), noise(10)], size });
    await until(is(bob, "failed"));
    expect(["altered-chunk", "malformed"]).toContain(newest(bob)?.reason ?? "");
    expect(downloads(bob).every((path) => path.endsWith(".part"))).toBe(true);
  }
});

test("a file of a million chunks is asked for, however much it would take", async () => {
  const { room, alice, bob, until } = await acquainted();
  await sendEvil(room, alice, { chunks: [noise(10)], size: 2 ** 20 * CHUNK });
  await until(is(bob, "offered"));
  expect(downloads(bob)).toEqual([]);
});

for (const [name, safe] of [
  ["../../.ssh/authorized_keys", "authorized_keys"],
  ["..\\..\\boot.ini", "boot.ini"],
  [".bashrc", "bashrc"],
  ["exe.\u202efdp.txt\u0007", "exe.fdp.txt"],
  ["CON", "_CON"],
  ["/", "file"],
] as const) {
  test(`a file called ${JSON.stringify(name)} is ${safe}, in the folder`, async () => {
    const { room, alice, bob, until } = await acquainted();
    const bytes = noise(10);
    const sha256 = new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest());
    await sendEvil(room, alice, { chunks: [bytes], name, sha256 });
    await until(is(bob, "received"));
    expect(downloads(bob)).toEqual([`downloads/${safe}`]);
    expect(bob.events.some((event) => event.type === "message" && event.message.text === safe)).toBe(true);
  });
}

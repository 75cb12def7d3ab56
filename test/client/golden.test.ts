// A vault as version 1 left it, with a record of every kind in it: whatever changes in the code, it is read and used.

import { expect, test } from "bun:test";
import * as v from "valibot";
import { Client } from "../../src/client/client.ts";
import { loadProfile } from "../../src/client/profile.ts";
import { ClientState } from "../../src/client/state.ts";
import { mlsProvider } from "../../src/mls/provider.ts";
import type { VaultTable } from "../../src/ports.ts";
import { memoryShelf, ShelfDisk } from "../../src/store/file-shelf-memory.ts";
import { VaultDisk, VaultMemory } from "../../src/store/vault-memory.ts";
import { random } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const Records = v.record(v.string(), v.record(v.string(), v.string()));
const Golden = v.object({ records: Records, conversations: Records });
const golden = v.parse(Golden, await Bun.file(new URL("golden/vault-v1.json", import.meta.url)).json());

const TABLES: readonly VaultTable[] = [
  "profile",
  "trust",
  "conversation",
  "place",
  "group",
  "ratchet",
  "key-package",
  "pending",
  "seen",
  "outbox",
];

function opened() {
  const disk = new VaultDisk();
  for (const table of TABLES) {
    const records = Object.entries(golden.records[table] ?? {});
    disk.records.set(table, new Map(records.map(([key, value]) => [key, bytes(value)])));
  }
  for (const [name, rows] of Object.entries(golden.conversations)) {
    disk.conversations.set(name, new Map(Object.entries(rows).map(([n, row]) => [Number(n), bytes(row)])));
  }
  const store = new VaultMemory(disk);
  const profile = loadProfile(store);
  if (profile === undefined) throw new Error("no profile");
  return { store, profile };
}

function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

test("has a record of every kind", () => {
  expect(TABLES.filter((table) => Object.keys(golden.records[table] ?? {}).length === 0)).toEqual([]);
});

test("shows what was said, what waits and what failed, without a server", async () => {
  const { store, profile } = opened();
  const bugs: unknown[] = [];
  const dial = () => Promise.reject(new Error("nobody is called here"));
  const client = new Client(
    {
      store,
      clock: new VirtualClock(),
      random,
      dial,
      shelf: memoryShelf(new ShelfDisk()),
      bug: (error) => bugs.push(error),
    },
    profile,
    "test",
  );
  const rows = await client.history({ limit: 20 });
  expect(rows.map(({ sender, text, state, reason }) => [sender, text, state, reason])).toEqual([
    ["alice", "first, to bob", undefined, undefined],
    ["bob", "an answer, with ünïcode 👍", "delivered", undefined],
    ["bob", "accepted, she is away", "accepted", undefined],
    ["carla", "carla says hello", undefined, undefined],
    ["bob", "to nobody", "failed", "no-such-user"],
    ["bob", "waits for the server", "waiting", undefined],
  ]);
  expect((await client.unread()).map(({ text }) => text)).toEqual(["first, to bob", "carla says hello"]);
  expect(await client.verify("alice")).toMatchObject({
    ok: true,
    value: { name: "alice", trust: "verified" },
  });
});

test("goes on where it stood: its conversations load and seal, and what waits is in the outbox", async () => {
  const { store, profile } = opened();
  const state = new ClientState(store, new VirtualClock(), random, mlsProvider(random), profile);
  const names: string[] = [];
  for (const log of state.conversations.logs()) {
    const held = state.conversations.get(log);
    if (held === undefined) throw new Error("a conversation does not load");
    names.push(held.name);
    const id = state.messageId();
    expect((await state.conversations.seal(held, { type: "text", id, sentAt: 0, text: "on" })).epoch).toBe(1);
  }
  expect(names.sort()).toEqual(["alice", "carla"]);
  expect(state.outbox.unsealed().map(({ text }) => text)).toEqual(["waits for the server"]);
});

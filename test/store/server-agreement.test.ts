// SQLite and memory give the same answers to the same calls, whatever the calls, ticks, restarts and broken disks.

import { afterEach, beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import { type ServerStore, StoreFailure } from "../../src/ports.ts";
import { DurableMemory, ServerMemory } from "../../src/store/server-memory.ts";
import { openServerDatabase, openServerStore, serverStoreOver } from "../../src/store/server-sqlite.ts";
import {
  bytes,
  creation,
  deviceOf,
  logOf,
  message,
  registration,
  temporaryFolder,
} from "./server-fixtures.ts";

const PEOPLE = ["alice", "bob", "carol"] as const;
const LOGS = ["ab", "bc"] as const;

const person = fc.constantFrom(...PEOPLE);
const log = fc.constantFrom(...LOGS);
const call = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      log,
      person,
      epoch: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repeat" as const), log, person }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("advance" as const), log, person, seq: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("create" as const), log }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("register" as const), person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unregister" as const), person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("trim" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("expire" as const), age: fc.nat(40) }) },
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;
const tick = fc.record({
  calls: fc.array(call, { maxLength: 8 }),
  around: fc.constantFrom(
    "nothing",
    "nothing",
    "nothing",
    "restart",
    "refusing disk",
    "broken call",
    "other process",
  ),
});

type Tick = typeof tick extends fc.Arbitrary<infer T> ? T : never;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

/**
 * Makes one call; `id` and `time`, which goes up, are the same for both stores. Answers without what the stores may
 * choose freely.
 */
function make(store: ServerStore, made: Call, id: string, time: number): Promise<unknown> {
  switch (made.do) {
    case "append":
      return store.append(message(made.log, made.person, id, { epoch: made.epoch, time }));
    case "repeat":
      return store.append(message(made.log, made.person, id, { time }));
    case "advance":
      return store.advance(logOf(made.log), deviceOf(made.person), made.seq);
    case "create": {
      const members = made.log === "ab" ? ["alice", "bob"] : ["bob", "carol"];
      const welcomes = members.slice(1).map((name) => ({ device: deviceOf(name), id, body: bytes(id) }));
      return store.create(creation(made.log, members, { welcomes }));
    }
    case "register":
      return store.register(registration(made.person, PEOPLE.indexOf(made.person)));
    case "unregister":
      return store.unregister(made.person);
    case "trim":
      // How many there are to delete depends on what was dropped before.
      return store.trim().then(() => undefined);
    case "expire":
      return store
        .expire(time - made.age)
        .then(({ missed }) => missed.toSorted((a, b) => (a.log < b.log ? -1 : 1)));
    default:
      return made satisfies never;
  }
}

/** All that can be seen and is promised: entries from the least cursor on, since those before may be trimmed. */
async function view(store: ServerStore) {
  const logs = [...LOGS.map(logOf), ...PEOPLE.map(deviceOf)];
  return {
    accounts: await store.accounts("", 9),
    logs: await Promise.all(
      logs.map(async (key) => {
        const members = await store.members(key);
        const least = Math.min(...members.map(({ cursor }) => cursor));
        const after = Number.isFinite(least) ? least : 1e9;
        const few = await store.entries(key, after, 3, 30);
        members.sort((a, b) => (a.device < b.device ? -1 : 1));
        return { key, members, few, all: await store.entries(key, after, 1e6, 1e9) };
      }),
    ),
    people: await Promise.all(
      PEOPLE.map(deviceOf).map(async (device) => ({
        memberships: await store.memberships(device),
        waiting: await store.waiting(device),
      })),
    ),
  };
}

/** The id of an entry of the sender's own that it has not passed, as a client without an answer would repeat it. */
async function unseen(store: ServerStore, log: string, sender: string): Promise<string | undefined> {
  const cursor = (await store.members(logOf(log))).find(({ device }) => device === deviceOf(sender))?.cursor;
  if (cursor === undefined) return undefined;
  const own = (await store.entries(logOf(log), cursor, 1e6, 1e9)).filter(
    (entry) => entry.sender === deviceOf(sender),
  );
  return own[0]?.id;
}

test("SQLite and memory agree", async () => {
  let runs = 0;
  const agree = async (ticks: readonly Tick[], rows: number) => {
    const path = folder.path(`${runs++}.sqlite`);
    const options = { recent: { rows, bytes: 1e6 } };
    const open = () => {
      const db = openServerDatabase(path);
      db.run("PRAGMA synchronous = OFF"); // No power is lost here, and it is quicker.
      return { db, store: serverStoreOver(db, options) };
    };
    let failure: StoreFailure | undefined;
    const memory = new ServerMemory(new DurableMemory(), { fault: () => failure });
    let sqlite = open();
    for (const store of [memory, sqlite.store]) {
      for (const name of PEOPLE) await make(store, { do: "register", person: name }, "", 0);
      for (const log of LOGS) await make(store, { do: "create", log }, `first in ${log}`, 0);
    }
    let count = 0;
    let now = 0;
    for (const { calls, around } of ticks) {
      if (around === "restart") {
        await sqlite.store.close();
        sqlite = open();
      }
      const ids: string[] = [];
      const time = (now += 10);
      for (const made of calls) {
        const repeated = made.do === "repeat" ? await unseen(memory, made.log, made.person) : undefined;
        ids.push(repeated ?? `id ${count++}`);
      }
      const answers = async (store: ServerStore) => {
        const all = calls.map((made, at) => make(store, made, ids[at] ?? "", time + at));
        // A bug in the last call of a tick: what the others did is taken back, and they run again without it.
        if (around === "broken call" && store !== memory) {
          void store.append(message("ab", "alice", "broken", { time: 0.5 })).catch(() => {});
        }
        return (await Promise.allSettled(all)).map((one) =>
          one.status === "fulfilled" ? one.value : "refused",
        );
      };
      if (around === "refusing disk") {
        failure = new StoreFailure("read-only");
        sqlite.db.run("PRAGMA query_only = ON");
      }
      const other = around === "other process" ? openServerStore(path, options) : undefined;
      expect(await answers(other ?? sqlite.store)).toEqual(await answers(memory));
      await other?.close();
      failure = undefined;
      sqlite.db.run("PRAGMA query_only = OFF");
      expect(await view(sqlite.store)).toEqual(await view(memory));
    }
    await sqlite.store.close();
  };
  const ticks = fc.array(tick, { minLength: 3, maxLength: 12 });
  await fc.assert(fc.asyncProperty(ticks, fc.integer({ min: 1, max: 6 }), agree), { numRuns: 80 });
}, 30_000);

// SQLite and memory give the same answers to the same calls, whatever the calls, ticks, restarts and broken disks.

import { afterEach, beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import { StoreFailure } from "../../src/ports.ts";
import type { Admit, ServerStore } from "../../src/ports/server-store.ts";
import { DurableMemory, ServerMemory } from "../../src/store/server-memory.ts";
import { openServerDatabase, openServerStore, serverStoreOver } from "../../src/store/server-sqlite.ts";
import {
  bytes,
  type Changed,
  commit,
  creation,
  deviceOf,
  founding,
  logOf,
  message,
  registration,
  rulesOf,
  temporaryFolder,
} from "./server-fixtures.ts";

const PEOPLE = ["alice", "bob", "carol"] as const;
const LOGS = ["ab", "bc"] as const;
const GROUPS = ["g", "h", "i", "j"] as const;

const person = fc.constantFrom(...PEOPLE);
const log = fc.constantFrom(...LOGS, "g", ...GROUPS);
const group = fc.constantFrom("g", "g", "g", ...GROUPS);
const name = fc.constantFrom("x", "y", "z");
const some = fc.subarray([...PEOPLE], { maxLength: 2 });
/** How far beyond the epoch that its log had when the tick began. */
const ahead = fc.constantFrom(0, 0, 0, 1);
const call = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("append" as const), log, person, ahead }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      log: group,
      person,
      ahead,
      enters: fc.nat(3).map((n) => n === 0),
      added: some,
      removed: some,
      name: fc.option(name, { freq: 2 }),
      closed: fc.nat(9).map((n) => n === 0),
      admitted: fc.nat(9).map((n) => n > 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("found" as const), group, name, person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("depart" as const), group, person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repeat" as const), log, person }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("advance" as const), log, person, seq: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("create" as const), log: fc.constantFrom(...LOGS) }),
  },
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
 * Makes one call; `id`, `time`, which goes up, and `epoch`, its log's, are the same for both stores. Answers without what
 * the stores may choose freely.
 */
function make(store: ServerStore, made: Call, id: string, time: number, epoch: number): Promise<unknown> {
  switch (made.do) {
    case "append":
      return store.append(message(made.log, made.person, id, { epoch: epoch + made.ahead, time }));
    case "commit": {
      const { log, person, ahead, enters, added, removed, name, closed, admitted } = made;
      const changed: Changed = {
        added,
        removed,
        ...(enters ? { enters: person } : {}),
        ...(name === null ? {} : { rules: rulesOf(name, closed) }),
        history: `history of ${id}`,
      };
      const admit: Admit = ({ member, departed }) => admitted && (member || departed.size < 3);
      return store.append({ ...commit(log, person, id, epoch + ahead, changed), time, admit });
    }
    case "found":
      return store.found(founding(made.group, made.person, { fold: made.name, skeleton: made.name }));
    case "depart":
      return store.depart(logOf(made.group), deviceOf(made.person), bytes(id));
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
  const logs = [...LOGS.map(logOf), ...GROUPS.map(logOf), ...PEOPLE.map(deviceOf)];
  const byDevice = (a: { device: string }, b: { device: string }) => (a.device < b.device ? -1 : 1);
  return {
    accounts: await store.accounts("", 9),
    logs: await Promise.all(
      logs.map(async (key) => {
        const members = await store.members(key);
        const least = Math.min(...members.map(({ cursor }) => cursor));
        const after = Number.isFinite(least) ? least : 1e9;
        const few = await store.entries(key, after, 3, 30);
        const all = await store.entries(key, after, 1e6, 1e9);
        // The GroupInfo of an epoch is kept for as long as the commit that began it, which is made in the one before.
        const begun = all.filter(({ kind }) => kind === "commit").map(({ epoch }) => epoch + 1);
        const infos = await Promise.all([undefined, ...begun].map((epoch) => store.groupInfo(key, epoch)));
        return {
          key,
          members: members.toSorted(byDevice),
          few,
          all,
          infos,
          expired: await store.expired(key),
        };
      }),
    ),
    groups: await store.groups("", 9),
    states: await Promise.all(
      GROUPS.map(logOf).map(async (key) => ({
        group: await store.groupOfLog(key),
        people: await store.people(key, "", 9),
        departed: (await store.departed(key)).toSorted(byDevice),
      })),
    ),
    people: await Promise.all(
      PEOPLE.map(deviceOf).map(async (device) => {
        const memberships = await store.memberships(device);
        const unread = memberships.map(async ({ log, cursor, head }) =>
          (await store.entries(log, cursor, 1e6, 1e9)).filter(({ seq }) => seq <= head),
        );
        return { memberships, unread: await Promise.all(unread), waiting: await store.waiting(device) };
      }),
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
      for (const name of PEOPLE) await make(store, { do: "register", person: name }, "", 0, 0);
      for (const log of LOGS) await make(store, { do: "create", log }, `first in ${log}`, 0, 0);
      await store.found(founding("g", "alice", { fold: "x", skeleton: "x" }));
      await store.append(commit("g", "alice", "first in g", 0, { added: ["bob", "carol"] }));
    }
    let count = 0;
    let now = 0;
    for (const { calls, around } of ticks) {
      if (around === "restart") {
        await sqlite.store.close();
        sqlite = open();
      }
      const ids: string[] = [];
      const epochs: number[] = [];
      const time = (now += 10);
      for (const made of calls) {
        const repeated = made.do === "repeat" ? await unseen(memory, made.log, made.person) : undefined;
        ids.push(repeated ?? `id ${count++}`);
        epochs.push("log" in made ? ((await memory.groupInfo(logOf(made.log)))?.epoch ?? 0) : 0);
      }
      const answers = async (store: ServerStore) => {
        const all = calls.map((made, at) => make(store, made, ids[at] ?? "", time + at, epochs[at] ?? 0));
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

// What the store in memory does for the simulation: crashes, and disks that refuse.

import { expect, test } from "bun:test";
import { StoreFailure } from "../../src/ports.ts";
import { DurableMemory, ServerMemory } from "../../src/store/server-memory.ts";
import { aliceAndBob, logOf, message, registration } from "./server-fixtures.ts";

/** Collects what is to be run later, and runs it when told. */
function steps() {
  const waiting: (() => void)[] = [];
  return {
    schedule: (run: () => void) => void waiting.push(run),
    step: () => waiting.splice(0).forEach((run) => run()),
  };
}

test("a crash takes the calls not yet run, and nothing else", async () => {
  const durable = new DurableMemory();
  const { schedule, step } = steps();
  const store = new ServerMemory(durable, { schedule });
  const first = store.register(registration("alice", 1));
  step();
  expect(await first).toBe("registered");
  let settled = false;
  const note = (): void => void (settled = true);
  store.register(registration("bob", 2)).then(note, note);
  store.crash();
  step();

  const after = new ServerMemory(durable);
  expect((await after.accounts("", 9)).map(({ fold }) => fold)).toEqual(["alice"]);
  expect(settled).toBe(false);
});

test("a disk that refuses refuses the whole tick and changes nothing; the next tick goes on", async () => {
  let failure: StoreFailure | undefined;
  const store = new ServerMemory(new DurableMemory(), { fault: () => failure });
  await aliceAndBob(store);
  failure = new StoreFailure("full");
  const tick = await Promise.allSettled([
    store.append(message("ab", "alice", "m1")),
    store.register(registration("carol", 3)),
  ]);
  expect(tick).toEqual([
    { status: "rejected", reason: failure },
    { status: "rejected", reason: failure },
  ]);
  failure = undefined;
  expect(await store.account("carol")).toBeUndefined();
  expect(await store.entries(logOf("ab"), 0, 9, 1e6)).toEqual([]);
  expect(await store.append(message("ab", "alice", "m1"))).toMatchObject({ outcome: "appended", seq: 1 });
});

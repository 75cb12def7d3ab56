// What calls made in one tick can rely on, whatever store they are made to.

import { expect, test } from "bun:test";
import { StoreFailure } from "../../src/ports.ts";
import { TickQueue } from "../../src/store/server-queue.ts";

/** A queue over a list of what was done, whose ticks and moments end when told. */
function queue(faults: { begin?: (writes: boolean) => void; commit?: () => void } = {}) {
  const done: string[] = [];
  const waiting: (() => void)[] = [];
  const waitingLonger: (() => void)[] = [];
  const transactions = {
    begin: (writes: boolean) => {
      faults.begin?.(writes);
      done.push(writes ? "begin write" : "begin read");
    },
    commit: () => {
      faults.commit?.();
      done.push("commit");
    },
    rollback: () => void done.push("rollback"),
    failureOf: (error: unknown) => (error instanceof StoreFailure ? error : undefined),
  };
  return {
    done,
    calls: new TickQueue(
      transactions,
      (run) => void waiting.push(run),
      (run) => void waitingLonger.push(run),
    ),
    endTick: () => waiting.splice(0).forEach((run) => run()),
    endMoment: () => waitingLonger.splice(0).forEach((run) => run()),
  };
}

test("calls of a tick run in order in one transaction, and are answered after its commit", async () => {
  const { calls, done, endTick } = queue();
  const answers = [calls.read(() => done.push("one")), calls.write(() => done.push("two"))].map((answer) =>
    answer.then(() => done.push("answer")),
  );
  expect(done).toEqual([]);
  endTick();
  await Promise.all(answers);
  expect(done).toEqual(["begin write", "one", "two", "commit", "answer", "answer"]);
});

test("what may wait a moment brings about no transaction at once, and goes with the next one in its place", async () => {
  const { calls, done, endTick, endMoment } = queue();
  const moved = calls.writeSoon(() => void done.push("moved"));
  endTick();
  expect(done).toEqual([]);
  const read = calls.read(() => void done.push("read"));
  endTick();
  await Promise.all([moved, read]);
  expect(done).toEqual(["begin write", "moved", "read", "commit"]);
  endMoment(); // nothing is left
  expect(done).toHaveLength(4);
  const later = calls.writeSoon(() => void done.push("later"));
  endMoment();
  await later;
  expect(done.slice(4)).toEqual(["begin write", "later", "commit"]);
});

test("reads alone take no write lock, also after a tick that wrote", async () => {
  const { calls, done, endTick } = queue();
  void calls.write(() => {});
  endTick();
  const read = calls.read(() => 7);
  endTick();
  expect(await read).toBe(7);
  expect(done).toEqual(["begin write", "commit", "begin read", "commit"]);
});

test("a commit that the disk refuses refuses every write of the tick, and none of the next", async () => {
  let failure: StoreFailure | undefined = new StoreFailure("full");
  const { calls, done, endTick } = queue({
    commit: () => {
      if (failure !== undefined) throw failure;
    },
  });
  const refused = Promise.allSettled([calls.write(() => 1), calls.write(() => 2)]);
  endTick();
  expect(await refused).toMatchObject([{ reason: failure }, { reason: failure }]);
  failure = undefined;
  const taken = calls.write(() => 3);
  endTick();
  expect(await taken).toBe(3);
  expect(done).toEqual(["begin write", "rollback", "begin write", "commit"]);
});

test("what only reads is answered though the disk takes none of the writes of its tick", async () => {
  const failure = new StoreFailure("read-only");
  const kept = ["before"];
  const { calls, done, endTick } = queue({
    begin: (writes) => {
      if (writes) throw failure;
    },
  });
  const tick = Promise.allSettled([
    calls.read(() => kept.length),
    calls.write(() => kept.push("never")),
    calls.read(() => kept.length),
  ]);
  endTick();
  expect(await tick).toEqual([
    { status: "fulfilled", value: 1 },
    { status: "rejected", reason: failure },
    { status: "fulfilled", value: 1 },
  ]);
  expect(done).toEqual(["rollback", "begin read", "commit"]);
});

test("a disk that cannot be read either refuses the reads once, too", async () => {
  const failure = new StoreFailure("io");
  const { calls, done, endTick } = queue({
    begin: () => {
      throw failure;
    },
  });
  const tick = Promise.allSettled([calls.read(() => 1), calls.write(() => 2)]);
  endTick();
  expect(await tick).toMatchObject([{ reason: failure }, { reason: failure }]);
  expect(done).toEqual(["rollback", "rollback"]);
});

test("a bug in one call is that call's: the others run again without it", async () => {
  const { calls, done, endTick } = queue();
  const bug = new TypeError("a bug");
  const all = Promise.allSettled([
    calls.write(() => done.push("one")),
    calls.write(() => {
      throw bug;
    }),
    calls.write(() => done.push("three")),
  ]);
  endTick();
  expect(await all).toMatchObject([{ status: "fulfilled" }, { reason: bug }, { status: "fulfilled" }]);
  expect(done).toEqual(["begin write", "one", "rollback", "begin write", "one", "three", "commit"]);
});

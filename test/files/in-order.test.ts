// Several pieces of work at once, and nothing that shows it but the time it takes.

import { expect, test } from "bun:test";
import { inOrder } from "../../src/files/in-order.ts";

/** Work that ends when it is told to. */
function work() {
  const started: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<string>>();
  const of = (item: number) => {
    const end = ends.get(item) ?? Promise.withResolvers<string>();
    ends.set(item, end);
    return end;
  };
  return {
    started,
    run: (item: number) => {
      started.push(item);
      return of(item).promise;
    },
    finish: (...items: number[]) => items.forEach((item) => of(item).resolve(`done ${item}`)),
    fail: (item: number) => of(item).reject(new Error(`failed ${item}`)),
  };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("as many are under way as may be, and their results come in order", async () => {
  const { started, run, finish } = work();
  const results: string[] = [];
  const all = (async () => {
    for await (const result of inOrder([1, 2, 3, 4, 5], 3, run)) results.push(result);
  })();
  await turn();
  expect(started).toEqual([1, 2, 3]);
  finish(3, 2);
  await turn();
  expect([started, results]).toEqual([[1, 2, 3], []]);
  finish(1);
  await turn();
  expect([started, results]).toEqual([
    [1, 2, 3, 4, 5],
    ["done 1", "done 2", "done 3"],
  ]);
  finish(5, 4);
  await all;
  expect(results).toHaveLength(5);
});

test("a result does not wait for items that have not come yet", async () => {
  const { run, finish } = work();
  const more = Promise.withResolvers<void>();
  async function* items() {
    yield 1;
    await more.promise;
    yield 2;
  }
  const results = inOrder(items(), 4, run);
  finish(1, 2);
  expect((await results.next()).value).toBe("done 1");
  more.resolve();
  expect((await results.next()).value).toBe("done 2");
  expect((await results.next()).done).toBeTrue();
});

test("what fails does so at its place, and nothing is started after it", async () => {
  const { started, run, finish, fail } = work();
  const results = inOrder([1, 2, 3, 4], 3, run);
  const first = results.next();
  await turn();
  fail(2);
  finish(3);
  await turn();
  finish(1);
  expect((await first).value).toBe("done 1");
  finish(4);
  await expect(results.next()).rejects.toThrow("failed 2");
  expect(started.length).toBeLessThanOrEqual(4);
  expect((await results.next()).done).toBeTrue();
});

test("items that fail do so after the results of those before", async () => {
  const { run, finish } = work();
  async function* items() {
    yield 1;
    throw new Error("no more items");
  }
  const results = inOrder(items(), 4, run);
  await turn();
  finish(1);
  expect((await results.next()).value).toBe("done 1");
  await expect(results.next()).rejects.toThrow("no more items");
});

test("ended early, it waits for what is under way and lets the items go", async () => {
  const { started, run, finish } = work();
  let closed = false;
  function* items() {
    try {
      for (let i = 1; ; i++) yield i;
    } finally {
      closed = true;
    }
  }
  const results = inOrder(items(), 2, run);
  const first = results.next();
  await turn();
  finish(1);
  await first;
  let ended = false;
  const end = results.return().then(() => (ended = true));
  await turn();
  expect(ended).toBeFalse();
  finish(...started);
  await end;
  expect(closed).toBeTrue();
});

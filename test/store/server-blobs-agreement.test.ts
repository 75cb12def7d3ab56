// SQLite and memory come to the same about files, whatever is asked of them in whatever order.

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ServerStore } from "../../src/ports/server-store.ts";
import { DurableMemory, ServerMemory } from "../../src/store/server-memory.ts";
import { openServerDatabase, serverStoreOver } from "../../src/store/server-sqlite.ts";
import { creation, deviceOf, logOf, message, registration, temporaryFolder } from "./server-fixtures.ts";

const DEVICES = ["alice", "alice2", "bob", "carol"] as const;
const BLOBS = ["x", "y", "z"] as const;
const device = fc.constantFrom(...DEVICES);
const blob = fc.constantFrom(...BLOBS);
const log = fc.constantFrom("aab", "bc");
const step = fc.oneof(
  fc.record({ do: fc.constant("begin" as const), blob, device, log, size: fc.nat(60) }),
  fc.record({ do: fc.constant("tell" as const), blob, device, log }),
  fc.record({ do: fc.constant("settle" as const), blob, device, declined: fc.boolean() }),
  fc.record({ do: fc.constant("settle" as const), blob, device, declined: fc.boolean() }),
  fc.record({ do: fc.constant("cancel" as const), blob, device }),
  fc.record({ do: fc.constant("tidy" as const), age: fc.nat(12), untold: fc.nat(6) }),
  fc.record({ do: fc.constant("unregister" as const), device }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const PEOPLE = { alice: 1, alice2: 1, bob: 2, carol: 3 } as const;
const NAMES = { alice: "alice", alice2: "alice", bob: "bob", carol: "carol" } as const;

async function furnish(store: ServerStore): Promise<void> {
  for (const one of DEVICES)
    await store.register(registration(NAMES[one], PEOPLE[one], { device: deviceOf(one) }));
  await store.create(creation("aab", ["alice", "alice2", "bob"]));
  await store.create(creation("bc", ["bob", "carol"]));
}

async function make(store: ServerStore, made: Step, time: number): Promise<unknown> {
  switch (made.do) {
    case "begin": {
      const { blob, size } = made;
      const beginning = { blob, log: logOf(made.log), sender: deviceOf(made.device), size, time };
      return store.blobs.begin(beginning, { inAll: 100, ofOne: { entries: 2, bytes: 70 } });
    }
    case "tell":
      return store.append(message(made.log, made.device, `m${time}`, { blob: made.blob }));
    case "settle":
      return store.blobs.settle(made.blob, deviceOf(made.device), made.declined);
    case "cancel": {
      const gone = await store.blobs.cancel(made.blob, deviceOf(made.device));
      return gone?.devices.toSorted();
    }
    case "tidy": {
      const { freed, gone } = await store.blobs.tidy(time - made.age, time - made.untold);
      return [freed.toSorted(), gone.map(({ blob, devices }) => [blob, devices.toSorted()].flat()).sort()];
    }
    case "unregister":
      return store.unregister(NAMES[made.device]);
    default:
      return made satisfies never;
  }
}

const view = async (store: ServerStore) => [
  await Promise.all(BLOBS.flatMap((blob) => DEVICES.map((one) => store.blobs.find(blob, deviceOf(one))))),
  await store.blobs.strays(BLOBS),
];

test("SQLite and memory agree about files", async () => {
  const folder = temporaryFolder();
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const db = openServerDatabase(folder.path(`${runs++}.sqlite`));
        db.run("PRAGMA synchronous = OFF"); // No power is lost here, and it is quicker.
        const [sqlite, memory] = [serverStoreOver(db), new ServerMemory(new DurableMemory())];
        await Promise.all([furnish(sqlite), furnish(memory)]);
        for (const [time, made] of steps.entries()) {
          expect(await make(sqlite, made, time)).toEqual(await make(memory, made, time));
          expect(await view(sqlite)).toEqual(await view(memory));
        }
        await sqlite.close();
      }),
      { numRuns: 60 },
    );
  } finally {
    folder.remove();
  }
}, 30_000);

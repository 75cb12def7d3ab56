// SQLite and memory say the same of invitations, whatever is done with them, and however it shares a tick.

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ServerStore } from "../../src/ports/server-store.ts";
import { DurableMemory, ServerMemory } from "../../src/store/server-memory.ts";
import { openServerStore } from "../../src/store/server-sqlite.ts";
import { bytes, registration, temporaryFolder } from "./server-fixtures.ts";

const NAMES = ["ann", "ben", "cleo"] as const;
const name = fc.constantFrom(...NAMES);
const word = fc.nat(5);
const call = fc.oneof(
  fc.record({
    do: fc.constant("invite" as const),
    uses: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
    lasts: fc.option(fc.nat(9), { nil: undefined }),
    name: fc.option(name, { nil: undefined }),
    renew: fc.boolean(),
  }),
  fc.record({ do: fc.constant("register" as const), name, person: fc.nat(2), word: fc.option(word) }),
  fc.record({ do: fc.constant("unregister" as const), name }),
  fc.record({
    do: fc.constant("revoke" as const),
    ids: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
  }),
  fc.record({ do: fc.constant("role" as const), name }),
  fc.record({ do: fc.constant("find" as const), word }),
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const hashOf = (n: number) => bytes(`hash ${n}`.padEnd(32));

/** `time` goes up; `made`: how many invitations were wanted before. */
function make(store: ServerStore, what: Call, time: number, made: number): Promise<unknown> {
  switch (what.do) {
    case "invite": {
      const { uses, lasts, name, renew } = what;
      const expires = lasts === undefined ? undefined : time + lasts;
      const invitee = name === undefined ? undefined : { name, fold: name };
      const one = { hash: hashOf(made), role: "assistant" as const, time, uses, expires, invitee };
      return store.invitations.invite([one], renew);
    }
    case "register": {
      const { name, person, word } = what;
      const invitation = word === null ? {} : { invitation: hashOf(word) };
      return store.register(registration(name, person, { time, ...invitation }));
    }
    case "unregister":
      return store.unregister(what.name);
    case "revoke":
      return store.invitations.revoke(what.ids);
    case "role":
      return store.setRole(what.name, "instructor");
    case "find":
      return store.invitations.find(hashOf(what.word));
  }
}

test("the same answers to the same calls", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(call, { maxLength: 4 }), { maxLength: 12 }), async (ticks) => {
      const folder = temporaryFolder();
      const stores = [
        openServerStore(folder.path("server.sqlite")),
        new ServerMemory(new DurableMemory()),
      ] as const;
      try {
        let [time, made] = [0, 0];
        for (const calls of ticks) {
          const planned = calls.map((what) => {
            const at = { what, time: (time += 1), made };
            if (what.do === "invite") made += 1;
            return at;
          });
          const [ours, theirs] = await Promise.all(
            stores.map((store) => Promise.all(planned.map((at) => make(store, at.what, at.time, at.made)))),
          );
          expect(ours).toEqual(theirs);
        }
        const [ours, theirs] = await Promise.all(
          stores.map(async (store) => [await store.invitations.list(), await store.accounts("", 9)]),
        );
        expect(ours).toEqual(theirs);
      } finally {
        await Promise.all(stores.map((store) => store.close()));
        folder.remove();
      }
    }),
    { numRuns: 60 },
  );
});

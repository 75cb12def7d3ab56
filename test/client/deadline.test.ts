// What a person can rely on when a server answers pings and is stuck all the same: it is left, and tried again.

import { expect, test } from "bun:test";
import type { ClientMessage } from "../../src/wire/messages.ts";
import { classroom, type Person } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const statuses = (person: Person) =>
  person.events.flatMap((event) => (event.type === "status" ? [event.status] : []));

/** Somebody whose server never answers what is of this type, as long as `stuck` says so. */
function stuckOn(type: ClientMessage["t"]) {
  const clock = new VirtualClock();
  const room = classroom({ clock });
  let stuck = true;
  const asked: number[] = [];
  const line = tap({
    out: (message) => {
      if (stuck && message.t === type && "re" in message) asked.push(message.re);
      return "pass";
    },
    in: (message) => (stuck && "re" in message && asked.includes(message.re) ? "drop" : "pass"),
  });
  const alice = room.person("alice", { tap: line });
  const free = () => {
    stuck = false;
    asked.length = 0;
  };
  return { ...room, clock, alice, free };
}

for (const type of ["hello", "register", "publish", "sync"] as const) {
  test(`a ${type} that is never answered: offline after less than a minute, and online once it is`, async () => {
    const { alice, pass, settle, free, bugs } = stuckOn(type);
    await pass(55_000);
    expect(statuses(alice)).toContainEqual(
      expect.objectContaining({ state: "offline", cause: expect.objectContaining({ kind: "lost" }) }),
    );
    free();
    await settle(() => statuses(alice).at(-1)?.state === "online");
    expect(bugs).toEqual([]);
  });
}

test("a message that is never answered waits, and goes out over the next link", async () => {
  const { alice, person, pass, settle, free } = stuckOn("append");
  const bob = person("bob");
  await settle(() => [alice, bob].every((one) => statuses(one).at(-1)?.state === "online"));
  await alice.face.send("bob", "hello");
  await pass(30_000);
  expect(statuses(alice).at(-1)?.state).toBe("online");
  await pass(25_000);
  expect(statuses(alice).some(({ state }) => state === "offline")).toBe(true);
  free();
  await settle(() => statuses(alice).at(-1)?.state === "online" && bob.heard().length > 0);
  expect(bob.heard()).toEqual(["hello"]);
});

test("who asks nothing has no deadline: nothing is due but the next ping", async () => {
  const { alice, free, clock, settle, pass, net } = stuckOn("ping");
  free();
  await settle(() => statuses(alice).at(-1)?.state === "online");
  await pass(100_000);
  net.up = false;
  const before = clock.pending;
  await pass(5 * 60_000);
  expect(clock.pending).toBe(before);
  expect(statuses(alice).map(({ state }) => state)).toEqual(["connecting", "online"]);
});

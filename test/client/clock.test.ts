// What a person can rely on whose machine has a wrong clock: they talk as everybody does, and are told of it once.

import { expect, test } from "bun:test";
import type { Clock } from "../../src/ports.ts";
import { classroom, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const DAY = 24 * 60 * 60_000;
const YEAR = 365 * DAY;

const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";
const told = (person: Person) => person.events.filter((event) => event.type === "clock-off");

/** The clock of a machine that is `ahead` ms of the others. */
function off(clock: Clock, ahead: () => number): Clock {
  return { now: () => clock.now() + ahead(), after: (ms, callback) => clock.after(ms, callback) };
}

for (const [when, ahead] of [
  ["a year ahead", YEAR],
  ["a year behind", -YEAR],
] as const) {
  test(`a clock ${when}: both ways, at first contact and later, messages arrive with the time of the server`, async () => {
    const clock = new VirtualClock();
    const { person, settle, net, bugs } = classroom({ clock });
    const alice = person("alice", { clock: off(clock, () => ahead) });
    const bob = person("bob");
    const carol = person("carol");
    await settle(() => [alice, bob, carol].every(isOnline));
    await alice.face.send("bob", "from the wrong clock");
    await carol.face.send("alice", "to the wrong clock");
    await settle(() => bob.heard().length === 1 && alice.heard().length === 1);
    const [{ sentAt } = { sentAt: 0 }] = await bob.face.history({ limit: 1 });
    expect(Math.abs(sentAt - clock.now())).toBeLessThan(DAY);
    net.cut();
    await settle(() => !isOnline(alice));
    await settle(() => isOnline(alice));
    expect(told(alice)).toEqual([{ type: "clock-off", ahead }]);
    expect(told(bob)).toEqual([]);
    expect(bugs).toEqual([]);
  });
}

test("a clock that is set right is not corrected any more, and one that is set wrong again is told again", async () => {
  const clock = new VirtualClock();
  let ahead = YEAR;
  const { person, settle, net } = classroom({ clock });
  const alice = person("alice", { clock: off(clock, () => ahead) });
  const reconnected = async () => {
    net.cut();
    await settle(() => !isOnline(alice));
    await settle(() => isOnline(alice));
  };
  await settle(() => isOnline(alice));
  ahead = 0;
  await reconnected();
  await alice.face.send("bob", "now");
  const [{ sentAt } = { sentAt: 0 }] = await alice.face.history({ limit: 1 });
  expect(sentAt).toBe(clock.now());
  ahead = -YEAR;
  await reconnected();
  expect(told(alice)).toEqual([
    { type: "clock-off", ahead: YEAR },
    { type: "clock-off", ahead: -YEAR },
  ]);
});

test("a clock that is set back by a year while one is online: one's keys in a group are renewed all the same", async () => {
  const clock = new VirtualClock();
  let ahead = 0;
  const { person, settle, pass, durable } = classroom({ clock });
  const alice = person("alice");
  const bob = person("bob", { clock: off(clock, () => ahead) });
  await settle(() => [alice, bob].every(isOnline));
  await alice.face.createGroup({ name: "class2024", open: true, announcement: false, history: 0 });
  let joined: unknown;
  void bob.face.joinGroup("class2024").then((value) => (joined = value));
  await settle(() => joined !== undefined);
  ahead = -YEAR;
  const commits = () => [...durable.logs.values()].find(({ kind }) => kind === "group")?.epoch;
  expect(commits()).toBe(1);
  await pass(5 * 60_000);
  expect(commits()).toBe(2);
});

test("packages that an earlier version made by a clock a year ahead are replaced", async () => {
  const clock = new VirtualClock();
  const early = classroom({ clock });
  const first = early.person("alice");
  await early.settle(() => isOnline(first));
  await first.face.close();
  const disk = first.disk;
  for (const [id, value] of disk.records.get("key-package") ?? []) {
    const record: unknown = JSON.parse(Buffer.from(value).toString());
    const later = { ...Object(record), made: clock.now() + YEAR };
    disk.records.get("key-package")?.set(id, new Uint8Array(Buffer.from(JSON.stringify(later))));
  }
  const before = disk.records.get("key-package")?.size ?? 0;
  const again = early.person("alice", { disk });
  await early.settle(() => isOnline(again));
  expect(disk.records.get("key-package")?.size).toBe(before + 1);
});

// What two people can rely on whatever the order in which things happen: links that stall and break at any moment,
// both writing first at once. From seeds, so that what fails fails again.

import { expect, test } from "bun:test";
import { classroom, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

/** For those that go through many cases: the machine may be a slow one. */
const LONG = 60_000;

const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";

function dice(seed: number): (n: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % n;
  };
}

/** Delivered, as far as its writer was told. */
function delivered(person: Person): number {
  const last = new Map<string, string>();
  for (const event of person.events) if (event.type === "state") last.set(event.id, event.state);
  return [...last.values()].filter((state) => state === "delivered").length;
}

const texts = async (person: Person) => (await person.face.history({ limit: 100 })).map(({ text }) => text);

async function talk(seed: number, breaks: boolean) {
  const roll = dice(seed);
  const room = classroom({ clock: new VirtualClock() });
  const people = [room.person("alice"), room.person("bob")] as const;
  await room.settle(() => people.every(isOnline));
  const written = [0, 0];
  const sending: Promise<unknown>[] = [];
  for (let step = 0; step < 60; step++) {
    const pipes = room.net.pipes();
    const pipe = pipes[roll(Math.max(1, pipes.length))];
    const who = step === 0 ? 0 : step === 1 ? 1 : roll(2);
    switch (step < 2 ? 9 : roll(10)) {
      case 0:
      case 1:
        pipe?.stall();
        break;
      case 2:
      case 3:
        pipe?.release();
        break;
      case 4:
        if (breaks) pipe?.cut({ cause: "lost" });
        break;
      case 5:
        if (breaks) await room.pass(roll(400));
        break;
      case 6:
      case 7:
        for (let turn = roll(6); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
        break;
      default: {
        const [from, to] = who === 0 ? (["a", "bob"] as const) : (["b", "alice"] as const);
        const n = (written[who] = (written[who] ?? 0) + 1);
        sending.push((who === 0 ? people[0] : people[1]).face.send(to, `${from}${n}`));
      }
    }
    // What a stalled link holds back holds back send() too, where it asks who the other is.
  }
  for (const pipe of room.net.pipes()) pipe.release();
  const [a = 0, b = 0] = written;
  await room.settle(() => {
    for (const pipe of room.net.pipes()) pipe.release();
    return delivered(people[0]) === a && delivered(people[1]) === b;
  });
  await Promise.all(sending);
  await room.net.quiet();
  const mine = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
  const [hers, his] = [await texts(people[0]), await texts(people[1])];
  expect([seed, hers]).toEqual([seed, his]);
  expect([seed, people[1].heard()]).toEqual([seed, mine("a", a)]);
  expect([seed, people[0].heard()]).toEqual([seed, mine("b", b)]);
  expect([seed, hers.filter((text) => text.startsWith("a"))]).toEqual([seed, mine("a", a)]);
  expect([seed, hers.filter((text) => text.startsWith("b"))]).toEqual([seed, mine("b", b)]);
  const missing = people.flatMap(({ events }) => events.filter(({ type }) => type === "missing"));
  expect([seed, missing, room.bugs]).toEqual([seed, [], []]);
}

test(
  "both write first at once, over links that stall: one order on both sides, each message once",
  async () => {
    for (let seed = 1; seed <= 40; seed++) await talk(seed, false);
  },
  LONG,
);

test(
  "the same over links that break as well",
  async () => {
    for (let seed = 101; seed <= 150; seed++) await talk(seed, true);
  },
  LONG,
);

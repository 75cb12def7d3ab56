// KeyPackages for those who are away: each handed out once, the last resort when no other is left.

import { expect, test } from "bun:test";
import { MAX_HELD } from "../../src/wire/limits.ts";
import { hall, person, type Raw, text } from "./hall.ts";

const ref = (n: number) => n.toString(16).padStart(64, "0");

function publish(link: Raw, numbers: readonly number[], last: readonly number[] = []): number {
  const packages = [
    ...numbers.map((n) => ({ id: ref(n), size: 4 })),
    ...last.map((n) => ({ id: ref(n), size: 4, last: true })),
  ];
  return link.tell(
    { t: "publish", packages },
    text([...numbers, ...last].map((n) => String(n).padStart(4)).join("")),
  );
}

async function claim(link: Raw, name: string) {
  const answer = await link.ask({ t: "claim", name });
  if (answer.t === "refused") return answer.code;
  const body = link.got.find(({ message }) => message === answer)?.body ?? new Uint8Array(0);
  return new TextDecoder().decode(body).trim();
}

async function two() {
  const room = hall();
  return { room, bob: await room.enter(person("bob")), ann: await room.enter(person("ann")) };
}

test("each is handed out once; when they are used up, the last resort is, again and again", async () => {
  const { room, ann, bob } = await two();
  const re = publish(bob, [1, 2, 3], [99]);
  await room.net.quiet();
  expect(bob.answer(re)).toMatchObject({ t: "published", held: 3 });
  const claimed = [];
  for (let i = 0; i < 5; i++) claimed.push(await claim(ann, "bob"));
  expect(claimed.slice(0, 3).sort()).toEqual(["1", "2", "3"]);
  expect(claimed.slice(3)).toEqual(["99", "99"]);
});

test("one that was handed out is not taken back when its owner publishes it again", async () => {
  const { room, ann, bob } = await two();
  publish(bob, [1]);
  await room.net.quiet();
  expect(await claim(ann, "bob")).toBe("1");
  const re = publish(bob, [1]);
  await room.net.quiet();
  expect(bob.answer(re)).toMatchObject({ held: 0 });
  expect(await claim(ann, "bob")).toBe("no-key-package");
});

test("two who claim at one moment do not get the same", async () => {
  const { room, ann, bob } = await two();
  const cat = await room.enter(person("cat"));
  publish(bob, [1, 2]);
  await room.net.quiet();
  ann.tell({ t: "claim", name: "bob" });
  cat.tell({ t: "claim", name: "bob" });
  await room.net.quiet();
  const bodies = [ann, cat].map((link) => new TextDecoder().decode(link.got.at(-1)?.body).trim());
  expect(bodies.sort()).toEqual(["1", "2"]);
});

test("nobody claims for themselves or for those who are not there", async () => {
  const { room, ann, bob } = await two();
  publish(bob, [1]);
  await room.net.quiet();
  expect(await claim(bob, "bob")).toBe("no-key-package");
  expect(await claim(ann, "carol")).toBe("no-such-user");
  expect(await claim(ann, "\u202E")).toBe("no-such-user");
});

test("sizes that do not fill the body are refused", async () => {
  const { room, bob } = await two();
  for (const size of [3, 5]) {
    const re = bob.tell({ t: "publish", packages: [{ id: ref(1), size }] }, text("four"));
    await room.net.quiet();
    expect(bob.answer(re)).toMatchObject({ t: "refused", code: "malformed" });
  }
});

test("so many are kept and no more, also when they come all at once; a last resort is always taken", async () => {
  const { room, bob } = await two();
  const asked = Array.from({ length: 8 }, (_, i) =>
    publish(
      bob,
      Array.from({ length: 60 }, (_, n) => i * 60 + n),
    ),
  );
  await room.net.quiet();
  const answers = asked.map((re) => bob.answer(re));
  expect(answers.filter(({ t }) => t === "published")).toHaveLength(Math.floor(MAX_HELD / 60));
  expect(answers.filter((answer) => answer.t === "refused" && answer.code === "too-many")).toHaveLength(5);
  const rest = publish(
    bob,
    Array.from({ length: 20 }, (_, n) => 1000 + n),
  );
  await room.net.quiet();
  expect(bob.answer(rest)).toMatchObject({ t: "published", held: MAX_HELD });
  const last = publish(bob, [], [5000]);
  await room.net.quiet();
  expect(bob.answer(last)).toMatchObject({ t: "published", held: MAX_HELD });
});

test("nobody drains another's: claims are limited, also over new connections, and free again in time", async () => {
  const { room, ann, bob } = await two();
  publish(bob, [], [99]);
  await room.net.quiet();
  let links = 0;
  let granted = 0;
  const cat = person("cat");
  for (let link = await room.enter(cat); ;) {
    const got = await claim(link, "bob");
    if (got === "too-many") break;
    granted += 1;
    if (granted % 20 !== 0) continue;
    link.pipes?.client.close();
    await room.net.quiet();
    link = await room.enter(cat);
    expect((links += 1)).toBeLessThan(10);
  }
  expect(granted).toBeGreaterThanOrEqual(30);
  expect(await claim(ann, "bob")).toBe("99");
  room.clock.advance(5_000);
  const again = await room.enter(cat);
  expect(await claim(again, "bob")).toBe("99");
});

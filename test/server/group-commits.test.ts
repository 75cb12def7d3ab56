// Commits of groups: all that comes with one or nothing, within the rules, and delivery follows at once.

import { describe, expect, test } from "bun:test";
import { encodeId } from "../../src/domain/id.ts";
import { encodeTold } from "../../src/wire/told.ts";
import { directLog } from "../../src/domain/direct-log.ts";
import { append, create, key, messageId, person, type Raw, text } from "./hall.ts";
import { at, bundle, came, classroom, type Whole } from "./group-requests.ts";

const refused = (code: string) => ({ t: "refused", code });
const kinds = (link: Raw) => link.all("entry").map(({ kind }) => kind);

describe("who is added", () => {
  test("gets the Welcome, then what is handed over, then the commit and all that follows; others the commit", async () => {
    const { room, a, log } = await classroom();
    const b = await room.enter(person("ben"));
    await a.ask(append(log, messageId(), 0), text("before"));
    const whole = bundle(log, 0, { added: [b.id] }, { history: "handed over" });
    expect(await a.ask(...whole)).toMatchObject({ t: "accepted", seq: 2, stands: true });
    await a.ask(append(log), text("after"));
    const got = b.got.filter(({ message }) => message.t === "entry");
    expect(got.map(({ message, body }) => [message.t === "entry" && message.kind, body.length])).toEqual([
      ["welcome", 7],
      ["history", 11],
      ["commit", whole[0].t === "commit" ? whole[0].commit : 0],
      ["message", 5],
    ]);
    expect(b.all("entry")).toMatchObject([
      { log: b.id, epoch: 1 },
      { epoch: 1 },
      { seq: 2, epoch: 0 },
      { seq: 3 },
    ]);
    expect(await b.ask({ t: "info", log })).toMatchObject({ t: "group", epoch: 1 });
    expect(await b.ask(append(log), text("hello"))).toMatchObject({ t: "accepted", of: 1, stands: true });
  });

  test("while away, finds all of it when it comes back", async () => {
    const { room, a, log } = await classroom();
    const ben = person("ben");
    const first = await room.enter(ben);
    first.pipes?.client.close();
    await room.net.quiet();
    await a.ask(...bundle(log, 0, { added: [first.id] }));
    await a.ask(append(log), text("after"));
    const b = await room.enter(ben);
    expect(kinds(b)).toEqual(["welcome", "commit", "message"]);
    expect(b.all("places")).toMatchObject([{ logs: [[log, 1, 2, 0]] }]);
  });

  test("at the moment at which it synchronises misses nothing", async () => {
    for (const first of ["commit", "sync"]) {
      const { room, a, log } = await classroom();
      const b = await room.enter(person("ben"), { sync: false });
      const steps = [() => a.tell(...bundle(log, 0, { added: [b.id] })), () => b.tell({ t: "sync" })];
      for (const step of first === "commit" ? steps : steps.reverse()) step();
      await room.net.quiet();
      await a.ask(append(log), text("after"));
      expect([first, kinds(b)]).toEqual([first, ["welcome", "commit", "message"]]);
    }
  });

  test("while it is sent what has waited for it, is told where the group stands before what lies in it", async () => {
    const { room, ann, a, log } = await classroom();
    const ben = person("ben");
    const first = await room.enter(ben);
    first.pipes?.client.close();
    const cat = person("cat");
    for (const [who, link] of [[ann, a] as const, [cat, await room.enter(cat)] as const]) {
      const request = create(directLog(who.identity.public, ben.identity.public), "ben", [first.id]);
      const welcomes = request.welcomes.map((one) => ({ ...one, size: 300_000 }));
      await link.ask({ ...request, welcomes }, new Uint8Array(300_000));
    }
    const b = await room.enter(ben, { sync: false });
    b.pipes?.server.stall();
    b.tell({ t: "sync" });
    await room.net.quiet();
    await a.ask(...bundle(log, 0, { added: [b.id] }));
    b.pipes?.server.release();
    await room.net.quiet();
    expect(b.all("places").flatMap(({ logs }) => logs)).toContainEqual([log, 1, 1, 0]);
    expect(kinds(b)).toEqual(["welcome", "welcome", "welcome", "commit"]);
  });

  test("has a Welcome, unless it is the sender; nobody else has one, and nobody has two", async () => {
    const { room, a, log, links } = await classroom(["ben"]);
    const b = at(links, 0);
    const [c, d] = [await room.enter(person("cat")), await room.enter(person("dan"))];
    const [good, body] = bundle(log, 1, { added: [c.id] });
    if (good.t !== "commit") throw new Error("no commit");
    const letter = at(good.welcomes ?? [], 0);
    const wrong: Whole[] = [
      [{ ...good, welcomes: [] }, body.subarray(0, body.length - 7)],
      [{ ...good, welcomes: [{ ...letter, device: d.id }] }, body],
      [{ ...good, welcomes: [letter, letter] }, Buffer.concat([body, text("welcome")])],
      [{ ...good, welcomes: [{ ...letter, size: 6 }] }, body],
      bundle(log, 1, { added: [c.id, c.id] }),
      bundle(log, 1, { removed: [b.id, b.id] }),
      bundle(log, 1, {}, { history: "for nobody" }),
      [{ ...good, commit: 3, welcomes: [] }, text("\0\x02{}info 2".slice(0, 3 + good.info))],
    ];
    for (const [i, [asked, bytes]] of wrong.entries())
      expect([i, await a.ask(asked, bytes)]).toMatchObject([i, refused("malformed")]);
    // Nothing of any of them has come about.
    expect(await a.ask({ t: "info", log })).toMatchObject({ epoch: 1 });
    expect([kinds(c), kinds(d)]).toEqual([[], []]);
    expect(came(b, log)).toEqual([1]);
    expect(await a.ask(good, body)).toMatchObject({ t: "accepted", seq: 2 });
  });

  test("is registered, and not in the group already", async () => {
    const { a, log, links } = await classroom(["ben"]);
    const nobody = encodeId(key().public);
    expect(await a.ask(...bundle(log, 1, { added: [nobody] }))).toMatchObject(refused("no-such-user"));
    const again = bundle(log, 1, { added: [at(links, 0).id] });
    expect(await a.ask(...again)).toMatchObject(refused("forbidden"));
  });

  test("may be a whole class at once", async () => {
    const { room, a, log } = await classroom();
    const links: Raw[] = [];
    for (let i = 0; i < 60; i++) links.push(await room.enter(person(`student${i}`)));
    expect(await a.ask(...bundle(log, 0, { added: links.map(({ id }) => id) }))).toMatchObject({ of: 60 });
    await a.ask(append(log), text("hello"));
    for (const link of links) expect(kinds(link)).toEqual(["welcome", "commit", "message"]);
    expect(await a.ask({ t: "groups" })).toMatchObject({ groups: [{ size: 61 }] });
  });
});

describe("who is removed", () => {
  test("gets what there is up to that commit, and nothing after it", async () => {
    const { a, log, links } = await classroom(["ben", "cat"]);
    const [b, c] = [at(links, 0), at(links, 1)];
    await a.ask(append(log), text("before"));
    await a.ask(...bundle(log, 1, { removed: [b.id] }));
    await a.ask(append(log, messageId(), 2), text("after"));
    expect(came(b, log)).toEqual([1, 2, 3]);
    expect(came(c, log)).toEqual([1, 2, 3, 4]);
    expect(await b.ask(append(log, messageId(), 2), text("x"))).toMatchObject(refused("not-member"));
    expect(await b.ask({ t: "info", log })).toMatchObject(refused("no-such-log"));
    expect(await b.ask({ t: "cursors", log })).toMatchObject(refused("no-such-log"));
  });

  test("while its link is slow, or it is away, too", async () => {
    const { room, a, log, links, people } = await classroom(["ben", "cat"]);
    const [b, c] = [at(links, 0), at(links, 1)];
    c.pipes?.client.close();
    b.pipes?.server.stall();
    await room.net.quiet();
    for (let i = 0; i < 8; i++) await a.ask(append(log), new Uint8Array(50_000));
    await a.ask(...bundle(log, 1, { removed: [b.id, c.id] }));
    await a.ask(append(log, messageId(), 2), text("after"));
    b.pipes?.server.release();
    await room.net.quiet();
    const upToIt = Array.from({ length: 10 }, (_, i) => i + 1);
    expect(came(b, log)).toEqual(upToIt);
    const back = await room.enter(at(people, 1));
    await a.ask(append(log, messageId(), 2), text("after"));
    expect(came(back, log)).toEqual(upToIt);
    back.ack(log, 10);
    back.pipes?.client.close();
    await room.net.quiet();
    const later = await room.enter(at(people, 1));
    expect(later.all("places")).toMatchObject([{ logs: [] }]);
    expect(came(later, log)).toEqual([]);
  });

  test("at the moment at which it synchronises, too", async () => {
    for (const first of ["commit", "sync"]) {
      const { room, a, log, links, people } = await classroom(["ben"]);
      at(links, 0).pipes?.client.close();
      await room.net.quiet();
      const b = await room.enter(at(people, 0), { sync: false });
      const steps = [() => a.tell(...bundle(log, 1, { removed: [b.id] })), () => b.tell({ t: "sync" })];
      for (const step of first === "commit" ? steps : steps.reverse()) step();
      a.tell(append(log, messageId(), 2), text("after"));
      await room.net.quiet();
      await a.ask(append(log, messageId(), 2), text("after"));
      expect([first, came(b, log)]).toEqual([first, [1, 2]]);
    }
  });

  test("and added again is in it from then on", async () => {
    const { a, log, links } = await classroom(["ben"]);
    const b = at(links, 0);
    await a.ask(...bundle(log, 1, { removed: [b.id] }));
    await a.ask(append(log, messageId(), 2), text("not for ben"));
    await a.ask(...bundle(log, 2, { added: [b.id] }));
    await a.ask(append(log, messageId(), 3), text("for ben"));
    expect(came(b, log)).toEqual([1, 2, 4, 5]);
  });
});

describe("of two commits in one epoch", () => {
  test("the first is taken, and nothing of the other", async () => {
    const { a, log, links, room } = await classroom(["ben"]);
    const b = at(links, 0);
    const [c, d] = [await room.enter(person("cat")), await room.enter(person("dan"))];
    const first = a.tell(...bundle(log, 1, { added: [c.id] }));
    const second = b.tell(...bundle(log, 1, { added: [d.id] }));
    await room.net.quiet();
    expect(a.answer(first)).toMatchObject({ t: "accepted", seq: 2 });
    expect(b.answer(second)).toMatchObject(refused("stale-epoch"));
    expect([kinds(c), kinds(d)]).toEqual([["welcome", "commit"], []]);
  });

  test("the same one sent again is answered as the first time, and done once", async () => {
    const { a, log, room } = await classroom();
    const c = await room.enter(person("cat"));
    const [asked, body] = bundle(log, 0, { added: [c.id] }, { history: "handed over" });
    expect(await a.ask(asked, body)).toMatchObject({ seq: 1 });
    expect(await a.ask(asked, body)).toMatchObject({ t: "accepted", seq: 1 });
    expect(kinds(c)).toEqual(["welcome", "history", "commit"]);
  });

  test("one that the disk did not take leaves nothing behind, and goes through when it is sent again", async () => {
    const { a, log, room } = await classroom();
    const c = await room.enter(person("cat"));
    const [asked, body] = bundle(log, 0, { added: [c.id] });
    room.breakDisk("full");
    expect(await a.ask(asked, body)).toMatchObject(refused("storage-full"));
    room.breakDisk(undefined);
    expect([kinds(c), await a.ask({ t: "info", log })]).toMatchObject([[], { epoch: 0 }]);
    expect(await a.ask(asked, body)).toMatchObject({ t: "accepted", seq: 1 });
    expect(kinds(c)).toEqual(["welcome", "commit"]);
  });
});

test("GroupInfos of earlier epochs are there for whoever has yet to come to them", async () => {
  const { a, log, room } = await classroom();
  const ben = person("ben");
  const b = await room.enter(ben);
  await a.ask(...bundle(log, 0, { added: [b.id] }));
  await a.ask(...bundle(log, 1, {}));
  await b.ask({ t: "info", log, epoch: 1 });
  await b.ask({ t: "info", log, epoch: 17 });
  await b.ask({ t: "info", log });
  const got = b.got.flatMap(({ message, body }) =>
    message.t === "group" ? [[message.epoch, Buffer.from(body).toString()]] : [],
  );
  expect(got).toEqual([
    [1, "info 1"],
    [2, "info 2"],
    [2, "info 2"],
  ]);
});

test("what the server is told stands in the entry as it was, for everybody to hold against the commit", async () => {
  const { a, log, links } = await classroom(["ben"]);
  const [asked, body] = bundle(log, 1, {});
  await a.ask(asked, body);
  const told = encodeTold({ added: [], removed: [] }, text("commit 1"));
  expect(at(links, 0).got.at(-1)?.body).toEqual(told);
});

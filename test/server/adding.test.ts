// The lease: who asks to be let in, and who has left, is told to one member at a time, gathered, until it is done.

import { describe, expect, test } from "bun:test";
import { MAX_ADDED } from "../../src/wire/limits.ts";
import { append, messageId, type Person, person, type Raw, text } from "./hall.ts";
import { at, bundle, came, classroom, comeIn, found, groupId, pass, rulesOf } from "./group-requests.ts";

const statement = text("I leave");
const join = (link: Raw, words = "package") => link.ask({ t: "join", name: "class2024" }, text(words));
/** The devices that a member was asked to let in, in each of the requests it got. */
const asked = (link: Raw) => link.all("asked").map(({ joins }) => joins.map(({ device }) => device));
const leaving = (link: Raw) => link.all("asked").map(({ leaves }) => leaves.map(({ device }) => device));

describe("who asks to be let in", () => {
  test("is told that somebody is there for it; an admin is asked with its KeyPackage, and lets it in", async () => {
    const { room, a, log, links } = await classroom(["ben"]);
    const c = await room.enter(person("cat"));
    await pass(room, 1_000); // what was to be looked at as they came in
    expect(await join(c)).toEqual({ t: "entrance", re: expect.any(Number), log });
    await pass(room, 200);
    expect(a.all("asked")).toEqual([]);
    await pass(room, 50);
    expect(a.all("asked")).toEqual([{ t: "asked", log, joins: [{ device: c.id, size: 7 }], leaves: [] }]);
    expect(Buffer.from(a.got.at(-1)?.body ?? []).toString()).toBe("package");
    await a.ask(...bundle(log, 1, { added: [c.id] }));
    expect(c.all("entry")).toMatchObject([{ kind: "welcome" }, { kind: "commit" }]);
    await pass(room, 20_000);
    expect([asked(a).length, asked(at(links, 0)).length]).toEqual([1, 0]);
  });

  test("is refused where there is nothing to come in to, or it is in already, or not this way", async () => {
    const { room, a, links } = await classroom(["ben"]);
    const dan = person("dan");
    const d = await room.enter(dan);
    await d.ask(...found(groupId(), rulesOf([dan], { name: "private", open: false })));
    const wrong: [Raw, string, number, string][] = [
      [a, "nothing", 7, "no-such-group"],
      [a, "not a name", 7, "no-such-group"],
      [a, "private", 7, "invite-only"],
      [d, "private", 7, "already-in"],
      [at(links, 0), "class2024", 7, "already-in"],
      [d, "class2024", 0, "malformed"],
      [d, "class2024", 4097, "too-large"],
    ];
    for (const [link, name, size, code] of wrong)
      expect([name, await link.ask({ t: "join", name }, new Uint8Array(size))]).toMatchObject([
        name,
        { code },
      ]);
    await pass(room, 2_000);
    expect(asked(a).flat()).toEqual([]);
  });

  test("comes in by itself where nobody is there, or where nobody has let it in for more than four seconds", async () => {
    const { room, ann, a, log } = await classroom();
    const c = await room.enter(person("cat"));
    await join(c);
    await pass(room, 4_000);
    expect(await join(c)).not.toHaveProperty("epoch");
    await pass(room, 1_000);
    expect(await join(c)).toMatchObject({ t: "entrance", log, epoch: 0 });
    expect(Buffer.from(c.got.at(-1)?.body ?? []).toString()).toBe("info 0");
    a.pipes?.client.close();
    await room.net.quiet();
    const d = await room.enter(person("dan"));
    expect(await join(d)).toMatchObject({ t: "entrance", epoch: 0 });
    expect(await d.ask(...bundle(log, 0, { added: [d.id] }, { sender: d.id }))).toMatchObject({ seq: 1 });
    const again = await room.enter(ann);
    await pass(room, 1_000);
    // Who came in by itself waits no more; the other still does.
    expect(asked(again)).toEqual([[c.id]]);
  });

  test("10,000 times is let ask thirty times and then once a second, and is told of once", async () => {
    const { room, a } = await classroom();
    const c = await room.enter(person("cat"));
    for (let i = 0; i < 10_000; i++) c.tell({ t: "join", name: "class2024" }, text("package"));
    await room.net.quiet();
    expect(c.all("entrance")).toHaveLength(30);
    expect(c.all("refused").filter(({ code }) => code === "too-many")).toHaveLength(9_970);
    await pass(room, 2_900);
    expect(asked(a)).toEqual([[c.id]]);
    expect(await join(c)).toMatchObject({ t: "entrance" });
  });
});

describe("those who ask together", () => {
  test("are told of together: two hundred at once make one request", async () => {
    const { room, a, log } = await classroom();
    const links = await comeIn(room, MAX_ADDED);
    for (const link of links) link.tell({ t: "join", name: "class2024" }, text("package"));
    await room.net.quiet();
    await pass(room, 1_000);
    const all = links.map(({ id }) => id);
    expect(asked(a).map((devices) => devices.toSorted())).toEqual([all.toSorted()]);
    const accepted = await a.ask(...bundle(log, 0, { added: all }));
    expect(accepted).toMatchObject({ t: "accepted", of: MAX_ADDED });
    await pass(room, 10_000);
    expect(asked(a)).toHaveLength(1);
  });

  test("are told of in parts when one commit cannot add them all", async () => {
    const { room, a, log } = await classroom();
    const links = await comeIn(room, MAX_ADDED + 30);
    for (const link of links) link.tell({ t: "join", name: "class2024" }, text("package"));
    await room.net.quiet();
    await pass(room, 1_000);
    const first = asked(a).flat();
    expect([asked(a).length, first.length]).toEqual([1, MAX_ADDED]);
    await a.ask(...bundle(log, 0, { added: first }));
    await pass(room, 300);
    expect([...new Set(asked(a).flat())].toSorted()).toEqual(links.map(({ id }) => id).toSorted());
  });

  test("are waited for as long as more come, and for a second at most", async () => {
    const { room, a } = await classroom();
    const links = await comeIn(room, 12);
    await pass(room, 1_000);
    for (const link of links) {
      await join(link);
      await pass(room, 100);
    }
    const [first, ...later] = asked(a);
    expect(first).toHaveLength(10);
    await pass(room, 300);
    expect([later.length, asked(a).slice(1).flat()]).toEqual([0, links.slice(10).map(({ id }) => id)]);
  });

  test("and those who ask while it is done are told to the same member, each once", async () => {
    const { room, a, links, log } = await classroom(["ben"]);
    const [c, d] = [await room.enter(person("cat")), await room.enter(person("dan"))];
    await pass(room, 1_000);
    await join(c);
    await pass(room, 300);
    await join(d);
    await pass(room, 300);
    expect([asked(a), asked(at(links, 0))]).toEqual([[[c.id], [d.id]], []]);
    await a.ask(...bundle(log, 1, { added: [c.id] }));
    // It is at work: its time begins anew.
    await pass(room, 2_800);
    expect(asked(at(links, 0))).toEqual([]);
    await a.ask(...bundle(log, 2, { added: [d.id] }));
    await pass(room, 10_000);
    expect([asked(a).length, asked(at(links, 0)).length]).toEqual([2, 0]);
  });
});

describe("what a member was asked passes on", () => {
  test("when it has not done it within three seconds, to each of the others in turn, and then rests", async () => {
    const { room, a, links } = await classroom(["ben", "cat"]);
    const [b, c] = [at(links, 0), at(links, 1)];
    const d = await room.enter(person("dan"));
    await pass(room, 1_000);
    await join(d);
    await pass(room, 300);
    expect([a, b, c].map((link) => asked(link).length)).toEqual([1, 0, 0]);
    await pass(room, 3_000);
    expect([a, b, c].map((link) => asked(link).length)).toEqual([1, 1, 0]);
    await pass(room, 3_000);
    expect([a, b, c].map((link) => asked(link))).toEqual([[[d.id]], [[d.id]], [[d.id]]]);
    await pass(room, 30_000);
    expect([a, b, c].map((link) => asked(link).length)).toEqual([1, 1, 1]);
    // It asks again, and all begins anew.
    await join(d);
    await pass(room, 300);
    expect([a, b, c].map((link) => asked(link).length)).toEqual([2, 1, 1]);
  });

  test("at once when its link ends, when it leaves, and when it is removed", async () => {
    for (const ending of ["closed", "left", "removed"]) {
      const { room, a, ann, log, people, links } = await classroom(["ben"]);
      const b = at(links, 0);
      await a.ask(...bundle(log, 1, { rules: rulesOf([ann, at(people, 0)]) }));
      const d = await room.enter(person("dan"));
      await pass(room, 1_000);
      await join(d);
      await pass(room, 300);
      expect([asked(a).length, asked(b).length]).toEqual([1, 0]);
      if (ending === "closed") a.pipes?.client.close();
      if (ending === "left") await a.ask({ t: "leave", log }, statement);
      if (ending === "removed") await b.ask(...bundle(log, 2, { removed: [a.id] }));
      await room.net.quiet();
      await pass(room, 300);
      expect([ending, asked(b)]).toEqual([ending, [[d.id]]]);
      await b.ask(...bundle(log, ending === "removed" ? 3 : 2, { added: [d.id] }));
      expect(came(d, log)).toHaveLength(1);
    }
  });

  test("and whoever let it go by is asked last, until it has committed something", async () => {
    const { room, a, links, log } = await classroom(["ben"]);
    const b = at(links, 0);
    const [d, e, f] = await comeIn(room, 3);
    if (d === undefined || e === undefined || f === undefined) throw new Error("nobody came");
    await pass(room, 1_000);
    await join(d);
    await pass(room, 3_300);
    await b.ask(...bundle(log, 1, { added: [d.id] }));
    await join(e);
    await pass(room, 300);
    expect([asked(a), asked(b)]).toEqual([[[d.id]], [[d.id], [e.id]]]);
    await a.ask(...bundle(log, 2, { added: [e.id] }));
    await join(f);
    await pass(room, 300);
    expect([asked(a), asked(b).length]).toEqual([[[d.id], [f.id]], 2]);
  });

  test("not to those who have not been told where they stand", async () => {
    const { room, a, links, people } = await classroom(["ben"]);
    at(links, 0).pipes?.client.close();
    await room.net.quiet();
    const b = await room.enter(at<Person>(people, 0), { sync: false });
    const d = await room.enter(person("dan"));
    await join(d);
    await pass(room, 4_000);
    expect([asked(a).length, asked(b).length]).toEqual([1, 0]);
    await b.ask({ t: "sync" });
    await pass(room, 300);
    expect(asked(b)).toEqual([[d.id]]);
  });
});

describe("who has left", () => {
  test("is to be taken out by those who stay; its statement comes along", async () => {
    const { room, a, log, links } = await classroom(["ben", "cat"]);
    const b = at(links, 0);
    await pass(room, 1_000);
    await b.ask({ t: "leave", log }, statement);
    await pass(room, 300);
    expect(a.all("asked")).toEqual([{ t: "asked", log, joins: [], leaves: [{ device: b.id, size: 7 }] }]);
    expect(Buffer.from(a.got.at(-1)?.body ?? []).toString()).toBe("I leave");
    await a.ask(...bundle(log, 1, { removed: [b.id] }));
    await pass(room, 30_000);
    expect([leaving(a).length, leaving(at(links, 1)).length]).toEqual([1, 0]);
  });

  test("while nobody was here, is told to whoever comes first", async () => {
    const { room, a, ann, log, links } = await classroom(["ben"]);
    const b = at(links, 0);
    a.pipes?.client.close();
    await room.net.quiet();
    await b.ask({ t: "leave", log }, statement);
    await pass(room, 10_000);
    const again = await room.enter(ann);
    await pass(room, 300);
    expect(leaving(again)).toEqual([[b.id]]);
  });

  test("and wants in again is taken out and let in by one commit", async () => {
    const { room, a, log, links } = await classroom(["ben"]);
    const b = at(links, 0);
    await pass(room, 1_000);
    await b.ask({ t: "leave", log }, statement);
    await pass(room, 300);
    await join(b);
    await pass(room, 300);
    expect([asked(a), leaving(a)]).toEqual([
      [[], [b.id]],
      [[b.id], [b.id]],
    ]);
    const both = bundle(log, 1, { added: [b.id], removed: [b.id] });
    expect(await a.ask(...both)).toMatchObject({ t: "accepted", of: 1 });
    await a.ask(append(log, messageId(), 2), text("hello"));
    expect(came(b, log)).toEqual([1, 2, 3]);
    await pass(room, 10_000);
    expect(asked(a)).toHaveLength(2);
  });
});

test("a disk that fails in between holds nobody up for good", async () => {
  const { room, a } = await classroom();
  const c = await room.enter(person("cat"));
  await pass(room, 1_000);
  await join(c);
  room.breakDisk("io");
  await pass(room, 300);
  room.breakDisk(undefined);
  expect(asked(a)).toEqual([]);
  await pass(room, 1_000);
  expect(asked(a)).toEqual([[c.id]]);
});

test("a server that stops asks nobody for anything more", async () => {
  const { room, a, log, links } = await classroom(["ben"]);
  await at(links, 0).ask({ t: "leave", log }, statement);
  await room.server.stop();
  await pass(room, 10_000);
  expect([leaving(a), room.clock.pending]).toEqual([[], 0]);
});

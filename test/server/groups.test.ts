// Groups as people speak of them: founded under a name of their own, listed, left; by their rules.

import { describe, expect, test } from "bun:test";
import { MAX_GROUP } from "../../src/ports/server-store.ts";
import { MAX_MEMBERS } from "../../src/wire/limits.ts";
import { encodeRules } from "../../src/wire/rules.ts";
import { directLog } from "../../src/domain/direct-log.ts";
import { append, create, hall, messageId, person, text } from "./hall.ts";
import { at, bundle, came, classroom, found, groupId, rulesOf } from "./group-requests.ts";

const statement = text("I leave");

describe("a group is founded", () => {
  test("with its creator alone in it, who writes at once and is told where it stands on the next link", async () => {
    const { room, ann, a, log } = await classroom();
    expect(await a.ask(append(log, messageId(), 0), text("x"))).toMatchObject({
      t: "accepted",
      seq: 1,
      of: 0,
    });
    a.pipes?.client.close();
    await room.net.quiet();
    const again = await room.enter(ann);
    expect(again.all("places")).toMatchObject([{ logs: [[log, 0, 1, 0]] }]);
  });

  test("and written to in the same breath", async () => {
    const room = hall();
    const ann = person("ann");
    const a = await room.enter(ann);
    const log = groupId();
    a.tell(...found(log, rulesOf([ann])));
    a.tell(append(log, messageId(), 0), text("x"));
    await room.net.quiet();
    expect(a.all("accepted")).toMatchObject([{ seq: 1, stands: true }]);
  });

  test("under a name that no other group has or looks like, in whatever case", async () => {
    const { room, ann, a } = await classroom();
    const ben = person("ben");
    const b = await room.enter(ben);
    const refusals = [
      ["class2024", "group-exists"],
      ["CLASS2024", "group-exists"],
      ["cIass2024", "group-alike"],
    ] as const;
    for (const [name, code] of refusals) {
      expect(await b.ask(...found(groupId(), rulesOf([ben], { name })))).toMatchObject({ code });
    }
    expect(await a.ask(...found(groupId(), rulesOf([ann], { name: "other" })))).toMatchObject({
      t: "created",
    });
  });

  test("by rules that are rules, name the creator an admin, and are not those of a closed one", async () => {
    const room = hall();
    const [ann, ben] = [person("ann"), person("ben")];
    const a = await room.enter(ann);
    const wrong: [ReturnType<typeof found>, string][] = [
      [found(groupId(), text("{}")), "malformed"],
      [found(groupId(), rulesOf([ben])), "malformed"],
      [found(groupId(), rulesOf([ann], { closed: true })), "malformed"],
      [found(groupId(), encodeRules(rulesOf([ann], { name: " no name " }))), "malformed"],
      [found(a.id, rulesOf([ann])), "wrong-log"],
    ];
    for (const [[asked, body], code] of wrong) expect(await a.ask(asked, body)).toMatchObject({ code });
    const [asked, body] = found(groupId(), rulesOf([ann]));
    expect(await a.ask(asked, body.subarray(1))).toMatchObject({ code: "malformed" });
    expect(await a.ask({ t: "groups" })).toMatchObject({ groups: [] });
  });

  test("and answered the same when the first answer was lost", async () => {
    const { room, ann, a, log } = await classroom();
    expect(await a.ask(...found(log, rulesOf([ann])))).toMatchObject({ t: "created", seq: 0 });
    const ben = person("ben");
    const b = await room.enter(ben);
    expect(await b.ask(...found(log, rulesOf([ben], { name: "other" })))).toMatchObject({
      code: "group-exists",
    });
  });

  test("ten times at once by one person, and then once in ten seconds", async () => {
    const room = hall();
    const ann = person("ann");
    const a = await room.enter(ann);
    const another = (i: number) => a.ask(...found(groupId(), rulesOf([ann], { name: `group${i}` })));
    for (let i = 0; i < 10; i++) expect(await another(i)).toMatchObject({ t: "created" });
    expect(await another(10)).toMatchObject({ t: "refused", code: "too-many" });
    room.clock.advance(10_000);
    expect(await another(10)).toMatchObject({ t: "created" });
    expect(await another(11)).toMatchObject({ t: "refused", code: "too-many" });
  });
});

describe("everybody sees", () => {
  test("which groups there are, how many people are in each, and which are one's own", async () => {
    const { room, a, links } = await classroom(["ben", "cat"]);
    const dan = person("dan");
    const d = await room.enter(dan);
    await d.ask(...found(groupId(), rulesOf([dan], { name: "News", announcement: true, open: false })));
    expect(await a.ask({ t: "groups" })).toMatchObject({
      groups: [
        { name: "class2024", size: 3, open: true, announcement: false, mine: true },
        { name: "News", size: 1, open: false, announcement: true, mine: false },
      ],
    });
    expect(await at(links, 0).ask({ t: "groups", after: "class2024" })).toMatchObject({
      groups: [{ name: "News" }],
    });
  });

  test("who is in an open group; of one by invitation only its members do", async () => {
    const { room, a, log, links } = await classroom(["ben"], { open: false });
    const c = await room.enter(person("cat"));
    at(links, 0).pipes?.client.close();
    await room.net.quiet();
    const members = [
      { name: "ann", online: true },
      { name: "ben", online: false },
    ];
    expect(await a.ask({ t: "members", name: "CLASS2024" })).toMatchObject({ members });
    expect(await c.ask({ t: "members", name: "class2024" })).toMatchObject({ code: "invite-only" });
    expect(await c.ask({ t: "members", name: "nothing" })).toMatchObject({ code: "no-such-group" });
    expect(await c.ask({ t: "info", log })).toMatchObject({ code: "no-such-log" });
    expect(await c.ask({ t: "cursors", log })).toMatchObject({ code: "no-such-log" });
  });
});

describe("who leaves", () => {
  test("is sent nothing that follows, in the same step, and writes nothing more", async () => {
    const { room, a, log, links } = await classroom(["ben", "cat"]);
    const [b, c] = [at(links, 0), at(links, 1)];
    b.tell({ t: "leave", log }, statement);
    a.tell(append(log), text("after"));
    await room.net.quiet();
    expect(came(b, log)).toEqual([1]);
    expect(came(c, log)).toEqual([1, 2]);
    expect(await b.ask(append(log), text("x"))).toMatchObject({ code: "not-member" });
    expect(await b.ask({ t: "info", log })).toMatchObject({ code: "no-such-log" });
    expect(await b.ask({ t: "leave", log }, statement)).toMatchObject({ code: "not-member" });
    expect(await a.ask({ t: "groups" })).toMatchObject({ groups: [{ size: 2 }] });
  });

  test("while its places are being read is sent nothing either", async () => {
    const { room, a, log, links, people } = await classroom(["ben"]);
    at(links, 0).pipes?.client.close();
    await room.net.quiet();
    const b = await room.enter(at(people, 0), { sync: false });
    b.tell({ t: "sync" });
    b.tell({ t: "leave", log }, statement);
    a.tell(append(log), text("after"));
    await room.net.quiet();
    expect(came(b, log)).toEqual([]);
  });

  test("leaves what is a group, is in it, and says so", async () => {
    const { room, a, log } = await classroom();
    const { b, log: direct } = await room.pair();
    expect(await b.ask({ t: "leave", log }, statement)).toMatchObject({ code: "not-member" });
    expect(await b.ask({ t: "leave", log: direct }, statement)).toMatchObject({ code: "not-member" });
    expect(await a.ask({ t: "leave", log })).toMatchObject({ code: "malformed" });
    expect(await a.ask({ t: "leave", log }, new Uint8Array(257))).toMatchObject({ code: "too-large" });
    expect(await b.ask(append(direct), text("x"))).toMatchObject({ t: "accepted" });
  });

  test("last, ends the group: its name is free again", async () => {
    const { room, a, log } = await classroom();
    expect(await a.ask({ t: "leave", log }, statement)).toMatchObject({ t: "left" });
    expect(await a.ask({ t: "groups" })).toMatchObject({ groups: [] });
    expect(await a.ask(append(log, messageId(), 0), text("x"))).toMatchObject({ t: "refused" });
    const ben = person("ben");
    const b = await room.enter(ben);
    expect(await b.ask(...found(groupId(), rulesOf([ben])))).toMatchObject({ t: "created" });
  });
});

describe("the rules hold for messages", () => {
  test("in an announcement group admins write, and nobody else", async () => {
    const { a, log, links } = await classroom(["ben"], { announcement: true });
    expect(await at(links, 0).ask(append(log), text("x"))).toMatchObject({ code: "forbidden" });
    expect(await a.ask(append(log), text("x"))).toMatchObject({ t: "accepted", seq: 2 });
  });

  test("where no admin is left, everybody may; an admin who comes back is one again", async () => {
    const { a, log, links } = await classroom(["ben"], { announcement: true });
    const b = at(links, 0);
    await a.ask({ t: "leave", log }, statement);
    expect(await b.ask(append(log), text("x"))).toMatchObject({ t: "accepted", seq: 2 });
    expect(await b.ask(...bundle(log, 1, { added: [a.id], removed: [a.id] }))).toMatchObject({ seq: 3 });
    expect(await b.ask(append(log, messageId(), 2), text("x"))).toMatchObject({ code: "forbidden" });
  });

  test("who is in no group of that name writes nothing into it", async () => {
    const { room, log } = await classroom();
    const b = await room.enter(person("ben"));
    expect(await b.ask(append(log, messageId(), 0), text("x"))).toMatchObject({ code: "not-member" });
  });
});

test("a group does not stand in the way of a conversation of two", async () => {
  const { ann, a, log, people, links } = await classroom(["ben"]);
  const direct = directLog(ann.identity.public, at(people, 0).identity.public);
  expect(await a.ask(create(direct, "ben", [at(links, 0).id]), text("four"))).toMatchObject({ t: "created" });
  await a.ask(append(direct), text("direct"));
  await a.ask(append(log), text("group"));
  expect([came(at(links, 0), direct), came(at(links, 0), log)]).toEqual([[1], [1, 2]]);
  // What a group's commit brings along has no place in it.
  const [asked, body] = bundle(direct, 1, { added: [], removed: [] });
  expect(await a.ask(asked, body)).toMatchObject({ t: "accepted" });
  const [withWelcome, more] = bundle(direct, 2, { added: [at(links, 0).id] });
  expect(await a.ask(withWelcome, more)).toMatchObject({ code: "malformed" });
});

test("a group of three hundred: all are added, listed, told of every message, and their cursors found", async () => {
  const names = Array.from({ length: 299 }, (_, i) => `student${1000 + i}`);
  const { a, log, links } = await classroom(names);
  expect(await a.ask({ t: "groups" })).toMatchObject({ groups: [{ size: 300 }] });
  const first = await a.ask({ t: "members", name: "class2024" });
  if (first.t !== "members" || first.after === undefined) throw new Error("one page");
  const second = await a.ask({ t: "members", name: "class2024", after: first.after });
  if (second.t !== "members") throw new Error("no second page");
  expect([...first.members, ...second.members].map(({ name }) => name)).toEqual(["ann", ...names]);
  expect(second.after).toBeUndefined();
  expect(await at(links, 298).ask(append(log, messageId(), 2), text("hello"))).toMatchObject({ of: 299 });
  for (const link of [a, ...links.slice(0, 298)]) expect(came(link, log).at(-1)).toBe(3);
  const cursors = await a.ask({ t: "cursors", log });
  expect(cursors.t === "cursors" && cursors.cursors.length).toBe(300);
}, 60_000);

test("the store takes as many devices into a group as the protocol says", () => {
  expect(MAX_GROUP).toBe(MAX_MEMBERS);
});

// What the rules of a group let whom commit: admins, members, newcomers from outside, and those who left.

import { expect, test } from "bun:test";
import { append, messageId, person, type Raw, text } from "./hall.ts";
import {
  at,
  bundle,
  came,
  classroom,
  found,
  groupId,
  identityOf,
  rulesOf,
  type Whole,
} from "./group-requests.ts";

const statement = text("I leave");
const refused = (code: string) => ({ t: "refused", code });
const kinds = (link: Raw) => link.all("entry").map(({ kind }) => kind);

test("of a member that is no admin: it adds to an open group, and removes its own devices and those who left", async () => {
  const { a, log, links, room } = await classroom(["ben", "cat"]);
  const [b, c] = [at(links, 0), at(links, 1)];
  const d = await room.enter(person("dan"));
  const forbidden = [
    bundle(log, 1, { removed: [c.id] }),
    bundle(log, 1, { removed: [a.id] }),
    bundle(log, 1, { removed: [b.id] }),
    bundle(log, 1, { rules: rulesOf([person("eve")]) }),
    bundle(log, 1, { added: [d.id], removed: [c.id] }),
  ];
  for (const [asked, body] of forbidden) expect(await b.ask(asked, body)).toMatchObject(refused("forbidden"));
  expect([came(c, log), kinds(d)]).toEqual([[1], []]);
  await c.ask({ t: "leave", log }, statement);
  expect(await b.ask(...bundle(log, 1, { added: [d.id], removed: [c.id] }))).toMatchObject({
    seq: 2,
    of: 2,
  });
  expect(await b.ask(...bundle(log, 2, {}))).toMatchObject({ t: "accepted" });
});

test("in a group by invitation admins add, and nobody else; whoever is barred is added by an admin alone", async () => {
  const eve = person("eve");
  const closed = await classroom(["ben"], { open: false });
  const d = await closed.room.enter(person("dan"));
  const add = () => bundle(closed.log, 1, { added: [d.id] });
  expect(await at(closed.links, 0).ask(...add())).toMatchObject(refused("forbidden"));
  expect(await closed.a.ask(...add())).toMatchObject({ t: "accepted" });
  const open = await classroom(["ben"], { barred: [identityOf(eve)] });
  const e = await open.room.enter(eve);
  const barred = () => bundle(open.log, 1, { added: [e.id] });
  expect(await at(open.links, 0).ask(...barred())).toMatchObject(refused("forbidden"));
  expect(await e.ask({ t: "join", name: "class2024" }, text("package"))).toMatchObject(refused("barred"));
  expect(await open.a.ask(...barred())).toMatchObject({ t: "accepted" });
});

test("from outside a device lets itself in where it may join, and does nothing else", async () => {
  const { a, log, room, links } = await classroom(["ben"]);
  const d = await room.enter(person("dan"));
  const alone = { sender: d.id };
  const e = await room.enter(person("eve"));
  const wrong: [Whole, string][] = [
    [bundle(log, 1, {}, alone), "not-member"],
    [bundle(log, 1, { added: [e.id] }, alone), "not-member"],
    [bundle(log, 1, { added: [d.id, e.id] }, alone), "forbidden"],
    [bundle(log, 1, { added: [d.id], removed: [at(links, 0).id] }, alone), "forbidden"],
    [bundle(log, 1, { added: [d.id], rules: rulesOf([person("dan")]) }, alone), "forbidden"],
  ];
  for (const [i, [[asked, body], code]] of wrong.entries())
    expect([i, await d.ask(asked, body)]).toMatchObject([i, refused(code)]);
  const enter = bundle(log, 1, { added: [d.id] }, alone);
  expect(await d.ask(...enter)).toMatchObject({ t: "accepted", seq: 2, of: 2 });
  expect(came(d, log)).toEqual([2]);
  await a.ask(append(log, messageId(), 2), text("hello"));
  expect(came(d, log)).toEqual([2, 3]);
});

test("nobody lets itself into a group by invitation, or into one it is barred from", async () => {
  const eve = person("eve");
  for (const given of [{ open: false }, { barred: [identityOf(eve)] }]) {
    const { log, room } = await classroom([], given);
    const e = await room.enter(eve);
    const enter = bundle(log, 0, { added: [e.id] }, { sender: e.id });
    expect(await e.ask(...enter)).toMatchObject(refused("forbidden"));
  }
});

test("who has left comes back by itself in the place of its old leaf", async () => {
  const { log, links } = await classroom(["ben"]);
  const b = at(links, 0);
  await b.ask({ t: "leave", log }, statement);
  const again = bundle(log, 1, { added: [b.id], removed: [b.id] }, { sender: b.id });
  expect(await b.ask(...again)).toMatchObject({ t: "accepted", seq: 2, of: 1 });
  expect(came(b, log)).toEqual([1, 2]);
});

test("an admin renames the group, unless the name is another's or looks like it", async () => {
  const { a, ann, log, room } = await classroom();
  await a.ask(...found(groupId(), rulesOf([ann], { name: "other" })));
  const rename = (name: string) => bundle(log, 0, { rules: rulesOf([ann], { name }) });
  expect(await a.ask(...rename("Other"))).toMatchObject(refused("group-exists"));
  expect(await a.ask(...rename("0ther"))).toMatchObject(refused("group-alike"));
  expect(await a.ask(...rename("Seminar"))).toMatchObject({ t: "accepted" });
  expect(await a.ask({ t: "groups" })).toMatchObject({ groups: [{ name: "other" }, { name: "Seminar" }] });
  expect(await a.ask({ t: "members", name: "class2024" })).toMatchObject(refused("no-such-group"));
  const dan = person("dan");
  const d = await room.enter(dan);
  expect(await d.ask(...found(groupId(), rulesOf([dan])))).toMatchObject({ t: "created" });
});

test("closed, it takes nothing more, and its name is free", async () => {
  const { a, ann, log, links } = await classroom(["ben"]);
  const b = at(links, 0);
  expect(await a.ask(...bundle(log, 1, { rules: rulesOf([ann], { closed: true }) }))).toMatchObject({
    seq: 2,
  });
  expect(came(b, log)).toEqual([1, 2]);
  expect(await b.ask(append(log, messageId(), 2), text("x"))).toMatchObject(refused("group-closed"));
  expect(await a.ask(...bundle(log, 2, {}))).toMatchObject(refused("group-closed"));
  expect(await a.ask({ t: "groups" })).toMatchObject({ groups: [] });
  expect(await b.ask({ t: "leave", log }, statement)).toMatchObject({ t: "left" });
});

test("where no admin is left, any member acts as one; where there is one, nobody else does", async () => {
  const { a, log, links } = await classroom(["ben", "cat"]);
  const [b, c] = [at(links, 0), at(links, 1)];
  await a.ask({ t: "leave", log }, statement);
  expect(await b.ask(...bundle(log, 1, { removed: [c.id] }))).toMatchObject({ t: "accepted", seq: 2 });
  expect(came(c, log)).toEqual([1, 2]);
  // Not even then does one add whoever is in, or take itself out.
  expect(await b.ask(...bundle(log, 2, { removed: [b.id] }))).toMatchObject(refused("forbidden"));
});

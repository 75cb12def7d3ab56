// What people can rely on when they answer a message, react to it, put it in other words or take it back.

import { expect, test } from "bun:test";
import type { Message } from "../../src/client/events.ts";
import { decodeContent, encodeContent } from "../../src/client/content.ts";
import { encodeRecord } from "../../src/client/record.ts";
import type { Remark } from "../../src/client/remark.ts";
import { isReaction } from "../../src/domain/reaction.ts";
import { classroom, message, online, type Person } from "../sim/people.ts";

async function two() {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  const id = await alice.say("bob", "Is the lab open?", "delivered");
  return { room, alice, bob, id };
}

const changes = (person: Person, kind: string) =>
  person.events.filter((event) => event.type === "changed" && event.change.kind === kind).length;
const changed =
  (kind: string) =>
  (event: Person["events"][number]): boolean =>
    event.type === "changed" && event.change.kind === kind;

async function row(person: Person, to: string, id: string): Promise<Message | undefined> {
  return (await person.face.history({ with: to, limit: 100 })).find((one) => one.id === id);
}

test("a reply shows what it answers, on both sides, also after that was edited and deleted", async () => {
  const { room, alice, bob, id } = await two();
  const { id: reply } = await bob.face.send("alice", "from nine", { replyTo: id });
  const told = await alice.until(message("from nine"));
  const quoted = { id, sender: "alice", text: "Is the lab open?" };
  expect(told).toMatchObject({ message: { replyTo: { ...quoted, own: true } } });
  expect(await row(bob, "alice", reply)).toMatchObject({ replyTo: { ...quoted, own: false } });
  // Whoever is answered is meant.
  expect(await alice.face.conversations()).toMatchObject([{ unread: 1, mentioned: true }]);
  await alice.face.edit("bob", id, "Is the lab open tomorrow?");
  await bob.until(changed("edited"));
  expect((await row(bob, "alice", reply))?.replyTo?.text).toBe("Is the lab open tomorrow?");
  await alice.face.remove("bob", id);
  await bob.until(changed("deleted"));
  expect((await row(bob, "alice", reply))?.replyTo).toEqual({
    id,
    sender: "alice",
    own: false,
    deleted: true,
  });
  expect(room.bugs).toEqual([]);
});

test("reactions: one of each person, replaced and taken back; nobody is told of a new message", async () => {
  const { room, alice, bob, id } = await two();
  await bob.face.react("alice", id, "👍");
  await alice.until(changed("reaction"));
  await alice.face.react("bob", id, "🎉");
  await bob.face.react("alice", id, "❤️");
  while (changes(alice, "reaction") < 3) await room.net.quiet();
  const both = [
    { emoji: "🎉", by: "alice" },
    { emoji: "❤️", by: "bob" },
  ];
  expect((await row(alice, "bob", id))?.reactions).toEqual(both);
  expect((await row(bob, "alice", id))?.reactions).toEqual(both);
  await bob.face.react("alice", id);
  while (changes(alice, "reaction") < 4) await room.net.quiet();
  expect((await row(alice, "bob", id))?.reactions).toEqual([{ emoji: "🎉", by: "alice" }]);
  expect((await alice.face.history({ with: "bob", limit: 100 })).length).toBe(1);
  expect(await alice.face.conversations()).toMatchObject([{ unread: 0 }]);
  expect(room.bugs).toEqual([]);
});

test("what is edited or deleted is gone from the history of both, and from their disks", async () => {
  const { room, alice, bob, id } = await two();
  await alice.face.edit("bob", id, "Is it open?");
  await bob.until(changed("edited"));
  expect(await row(bob, "alice", id)).toMatchObject({ text: "Is it open?", edited: true });
  const gone = await alice.face.remove("bob", id);
  expect(gone).toMatchObject({ ok: true, value: { deleted: true, text: "" } });
  await bob.until(changed("deleted"));
  await room.net.quiet();
  for (const person of [alice, bob]) {
    const told = await row(person, person === alice ? "bob" : "alice", id);
    expect(told).toMatchObject({ text: "", deleted: true });
    expect(told?.edited).toBeUndefined();
    expect(await person.face.history({ search: "open", limit: 10 })).toEqual([]);
    const kept = JSON.stringify([
      [...person.disk.conversations.values()].map((rows) => [...rows.values()].map(String)),
      [...(person.disk.records.get("outbox")?.values() ?? [])].map((value) => Buffer.from(value).toString()),
    ]);
    expect(kept).not.toContain("open");
  }
  expect(await alice.face.edit("bob", id, "again")).toEqual({ ok: false, reason: "unchangeable" });
  expect(room.bugs).toEqual([]);
});

test("the last words count, and what others may not do has no effect", async () => {
  const { room, alice, bob, id } = await two();
  for (const text of ["one", "two", "three"]) await alice.face.edit("bob", id, text);
  await alice.say("bob", "after", "delivered");
  expect((await row(bob, "alice", id))?.text).toBe("three");
  expect(await bob.face.edit("alice", id, "mine")).toEqual({ ok: false, reason: "not-yours" });
  expect(await bob.face.remove("alice", id)).toEqual({ ok: false, reason: "not-yours" });
  expect(await bob.face.react("alice", "A".repeat(22), "👍")).toEqual({
    ok: false,
    reason: "no-such-message",
  });
  expect(room.bugs).toEqual([]);
});

test("written without the server: seen here at once, and what was never sent leaves no trace", async () => {
  const { room, alice, bob, id } = await two();
  room.net.up = false;
  room.net.cut();
  await alice.until((event) => event.type === "status" && event.status.state === "offline");
  await alice.face.edit("bob", id, "changed offline");
  await alice.face.react("bob", id, "✅");
  expect(await row(alice, "bob", id)).toMatchObject({
    text: "changed offline",
    edited: true,
    reactions: [{ emoji: "✅", by: "alice" }],
  });
  const { id: second } = await alice.face.send("bob", "first words");
  const { id: third } = await alice.face.send("bob", "never to be seen");
  expect(await alice.face.edit("bob", second, "last words")).toMatchObject({ value: { text: "last words" } });
  expect(await alice.face.remove("bob", third)).toMatchObject({ value: { deleted: true } });
  expect(await row(alice, "bob", third)).toBeUndefined();
  await alice.face.close();
  room.net.up = true;
  const again = room.person("alice", { disk: alice.disk });
  await bob.until(message("last words"));
  expect(await row(bob, "alice", id)).toMatchObject({
    text: "changed offline",
    reactions: [{ emoji: "✅", by: "alice" }],
  });
  expect(await row(bob, "alice", second)).toMatchObject({ text: "last words" });
  expect((await row(bob, "alice", second))?.edited).toBeUndefined();
  expect(bob.heard()).not.toContain("never to be seen");
  expect(await row(again, "bob", id)).toMatchObject({ text: "changed offline", edited: true });
  expect(room.bugs).toEqual([]);
});

/** What a program that keeps no rules would send: it is put in the outbox of somebody who is away. */
function smuggle(person: Person, to: string, given: { text?: string; replyTo?: string; remark?: Remark }) {
  const outbox = person.disk.records.get("outbox") ?? new Map<string, Uint8Array>();
  person.disk.records.set("outbox", outbox);
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
  const item = { v: 1, order: 1000 + outbox.size, id, to, fold: to, text: "", sentAt: 1, ...given };
  outbox.set(id, encodeRecord(item));
}

test("a program without manners changes nothing of what others wrote, here or in another conversation", async () => {
  const { room, alice, bob, id } = await two();
  const carol = room.person("carol");
  await carol.until(online);
  const other = await alice.say("carol", "between us", "delivered");
  await bob.face.close();
  smuggle(bob, "alice", { remark: { type: "edit", to: id, text: "I owe bob money" } });
  smuggle(bob, "alice", { remark: { type: "delete", to: id } });
  for (const what of [
    { type: "reaction", to: other, emoji: "👍" },
    { type: "edit", to: other, text: "forged" },
    { type: "delete", to: other },
  ] as const)
    smuggle(bob, "alice", { remark: what });
  smuggle(bob, "alice", { text: "quoting", replyTo: other });
  room.person("bob", { disk: bob.disk });
  const told = await alice.until(message("quoting"));
  // Nothing of the other conversation shows through.
  expect(told).toMatchObject({ message: { replyTo: { id: other } } });
  expect(told.type === "message" && told.message.replyTo?.text).toBe(undefined);
  expect(await row(alice, "bob", id)).toMatchObject({ text: "Is the lab open?" });
  const kept = await row(alice, "carol", other);
  expect(kept).toMatchObject({ text: "between us" });
  expect([kept?.reactions, kept?.edited, kept?.deleted]).toEqual([undefined, undefined, undefined]);
  expect(alice.events.filter(({ type }) => type === "changed")).toEqual([]);
  expect(room.bugs).toEqual([]);
});

test("what is said about a message has its limits, and what a newer version says is told from nonsense", () => {
  const id = "A".repeat(22);
  const header = { id, sentAt: 1, type: "reaction", to: id } as const;
  expect(decodeContent(encodeContent({ ...header, emoji: "👩‍💻" }))).toEqual({ ...header, emoji: "👩‍💻" });
  for (const emoji of [
    "",
    " ",
    "👍👍",
    "ok",
    "\u202e",
    "\u001b",
    "x".repeat(10_000),
    `a${"\u0301".repeat(5000)}`,
  ]) {
    expect([emoji.length, isReaction(emoji)]).toEqual([emoji.length, false]);
    expect(decodeContent(encodeContent({ ...header, emoji }))).toBeUndefined();
  }
  const edit = { id, sentAt: 1, type: "edit", to: id } as const;
  expect(decodeContent(encodeContent({ ...edit, text: "x".repeat(65_537) }))).toBeUndefined();
  expect(decodeContent(encodeContent({ ...edit, to: "short", text: "x" }))).toBeUndefined();
  const raw = (head: object) => {
    const bytes = Buffer.from(JSON.stringify(head));
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
  };
  expect(decodeContent(raw({ v: 1, id, type: "poll", question: "?" }))).toEqual({ type: "unknown", id });
  expect(decodeContent(raw({ v: 2, id, type: "poll" }))).toBeUndefined();
});

test("whoever comes into a group is handed messages as they are now, and never what was deleted", async () => {
  const room = classroom();
  const alice = room.person("alice");
  const bob = room.person("bob");
  await Promise.all([alice.until(online), bob.until(online)]);
  await alice.face.createGroup({ name: "class", open: true, announcement: false, history: 10 });
  const first = await alice.say("@class", "frist", "delivered");
  const second = await alice.say("@class", "a secret", "delivered");
  await alice.face.edit("@class", first, "first");
  await alice.face.react("@class", first, "🎉");
  await alice.face.remove("@class", second);
  await alice.say("@class", "last", "delivered");
  await bob.face.joinGroup("class");
  await bob.until(message("last"));
  const handed = (await bob.face.history({ with: "@class", limit: 20 })).filter(({ notice }) => !notice);
  expect(handed.map(({ text, edited, reactions }) => ({ text, edited, reactions }))).toEqual([
    { text: "first", edited: true, reactions: [{ emoji: "🎉", by: "alice" }] },
    { text: "last", edited: undefined, reactions: undefined },
  ]);
  // Its author goes on changing it, for them too.
  await alice.face.edit("@class", first, "the first");
  await bob.until(changed("edited"));
  expect((await row(bob, "@class", first))?.text).toBe("the first");
  expect(room.bugs).toEqual([]);
});

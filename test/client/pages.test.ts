// A conversation is read in pages from the newest backwards, and the list of conversations says what is unread in each.

import { expect, test } from "bun:test";
import type { Message } from "../../src/client/events.ts";
import { MOST_UNREAD } from "../../src/client/events.ts";
import { Timeline } from "../../src/client/timeline.ts";
import { VaultDisk, VaultMemory } from "../../src/store/vault-memory.ts";

function filled(...messages: readonly (Partial<Message> & { readonly conversation: string })[]): Timeline {
  const store = new VaultMemory(new VaultDisk());
  const timeline = new Timeline(store);
  for (const [at, more] of messages.entries()) {
    const sender = more.conversation.replace("@", "");
    const base = {
      id: `m${at}`,
      sender,
      text: `text ${at}`,
      sentAt: at,
      queued: false,
      trusted: true,
      own: false,
    };
    store.transaction(timeline.add({ ...base, ...more }, more.conversation).writes);
  }
  return timeline;
}

test("pages follow each other without a gap or a repeat, to the very first message", () => {
  const timeline = filled(...Array.from({ length: 25 }, () => ({ conversation: "bob" })));
  const texts: string[] = [];
  let before: number | undefined;
  for (let page = 0; page < 4; page++) {
    const query = { with: "bob", limit: 10, ...(before === undefined ? {} : { before }) };
    const messages = timeline.history(query);
    texts.unshift(...messages.map(({ text }) => text));
    before = messages[0]?.position ?? 0;
  }
  expect(texts).toEqual(Array.from({ length: 25 }, (_, n) => `text ${n}`));
});

test("a search may be paged, too", () => {
  const timeline = filled(
    { conversation: "bob", text: "one" },
    { conversation: "bob", text: "two" },
    { conversation: "bob", text: "one" },
  );
  expect(
    timeline.history({ with: "bob", search: "one", before: 3, limit: 5 }).map(({ position }) => position),
  ).toEqual([1]);
});

test("the list tells what is unread and whether one is named in it, the newest conversation first", () => {
  const timeline = filled(
    { conversation: "bob", text: "@alice long ago" },
    { conversation: "carol" },
    { conversation: "bob", own: true, sender: "alice" },
    { conversation: "bob", text: "hi" },
    { conversation: "carol", text: "and you, @Alice?" },
  );
  timeline.shown("bob", 1);
  expect(timeline.conversations("alice")).toEqual([
    { name: "carol", unread: 2, mentioned: true, shown: 0, newestAt: 4 },
    { name: "bob", unread: 1, mentioned: false, shown: 1, newestAt: 3 },
  ]);
});

test("what has happened in a group is nothing unread, and of very many only so many are counted", () => {
  const quiet = filled({ conversation: "bob", notice: { kind: "joined", names: ["bob"] }, text: "" });
  expect(quiet.conversations("alice")).toMatchObject([{ unread: 0 }]);
  const busy = filled(...Array.from({ length: MOST_UNREAD + 50 }, () => ({ conversation: "bob" })));
  expect(busy.conversations("alice")).toMatchObject([{ unread: MOST_UNREAD }]);
});

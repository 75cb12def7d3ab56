// A face reached over the local socket answers as the one behind it does.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Finding } from "../../src/client/diagnosis.ts";
import type { Face, Person, Verification } from "../../src/client/events.ts";
import { StoreFailure } from "../../src/ports.ts";
import { FakeFace, Meeting, messageOf } from "./attach-face.ts";

let meeting: Meeting;

beforeEach(() => {
  meeting = new Meeting();
});
afterEach(() => meeting.end());

const verification: Verification = {
  name: "bob",
  trust: "changed",
  safetyNumber: "12345 ".repeat(12).trim(),
  pinned: "abcd",
  found: "ef01",
};
const people: Person[] = [
  { name: "alice", online: true, me: true, trust: "unknown" },
  { name: "Бо́рис", online: false, me: false, trust: "verified" },
];
const wrongKey = { cause: "wrong-key", detail: "another key", found: new Uint8Array([1, 2]) } as const;
const findings: Finding[] = [
  { about: "server", level: "ok", host: "h", port: 1, className: "CSCE 513", version: 1 },
  { about: "server", level: "fail", host: "h", port: 1, cause: { kind: "dial", failure: wrongKey } },
  { about: "pin", level: "fail", pinned: "ab", found: "cd" },
  { about: "account", level: "warn", name: "alice" },
  { about: "clock", level: "fail", ahead: -1e10 },
  { about: "queue", level: "ok", waiting: 0, accepted: 2, atServer: 3 },
  { about: "key-packages", level: "ok", held: 30 },
  { about: "conversation", level: "fail", trust: "unknown", stands: "corrupt" },
  {
    about: "conversation",
    level: "warn",
    name: "bob",
    trust: "changed",
    epoch: 2,
    cursor: 5,
    server: { epoch: 3, head: 7, cursor: 6 },
    stands: "comes-back",
  },
];
const conversations = [
  { name: "@class", unread: 100, mentioned: true, shown: 12, newestAt: 1_700_000_000_000 },
  { name: "bob", unread: 0, mentioned: false, shown: 0, newestAt: 0 },
];
const messages = [
  messageOf("before you came", { conversation: "@class2024", passedOnBy: "carol" }),
  messageOf("one\ntwo \u{1F600} \u0007", { queued: true, trusted: false, position: 1 }),
  messageOf("three", { own: true, state: "failed", delivered: 0, of: 2, reason: "key-changed", position: 2 }),
];

describe("every call goes through with its arguments, and comes back with its answer:", () => {
  const asked = { ok: true as const, value: verification };
  const refused = { ok: false as const, reason: "no-such-user" as const };
  const cases: {
    readonly name: string;
    readonly given: Partial<Face>;
    readonly call: (face: Face) => Promise<unknown>;
    readonly made: unknown[];
    readonly answer: unknown;
  }[] = [
    {
      name: "send",
      given: { send: () => Promise.resolve({ id: "BBBBBBBBBBBBBBBBBBBBBB" }) },
      call: (face) => face.send("bob", "hello\n\u{1F44B}"),
      made: ["send", "bob", "hello\n\u{1F44B}"],
      answer: { id: "BBBBBBBBBBBBBBBBBBBBBB" },
    },
    {
      name: "users",
      given: { users: () => Promise.resolve({ ok: true, value: people }) },
      call: (face) => face.users(),
      made: ["users"],
      answer: { ok: true, value: people },
    },
    {
      name: "users, of nobody",
      given: { users: () => Promise.resolve({ ok: true, value: [] }) },
      call: (face) => face.users(),
      made: ["users"],
      answer: { ok: true, value: [] },
    },
    {
      name: "users, while offline",
      given: { users: () => Promise.resolve({ ok: false, reason: "offline" }) },
      call: (face) => face.users(),
      made: ["users"],
      answer: { ok: false, reason: "offline" },
    },
    {
      name: "history",
      given: { history: () => Promise.resolve(messages) },
      call: (face) => face.history({ with: "bob", search: "a b", limit: 20 }),
      made: ["history", { with: "bob", search: "a b", limit: 20 }],
      answer: messages,
    },
    {
      name: "history without a limit",
      given: { history: () => Promise.resolve([]) },
      call: (face) => face.history({ limit: Infinity }),
      made: ["history", { limit: Number.MAX_SAFE_INTEGER }],
      answer: [],
    },
    {
      name: "history, a page further up",
      given: { history: () => Promise.resolve(messages) },
      call: (face) => face.history({ with: "bob", before: 7, limit: 2 }),
      made: ["history", { with: "bob", before: 7, limit: 2 }],
      answer: messages,
    },
    {
      name: "conversations",
      given: { conversations: () => Promise.resolve(conversations) },
      call: (face) => face.conversations(),
      made: ["conversations"],
      answer: conversations,
    },
    {
      name: "unread",
      given: { unread: () => Promise.resolve(messages) },
      call: (face) => face.unread(),
      made: ["unread"],
      answer: messages,
    },
    {
      name: "typing",
      given: { typing: () => Promise.resolve() },
      call: (face) => face.typing("bob"),
      made: ["typing", "bob"],
      answer: undefined,
    },
    {
      name: "shown",
      given: { shown: () => Promise.resolve() },
      call: (face) => face.shown("bob", 7),
      made: ["shown", "bob", 7],
      answer: undefined,
    },
    {
      name: "shown and told",
      given: { shown: () => Promise.resolve() },
      call: (face) => face.shown("bob", 7, { tell: true }),
      made: ["shown", "bob", 7, { tell: true }],
      answer: undefined,
    },
    {
      name: "verify",
      given: { verify: () => Promise.resolve(asked) },
      call: (face) => face.verify("bob"),
      made: ["verify", "bob"],
      answer: asked,
    },
    {
      name: "verified",
      given: { verified: () => Promise.resolve(refused) },
      call: (face) => face.verified("bob"),
      made: ["verified", "bob"],
      answer: refused,
    },
    {
      name: "trust",
      given: { trust: () => Promise.resolve(asked) },
      call: (face) => face.trust("bob"),
      made: ["trust", "bob"],
      answer: asked,
    },
    {
      name: "status",
      given: { status: () => Promise.resolve({ state: "online", className: "CSCE 513", waiting: 3 }) },
      call: (face) => face.status(),
      made: ["status"],
      answer: { state: "online", className: "CSCE 513", waiting: 3 },
    },
    {
      name: "diagnose",
      given: { diagnose: () => Promise.resolve(findings) },
      call: (face) => face.diagnose(),
      made: ["diagnose"],
      answer: findings,
    },
  ];
  for (const { name, given, call, made, answer } of cases)
    test(name, async () => {
      const face = new FakeFace(given);
      await meeting.offer(face);
      expect(await call(await meeting.attach())).toEqual(answer);
      expect(face.calls).toEqual([made]);
    });
});

describe("what fails there fails here:", () => {
  const reasons = ["full", "read-only", "busy", "corrupt", "newer", "wrong-key", "io"] as const;
  for (const reason of reasons)
    test(`the store (${reason})`, async () => {
      await meeting.offer(new FakeFace({ unread: () => Promise.reject(new StoreFailure(reason)) }));
      const error: unknown = await (await meeting.attach()).unread().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(StoreFailure);
      expect(error).toMatchObject({ reason });
    });

  test("a bug, without the text of its error, and the next call is answered", async () => {
    const status = () => Promise.resolve({ state: "connecting" } as const);
    await meeting.offer(new FakeFace({ send: () => Promise.reject(new TypeError("geheim")), status }));
    const face = await meeting.attach();
    const error: unknown = await face.send("bob", "hi").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(StoreFailure);
    expect(String(error)).not.toContain("geheim");
    expect(await face.status()).toEqual({ state: "connecting" });
  });

  test("a text that no line could hold is not sent, and the next call is answered", async () => {
    await meeting.offer(new FakeFace({ status: () => Promise.resolve({ state: "connecting" }) }));
    const face = await meeting.attach();
    const error: unknown = await face.send("bob", "x".repeat(2 ** 20)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RangeError);
    expect(await face.status()).toEqual({ state: "connecting" });
  });
});

describe("size is no matter:", () => {
  test("a history of 24 MiB arrives whole and in order", async () => {
    const long = Array.from({ length: 400 }, (_, i) => messageOf(`${i} ${"x".repeat(60_000)}`));
    await meeting.offer(new FakeFace({ history: () => Promise.resolve(long) }));
    expect(await (await meeting.attach()).history({ limit: 400 })).toEqual(long);
  });

  test("the longest text, in the characters that take most to write, goes both ways", async () => {
    const text = "\u0001".repeat(64 * 1024);
    const face = new FakeFace({
      send: () => Promise.resolve({ id: "x" }),
      unread: () => Promise.resolve([messageOf(text)]),
    });
    await meeting.offer(face);
    const attached = await meeting.attach();
    expect(await attached.unread()).toEqual([messageOf(text)]);
    await attached.send("bob", text);
    expect(face.calls.at(-1)).toEqual(["send", "bob", text]);
  });

  test("a thousand calls at once are each given their own answer", async () => {
    await meeting.offer(new FakeFace({ send: (_, text) => Promise.resolve({ id: text }) }));
    const face = await meeting.attach();
    const texts = Array.from({ length: 1_000 }, (_, i) => String(i));
    const answers = await Promise.all(texts.map((text) => face.send("bob", text)));
    expect(answers.map(({ id }) => id)).toEqual(texts);
  });

  test("calls may be answered in any order", async () => {
    const first = Promise.withResolvers<{ id: string }>();
    await meeting.offer(
      new FakeFace({
        send: (_, text) => {
          if (text === "first") return first.promise;
          return Promise.resolve({ id: text });
        },
      }),
    );
    const face = await meeting.attach();
    const early = face.send("bob", "first");
    expect(await face.send("bob", "second")).toEqual({ id: "second" });
    first.resolve({ id: "late" });
    expect(await early).toEqual({ id: "late" });
  });
});

test("who closes an attached face only detaches: the others and the holder go on", async () => {
  const face = new FakeFace({ status: () => Promise.resolve({ state: "connecting" }) });
  await meeting.offer(face);
  const [leaving, staying] = [await meeting.attach(), await meeting.attach()];
  let gone = 0;
  leaving.onGone(() => gone++);
  await leaving.close();
  await leaving.close();
  expect(await staying.status()).toEqual({ state: "connecting" });
  expect(face.calls).toEqual([["status"]]);
  expect(gone).toBe(0);
});

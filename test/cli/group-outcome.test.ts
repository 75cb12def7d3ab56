// A command that asks something of a group: how it comes out in the time it has.

import { afterEach, describe, expect, jest, test } from "bun:test";
import type { GroupAction } from "../../src/cli/group-actions.ts";
import { outcomeOf } from "../../src/cli/group-outcome.ts";
import type { Asked, GroupNotice, GroupOutcome } from "../../src/client/events.ts";
import { FakeFace, happened } from "./chat-face.ts";

afterEach(() => {
  jest.useRealTimers();
});

const JOIN: GroupAction = { act: "join", name: "team" };
const done: Asked<GroupOutcome> = { ok: true, value: { state: "done", name: "@team" } };
const waiting: Asked<GroupOutcome> = { ok: true, value: { state: "waiting", name: "@team" } };

/** A face that keeps what it is asked, and a way to tell when it was asked. */
function keeping(): { readonly face: FakeFace; readonly asked: Promise<void> } {
  const face = new FakeFace();
  const { promise, resolve } = Promise.withResolvers<void>();
  face.outcome = async () => {
    setImmediate(resolve);
    return waiting;
  };
  return { face, asked: promise };
}

const offline = { state: "offline", cause: { kind: "lost", detail: "" }, again: 1_000 } as const;

test("what is done, or refused, is answered so", async () => {
  const face = new FakeFace();
  expect(await outcomeOf(face, JOIN, "alice", undefined)).toEqual(done);
  const refused: Asked<GroupOutcome> = { ok: false, reason: "barred" };
  face.outcome = async () => refused;
  expect(await outcomeOf(face, JOIN, "alice", undefined)).toEqual(refused);
  expect(face.listeners).toBe(0);
});

test("where the server is away what is kept is answered at once", async () => {
  const { face } = keeping();
  face.now = offline;
  expect(await outcomeOf(face, JOIN, "alice", undefined)).toEqual(waiting);
  expect(face.asked).toEqual(["join team"]);
  expect(face.listeners).toBe(0);
});

test("what is still coming is waited for first, so that the group is known as it is now", async () => {
  const face = new FakeFace();
  face.now = { state: "catching-up", className: "CSCE 513", waiting: 2, done: 0 };
  const outcome = outcomeOf(face, JOIN, "alice", undefined);
  const { promise: turn, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  await turn;
  expect(face.asked).toEqual([]);
  face.now = { state: "online", className: "CSCE 513", waiting: 2 };
  face.emit({ type: "status", status: face.now });
  expect(await outcome).toEqual(done);
});

describe("where the server is there, what is kept is waited for", () => {
  const changes: readonly (readonly [string, GroupAction, GroupNotice])[] = [
    ["joining", JOIN, { kind: "joined", names: ["bob", "alice"] }],
    ["joining, by being added", JOIN, { kind: "added", names: ["alice"], by: "bob" }],
    [
      "making",
      { act: "create", group: { name: "team", open: true, announcement: false, history: 50 } },
      { kind: "joined", names: ["alice"] },
    ],
    ["leaving", { act: "leave", name: "team" }, { kind: "left", names: ["alice"] }],
    [
      "adding",
      { act: "change", name: "team", change: { change: "add", names: ["bob"] } },
      { kind: "added", names: ["bob"], by: "alice" },
    ],
    [
      "closing",
      { act: "change", name: "team", change: { change: "close" } },
      { kind: "closed", by: "alice" },
    ],
  ];
  for (const [what, action, notice] of changes)
    test(`${what}, until it has happened`, async () => {
      const { face, asked } = keeping();
      const outcome = outcomeOf(face, action, "alice", undefined);
      await asked;
      face.emit(
        { type: "message", message: happened("@other", notice) },
        { type: "message", message: happened("@team", { kind: "joined", names: ["carol"] }) },
        { type: "message", message: happened("@Team", notice) },
      );
      expect(await outcome).toEqual(done);
      expect(face.listeners).toBe(0);
    });

  test("until the time is over", async () => {
    const { face, asked } = keeping();
    jest.useFakeTimers();
    const outcome = outcomeOf(face, JOIN, "alice", 30);
    await asked;
    jest.advanceTimersByTime(30_000);
    expect(await outcome).toEqual(waiting);
    expect(face.listeners).toBe(0);
  });

  test("and what is never answered is kept, too", async () => {
    const face = new FakeFace();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    face.outcome = () => {
      resolve();
      return new Promise(() => {});
    };
    jest.useFakeTimers();
    const outcome = outcomeOf(face, JOIN, "alice", undefined);
    await asked;
    jest.advanceTimersByTime(15_000);
    expect(await outcome).toEqual(waiting);
  });
});

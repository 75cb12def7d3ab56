// A face reached over the local socket tells what the one behind it tells, in the same order.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ClientEvent, Face, GroupNotice } from "../../src/client/events.ts";
import { FakeFace, Meeting, messageOf } from "./attach-face.ts";

let meeting: Meeting;

beforeEach(() => {
  meeting = new Meeting();
});
afterEach(() => meeting.end());

const notices: GroupNotice[] = [
  { kind: "joined", names: ["bob", "carol"] },
  { kind: "left", names: [] },
  { kind: "added", names: ["bob"], by: "alice" },
  { kind: "removed", names: ["bob"], by: "alice" },
  { kind: "renamed", by: "alice", name: "@old" },
  { kind: "closed", by: "alice" },
  { kind: "admin", names: ["bob"], by: "alice" },
  { kind: "not-admin", names: ["bob"], by: "alice" },
  { kind: "announcement", by: "alice", on: true },
  { kind: "open", by: "alice", on: false },
  { kind: "impostor", names: ["bob"] },
  { kind: "out" },
  { kind: "attack", by: "mallory" },
];
const events: ClientEvent[] = [
  { type: "status", status: { state: "connecting" } },
  { type: "status", status: { state: "catching-up", className: "CSCE 513", waiting: 9, done: 2 } },
  { type: "status", status: { state: "online", className: "CSCE 513", waiting: 0 } },
  {
    type: "status",
    status: {
      state: "offline",
      again: 500,
      cause: { kind: "dial", failure: { cause: "unreachable", detail: "no" } },
    },
  },
  {
    type: "status",
    status: {
      state: "offline",
      cause: {
        kind: "dial",
        failure: { cause: "wrong-key", detail: "another key", found: new Uint8Array([0, 255, 7]) },
      },
    },
  },
  { type: "status", status: { state: "offline", cause: { kind: "refused", code: "taken-over" } } },
  { type: "status", status: { state: "offline", cause: { kind: "lost", detail: "reset" } } },
  { type: "status", status: { state: "offline", cause: { kind: "storage", reason: "full" } } },
  { type: "message", message: messageOf("hi", { position: 3 }) },
  ...notices.map((notice): ClientEvent => ({
    type: "message",
    message: messageOf("", { conversation: "@class2024", notice }),
  })),
  { type: "state", id: "x", conversation: "bob", state: "delivered", delivered: 1, of: 1 },
  { type: "message", message: messageOf("seen", { own: true, state: "delivered", read: true }) },
  { type: "read", conversation: "bob", id: "x", position: 3 },
  { type: "state", id: "x", conversation: "bob", state: "failed", delivered: 0, of: 1, reason: "yourself" },
  { type: "presence", name: "bob", online: false },
  { type: "typing", conversation: "bob", on: true },
  { type: "key-changed", name: "bob", pinned: "ab", found: "cd" },
  { type: "missing", conversation: "bob" },
  { type: "clock-off", ahead: -60_000 },
  { type: "caught-up", waited: 2 },
];

/** What a face tells from now on, and a way to wait for the last of it. */
function hearing(face: Face): { readonly heard: ClientEvent[]; readonly caughtUp: Promise<void> } {
  const heard: ClientEvent[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  face.subscribe((event) => {
    heard.push(event);
    if (event.type === "caught-up") resolve();
  });
  return { heard, caughtUp: promise };
}

describe("events", () => {
  test("of every kind are told as they are, in order, to all who are attached", async () => {
    const face = new FakeFace();
    await meeting.offer(face);
    const ears = [hearing(await meeting.attach()), hearing(await meeting.attach())];
    for (const event of events) face.emit(event);
    for (const { heard, caughtUp } of ears) {
      await caughtUp;
      expect(heard).toEqual(events);
    }
  });

  test("carry bytes in whatever kind of array they are held", async () => {
    const face = new FakeFace();
    await meeting.offer(face);
    const { heard, caughtUp } = hearing(await meeting.attach());
    const failure = { cause: "wrong-key", detail: "", found: Buffer.from([1, 2]) } as const;
    face.emit({ type: "status", status: { state: "offline", cause: { kind: "dial", failure } } });
    face.emit({ type: "caught-up", waited: 0 });
    await caughtUp;
    const found = { ...failure, found: new Uint8Array([1, 2]) };
    expect(heard[0]).toEqual({
      type: "status",
      status: { state: "offline", cause: { kind: "dial", failure: found } },
    });
  });

  test("are no longer told to a listener that has left", async () => {
    const face = new FakeFace();
    await meeting.offer(face);
    const attached = await meeting.attach();
    const { caughtUp } = hearing(attached);
    let told = 0;
    const leave = attached.subscribe(() => told++);
    leave();
    face.emit({ type: "caught-up", waited: 0 });
    await caughtUp;
    expect(told).toBe(0);
  });

  /** What somebody who calls and listens at once sees, in the order seen. */
  async function seen(face: Face): Promise<string[]> {
    const story: string[] = [];
    const { caughtUp } = hearing(face);
    face.subscribe((event) => story.push(event.type));
    const calls = ["a", "b", "c"].map(async (text) => story.push((await face.send("bob", text)).id));
    await Promise.all(calls);
    await caughtUp;
    return story;
  }

  test("stand before or after an answer as they did in the process that holds the profile", async () => {
    const fake = () => {
      const face: FakeFace = new FakeFace({
        async send(_, text) {
          face.emit({ type: "missing", conversation: text });
          // The answer has been seen when the next thing happens: a turn of the event loop lies between.
          setImmediate(() => {
            face.emit({ type: "presence", name: text, online: true });
            if (text === "c") face.emit({ type: "caught-up", waited: 0 });
          });
          return { id: text };
        },
      });
      return face;
    };
    const expected = await seen(fake());
    expect(expected.slice(0, 6)).toEqual(["missing", "missing", "missing", "a", "b", "c"]);
    await meeting.offer(fake());
    expect(await seen(await meeting.attach())).toEqual(expected);
  });

  test("that follow an answer in the same instant find whoever waited for it already listening", async () => {
    const face: FakeFace = new FakeFace({
      status() {
        setImmediate(() => face.emit({ type: "caught-up", waited: 1 }));
        return Promise.resolve({ state: "connecting" });
      },
    });
    await meeting.offer(face);
    const attached = await meeting.attach();
    await attached.status();
    const { heard, caughtUp } = hearing(attached);
    await caughtUp;
    expect(heard).toEqual([{ type: "caught-up", waited: 1 }]);
  });
});

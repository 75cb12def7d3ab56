// A chat with --quiet tells nobody what is read or that something is written there, nor does it show that of others.

import { expect, test } from "bun:test";
import { quietFace } from "../../src/cli/quiet-face.ts";
import type { ClientEvent } from "../../src/client/events.ts";
import { FakeFace, messageOf } from "./attach-face.ts";

test("what is shown and written is not told, that of others is not shown, and all else is as it was", async () => {
  const read = messageOf("hello", { own: true, state: "delivered", read: true });
  const { read: _, ...plain } = read;
  const face = new FakeFace({
    shown: () => Promise.resolve(),
    history: () => Promise.resolve([read]),
    send: () => Promise.resolve({ id: "x" }),
  });
  const quiet = quietFace(face);
  const heard: ClientEvent[] = [];
  const unsubscribe = quiet.subscribe((event) => heard.push(event));
  await quiet.shown("bob", 7, { tell: true });
  await quiet.typing("bob");
  expect(await quiet.history({ limit: 1 })).toEqual([plain]);
  expect(await quiet.send("bob", "hi")).toEqual({ id: "x" });
  expect(face.calls).toEqual([
    ["shown", "bob", 7],
    ["history", { limit: 1 }],
    ["send", "bob", "hi"],
  ]);
  const change = { kind: "edited", by: "alice", own: true } as const;
  face.emit({ type: "read", conversation: "bob", id: "x", position: 1 });
  face.emit({ type: "typing", conversation: "bob", on: true });
  face.emit({ type: "changed", message: read, change });
  face.emit({ type: "caught-up", waited: 0 });
  expect(heard).toEqual([
    { type: "changed", message: plain, change },
    { type: "caught-up", waited: 0 },
  ]);
  unsubscribe();
  expect(face.listeners).toBe(0);
});

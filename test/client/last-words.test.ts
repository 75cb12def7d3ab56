// What a member has written and the server has not taken at once: it keeps its order, and says nothing that is not so.

import { expect, test } from "bun:test";
import type { ClientEvent } from "../../src/client/events.ts";
import { group, GROUP, texts } from "../sim/hostile/group.ts";
import { type Rules, tap } from "../sim/tap.ts";

test("two messages, of which the server took one without its answer: in their order, though the writer has left meanwhile", async () => {
  let appends = 0;
  let isLossy = false;
  const rules: Rules = {
    out: ({ t }) => (isLossy && t === "append" && (appends += 1) > 1 ? "drop" : "pass"),
    in: ({ t }) => (isLossy && (t === "accepted" || t === "entry") ? "drop" : "pass"),
  };
  const { room, person } = await group(["alice", "bob", "carla"], {}, { carla: tap(rules) });
  const [bob, carla] = [person("bob"), person("carla")];
  isLossy = true;
  await carla.face.send(GROUP, "first");
  await carla.face.send(GROUP, "second");
  await room.settle(() => texts(bob).includes("first"));
  room.net.up = false;
  room.net.cut();
  await room.pass(1_000);
  await carla.face.leaveGroup(GROUP.slice(1));
  isLossy = false;
  room.net.up = true;
  await room.settle(() => texts(bob).includes("second"));
  await room.pass(5_000);
  const rows = await carla.face.history({ with: GROUP, limit: 50 });
  expect(rows.filter(({ notice }) => notice === undefined).map(({ text }) => text)).toEqual([
    "first",
    "second",
  ]);
  expect(room.bugs).toEqual([]);
});

test("what is tried again in the midst of a step acknowledges nothing that is not written down yet", async () => {
  let isHeld = false;
  const said: { readonly cursor: number; readonly written: number }[] = [];
  const rules: Rules = {
    out: (sent) => {
      if (sent.t === "append") said.push({ cursor: sent.cursor ?? 0, written: written() });
      return "pass";
    },
    // Who it is that writes for the first time is asked, and not answered.
    in: ({ t }) => (isHeld && t === "account" ? "drop" : "pass"),
  };
  const { room, log, person } = await group(["alice", "bob", "carla"], {}, { carla: tap(rules) });
  const [bob, carla] = [person("bob"), person("carla")];
  function written(): number {
    const record = carla.disk.records.get("conversation")?.get(log);
    return record === undefined ? 0 : JSON.parse(Buffer.from(record).toString()).cursor;
  }
  const refused = (event: ClientEvent) => event.type === "state" && event.reason !== undefined;
  await room.pass(5_000);
  room.breakDisk("full");
  await carla.face.send(GROUP, "not now");
  await room.settle(() => carla.events.some(refused));
  room.breakDisk(undefined);
  isHeld = true;
  await bob.face.send(GROUP, "who am I");
  await room.pass(5_000);
  isHeld = false;
  room.net.cut();
  await room.settle(() => texts(bob).includes("not now") && texts(carla).includes("who am I"));
  expect(said.length).toBeGreaterThan(1);
  for (const one of said) expect(one.cursor).toBeLessThanOrEqual(one.written);
  expect(room.bugs).toEqual([]);
});

// What members of a group can rely on, with the real cores of clients and server and no socket or disk between them.

import { expect, test } from "bun:test";
import type { GroupNotice, Message } from "../../src/client/events.ts";
import { classroom, message, online, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const OPEN = { open: true, announcement: false, history: 50 };

function notices({ events }: Person): GroupNotice[] {
  return events.flatMap((event) =>
    event.type === "message" && event.message.notice !== undefined ? [event.message.notice] : [],
  );
}

function texts({ events }: Person): string[] {
  return events.flatMap((event) =>
    event.type === "message" && event.message.notice === undefined ? [event.message.text] : [],
  );
}

async function klass(names: readonly string[]) {
  const clock = new VirtualClock();
  const room = classroom({ clock });
  const people = names.map((name) => room.person(name));
  await room.settle(() => people.every(({ events }) => events.some(online)));
  const [alice, ...others] = people;
  if (alice === undefined) throw new Error("nobody");
  expect(await alice.face.createGroup({ name: "class2024", ...OPEN })).toEqual({
    ok: true,
    value: { state: "done", name: "@class2024" },
  });
  return { room, alice, others };
}

async function joined(room: ReturnType<typeof classroom>, person: Person, group = "class2024") {
  let result: unknown;
  void person.face.joinGroup(group).then((value) => (result = value));
  await room.settle(() => result !== undefined);
  expect(result).toEqual({ ok: true, value: { state: "done", name: `@${group}` } });
}

async function said(
  room: ReturnType<typeof classroom>,
  person: Person,
  to: string,
  text: string,
  state = "delivered",
) {
  const { id } = await person.face.send(to, text);
  await room.settle(() =>
    person.events.some((event) => event.type === "state" && event.id === id && event.state === state),
  );
}

test("a group is made, others join it, and what one writes all read", async () => {
  const { room, alice, others } = await klass(["alice", "bob", "carla"]);
  const [bob, carla] = others;
  if (bob === undefined || carla === undefined) throw new Error();
  await joined(room, bob);
  await joined(room, carla);
  await said(room, alice, "@class2024", "Assignment 3 is due next Friday!");
  await said(room, bob, "@class2024", "Can we use Python?");
  expect(texts(bob)).toEqual(["Assignment 3 is due next Friday!"]);
  expect(texts(carla)).toEqual(["Assignment 3 is due next Friday!", "Can we use Python?"]);
  expect(texts(alice)).toEqual(["Can we use Python?"]);
  expect(notices(alice)).toEqual([
    { kind: "joined", names: ["alice"] },
    { kind: "joined", names: ["bob"] },
    { kind: "joined", names: ["carla"] },
  ]);
  const groups = await carla.face.groups();
  expect(groups).toEqual({
    ok: true,
    value: [{ name: "@class2024", size: 3, open: true, announcement: false, mine: "member" }],
  });
  const members = await bob.face.members("class2024");
  expect(members.ok && members.value.map(({ name, admin, online }) => [name, admin, online])).toEqual([
    ["alice", true, true],
    ["bob", false, true],
    ["carla", false, true],
  ]);
  expect(room.bugs).toEqual([]);
});

test("who leaves reads nothing more, the others see it, and go on", async () => {
  const { room, alice, others } = await klass(["alice", "bob", "carla"]);
  const [bob, carla] = others;
  if (bob === undefined || carla === undefined) throw new Error();
  await joined(room, bob);
  await joined(room, carla);
  expect(await bob.face.leaveGroup("class2024")).toEqual({
    ok: true,
    value: { state: "done", name: "@class2024" },
  });
  await room.settle(() => notices(alice).some(({ kind }) => kind === "left"));
  await said(room, alice, "@class2024", "without bob");
  expect(texts(carla)).toEqual(["without bob"]);
  expect(texts(bob)).toEqual([]);
  expect(notices(carla).at(-1)).toEqual({ kind: "left", names: ["bob"] });
  const { id } = await bob.face.send("@class2024", "may I?");
  await room.settle(() =>
    bob.events.some((event) => event.type === "state" && event.id === id && event.state === "failed"),
  );
  expect(bob.events.findLast((event) => event.type === "state")).toMatchObject({ reason: "not-in-group" });
  expect(room.bugs).toEqual([]);
});

test("who was away finds what was said in the group, and is told of those who came and went", async () => {
  const { room, alice, others } = await klass(["alice", "bob", "carla", "dave"]);
  const [bob, carla, dave] = others;
  if (bob === undefined || carla === undefined || dave === undefined) throw new Error();
  await joined(room, bob);
  await joined(room, carla);
  await bob.face.close();
  await said(room, alice, "@class2024", "one", "accepted");
  await joined(room, dave);
  await said(room, carla, "@class2024", "two", "accepted");
  const again = room.person("bob", { disk: bob.disk });
  await room.settle(() => texts(again).includes("two"));
  expect(texts(again)).toEqual(["one", "two"]);
  expect(notices(again)).toEqual([{ kind: "joined", names: ["dave"] }]);
  await room.settle(() =>
    alice.events.some((event) => event.type === "state" && event.state === "delivered"),
  );
  expect(room.bugs).toEqual([]);
});

test("whoever joins is handed what was said before, by the member who lets them in", async () => {
  const { room, alice, others } = await klass(["alice", "bob"]);
  const [bob] = others;
  if (bob === undefined) throw new Error();
  await said(room, alice, "@class2024", "first");
  await said(room, alice, "@class2024", "second");
  await joined(room, bob);
  await room.settle(() => texts(bob).length === 2);
  const rows: readonly Message[] = await bob.face.history({ with: "@class2024", limit: 10 });
  expect(
    rows.map(({ text, sender, passedOnBy, notice }) => [text, sender, passedOnBy, notice?.kind]),
  ).toEqual([
    ["", "", undefined, "joined"],
    ["first", "alice", "alice", undefined],
    ["second", "alice", "alice", undefined],
  ]);
  expect(room.bugs).toEqual([]);
});

test("with nobody online one lets oneself into an open group, and not into a private one", async () => {
  const { room, alice, others } = await klass(["alice", "bob"]);
  const [bob] = others;
  if (bob === undefined) throw new Error();
  await alice.face.createGroup({ name: "staff", open: false, announcement: false, history: 0 });
  await alice.face.close();
  await room.pass(1_000);
  await joined(room, bob);
  expect(await bob.face.joinGroup("staff")).toEqual({ ok: false, reason: "invite-only" });
  const again = room.person("alice", { disk: alice.disk });
  await room.settle(() => notices(again).length > 0);
  expect(notices(again)).toEqual([{ kind: "joined", names: ["bob"] }]);
  await said(room, bob, "@class2024", "hello alice");
  expect(texts(again)).toEqual(["hello alice"]);
  expect(room.bugs).toEqual([]);
});

test("a message and a change at the same moment: both come through, in the same order for all", async () => {
  const { room, alice, others } = await klass(["alice", "bob", "carla"]);
  const [bob, carla] = others;
  if (bob === undefined || carla === undefined) throw new Error();
  await joined(room, bob);
  const sends = Array.from({ length: 20 }, (_, i) => [
    alice.face.send("@class2024", `a${i}`),
    bob.face.send("@class2024", `b${i}`),
  ]);
  const joins = joined(room, carla);
  await Promise.all(sends.flat());
  await joins;
  await room.settle(() => texts(alice).length === 20 && texts(bob).length === 20);
  const order = async (person: Person) =>
    (await person.face.history({ with: "@class2024", limit: 100 }))
      .filter(({ notice }) => notice === undefined)
      .map(({ text }) => text);
  expect(await order(alice)).toEqual(await order(bob));
  expect((await order(alice)).filter((text) => text.startsWith("a"))).toEqual(
    Array.from({ length: 20 }, (_, i) => `a${i}`),
  );
  expect(room.bugs).toEqual([]);
});

test("admins add, remove, rename, close; others do not", async () => {
  const { room, alice, others } = await klass(["alice", "bob", "carla"]);
  const [bob, carla] = others;
  if (bob === undefined || carla === undefined) throw new Error();
  await joined(room, bob);
  const change = async (person: Person, name: string, what: Parameters<Person["face"]["changeGroup"]>[1]) => {
    let result: unknown;
    void person.face.changeGroup(name, what).then((value) => (result = value));
    await room.settle(() => result !== undefined);
    return result;
  };
  const done = (name: string) => ({ ok: true, value: { state: "done", name } });
  const no = { ok: false, reason: "admins-only" };
  expect(await change(alice, "class2024", { change: "add", names: ["carla"] })).toEqual(done("@class2024"));
  await room.settle(() => notices(carla).length > 0);
  expect(await change(bob, "class2024", { change: "rename", to: "ours" })).toEqual(no);
  expect(await change(bob, "class2024", { change: "remove", name: "carla" })).toEqual(no);
  expect(await change(alice, "class2024", { change: "rename", to: "class2025" })).toEqual(done("@class2024"));
  expect(await change(alice, "class2025", { change: "announcement", on: true })).toEqual(done("@class2025"));
  await room.settle(() => notices(bob).some(({ kind }) => kind === "announcement"));
  const { id } = await bob.face.send("@class2025", "may I?");
  await room.settle(() =>
    bob.events.some((event) => event.type === "state" && event.id === id && event.state === "failed"),
  );
  expect(bob.events.findLast((event) => event.type === "state")).toMatchObject({ reason: "announcement" });
  expect(await change(alice, "class2025", { change: "remove", name: "carla" })).toEqual(done("@class2025"));
  await room.settle(() => notices(carla).some(({ kind }) => kind === "removed"));
  expect(notices(carla).at(-1)).toEqual({ kind: "removed", names: ["carla"], by: "alice" });
  expect(await carla.face.joinGroup("class2025")).toEqual({ ok: false, reason: "barred" });
  expect(await change(alice, "class2025", { change: "close" })).toEqual(done("@class2025"));
  await room.settle(() => notices(bob).some(({ kind }) => kind === "closed"));
  expect(room.bugs).toEqual([]);
});

test("keys are renewed after one has come in, and nobody notices", async () => {
  const { room, alice, others } = await klass(["alice", "bob"]);
  const [bob] = others;
  if (bob === undefined) throw new Error();
  await joined(room, bob);
  const [log] = [...room.durable.logs.values()].filter(({ kind }) => kind === "group");
  const before = log?.epoch ?? 0;
  await room.pass(60_000);
  expect(log?.epoch).toBeGreaterThan(before);
  await said(room, alice, "@class2024", "still here");
  expect(texts(bob)).toEqual(["still here"]);
  expect(bob.events.some(({ type }) => type === "missing")).toBe(false);
  expect(message("still here")).toBeDefined();
  expect(room.bugs).toEqual([]);
});

test("who is cut off right after the Welcome reads on without a gap", async () => {
  const { room, alice, others } = await klass(["alice", "bob"]);
  const [bob] = others;
  if (bob === undefined) throw new Error();
  await said(room, alice, "@class2024", "before bob came", "delivered");
  void bob.face.joinGroup("class2024");
  // The Welcome is on bob's disk and nothing else of the group: as after a crash at that moment.
  await room.settle(() => bob.events.some((event) => event.type === "message"));
  room.net.cut();
  await said(room, alice, "@class2024", "hello bob", "delivered");
  expect(texts(bob)).toEqual(["before bob came", "hello bob"]);
  expect(bob.events.some(({ type }) => type === "missing")).toBe(false);
  expect(room.bugs).toEqual([]);
});

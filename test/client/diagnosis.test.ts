// What a client finds to be wrong with itself, and that to look changes nothing.

import { expect, test } from "bun:test";
import type { Finding } from "../../src/client/diagnosis.ts";
import type { Clock } from "../../src/ports.ts";
import { copyOfServer, copyOfVault } from "../sim/copies.ts";
import { type ClassroomOptions, classroom, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";

async function two(options: ClassroomOptions = {}) {
  const clock = new VirtualClock();
  const made = classroom({ clock, ...options });
  const alice = made.person("alice");
  const bob = made.person("bob");
  await made.settle(() => isOnline(alice) && isOnline(bob));
  await alice.face.send("bob", "hello");
  await bob.face.send("alice", "hello too");
  await made.settle(() => alice.heard().length === 1 && bob.heard().length === 1);
  await made.net.quiet();
  return { ...made, clock, alice, bob };
}

const bad = (findings: readonly Finding[]) => findings.filter(({ level }) => level !== "ok");
const about = <A extends Finding["about"]>(findings: readonly Finding[], what: A) =>
  findings.filter((finding): finding is Extract<Finding, { about: A }> => finding.about === what);

for (const way of ["over the connection there is", "over one of its own"] as const) {
  test(`where all is well every finding says so, ${way}`, async () => {
    const { person, alice } = await two();
    if (way === "over one of its own") await alice.face.close();
    const asked =
      way === "over one of its own" ? person("alice", { disk: alice.disk, offline: true }) : alice;
    const findings = await asked.face.diagnose();
    expect(bad(findings).filter(({ about }) => about !== "pin")).toEqual([]);
    expect(findings.map(({ about }) => about)).toEqual([
      "server",
      "pin",
      "clock",
      "account",
      "queue",
      "key-packages",
      "conversation",
    ]);
    expect(about(findings, "server")).toMatchObject([{ className: "CSCE 513", version: 1 }]);
    expect(about(findings, "account")).toMatchObject([{ name: "alice", there: "alice" }]);
    expect(about(findings, "queue")).toMatchObject([{ waiting: 0, accepted: 0, atServer: 0 }]);
    expect(about(findings, "conversation")).toMatchObject([
      { name: "bob", trust: "pinned", stands: "follows", epoch: 1, server: { epoch: 1, head: 2 } },
    ]);
  });
}

test("to look acknowledges nothing and sends nothing: what waits on either side waits after it", async () => {
  const { person, settle, net, alice, bob, bugs } = await two();
  await bob.face.close();
  await alice.face.send("bob", "while away");
  await net.quiet();
  const looking = person("bob", { disk: bob.disk, offline: true });
  await looking.face.send("alice", "kept");
  const before = copyOfVault(bob.disk);
  for (let times = 0; times < 2; times++) {
    const findings = await looking.face.diagnose();
    expect(about(findings, "queue")).toMatchObject([{ level: "warn", waiting: 1, atServer: 1 }]);
    expect(about(findings, "conversation")).toMatchObject([{ level: "ok", stands: "follows" }]);
  }
  expect(bob.disk.records).toEqual(before.records);
  expect(bob.disk.conversations).toEqual(before.conversations);
  expect(alice.heard()).toEqual(["hello too"]);
  await looking.face.close();
  const again = person("bob", { disk: bob.disk });
  await settle(() => again.heard().length === 1 && alice.heard().length === 2);
  expect(again.heard()).toEqual(["while away"]);
  expect(bugs).toEqual([]);
});

test("an invitation that waits is named as one, and is no fault", async () => {
  const { person, settle, net, alice, bob } = await two();
  const carol = person("carol");
  await net.quiet();
  await carol.face.close();
  for (const one of [alice, bob]) await one.face.send("carol", "welcome");
  await net.quiet();
  const looking = person("carol", { disk: carol.disk, offline: true });
  const findings = await looking.face.diagnose();
  expect(about(findings, "queue")).toMatchObject([{ atServer: 2 }]);
  expect(about(findings, "conversation").map(({ level, stands }) => [level, stands])).toEqual([
    ["ok", "invited"],
    ["ok", "invited"],
  ]);
  await looking.face.close();
  const again = person("carol", { disk: carol.disk });
  await settle(() => again.heard().length === 2);
  expect(again.events.filter(({ type }) => type === "missing")).toEqual([]);
});

test.each(["group", "ratchet"] as const)("a conversation that has lost its %s is named", async (table) => {
  const { person, settle, alice, bob } = await two();
  await bob.face.close();
  bob.disk.records.get(table)?.clear();
  const looking = person("bob", { disk: bob.disk, offline: true });
  const findings = await looking.face.diagnose();
  expect(bad(about(findings, "conversation"))).toMatchObject([
    { level: "warn", name: "alice", stands: "comes-back" },
  ]);
  await looking.face.close();
  const again = person("bob", { disk: bob.disk });
  await settle(() => isOnline(again));
  await alice.face.send("bob", "again");
  await settle(() => again.heard().includes("again"));
  expect(bad(about(await again.face.diagnose(), "conversation"))).toEqual([]);
});

test("a record that cannot be read fails, and the others are looked at all the same", async () => {
  const { person, settle, bob } = await two();
  const carol = person("carol");
  await settle(() => isOnline(carol));
  await carol.face.send("bob", "hello");
  await settle(() => bob.heard().length === 2);
  await bob.face.close();
  const [[log] = [""]] = bob.disk.records.get("conversation") ?? [];
  bob.disk.records.get("conversation")?.set(log, new Uint8Array(Buffer.from("{}")));
  const looking = person("bob", { disk: bob.disk, offline: true });
  const found = about(await looking.face.diagnose(), "conversation");
  expect(found.map(({ level, stands }) => [level, stands]).toSorted()).toEqual([
    ["fail", "corrupt"],
    ["ok", "follows"],
  ]);
});

test("a vault that is older than what the server knows of it, and a server that is older than the vault", async () => {
  const { person, durable, net, alice, bob, clock } = await two();
  const [oldVault, oldServer] = [copyOfVault(bob.disk), copyOfServer(durable)];
  await alice.face.send("bob", "later");
  await bob.face.send("alice", "later too");
  await net.quiet();
  await Promise.all([alice.face.close(), bob.face.close()]);
  const behind = person("bob", { disk: oldVault, offline: true });
  expect(about(await behind.face.diagnose(), "conversation")).toMatchObject([
    { level: "warn", stands: "comes-back" },
  ]);
  const older = classroom({ clock, durable: oldServer });
  const ahead = older.person("bob", { disk: bob.disk, offline: true });
  expect(about(await ahead.face.diagnose(), "conversation")).toMatchObject([
    { level: "warn", stands: "rewinds" },
  ]);
  const stranger = classroom({ clock }).person("bob", { disk: bob.disk, offline: true });
  expect(about(await stranger.face.diagnose(), "account")).toEqual([
    { about: "account", level: "warn", name: "bob" },
  ]);
});

test("without a server, what can be said is said, and why nobody answers", async () => {
  const { person, net, alice } = await two();
  await alice.face.close();
  net.up = false;
  const looking = person("alice", { disk: alice.disk, offline: true });
  await looking.face.send("bob", "kept");
  const findings = await looking.face.diagnose();
  expect(about(findings, "server")).toMatchObject([
    { level: "fail", cause: { kind: "dial", failure: { cause: "unreachable" } } },
  ]);
  expect(about(findings, "queue")).toEqual([{ about: "queue", level: "warn", waiting: 1, accepted: 0 }]);
  expect(about(findings, "conversation")).toMatchObject([{ level: "ok", name: "bob", stands: "unasked" }]);
});

test("a server with another key is told by both fingerprints", async () => {
  const { person, alice } = await two();
  await alice.face.close();
  const found = new Uint8Array(32).fill(9);
  const looking = person("alice", {
    disk: alice.disk,
    offline: true,
    tap: () => async () => ({ ok: false, failure: { cause: "wrong-key", detail: "another key", found } }),
  });
  const [pin] = about(await looking.face.diagnose(), "pin");
  expect(pin).toMatchObject({ level: "fail" });
  expect(pin?.found).not.toBe(pin?.pinned);
});

for (const [ahead, level] of [
  [60_000, "ok"],
  [10 * 60_000, "warn"],
  [-400 * 24 * 60 * 60_000, "fail"],
] as const) {
  test(`a clock that is ${ahead} ms ahead: ${level}`, async () => {
    const { person, alice, clock } = await two();
    await alice.face.close();
    const wrong: Clock = { now: () => clock.now() + ahead, after: (ms, due) => clock.after(ms, due) };
    const looking = person("alice", { disk: alice.disk, offline: true, clock: wrong });
    expect(about(await looking.face.diagnose(), "clock")).toEqual([{ about: "clock", level, ahead }]);
  });
}

// What a person can rely on about who the other is: nothing goes to a key that is not the one met first, until it is
// accepted; nothing to keys that are not the person's.

import { expect, test } from "bun:test";
import { encodeId } from "../../src/domain/id.ts";
import { createProfile } from "../../src/client/profile.ts";
import { generateIdentity, issueCredential } from "../../src/mls/identity.ts";
import { makeKeyPackage } from "../../src/mls/key-package.ts";
import { mlsProvider } from "../../src/mls/provider.ts";
import { VaultDisk, VaultMemory } from "../../src/store/vault-memory.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { classroom, type Person, random } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";
const room = () => classroom({ clock: new VirtualClock() });

/** What became of a message, once all has come to rest. */
async function fate(
  person: Person,
  settle: (done: () => boolean) => Promise<void>,
  to: string,
  text: string,
) {
  const { id } = await person.face.send(to, text);
  const state = () => person.events.findLast((event) => event.type === "state" && event.id === id);
  await settle(() => {
    const now = state();
    return now?.type === "state" && (now.state === "delivered" || now.state === "failed");
  });
  const now = state();
  return now?.type === "state" ? (now.reason ?? now.state) : undefined;
}

/** Alice, whose server may say of Bob that he has another key. */
async function withLiar() {
  const { person, settle, bugs } = room();
  let lie: string | undefined;
  const line = tap({
    in: (message, body) =>
      message.t === "account" && lie !== undefined
        ? [encodeMessage({ ...message, identity: lie }, body)]
        : "pass",
  });
  const alice = person("alice", { tap: line });
  const bob = person("bob");
  await settle(() => isOnline(alice) && isOnline(bob));
  return { alice, bob, settle, bugs, person, line, lie: (key: string | undefined) => (lie = key) };
}

const anotherKey = () => encodeId(generateIdentity(random).public);

test("a server that exchanges a person's key is caught: nothing is sent, and it is told once", async () => {
  const { alice, bob, settle, bugs, lie, person, line } = await withLiar();
  expect(await fate(alice, settle, "bob", "before")).toBe("delivered");
  await alice.face.close();
  lie(anotherKey());
  const again = person("alice", { disk: alice.disk, tap: line });
  await settle(() => isOnline(again));
  expect(await fate(again, settle, "bob", "secret")).toBe("key-changed");
  expect(await fate(again, settle, "bob", "secret again")).toBe("key-changed");
  expect(again.events.filter(({ type }) => type === "key-changed")).toHaveLength(1);
  expect(bob.heard()).toEqual(["before"]);
  lie(undefined);
  expect(await fate(again, settle, "bob", "after")).toBe("delivered");
  expect(bob.heard()).toEqual(["before", "after"]);
  const rows = await again.face.history({ with: "bob", limit: 10 });
  expect(rows.map(({ text, state }) => [text, state])).toEqual([
    ["before", "delivered"],
    ["secret", "failed"],
    ["secret again", "failed"],
    ["after", "delivered"],
  ]);
  expect(bugs).toEqual([]);
});

test("at the first meeting too, a key must be the one in the person's own KeyPackages", async () => {
  const { alice, bob, settle, lie, bugs } = await withLiar();
  lie(anotherKey());
  expect(await fate(alice, settle, "bob", "secret")).toBe("bad-key");
  expect(bob.heard()).toEqual([]);
  expect(bugs).toEqual([]);
});

test("KeyPackages of somebody else, of another device or of nobody are not used", async () => {
  const mls = mlsProvider(random);
  const forge = async (name: string, identity = generateIdentity(random)) => {
    const [tls, signature] = [generateIdentity(random), generateIdentity(random)];
    const credential = issueCredential(identity, {
      name,
      device: tls.public,
      signatureKey: signature.public,
    });
    const device = { credential, signatureSecret: signature.secret };
    const { public: body } = await makeKeyPackage(mls, device, {
      now: new VirtualClock().now(),
      lastResort: false,
    });
    return { body, device: encodeId(tls.public) };
  };
  const forged = [
    await forge("bob"),
    await forge("mallory"),
    { body: random(300), device: anotherKey() },
    { ...(await forge("bob")), device: anotherKey() },
  ];
  for (const { body, device } of forged) {
    const { person, settle, bugs } = room();
    const alice = person("alice", {
      tap: tap({
        in: (message) =>
          message.t === "claimed"
            ? [encodeMessage({ ...message, packages: [{ device, size: body.length }] }, body)]
            : "pass",
      }),
    });
    const bob = person("bob");
    await settle(() => isOnline(alice) && isOnline(bob));
    expect(await fate(alice, settle, "bob", "secret")).toBe("bad-key");
    expect(bob.heard()).toEqual([]);
    expect(bugs).toEqual([]);
  }
});

test("nobody passes for another by inviting under that name", async () => {
  const { person, settle, bugs } = room();
  const alice = person("alice");
  const bob = person("bob");
  await settle(() => isOnline(alice) && isOnline(bob));
  // Mallory is in the class under that name, and calls herself alice where the server does not look.
  const disk = new VaultDisk();
  const vault = new VaultMemory(disk);
  const profile = createProfile(vault, random, "alice", { host: "memory", port: 1 });
  const { identity, device, signature } = profile;
  const honest = issueCredential(identity, {
    name: "mallory",
    device: device.public,
    signatureKey: signature.public,
  });
  const mallory = person("alice", {
    disk,
    tap: tap({
      out: (message) =>
        message.t === "register" ? [encodeMessage({ ...message, name: "mallory" }, honest)] : "pass",
    }),
  });
  await settle(() => isOnline(mallory));
  await mallory.face.send("bob", "it is me, alice");
  await settle(() => mallory.events.some((event) => event.type === "state" && event.state !== "waiting"));
  expect(bob.heard()).toEqual([]);
  expect(await fate(alice, settle, "bob", "hello, really alice")).toBe("delivered");
  expect(bob.heard()).toEqual(["hello, really alice"]);
  expect(bob.events.filter(({ type }) => type === "key-changed")).toEqual([]);
  expect(await fate(bob, settle, "alice", "good to see you")).toBe("delivered");
  expect(alice.heard()).toEqual(["good to see you"]);
  expect(bugs).toEqual([]);
});

test("both see the same safety number; comparing it is remembered", async () => {
  const { alice, bob, settle } = await withLiar();
  expect(await fate(alice, settle, "bob", "hello")).toBe("delivered");
  const [his, hers] = [await bob.face.verify("Alice"), await alice.face.verify("bob")];
  if (!his.ok || !hers.ok) throw new Error("not verified");
  expect(his.value.safetyNumber).toBe(hers.value.safetyNumber);
  expect(hers.value.trust).toBe("pinned");
  expect(await alice.face.verified("BOB")).toMatchObject({ ok: true, value: { trust: "verified" } });
  expect(await alice.face.users()).toMatchObject({
    value: [
      { name: "alice", me: true },
      { name: "bob", trust: "verified", online: true },
    ],
  });
});

test("to oneself, to nobody and to no name: each fails with its reason, and what was written is kept", async () => {
  const { alice, settle, bugs } = await withLiar();
  expect(await fate(alice, settle, "alice", "note to self")).toBe("yourself");
  expect(await fate(alice, settle, "ALICE", "note to self")).toBe("yourself");
  expect(await fate(alice, settle, "nobody", "hello?")).toBe("no-such-user");
  expect(await alice.face.verify("alice")).toEqual({ ok: false, reason: "yourself" });
  expect(await alice.face.verify("nobody")).toEqual({ ok: false, reason: "no-such-user" });
  expect(await alice.face.send("\u202E", "x").catch((error: unknown) => error)).toBeInstanceOf(TypeError);
  expect(await alice.face.send("bob", "").catch((error: unknown) => error)).toBeInstanceOf(TypeError);
  const rows = await alice.face.history({ limit: 10 });
  expect(rows.map(({ text, reason }) => [text, reason])).toEqual([
    ["note to self", "yourself"],
    ["note to self", "yourself"],
    ["hello?", "no-such-user"],
  ]);
  expect(bugs).toEqual([]);
});

// What a person can rely on when the server lies, garbles, repeats, reorders or withholds: nothing is shown that
// nobody wrote, what is missing is told, and the program goes on.

import { expect, test } from "bun:test";
import { loadProfile } from "../../src/client/profile.ts";
import { directLog } from "../../src/domain/direct-log.ts";
import { decodeId, encodeId } from "../../src/domain/id.ts";
import { createConversation } from "../../src/mls/conversation.ts";
import { generateIdentity, issueCredential } from "../../src/mls/identity.ts";
import { makeKeyPackage } from "../../src/mls/key-package.ts";
import { mlsProvider } from "../../src/mls/provider.ts";
import { VaultMemory } from "../../src/store/vault-memory.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { encodeFrame } from "../../src/wire/frame.ts";
import type { ServerMessage } from "../../src/wire/messages.ts";
import { classroom, copyOf, type Person, random } from "../sim/people.ts";
import { type Fate, type Rules, tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

type Entry = Extract<ServerMessage, { t: "entry" }>;
const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";
const missing = (person: Person) => person.events.filter(({ type }) => type === "missing").length;

/** Alice writes five messages to Bob, whose line from the server is as `rules` have it. */
async function written(rules: Rules) {
  const room = classroom({ clock: new VirtualClock() });
  const alice = room.person("alice");
  const bob = room.person("bob", { tap: tap(rules) });
  await room.settle(() => isOnline(alice) && isOnline(bob));
  for (const text of ["m1", "m2", "m3", "m4", "m5"]) await alice.face.send("bob", text);
  await room.net.quiet();
  expect(room.bugs).toEqual([]);
  return { room, alice, bob };
}

/** What becomes of Bob's messages (not of his invitations). */
const messages = (change: (entry: Entry, body: Uint8Array) => Fate): Rules => ({
  in: (message, body) =>
    message.t === "entry" && message.kind === "message" ? change(message, body) : "pass",
});

test("an entry under another id than its writer gave it is not shown, and is told as missing", async () => {
  const { bob } = await written(
    messages((entry, body) =>
      entry.seq === 2 ? [encodeMessage({ ...entry, id: "A".repeat(22) }, body)] : "pass",
    ),
  );
  expect(bob.heard()).toEqual(["m1", "m3", "m4", "m5"]);
  expect(missing(bob)).toBe(1);
});

test("an entry that comes again, under its own number or a new one, is shown once", async () => {
  const { bob } = await written(
    messages((entry, body) => {
      const again = encodeMessage(entry, body);
      return entry.seq === 5 ? [again, again, encodeMessage({ ...entry, seq: 6 }, body)] : [again, again];
    }),
  );
  expect(bob.heard()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
});

test("an entry that is held back is told as missing, and so is one that is late", async () => {
  const dropped = await written(messages((entry) => (entry.seq === 3 ? "drop" : "pass")));
  expect(dropped.bob.heard()).toEqual(["m1", "m2", "m4", "m5"]);
  expect(missing(dropped.bob)).toBe(1);
  let late: Uint8Array | undefined;
  const swapped = await written(
    messages((entry, body) => {
      if (entry.seq === 2) late = encodeMessage(entry, body);
      if (entry.seq === 2 || late === undefined || entry.seq !== 3) return entry.seq === 2 ? "drop" : "pass";
      return [encodeMessage(entry, body), late];
    }),
  );
  expect(swapped.bob.heard()).toEqual(["m1", "m3", "m4", "m5"]);
  expect(missing(swapped.bob)).toBe(1);
});

test("contents exchanged between two entries are not shown", async () => {
  let first: { entry: Entry; body: Uint8Array } | undefined;
  const { bob } = await written(
    messages((entry, body) => {
      if (entry.seq === 2) first = { entry, body };
      if (entry.seq === 2) return "drop";
      if (entry.seq !== 3 || first === undefined) return "pass";
      return [encodeMessage(first.entry, body), encodeMessage(entry, first.body)];
    }),
  );
  expect(bob.heard()).toEqual(["m1", "m4", "m5"]);
  expect(missing(bob)).toBe(2);
});

test("bytes that are no message are not shown, whatever they are", async () => {
  for (const garble of [
    () => new Uint8Array(0),
    () => random(500),
    (body: Uint8Array) => body.subarray(0, body.length - 1),
    (body: Uint8Array) => new Uint8Array([...body, 0]),
    (body: Uint8Array) => body.map((byte, i) => (i === body.length - 3 ? byte ^ 4 : byte)),
  ]) {
    const { bob } = await written(
      messages((entry, body) => (entry.seq === 2 ? [encodeMessage(entry, garble(body))] : "pass")),
    );
    expect(bob.heard()).toEqual(["m1", "m3", "m4", "m5"]);
    expect(missing(bob)).toBe(1);
  }
});

test("an entry in a log nobody was invited to is nothing", async () => {
  const { bob } = await written(
    messages((entry, body) => [
      encodeMessage({ ...entry, log: "x".repeat(32) }, body),
      encodeMessage({ ...entry, kind: "welcome" }, body),
      encodeMessage(entry, body),
    ]),
  );
  expect(bob.heard()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
});

test("numbers of any size do no harm", async () => {
  const huge = Number.MAX_SAFE_INTEGER;
  const { bob, alice, room } = await written({
    in: (message, body) => {
      if (message.t === "synced") return [encodeMessage({ ...message, waiting: huge })];
      if (message.t === "published") return [encodeMessage({ ...message, held: huge })];
      if (message.t === "accepted") return [encodeMessage({ ...message, of: huge })];
      if (message.t === "entry" && message.seq === 5) return [encodeMessage({ ...message, seq: huge }, body)];
      return "pass";
    },
  });
  expect(bob.heard()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
  expect(missing(bob)).toBe(1);
  await bob.face.send("alice", "still here");
  await room.settle(() => alice.heard().length === 1);
  expect(room.bugs).toEqual([]);
});

test("what is no frame or no message ends the link, and the client comes back", async () => {
  for (const bad of [
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1),
    Uint8Array.of(0, 0, 0, 1, 9),
    encodeFrame("{"),
    encodeFrame('{"t":"entry","log":1}'),
    encodeFrame('{"t":"accepted","re":"x"}'),
  ]) {
    let sent = false;
    const { bob, room } = await written(
      messages((entry, body) => {
        if (entry.seq !== 2 || sent) return "pass";
        sent = true;
        return [bad, encodeMessage(entry, body)];
      }),
    );
    await room.settle(() => bob.heard().length === 5);
    expect(bob.heard()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
    expect(missing(bob)).toBe(0);
  }
});

test("notices and answers that nobody waits for are nothing, and take no room before the handshake is done", async () => {
  let entries = 0;
  const { bob } = await written({
    in: (message, body) => {
      const fate = [
        encodeMessage(message, body),
        encodeFrame('{"t":"from a newer server"}'),
        encodeMessage({ t: "pong", re: 999_999 }),
      ];
      if (message.t !== "welcome") return fate;
      const early = {
        t: "entry" as const,
        seq: (entries += 1),
        log: "y".repeat(32),
        id: "A".repeat(22),
        sender: "B".repeat(43),
        kind: "message" as const,
        epoch: 1,
        time: 1,
      };
      return [
        encodeMessage(early, random(50)),
        ...fate,
        encodeMessage({ t: "receipt", log: "y".repeat(32), device: "B".repeat(43), seq: 4 }),
      ];
    },
  });
  expect(bob.heard()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
});

test("an invitation into a group with a third person, or into another's log, is not taken", async () => {
  const mls = mlsProvider(random);
  const packages: Uint8Array[] = [];
  let inject: (() => Uint8Array | undefined) | undefined;
  const room = classroom({ clock: new VirtualClock() });
  const bob = room.person("bob", {
    tap: tap({
      out: (message, body) => {
        if (message.t !== "publish") return "pass";
        let at = 0;
        for (const { size } of message.packages) packages.push(body.slice(at, (at += size)));
        return "pass";
      },
      in: (message) => {
        const injected =
          message.t === "pong" || message.t === "account" || message.t === "users" ? inject?.() : undefined;
        return injected === undefined ? "pass" : [injected, encodeMessage(message)];
      },
    }),
  });
  await room.settle(() => isOnline(bob));
  const device = (name: string) => {
    const [identity, tls, signature] = [
      generateIdentity(random),
      generateIdentity(random),
      generateIdentity(random),
    ];
    const credential = issueCredential(identity, {
      name,
      device: tls.public,
      signatureKey: signature.public,
    });
    return { identity, tls, device: { credential, signatureSecret: signature.secret } };
  };
  const me = loadProfile(new VaultMemory(copyOf(bob.disk)));
  if (me === undefined) throw new Error("no profile");
  const { clock } = room;
  let seq = 0;
  for (const kind of ["third person", "another's log"]) {
    const [mallory, third] = [device("mallory"), device("third")];
    const log = directLog(
      kind === "third person" ? me.identity.public : third.identity.public,
      mallory.identity.public,
    );
    const id = decodeId(log, 24);
    const theirs = packages.pop();
    const thirds = await makeKeyPackage(mls, third.device, { now: clock.now(), lastResort: false });
    if (id === undefined || theirs === undefined) throw new Error("nothing to invite with");
    const keyPackages = kind === "third person" ? [theirs, thirds.public] : [theirs];
    const begun = await createConversation(mls, mallory.device, { id, keyPackages, now: clock.now() });
    if (!begun.ok || begun.welcome === undefined) throw new Error("not begun");
    const body = Buffer.concat([id, begun.welcome]);
    const sender = encodeId(mallory.tls.public);
    inject = () =>
      encodeMessage(
        {
          t: "entry",
          log: encodeId(me.device.public),
          seq: (seq += 1),
          id: encodeId(random(16)),
          sender,
          kind: "welcome",
          epoch: 1,
          time: clock.now(),
        },
        body,
      );
    await bob.face.users();
    await room.net.quiet();
  }
  expect(seq).toBe(2);
  expect(bob.disk.records.get("conversation")?.size ?? 0).toBe(0);
  expect(bob.disk.records.get("trust")?.size ?? 0).toBe(0);
  expect(room.bugs).toEqual([]);
});

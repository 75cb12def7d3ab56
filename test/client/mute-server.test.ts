// What a person can rely on while the server takes what it is asked and keeps silent: what was written is kept, and what is
// there is shown, at once.

import { expect, test } from "bun:test";
import type { ServerMessage } from "../../src/wire/messages.ts";
import { classroom, online } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";

for (const [what, silent] of [
  ["who somebody is", "account"],
  ["for their keys", "claimed"],
  ["to begin a conversation", "created"],
  ["to keep a file", "stored"],
] as const satisfies readonly (readonly [string, ServerMessage["t"]])[])
  test(`asked ${what}`, async () => {
    const room = classroom();
    let isMute = false;
    const asked = Promise.withResolvers<void>();
    const alice = room.person("alice", {
      tap: tap({
        in: (come) => {
          if (!isMute || come.t !== silent) return "pass";
          asked.resolve();
          return "drop";
        },
      }),
    });
    const bob = room.person("bob");
    const carol = room.person("carol");
    await Promise.all([alice, bob, carol].map((person) => person.until(online)));
    await alice.say("bob", "before", "delivered");
    await bob.say("alice", "yes?", "delivered");
    isMute = true;
    if (silent === "stored") {
      alice.shelf.put("/notes.txt", Buffer.from("notes"));
      expect(await alice.face.sendFile("bob", "/notes.txt")).toMatchObject({ ok: true });
    } else await alice.face.send("carol", "first");
    await asked.promise;

    const ids = [await alice.face.send("bob", "one"), await alice.face.send("carol", "two")];
    const kept = [...(alice.disk.records.get("outbox")?.values() ?? [])].map((value) =>
      Buffer.from(value).toString(),
    );
    for (const { id } of ids) expect(kept.some((record) => record.includes(id))).toBe(true);
    expect((await alice.face.history({ with: "bob", limit: 10 })).map(({ text }) => text)).toEqual(
      expect.arrayContaining(["before", "yes?", "one"]),
    );
    await alice.face.shown("bob", 2, { tell: true });
    expect(await alice.face.unread()).toEqual([]);
    expect((await alice.face.conversations()).map(({ name }) => name)).toContain("bob");

    // On the next line all goes out, once and in its order.
    isMute = false;
    room.net.cut();
    await alice.say("carol", "three", "delivered");
    await alice.say("bob", "four", "delivered");
    expect(carol.heard()).toEqual([...(silent === "stored" ? [] : ["first"]), "two", "three"]);
    expect(bob.heard().filter((text) => text !== "notes.txt")).toEqual(["before", "one", "four"]);
    expect(room.bugs).toEqual([]);
  });

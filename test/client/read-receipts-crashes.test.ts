// That something was read is told once, whatever crash comes between the screen, the disk and the server.

import { expect, test } from "bun:test";
import { StoreFailure } from "../../src/ports.ts";
import { classroom, type Person } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

class Killed extends Error {}

const isOn = (one: Person) =>
  one.events.findLast((event) => event.type === "status")?.status.state === "online";

for (const who of ["writer", "reader"] as const)
  for (const when of ["before", "after"] as const)
    test(`the ${who} is killed ${when} each write in turn: the writer knows in the end`, async () => {
      for (let n = 1, dies = true; dies; n++) {
        let writes = 0;
        let counts = false;
        let dead = false;
        const at = (moment: "before" | "after") => () => {
          if (dead) throw new Killed();
          if (counts && moment === "before") writes += 1;
          if (!counts || writes !== n || moment !== when) return;
          dead = true;
          throw new Killed();
        };
        const clock = new VirtualClock();
        const life = {
          // What a killed program has meant to do later it does not do.
          clock: {
            now: () => clock.now(),
            after: (ms: number, due: () => void) => clock.after(ms, () => (dead ? undefined : due())),
          },
          hooks: { beforeWrite: at("before"), afterWrite: at("after") },
          tap: tap({ out: () => (dead ? "cut" : "pass"), in: () => (dead ? "cut" : "pass") }),
        };
        const room = classroom({ clock });
        const mortal = room.person(who === "writer" ? "alice" : "bob", life);
        const other = room.person(who === "writer" ? "bob" : "alice");
        const [alice, bob] = who === "writer" ? [mortal, other] : [other, mortal];
        await room.settle(() => isOn(alice) && isOn(bob));
        for (const text of ["one", "two"]) await alice.face.send("bob", text);
        await room.settle(() => bob.heard().length === 2);
        await room.net.quiet();
        counts = true;
        const show = async (face: Person["face"]) => {
          for (const { position = 0 } of await face.history({ with: "alice", limit: 10 }))
            await face.shown("alice", position, { tell: true });
        };
        try {
          await show(bob.face);
          await room.pass(10_000);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        dies = dead;
        dead = true;
        room.net.cut();
        await room.net.quiet();
        const again = room.person(who === "writer" ? "alice" : "bob", { disk: mortal.disk });
        await room.settle(() => isOn(again) && isOn(other));
        const [writer, reader] = who === "writer" ? [again, other] : [other, again];
        // What was not noted as shown is shown again, and nothing else.
        await show(reader.face);
        await room.pass(60_000);
        const seen = await writer.face.history({ with: "bob", limit: 10 });
        expect([n, seen.map(({ text, read }) => [text, read])]).toEqual([
          n,
          [
            ["one", true],
            ["two", true],
          ],
        ]);
        const told = writer.events.filter(({ type }) => type === "read");
        expect([n, told.length <= 2]).toEqual([n, true]);
        expect([n, (await reader.face.history({ with: "alice", limit: 10 })).length]).toEqual([n, 2]);
        for (const one of [writer, reader]) expect(one.disk.records.get("outbox")?.size ?? 0).toBe(0);
        expect([n, room.bugs.filter((bug) => !(bug instanceof Killed))]).toEqual([n, []]);
        expect(n).toBeLessThan(40);
      }
    }, 60_000);

test("the disk is full when it is to be told: it is told once there is room", async () => {
  let full = false;
  const beforeWrite = () => {
    if (full) throw new StoreFailure("full");
  };
  const room = classroom({ clock: new VirtualClock() });
  const alice = room.person("alice");
  const bob = room.person("bob", { hooks: { beforeWrite } });
  await room.settle(() => isOn(alice) && isOn(bob));
  const told = () => alice.events.filter(({ type }) => type === "read").length;
  for (const [n, text] of ["one", "two"].entries()) {
    await alice.face.send("bob", text);
    await room.settle(() => bob.heard().includes(text));
    await bob.face.shown("alice", n + 1, { tell: true });
    await room.pass(500);
  }
  expect(told()).toBe(1);
  full = true;
  await room.pass(10_000);
  full = false;
  await room.settle(() => told() === 2);
  expect(room.bugs).toEqual([]);
});

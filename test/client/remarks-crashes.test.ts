// What is said about messages is lost by no crash, before or after whatever is written down, and has its effect once.

import { expect, test } from "bun:test";
import { classroom, type Person } from "../sim/people.ts";
import { tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const changes = (person: Person, kind: string) =>
  person.events.filter((event) => event.type === "changed" && event.change.kind === kind).length;

class Killed extends Error {}

for (const who of ["writer", "reader"] as const)
  for (const when of ["before", "after"] as const)
    test(`the ${who} is killed ${when} each write in turn: both end with the same`, async () => {
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
        const life = {
          hooks: { beforeWrite: at("before"), afterWrite: at("after") },
          tap: tap({ out: () => (dead ? "cut" : "pass"), in: () => (dead ? "cut" : "pass") }),
        };
        const room = classroom({ clock: new VirtualClock() });
        const mortal = room.person(who === "writer" ? "alice" : "bob", life);
        const other = room.person(who === "writer" ? "bob" : "alice");
        const [alice, bob] = who === "writer" ? [mortal, other] : [other, mortal];
        const isOn = (one: Person) =>
          one.events.findLast((event) => event.type === "status")?.status.state === "online";
        await room.settle(() => isOn(alice) && isOn(bob));
        const { id } = await alice.face.send("bob", "first");
        const { id: gone } = await alice.face.send("bob", "gone");
        await room.settle(() => bob.heard().length === 2);
        await room.net.quiet();
        counts = true;
        const say = async (face: Person["face"]) => {
          await face.react("bob", id, "👍");
          await face.edit("bob", id, "second");
          await face.remove("bob", gone);
        };
        try {
          await say(alice.face);
          await room.settle(() => dead || changes(bob, "deleted") === 1);
          await room.net.quiet();
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        dies = dead;
        dead = true;
        room.net.cut();
        await room.net.quiet();
        const again = room.person(who === "writer" ? "alice" : "bob", { disk: mortal.disk });
        await room.settle(() => isOn(again));
        const [writer, reader] = who === "writer" ? [again, other] : [other, again];
        // Said again it changes nothing where it is there already.
        await say(writer.face);
        await writer.face.send("bob", "last");
        await room.settle(() => reader.heard().includes("last"));
        await room.net.quiet();
        const seen = async (person: Person, to: string) =>
          (await person.face.history({ with: to, limit: 10 })).map(({ text, edited, deleted, reactions }) => [
            text,
            edited ?? deleted ?? false,
            reactions?.length ?? 0,
          ]);
        const expected = [
          ["second", true, 1],
          ["", true, 0],
          ["last", false, 0],
        ];
        expect([n, await seen(writer, "bob")]).toEqual([n, expected]);
        expect([n, await seen(reader, "alice")]).toEqual([n, expected]);
        expect([n, room.bugs.filter((bug) => !(bug instanceof Killed))]).toEqual([n, []]);
        expect(n).toBeLessThan(40);
      }
    }, 60_000);

// What a person can rely on when the server garbles, repeats, drops and exchanges its frames at random: from seeds, so
// that what fails fails again.

import { expect, test } from "bun:test";
import { encodeMessage } from "../../src/wire/codec.ts";
import type { ServerMessage } from "../../src/wire/messages.ts";
import { classroom, type Person } from "../sim/people.ts";
import { type Fate, tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

/** For those that go through many cases: the machine may be a slow one. */
const LONG = 60_000;

const isOnline = (person: Person) =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";

test(
  "whatever the server makes of its frames, nothing is shown that nobody wrote, and the program goes on",
  async () => {
    const texts = new Set(["m1", "m2", "m3", "m4", "m5", "end"]);
    for (let seed = 1; seed <= 30; seed++) {
      let state = seed * 2654435761;
      const roll = (n: number) => {
        state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
        return state % n;
      };
      const kept: Uint8Array[] = [];
      const { room, bob } = await lying((message, body) => {
        const frame = encodeMessage(message, body);
        kept.push(frame);
        switch (roll(14)) {
          case 0:
            return "drop";
          case 1:
            return [frame, frame];
          case 2:
            return [kept[roll(kept.length)] ?? frame, frame];
          case 3:
            return [frame.map((byte, i) => (i > 6 && roll(frame.length) === 0 ? roll(256) : byte))];
          case 4:
            return [
              encodeMessage(
                message,
                body.map((byte) => (roll(body.length) === 0 ? roll(256) : byte)),
              ),
            ];
          case 5:
            return roll(3) === 0 ? "cut" : "pass";
          default:
            return "pass";
        }
      });
      expect([seed, bob.heard().every((text) => texts.has(text)), room.bugs]).toEqual([seed, true, []]);
      expect([seed, new Set(bob.heard()).size]).toEqual([seed, bob.heard().length]);
      await bob.face.close();
      const again = room.person("bob", { disk: bob.disk });
      await room.settle(() => isOnline(again));
      expect([seed, again.heard().every((text) => texts.has(text)), room.bugs]).toEqual([seed, true, []]);
    }
  },
  LONG,
);

/** As `written`, with a server that need not let anything come about; it is given a while. */
async function lying(change: (message: ServerMessage, body: Uint8Array) => Fate) {
  const room = classroom({ clock: new VirtualClock() });
  const alice = room.person("alice");
  const bob = room.person("bob", { tap: tap({ in: change }) });
  for (const text of ["m1", "m2", "m3", "m4", "m5"]) await alice.face.send("bob", text);
  await room.pass(100_000);
  return { room, alice, bob };
}

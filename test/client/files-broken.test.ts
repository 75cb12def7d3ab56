// What a person can rely on when a line is cut or a program is killed while a file is on its way: it goes on by itself
// from where it was, and in the end the right bytes are there, once.

import { expect, test } from "bun:test";
import { CHUNK } from "../../src/domain/chunks.ts";
import { ShelfDisk } from "../../src/store/file-shelf-memory.ts";
import { cutAfter, tap } from "../sim/tap.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";
import { classroom, type Person } from "../sim/people.ts";
import { downloads, isOnline, newest, noise, NOTES, pair, send, settle } from "./file-people.ts";

const LONG = 120_000;
const BYTES = noise(6 * CHUNK + 5);

function expectArrived(bob: Person, at: readonly unknown[]): void {
  const same = Buffer.compare(bob.shelf.files.get("downloads/notes.pdf") ?? new Uint8Array(0), BYTES) === 0;
  expect([...at, same, downloads(bob)]).toEqual([...at, true, ["downloads/notes.pdf"]]);
}

const isDone = (alice: Person, bob: Person) => () =>
  newest(bob)?.state === "received" && newest(alice)?.state === "taken";

for (const who of ["alice", "bob"] as const) {
  test(
    `${who}'s line is cut after each frame in turn: nothing that was there comes again`,
    async () => {
      for (let n = 1, reached = true; reached; n += 2) {
        const cut = cutAfter(n);
        const { room, alice, bob, until } = await pair(BYTES, { [who]: { tap: cut } });
        await send(alice);
        await until(isDone(alice, bob));
        reached = cut.frames >= n && n < 150;
        expectArrived(bob, [who, n]);
        expect([n, bob.shelf.written]).toEqual([n, BYTES.length]);
        expect([n, room.bugs]).toEqual([n, []]);
      }
    },
    LONG,
  );
}

class Killed extends Error {}

/** A process that is killed at its `n`-th write: it says nothing more to the server either. */
function mortal(n: number, when: "before" | "after") {
  let writes = 0;
  let dead = false;
  const die = (moment: "before" | "after") => {
    if (dead) throw new Killed();
    if (moment === "before") writes += 1;
    if (writes !== n || moment !== when) return;
    dead = true;
    throw new Killed();
  };
  return {
    hooks: { beforeWrite: () => die("before"), afterWrite: () => die("after") },
    tap: tap({ out: () => (dead ? "cut" : "pass"), in: () => (dead ? "cut" : "pass") }),
    isDead: () => dead,
    kill: () => void (dead = true),
  };
}

for (const who of ["alice", "bob"] as const) {
  for (const when of ["before", "after"] as const) {
    test(
      `${who} is killed ${when} each write in turn`,
      async () => {
        for (let n = 1, dies = true; dies; n++) {
          const life = mortal(n, when);
          const room = classroom({ clock: new VirtualClock() });
          const shelf = new ShelfDisk();
          shelf.put(NOTES, BYTES);
          const people: { alice?: Person; bob?: Person } = {};
          let promised = false;
          try {
            const alice = (people.alice = room.person("alice", { shelf, ...(who === "alice" ? life : {}) }));
            const bob = (people.bob = room.person("bob", who === "bob" ? life : {}));
            await settle(room, () => life.isDead() || (isOnline(alice) && isOnline(bob)));
            if (!life.isDead()) await send(alice);
            promised = !life.isDead();
            await settle(room, () => life.isDead() || isDone(alice, bob)(), [alice, bob]);
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
          }
          dies = life.isDead();
          const { alice, bob } = people;
          if (alice === undefined || bob === undefined) continue; // killed before there were keys
          life.kill();
          room.net.cut();
          const again = {
            alice: who === "alice" ? room.person("alice", { disk: alice.disk, shelf }) : alice,
            bob: who === "bob" ? room.person("bob", { disk: bob.disk, shelf: bob.shelf }) : bob,
          };
          await settle(room, () => isOnline(again.alice) && isOnline(again.bob));
          // What had been answered before the end is a promise; what had not may be there or not.
          const isThere = promised || (await again.alice.face.transfers()).length > 0;
          if (!isThere) await send(again.alice);
          const isEnded = async () => {
            const [sent] = await again.alice.face.transfers();
            const [came] = await again.bob.face.transfers();
            return sent?.state === "taken" && came?.state === "received";
          };
          let ended = false;
          const look = () => void isEnded().then((now) => (ended ||= now));
          await settle(room, () => (look(), ended), [again.alice, again.bob]);
          expectArrived(again.bob, [n]);
          expect([n, await again.bob.face.transfers()]).toMatchObject([n, [{ state: "received" }]]);
          expect([n, again.bob.events.filter(({ type }) => type === "missing")]).toEqual([n, []]);
          expect([n, room.bugs.filter((bug) => !(bug instanceof Killed))]).toEqual([n, []]);
          expect(n).toBeLessThan(60);
        }
      },
      LONG,
    );
  }
}

// People who send each other files in one process: what their events tell, and a way to wait that lets the native cipher
// finish before time goes on.

import type { ClientEvent } from "../../src/client/events.ts";
import type { Transfer } from "../../src/client/transfer-view.ts";
import { CHUNK } from "../../src/domain/chunks.ts";
import { ShelfDisk } from "../../src/store/file-shelf-memory.ts";
import { classroom, type ClassroomOptions, type Person } from "../sim/people.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

export const NOTES = "/home/alice/notes.pdf";

export type Room = ReturnType<typeof classroom>;
export type Given = NonNullable<Parameters<Room["person"]>[1]>;

export const isOnline = (person: Person): boolean =>
  person.events.findLast((event) => event.type === "status")?.status.state === "online";

/** The file that was told of last. */
export function newest(person: Person): Transfer | undefined {
  const told = person.events.findLast(
    (event): event is Extract<ClientEvent, { type: "transfer" }> => event.type === "transfer",
  );
  return told?.transfer;
}

export const is = (person: Person, state: Transfer["state"]) => (): boolean =>
  newest(person)?.state === state;

export function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** Turns without anything new after which only the clock could bring it. */
const STILL = 12;
const BUSY = new Uint8Array(CHUNK);
/** Things that fall due one after the other before it is given up. */
const MOST_STEPS = 400;

/** Lets everything happen, the work of other threads too, and then time go on as far as it must, until `done`. */
export async function settle(room: Room, done: () => boolean, people: readonly Person[] = []): Promise<void> {
  const seen = () => people.reduce((sum, { events, shelf }) => sum + events.length + shelf.written, 0);
  for (let steps = 0; ; steps++) {
    for (let still = 0, before = seen(); still < STILL && !done(); still++) {
      await room.net.quiet();
      // Waits its turn in the same threads as the chunks.
      await Promise.all([crypto.subtle.digest("SHA-256", BUSY), crypto.subtle.digest("SHA-256", BUSY)]);
      if (seen() !== before) still = 0;
      before = seen();
    }
    if (done()) return;
    if (steps >= MOST_STEPS || !(room.clock instanceof VirtualClock) || !room.clock.step(10 * 60_000))
      throw new Error("settle: it does not come to this");
  }
}

/** Alice and Bob sit there, and Alice has a file. */
export async function pair(
  bytes: Uint8Array,
  given: { readonly alice?: Given; readonly bob?: Given; readonly room?: ClassroomOptions } = {},
) {
  const room = classroom({ clock: new VirtualClock(), ...given.room });
  const shelf = given.alice?.shelf ?? new ShelfDisk();
  shelf.put(NOTES, bytes);
  const alice = room.person("alice", { ...given.alice, shelf });
  const bob = room.person("bob", given.bob);
  await settle(room, () => isOnline(alice) && isOnline(bob));
  return { room, alice, bob, shelf, until: (done: () => boolean) => settle(room, done, [alice, bob]) };
}

export async function send(alice: Person, to = "bob", path = NOTES): Promise<Transfer> {
  const sent = await alice.face.sendFile(to, path);
  if (!sent.ok) throw new Error(sent.reason);
  return sent.value;
}

/** What lies in somebody's downloads, half a file too. */
export const downloads = (person: Person): string[] =>
  [...person.shelf.files.keys()].filter((path) => path.startsWith("downloads/"));

// A class in one group, for the tests of what dishonest members and servers can do to it; and what its honest members
// are held to afterwards. Must not know any attack.

import { expect } from "bun:test";
import type { GroupNotice } from "../../../src/client/events.ts";
import type { LogId } from "../../../src/domain/id.ts";
import type { Dial } from "../../../src/ports.ts";
import { classroom, online, type Person } from "../people.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { Insider, type Room } from "./insider.ts";

export const GROUP = "@class2024";

export interface Named extends Person {
  readonly name: string;
}

export function notices({ events }: Person): GroupNotice[] {
  return events.flatMap((event) =>
    event.type === "message" && event.message.notice !== undefined ? [event.message.notice] : [],
  );
}

/** Who the attacks that were shown are laid to. */
export const attacks = (person: Person) =>
  notices(person).flatMap((notice) => (notice.kind === "attack" ? [notice.by] : []));

export function texts({ events }: Person): string[] {
  return events.flatMap((event) =>
    event.type === "message" && event.message.notice === undefined ? [event.message.text] : [],
  );
}

export const count = (person: Person, type: "missing" | "key-changed") =>
  person.events.filter((event) => event.type === type).length;

/** Alice has made the group, and these are in it; each reaches the server as `taps` has it. */
export async function group(
  names: readonly string[],
  rules: { open?: boolean; announcement?: boolean; history?: number } = {},
  taps: Record<string, (dial: Dial) => Dial> = {},
): Promise<{ room: Room; log: LogId; people: readonly Named[]; person: (name: string) => Named }> {
  const room = classroom({ clock: new VirtualClock() });
  const people = names.map((name): Named => {
    const tap = taps[name];
    return { name, ...room.person(name, tap === undefined ? {} : { tap }) };
  });
  await room.settle(() => people.every(({ events }) => events.some(online)));
  const person = (name: string) => {
    const found = people.find((one) => one.name === name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  };
  const alice = person("alice");
  const open = rules.open ?? true;
  const made = { name: GROUP.slice(1), open, announcement: rules.announcement ?? false };
  await alice.face.createGroup({ ...made, history: rules.history ?? 50 });
  const [log] = [...room.durable.logs].flatMap(([id, { kind }]) => (kind === "group" ? [id] : []));
  if (log === undefined) throw new Error("no group");
  const others = people.filter(({ name }) => name !== "alice");
  if (open) await Promise.all(others.map((other) => enter(room, other)));
  else await change(room, alice, { change: "add", names: others.map(({ name }) => name) });
  await room.settle(() => people.every((one) => notices(one).length > 0));
  return { room, log, people, person };
}

/** A group in which Mallory's client is the modified one. */
export async function infiltrated(...made: Parameters<typeof group>) {
  const { room, log, people, person } = await group(...made);
  const mallory = await Insider.of(room, person("mallory"), log);
  const honest = people.filter(({ name }) => name !== "mallory");
  return { room, log, people, person, mallory, honest };
}

/** Somebody of the class who is not in the group. */
export async function newcomer(room: Room, name = "dave"): Promise<Named> {
  const person = { name, ...room.person(name) };
  await room.settle(() => person.events.some(online));
  return person;
}

export async function enter(room: Room, person: Person, name = GROUP.slice(1)): Promise<void> {
  let outcome: Awaited<ReturnType<Person["face"]["joinGroup"]>> | undefined;
  void person.face.joinGroup(name).then((value) => (outcome = value));
  await room.settle(() => outcome !== undefined);
  expect(outcome).toEqual({ ok: true, value: { state: "done", name: `@${name}` } });
}

export async function change(
  room: Room,
  person: Person,
  what: Parameters<Person["face"]["changeGroup"]>[1],
): Promise<unknown> {
  let outcome: unknown;
  void person.face.changeGroup(GROUP.slice(1), what).then((value) => (outcome = value));
  await room.settle(() => outcome !== undefined);
  return outcome;
}

/** Who is in the group, as this person's own state has it. */
export async function roll(person: Person): Promise<string[]> {
  const listed = await person.face.members(GROUP.slice(1));
  return listed.ok ? listed.value.map(({ name }) => name).sort() : [listed.reason];
}

let last = 0;

/** What each of them writes from here on comes to all of them, and they see the same members and the same conversation. */
export async function expectTogether(
  room: Room,
  people: readonly Named[],
  present = people.map(({ name }) => name),
): Promise<void> {
  const written: string[] = [];
  for (const person of people) {
    const text = `${person.name} says ${(last += 1)}`;
    written.push(text);
    await person.face.send(GROUP, text);
    const others = people.filter((other) => other !== person);
    await room.settle(() => others.every((other) => texts(other).includes(text)));
  }
  const shown = await Promise.all(people.map((person) => conversation(person)));
  for (const rows of shown) {
    expect(rows.filter((text) => written.includes(text))).toEqual(written);
    expect(rows.length).toBe(new Set(rows).size);
  }
  for (const person of people) expect(await roll(person)).toEqual([...present].sort());
  expect(room.bugs).toEqual([]);
}

/** The texts of the conversation as this person's device keeps it. */
export async function conversation(person: Person): Promise<string[]> {
  const rows = await person.face.history({ with: GROUP, limit: 10_000 });
  return rows.filter(({ notice }) => notice === undefined).map(({ text }) => text);
}

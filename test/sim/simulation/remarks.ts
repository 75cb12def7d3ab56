// What people of a simulation say about messages, and what they are shown of them; and what must have become of it once all
// has come to rest. Must not know how it travels.

import type { World } from "./actions.ts";
import { Chance } from "./chance.ts";
import type { Device } from "./device.ts";
import type { Fault } from "./end.ts";
import type { Ledger } from "./ledger.ts";
import { after, written } from "./remark-ledger.ts";
import { inLog, type Row } from "./said.ts";
import { linesOf } from "./vault-records.ts";

/** In so many classes of ten something is said about messages, at most so often in each. */
const IN_TEN = 4;
const MOST = 60;
/** Of so many starts of ten a face tells what it shows. */
const TELLS_IN_TEN = 8;
/** Those that are spoken of are among the newest. */
const NEWEST = 8;
/** In so many of ten cases the program dies over what its user does, or soon after. */
const DIES_IN_TEN = 2;
const EMOJI = ["👍", "❤️", "😂"];

/** A message on somebody's disk, whether it has its place or waits. */
interface Line {
  readonly device: Device;
  /** As the face calls the conversation. */
  readonly conversation: string;
  readonly id: string;
  readonly own: boolean;
}

export class Remarks {
  /** Whether anybody speaks of messages in this class; one in which nobody does is as it was before that was possible. */
  readonly are: boolean;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #faces: Chance;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#chance = new Chance(`remarks ${seed}`);
    this.#faces = this.#chance.fork("faces");
    this.are = this.#chance.happens(IN_TEN / 10);
  }

  /** Whether a face that starts now tells what it shows. */
  tells(): boolean {
    return this.are && this.#faces.happens(TELLS_IN_TEN / 10);
  }

  begin(within: number): void {
    if (!this.are) return;
    for (let n = this.#chance.between(10, MOST); n > 0; n--)
      this.#world.later(this.#chance.between(1_000, 1_000 + within), () => this.#act());
  }

  #act(): void {
    const chance = this.#chance;
    const { devices } = this.#world;
    const device = chance.pick(devices);
    if (chance.happens(DIES_IN_TEN / 10)) this.#dies(device);
    const act = chance.pick(["look", "look", "talk", "answer", "say", "say", "say", "say", "say"] as const);
    if (act === "look") return device.look();
    const line = this.#line(device, act === "say" && chance.happens(0.5));
    if (line === undefined) return;
    if (act === "answer") return device.say(line.conversation, chance.below(100), false, line.id);
    if (act === "say") return this.#say(line);
    // Everyone who has it speaks of it at once.
    for (const other of devices) {
      const same = linesFor(other).find(({ id }) => id === line.id);
      for (let i = same === undefined ? 0 : chance.between(1, 3); i > 0; i--)
        this.#world.later(chance.below(300), () => same && this.#say(same));
    }
  }

  #dies(device: Device): void {
    const chance = this.#chance;
    const { later } = this.#world;
    device.doom = { left: chance.between(1, 4), when: chance.pick(["before", "after"]) };
    later(chance.pause(2_000), () => {
      device.kill();
      later(chance.pause(2_000), () => device.boot());
    });
  }

  #line(device: Device, own: boolean): Line | undefined {
    const lines = linesFor(device).filter((line) => !own || line.own);
    return lines.length === 0 ? undefined : this.#chance.pick(lines);
  }

  #say({ device, conversation, id, own }: Line): void {
    const chance = this.#chance;
    const { ledger } = this.#world;
    const kinds = own
      ? (["react", "edit", "edit", "delete"] as const)
      : (["react", "react", "react", "back", "edit", "delete"] as const);
    const kind = chance.pick(kinds);
    const emoji = chance.pick(EMOJI);
    switch (kind) {
      case "react":
        return device.asks(`reacts to ${id}`, (face) => face.react(conversation, id, emoji));
      case "back":
        return device.asks(`takes back what is about ${id}`, (face) => face.react(conversation, id));
      case "edit": {
        const text = ledger.sayings.rewords(device.name, id);
        if (text === undefined) return;
        return device.asks(`edits ${id}`, async (face) =>
          refused(own, await face.edit(conversation, id, text)),
        );
      }
      case "delete":
        if (own) ledger.sayings.deletes(id, true);
        return device.asks(`deletes ${id}`, async (face) => {
          const answer = refused(own, await face.remove(conversation, id));
          if (answer.ok) ledger.sayings.deletes(id, "kept");
          return answer;
        });
    }
  }

  /** Everyone looks, and says something of every last word there is. */
  last(): void {
    for (const device of this.#world.devices) {
      device.look();
      for (const line of linesFor(device))
        if (this.#world.ledger.sayings.saidAs(line.id)?.last === true) this.#say(line);
    }
  }
}

function refused<T extends { readonly ok: boolean }>(own: boolean, answer: T): T {
  if (!own && answer.ok) throw new Error("another one's message is changed");
  return answer;
}

/** The newest of every conversation that somebody could speak of. */
function linesFor(device: Device): Line[] {
  const names = new Map(device.groups().map(({ log, name }) => [`@${log}`, name]));
  const waiting = [...(device.disk.records.get("outbox")?.values() ?? [])].map(
    (value): { id: string; fold: string; remark?: unknown; read?: unknown; position?: number } =>
      JSON.parse(Buffer.from(value).toString()),
  );
  const keys = new Set([...device.disk.conversations.keys(), ...waiting.map(({ fold }) => fold)]);
  return [...keys].flatMap((key) => {
    const conversation = key.startsWith("@") ? names.get(key) : key;
    if (conversation === undefined) return [];
    const rows = linesOf(device.disk, key).filter(({ notice }) => notice === undefined);
    const there = rows.slice(-NEWEST).map(({ id, own }) => ({ device, conversation, id, own }));
    const here = waiting.filter(
      ({ fold, remark, read, position }) => fold === key && !remark && !read && position === undefined,
    );
    return [...there, ...here.map(({ id }) => ({ device, conversation, id, own: true }))];
  });
}

/** Every line says the same on all disks, by the order of its log. */
export function remarkFaults(ledger: Ledger, devices: readonly Device[]): Fault[] {
  const faults = ledger.remarks.lost().map(({ id, by, fold, type }): Fault => {
    return ["what was kept to be said of a message is not lost", `${type} ${id} of ${by} with ${fold}`];
  });
  for (const { name, disk } of devices) {
    for (const key of disk.conversations.keys()) {
      const log = key.startsWith("@") ? key.slice(1) : ledger.logBetween(name, key);
      const party = ledger.partyOf(name);
      if (log === undefined || party === undefined || (key.startsWith("@") && party.leaves(log))) continue;
      const isGroup = key.startsWith("@");
      const isOrdered = !isGroup || !ledger.groups.isReentered(log);
      for (const row of linesOf(disk, key)) {
        const said = ledger.sayings.saidAs(row.id);
        const base = ledger.remarks.baseOf(name, row.id);
        if (row.notice !== undefined || said === undefined || base === undefined || !inLog(row)) continue;
        // What nobody had yet is gone at once, and no word of it is sent.
        if (said.deleted === "kept" && said.file === undefined && !ledger.remarks.isDeleted(said))
          faults.push(["what was withdrawn is not sent", `${name} with ${key}: ${said.n}`]);
        // What was said while somebody was out of a group is not for them.
        const isFor = (id: string) => !isGroup || ledger.groups.isStillFor(log, party.device, id);
        const has = (id: string) => ledger.remarks.hasHad(name, id);
        const all = ledger.remarks.inOrder(log, row.id).filter(({ id }) => has(id) || isFor(id));
        const where = `${name} with ${key}: ${said.n}`;
        const missing = all.filter(({ id }) => !has(id));
        if (missing.length > 0)
          faults.push([
            "what is said of a message reaches all who were there",
            `${where}: ${missing[0]?.id}`,
          ]);
        const right = written(
          all.reduce((words, one) => after(words, one, said), base),
          isOrdered,
        );
        if (written(row, isOrdered) !== right)
          faults.push([
            "a line says the same to everyone",
            `${where}: ${written(row, isOrdered)} for ${right}`,
          ]);
      }
    }
  }
  return faults;
}

/** Where disks were put back: whatever was said of the last words everyone has. */
export function lastRemarkFaults(ledger: Ledger, devices: readonly Device[]): Fault[] {
  const lines = new Map<string, { readonly name: string; readonly row: Row }[]>();
  for (const { name, disk } of devices) {
    for (const key of disk.conversations.keys())
      for (const row of linesOf(disk, key))
        if (ledger.sayings.saidAs(row.id)?.last === true && row.notice === undefined && inLog(row))
          lines.set(row.id, [...(lines.get(row.id) ?? []), { name, row }]);
  }
  return [...lines.values()].flatMap(([one, ...others]): Fault[] => {
    const other = others.find(
      ({ row }) => one !== undefined && written(row, false) !== written(one.row, false),
    );
    if (one === undefined || other === undefined) return [];
    const detail = `${one.name} ${written(one.row, false)}, ${other.name} ${written(other.row, false)}`;
    return [["in the end everyone can say something about a message", detail]];
  });
}

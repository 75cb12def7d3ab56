// What must hold once a simulated class has come to rest: the same conversations everywhere, and nothing left over.
// Must not know how it came there.

import { encodeId } from "../../../src/domain/id.ts";
import type { DurableMemory } from "../../../src/store/server-memory.ts";
import type { Device } from "./device.ts";
import type { Ledger } from "./ledger.ts";
import { inLog, type Row, type Said } from "./said.ts";
import type { ServerMachine } from "./server-machine.ts";
import { conversationsOf, countOf, isLeaving, linesOf } from "./vault-records.ts";

export type Fault = readonly [invariant: string, detail: string];

/** What is due within this long is waited for, ms. */
const SOON = 10 * 60_000;

/** What is still to come before there is rest, in words; none: rest. */
export function openWishes(
  ledger: Ledger,
  devices: readonly Device[],
  server: ServerMachine,
  comebacks: boolean,
): string[] {
  const wishes: string[] = [];
  const { durable, clock } = server;
  const now = clock.of({ alive: true }).now();
  for (const device of devices) {
    const { name, status, disk } = device;
    if (status !== "online") wishes.push(`${name} is ${status ?? "not there"}`);
    const left = outboxOf(device).filter((item) => !comebacks || !isForGhosts(item, devices));
    if (left.length > 0) wishes.push(`${name} has ${left.length} in the outbox`);
    for (const table of ["pending", "intent", "joining"] as const)
      if (countOf(disk, table) > 0) wishes.push(`${name} has ${countOf(disk, table)} in ${table}`);
    for (const { log, kind, cursor, leaving, renewAt = Infinity } of conversationsOf(disk)) {
      if (leaving !== undefined) wishes.push(`${name} is still in ${log}`);
      if (renewAt < now + SOON) wishes.push(`${name} has keys to renew in ${log}`);
      const head = durable.logs.get(log)?.head;
      if (kind === "group" && cursor !== head) wishes.push(`${name} in ${log} is at ${cursor} of ${head}`);
    }
  }
  for (const [log, { group, leaving }] of durable.logs) {
    const there = devices.some((device) => device.groups().some((one) => one.log === log));
    // A statement of before a disk was put back may be about keys that are no more.
    if (!comebacks && there && group !== undefined && !group.closed && group.departed.size > 0)
      wishes.push(`${group.departed.size} are to be taken out of ${log}`);
    // Who has left by their own word comes for the rest when they come next.
    const reading = devices.filter(
      ({ device, disk }) => leaving.has(encodeId(device)) && !isLeaving(disk, log),
    );
    if (!comebacks && reading.length > 0) wishes.push(`${reading.length} still read ${log}`);
  }
  if (comebacks) return wishes;
  for (const one of devices) {
    for (const other of devices) {
      const missing =
        ledger.entries(one.name, other.name).length - ledger.rows(one.name, other.name).filter(inLog).length;
      if (one !== other && missing > 0) wishes.push(`${one.name} has not seen ${missing} with ${other.name}`);
    }
  }
  return wishes;
}

interface OutboxRecord {
  readonly accepted?: { readonly missing?: readonly string[] };
  readonly sealed?: { readonly log: string };
}

function outboxOf({ disk }: Device): OutboxRecord[] {
  return [...(disk.records.get("outbox")?.values() ?? [])].map((value) =>
    JSON.parse(Buffer.from(value).toString()),
  );
}

/** Whether only those have not got it whom a server put back from a copy takes for members, and who have left. */
function isForGhosts({ accepted, sealed }: OutboxRecord, devices: readonly Device[]): boolean {
  const missing = accepted?.missing ?? [];
  const isGhost = (id: string) => {
    const device = devices.find((one) => encodeId(one.device) === id);
    return device?.groups().every(({ log }) => log !== sealed?.log) === true;
  };
  return missing.length > 0 && missing.every(isGhost);
}

/** The invariants that are broken at rest, each with the case at hand. */
export function endFaults(ledger: Ledger, devices: readonly Device[], durable: DurableMemory): Fault[] {
  const faults: Fault[] = [];
  const lines = linesBySaid(ledger, devices);
  for (const one of devices) {
    for (const other of devices) {
      const seen = linesOf(one.disk, other.name)
        .filter(inLog)
        .map(({ id }) => id);
      if (one !== other && seen.join() !== ledger.entries(one.name, other.name).join())
        faults.push(["everyone sees the same in the same order", `${one.name} with ${other.name}`]);
    }
  }
  for (const said of ledger.sayings.said) {
    const { n, from, to, outcome } = said;
    const all = lines.get(n) ?? [];
    const sent = all.filter(({ reader, row }) => reader === from && row.passedOnBy === undefined);
    const [first] = sent;
    const where = `${n} from ${from} to ${to}, ${outcome}: ${sent.length} of ${all.length} times`;
    if (sent.length > 1) faults.push(["nothing comes twice", where]);
    if (outcome === "kept" && first === undefined) faults.push(["what was kept is not lost", where]);
    if (outcome === "refused" && first !== undefined) faults.push(["what was not kept is not sent", where]);
    if (outcome === "withdrawn" && all.length > 0) faults.push(["what was withdrawn is not sent", where]);
    const arrived = first !== undefined && inLog(first.row);
    if (to.startsWith("@")) faults.push(...groupMessageFaults(ledger, devices, said, first?.row, where));
    else {
      const got = all.filter(({ reader }) => reader === to);
      if (got.length > 1) faults.push(["nothing comes twice", where]);
      if (got.length !== (arrived ? 1 : 0)) faults.push(["what one has sent the other has", where]);
      if (arrived && (first.row.state !== "delivered" || first.row.delivered !== 1))
        faults.push(["what has arrived is known to have", `${where}, ${first.row.state}`]);
    }
  }
  return [...faults, ...leftOver(devices, durable)];
}

/** Everyone for whom it was and who is in the group still has it, and its sender knows. */
function groupMessageFaults(
  { groups }: Ledger,
  devices: readonly Device[],
  { log, from }: Said,
  row: Row | undefined,
  where: string,
): Fault[] {
  if (log === undefined || row === undefined || !inLog(row)) return [];
  const seq = groups.seqOf(log, row.id);
  if (seq === undefined) return [["what is shown is on the server's disk", where]];
  const faults: Fault[] = [];
  const there = new Set(groups.stillFor(log, seq));
  const sender = devices.find(({ name }) => name === from);
  const isGone = sender === undefined || !there.has(encodeId(sender.device));
  for (const { name, device, disk } of devices) {
    if (!there.has(encodeId(device))) continue;
    const got = linesOf(disk, `@${log}`).filter(
      ({ id, passedOnBy }) => id === row.id && passedOnBy === undefined,
    );
    // Who was put in again had passed over it, and nobody is there who would send it again.
    if (got.length === 0 && isGone && groups.hasReturned(encodeId(device))) continue;
    if (got.length !== 1)
      faults.push(["what one has sent the others have", `${where}: ${name} ${got.length} times`]);
  }
  // How far it came before the group was closed, or its sender was out, is all that its sender is told.
  if (isGone || groups.wasClosed(log)) return faults;
  const { state, delivered = 0, of } = row;
  if (state !== "delivered" || delivered !== of || delivered < there.size - 1)
    faults.push([
      "what has arrived is known to have",
      `${where}, ${state} ${delivered} of ${of}, ${there.size - 1} still there`,
    ]);
  return faults;
}

/** What holds even where disks were put back from copies: nothing comes twice, and from here on all goes well. */
export function comebackFaults(ledger: Ledger, devices: readonly Device[]): Fault[] {
  const faults: Fault[] = [];
  const lines = linesBySaid(ledger, devices);
  for (const { n, from, to, last, outcome } of ledger.sayings.said) {
    const all = lines.get(n) ?? [];
    const readers = all.map(({ reader }) => reader);
    const where = `${n} from ${from} to ${to}: ${readers.join()}`;
    if (new Set(readers).size < readers.length) faults.push(["nothing comes twice", where]);
    const own = all.find(({ reader, row }) => reader === from && row.own);
    if (!last || outcome === "withdrawn" || (own !== undefined && !inLog(own.row))) continue;
    const expected = new Set([from]);
    for (const device of devices)
      if (to === device.name || device.groups().some(({ log }) => `@${log}` === own?.key))
        expected.add(device.name);
    const missing = [...expected].filter((name) => !readers.includes(name));
    if (missing.length > 0)
      faults.push(["in the end everyone can talk to everyone", `${where}, not ${missing.join()}`]);
    if (own?.row.state === "waiting")
      faults.push(["in the end everyone can talk to everyone", `${where} waits`]);
  }
  return faults;
}

interface Line {
  readonly reader: string;
  readonly key: string;
  readonly row: Row;
}

/** All lines of all conversations, as they lie on the disks, by what they say; notices left out. */
function linesBySaid(ledger: Ledger, devices: readonly Device[]): Map<number | undefined, Line[]> {
  const lines = new Map<number | undefined, Line[]>();
  for (const { name: reader, disk } of devices) {
    for (const key of disk.conversations.keys()) {
      for (const row of linesOf(disk, key)) {
        if (row.notice !== undefined) continue;
        const n = ledger.sayings.saidIn(row)?.n;
        const same = lines.get(n) ?? [];
        lines.set(n, same);
        same.push({ reader, key, row });
      }
    }
  }
  return lines;
}

function leftOver(devices: readonly Device[], durable: DurableMemory): Fault[] {
  const faults: Fault[] = [];
  for (const { name, disk } of devices) {
    for (const [id, record] of disk.records.get("key-package") ?? []) {
      if (JSON.parse(Buffer.from(record).toString()).published !== true)
        faults.push(["a KeyPackage that is kept was published", `${id} of ${name}`]);
    }
  }
  for (const [log, { head, entries, cursors }] of durable.logs) {
    for (const [device, cursor] of cursors)
      if (cursor !== head)
        faults.push(["nothing waits for those who have it", `${device} in ${log}: ${cursor} of ${head}`]);
    if (entries.length > 0)
      faults.push(["what everyone has is not kept", `${log}: ${entries.length} entries`]);
  }
  return faults;
}

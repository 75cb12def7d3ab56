// What must hold once a simulated class has come to rest: the same conversations everywhere, and nothing left over.
// Must not know how it came there.

import type { DurableMemory } from "../../../src/store/server-memory.ts";
import type { VaultDisk } from "../../../src/store/vault-memory.ts";
import type { Device } from "./device.ts";
import { inLog, type Ledger, type Row } from "./ledger.ts";

/** What is still to come before there is rest, in words; none: rest. */
export function openWishes(ledger: Ledger, devices: readonly Device[]): string[] {
  const wishes: string[] = [];
  for (const { name, status } of devices)
    if (status !== "online") wishes.push(`${name} is ${status ?? "not there"}`);
  for (const { name, disk } of devices) {
    const left = disk.records.get("outbox")?.size ?? 0;
    if (left > 0) wishes.push(`${name} has ${left} in the outbox`);
  }
  for (const one of devices) {
    for (const other of devices) {
      const missing =
        ledger.entries(one.name, other.name).length - ledger.rows(one.name, other.name).filter(inLog).length;
      if (one !== other && missing > 0) wishes.push(`${one.name} has not seen ${missing} with ${other.name}`);
    }
  }
  return wishes;
}

/** The lines of a conversation as they lie on the disk. */
function linesOf(disk: VaultDisk, other: string): Row[] {
  const rows = [...(disk.conversations.get(other) ?? [])].sort(([a], [b]) => a - b);
  return rows.map(([, value]) => JSON.parse(Buffer.from(value).toString()));
}

/** The invariants that are broken at rest, each with the case at hand. */
export function endFaults(
  ledger: Ledger,
  devices: readonly Device[],
  durable: DurableMemory,
): [invariant: string, detail: string][] {
  const faults: [string, string][] = [];
  const lines = new Map<string, Row[]>();
  for (const one of devices) {
    for (const other of devices) {
      const mine = linesOf(one.disk, other.name);
      lines.set(`${one.name}>${other.name}`, mine);
      const seen = mine.filter(inLog).map(({ id }) => id);
      if (one !== other && seen.join() !== ledger.entries(one.name, other.name).join())
        faults.push(["everyone sees the same in the same order", `${one.name} with ${other.name}`]);
    }
  }
  for (const { n, from, to, text, outcome } of ledger.said) {
    const [sent = [], got = []] = [`${from}>${to}`, `${to}>${from}`].map((key) =>
      (lines.get(key) ?? []).filter((row) => row.text === text),
    );
    const [first] = sent;
    const where = `${n} from ${from} to ${to}, ${outcome}: ${sent.length} and ${got.length} times`;
    if (sent.length > 1 || got.length > 1) faults.push(["nothing comes twice", where]);
    if (outcome === "kept" && first === undefined) faults.push(["what was kept is not lost", where]);
    if (outcome === "refused" && first !== undefined) faults.push(["what was not kept is not sent", where]);
    if (got.length !== (first !== undefined && inLog(first) ? 1 : 0))
      faults.push(["what one has sent the other has", where]);
    if (first !== undefined && inLog(first) && (first.state !== "delivered" || first.delivered !== 1))
      faults.push(["what has arrived is known to have", `${where}, ${first.state}`]);
  }
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

// What must hold of every group once a simulated class has come to rest: all who are in it are in one and the same.
// Must not know how it came there.

import { loadProfile } from "../../../src/client/profile.ts";
import { encodeId } from "../../../src/domain/id.ts";
import { issueCredential } from "../../../src/mls/identity.ts";
import { mlsProvider } from "../../../src/mls/provider.ts";
import { load } from "../../../src/mls/saved.ts";
import { members, rulesOf } from "../../../src/mls/state.ts";
import type { DurableMemory } from "../../../src/store/server-memory.ts";
import type { HeldLog } from "../../../src/store/server-memory-rows.ts";
import { VaultDisk, VaultMemory } from "../../../src/store/vault-memory.ts";
import type { Device } from "./device.ts";
import type { Fault } from "./end.ts";
import { type ConversationRecord, conversationsOf } from "./vault-records.ts";

/** A group as one device has it. */
interface Seen {
  readonly name: string;
  readonly record: ConversationRecord;
  readonly epoch: number;
  /** The devices in its tree, in order. */
  readonly devices: string;
  readonly rules: string;
}

/**
 * What everyone agrees on of each group that anybody is in. `ghosts`: the server was put back from a copy, and may take
 * for members those who have left since, and go by what its members have passed over.
 */
export function groupFaults(devices: readonly Device[], { logs }: DurableMemory, ghosts: boolean): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<string, Seen[]>();
  for (const device of devices) {
    for (const one of groupsOf(device)) {
      if (typeof one === "string") faults.push(["every group that is kept can be read", one]);
      else seen.set(one.record.log, [...(seen.get(one.record.log) ?? []), one]);
    }
  }
  for (const [log, held] of logs) {
    if (held.kind !== "group") continue;
    const views = seen.get(log) ?? [];
    seen.delete(log);
    faults.push(...disagreements(log, held, views, ghosts));
    const there = new Set(views.map(({ name }) => name));
    for (const { name, device } of devices) {
      const isIn = held.group?.closed === false && held.cursors.has(encodeId(device));
      if (isIn === there.has(name) || (isIn && ghosts)) continue;
      faults.push(["who is in a group knows it, and nobody else has its keys", `${name} in ${log}: ${isIn}`]);
    }
  }
  for (const [log, [one]] of seen)
    faults.push([
      "who is in a group knows it, and nobody else has its keys",
      `${one?.name} in ${log}, which is gone`,
    ]);
  return faults;
}

function disagreements(log: string, held: HeldLog, views: readonly Seen[], ghosts: boolean): Fault[] {
  const faults: Fault[] = [];
  const [first] = views;
  if (first === undefined || held.group === undefined || held.group.closed) return faults;
  const present = [...held.cursors.keys()].sort().join();
  const rules = Buffer.from(held.group.rules).toString();
  for (const { name, record, epoch, devices, rules: own } of views) {
    const where = `${name} in ${log}`;
    const { voided = 0 } = record;
    if (epoch !== first.epoch)
      faults.push(["all are in one epoch", `${where}: ${epoch}, ${first.name}: ${first.epoch}`]);
    if (epoch + voided !== held.epoch)
      faults.push(["all are in one epoch", `${where}: ${epoch} + ${voided}, server: ${held.epoch}`]);
    if (devices !== first.devices)
      faults.push(["all agree on who is in a group", `${where} and ${first.name}`]);
    if (devices !== present) faults.push(["who is in a group is so by the server too", where]);
    if (own !== first.rules || (!ghosts && own !== rules))
      faults.push(["all agree on the rules of a group", `${where}: ${own} ${rules}`]);
    if (record.cursor !== held.head)
      faults.push(["nothing waits for those who have it", `${where}: ${record.cursor} of ${held.head}`]);
  }
  return faults;
}

/** The groups on a device's disk, those that it is about to leave left out; a sentence for one that does not load. */
function groupsOf({ name, disk }: Device): (Seen | string)[] {
  const copy = new VaultDisk();
  for (const [table, rows] of disk.records) copy.records.set(table, rows);
  const store = new VaultMemory(copy);
  const profile = loadProfile(store);
  if (profile === undefined) return [];
  const mls = mlsProvider(() => {
    throw new Error("group-end: nothing is made here");
  });
  const { signature, identity, device } = profile;
  const credential = issueCredential(identity, {
    name,
    device: device.public,
    signatureKey: signature.public,
  });
  return conversationsOf(disk).flatMap((record) => {
    if (record.kind !== "group" || record.leaving !== undefined) return [];
    const [group, ratchet] = [store.get("group", record.log), store.get("ratchet", record.log)];
    const saved = group === undefined || ratchet === undefined ? undefined : { group, ratchet };
    const loaded = saved && load(mls, { credential, signatureSecret: signature.secret }, saved);
    if (loaded?.ok !== true) return `${name} in ${record.log}`;
    const { conversation } = loaded;
    const leaves = members(conversation).map((member) => encodeId(member.credential.device));
    const rules = Buffer.from(rulesOf(conversation) ?? []).toString();
    return { name, record, epoch: conversation.epoch, devices: leaves.sort().join(), rules };
  });
}

/** What the faces say of who is in their groups. */
export async function faceFaults(
  devices: readonly Device[],
  { logs, accounts }: DurableMemory,
): Promise<Fault[]> {
  const nameOf = new Map(
    [...accounts.values()].flatMap(({ name, devices: own }) => own.map((one) => [one, name])),
  );
  const faults: Fault[] = [];
  for (const device of devices) {
    for (const { log, name } of device.groups()) {
      const found = await device.client?.members(name);
      const shown = found?.ok === true ? found.value : [];
      const names = shown.map((member) => member.name).sort();
      const there = [...(logs.get(log)?.cursors.keys() ?? [])].map((one) => nameOf.get(one) ?? one).sort();
      const where = `${device.name} in ${name}: ${names.join()} for ${there.join()}`;
      if (names.join() !== there.join()) faults.push(["a face shows who is in a group", where]);
      if (shown.some(({ trust, online }) => trust === "changed" || online !== true))
        faults.push(["a face shows who is in a group as they are", `${where} ${JSON.stringify(shown)}`]);
    }
    const groups = await device.client?.groups();
    const mine =
      groups?.ok === true ? groups.value.filter((one) => one.mine === "member" || one.mine === "admin") : [];
    if (mine.length !== device.groups().length)
      faults.push(["a face shows the groups one is in", device.name]);
  }
  return faults;
}

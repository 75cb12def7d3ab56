// Copies of what lies on a pretended disk, as a backup is one. For tests of what happens when it is put back.

import { DurableMemory } from "../../src/store/server-memory.ts";
import { VaultDisk } from "../../src/store/vault-memory.ts";

export function copyOfVault(disk: VaultDisk): VaultDisk {
  const copy = new VaultDisk();
  for (const [table, records] of disk.records) copy.records.set(table, new Map(records));
  for (const [name, rows] of disk.conversations) copy.conversations.set(name, new Map(rows));
  return copy;
}

export function copyOfServer(durable: DurableMemory): DurableMemory {
  const copy = new DurableMemory();
  for (const [fold, account] of durable.accounts)
    copy.accounts.set(fold, { ...account, devices: [...account.devices] });
  for (const [device, { held, spent }] of durable.packages) {
    copy.packages.set(device, { held: [...held], spent: new Set(spent) });
  }
  for (const [log, state] of durable.logs) {
    copy.logs.set(log, structuredClone(state));
  }
  return copy;
}

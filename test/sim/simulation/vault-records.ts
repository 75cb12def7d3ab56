// What the records in a vault's disk say, for whoever looks at it from outside.
// Must not change any.

import type { VaultTable } from "../../../src/ports.ts";
import type { VaultDisk } from "../../../src/store/vault-memory.ts";
import type { Row } from "./said.ts";

/** A conversation's record, as far as it is looked at. */
export interface ConversationRecord {
  readonly log: string;
  readonly name: string;
  readonly kind?: "group";
  readonly cursor: number;
  readonly voided?: number;
  readonly leaving?: string;
  readonly renewAt?: number;
}

export function conversationsOf(disk: VaultDisk): ConversationRecord[] {
  return [...(disk.records.get("conversation")?.values() ?? [])].map((value) =>
    JSON.parse(Buffer.from(value).toString()),
  );
}

/** Whether its user has left a group, or is about to. */
export function isLeaving(disk: VaultDisk, log: string): boolean {
  if (disk.records.get("seen")?.has(`left ${log}`) === true) return true;
  return conversationsOf(disk).some((one) => one.log === log && one.leaving !== undefined);
}

/** The lines of a conversation, in their order. */
export function linesOf(disk: VaultDisk, key: string): Row[] {
  const rows = [...(disk.conversations.get(key) ?? [])].sort(([a], [b]) => a - b);
  return rows.map(([, value]) => JSON.parse(Buffer.from(value).toString()));
}

export function countOf(disk: VaultDisk, table: VaultTable): number {
  return disk.records.get(table)?.size ?? 0;
}

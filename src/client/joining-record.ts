// Groups that this device has asked to be let into, and the KeyPackage made for each.
// Must not know how it is asked.

import * as v from "valibot";
import type { LogId } from "../domain/id.ts";
import type { ClientStore, VaultWrite } from "../ports.ts";
import { bytes, decodeRecord, encodeRecord } from "./record.ts";

const joiningRecord = v.object({
  v: v.literal(1),
  /** The group's name with its `@`, as it was typed and folded. */
  name: v.string(),
  fold: v.string(),
  /** Its log, by the server's word. */
  log: v.exactOptional(v.string()),
  /** KeyPackageRef, hex, and the KeyPackage. */
  id: v.string(),
  package: bytes,
});

export type JoiningRecord = v.InferOutput<typeof joiningRecord>;

export function joinings(store: ClientStore): JoiningRecord[] {
  return store.all("joining").map(({ value }) => decodeRecord(joiningRecord, value));
}

export function joiningNamed(store: ClientStore, fold: string): JoiningRecord | undefined {
  const record = store.get("joining", fold);
  return record === undefined ? undefined : decodeRecord(joiningRecord, record);
}

export function joiningOf(store: ClientStore, log: LogId): JoiningRecord | undefined {
  return joinings(store).find((one) => one.log === log);
}

export function putJoining(record: JoiningRecord): VaultWrite {
  return { put: "joining", key: record.fold, value: encodeRecord(record) };
}

export function removeJoining(fold: string): VaultWrite {
  return { remove: "joining", key: fold };
}

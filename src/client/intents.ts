// What this device's user wants of a group and the server has not taken yet: kept until it is done or cannot be.
// Must not know commits.

import * as v from "valibot";
import type { LogId } from "../domain/id.ts";
import type { ClientStore, VaultWrite } from "../ports.ts";
import type { GroupChange } from "./events.ts";
import { decodeRecord, encodeRecord } from "./record.ts";

const names = v.array(v.string());

const intentRecord = v.object({
  v: v.literal(1),
  log: v.string(),
  change: v.variant("change", [
    v.object({ change: v.literal("add"), names }),
    v.object({ change: v.picklist(["remove", "admin", "not-admin"]), name: v.string() }),
    v.object({ change: v.literal("rename"), to: v.string() }),
    v.object({ change: v.literal("close") }),
    v.object({ change: v.picklist(["announcement", "open"]), on: v.boolean() }),
  ]),
});

export interface Intent {
  readonly key: string;
  readonly log: LogId;
  readonly change: GroupChange;
}

export function putIntent({ key, log, change }: Intent): VaultWrite {
  return { put: "intent", key, value: encodeRecord({ v: 1, log, change }) };
}

/** Those of one group, or of all, in the order they were made. */
export function intentsOf(store: ClientStore, log?: LogId): Intent[] {
  return store
    .all("intent")
    .map(({ key, value }) => ({ key, ...decodeRecord(intentRecord, value) }))
    .filter((intent) => log === undefined || intent.log === log)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

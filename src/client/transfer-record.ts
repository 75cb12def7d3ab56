// A file on its way, or that was, as it is kept in the vault. Must not know what is done about it.

import * as v from "valibot";
import { type FailureReason, isFailureReason } from "./failure-reason.ts";
import { bytes } from "./record.ts";

const reason = v.custom<FailureReason>((value) => typeof value === "string" && isFailureReason(value));

/** What its description says, once it is known. */
const file = v.object({ sha256: bytes, key: bytes, blob: v.string() });
export type FileKeys = v.InferOutput<typeof file>;

const either = {
  v: v.literal(1),
  key: v.string(),
  number: v.number(),
  /** The message's. */
  id: v.string(),
  conversation: v.string(),
  fold: v.string(),
  sender: v.string(),
  name: v.string(),
  size: v.number(),
  reason: v.exactOptional(reason),
};

const sending = v.object({
  ...either,
  way: v.literal("out"),
  state: v.picklist(["preparing", "sending", "sent", "taken", "cancelled", "failed"]),
  path: v.string(),
  /** See Stamp. */
  mark: v.string(),
  file: v.exactOptional(file),
  /** The log for which the server was asked to keep it. */
  log: v.exactOptional(v.string()),
  takers: v.exactOptional(v.object({ got: v.number(), declined: v.number(), of: v.number() })),
  /** The server is still to be told that it is taken back. */
  cancelling: v.exactOptional(v.literal(true)),
});

const receiving = v.object({
  ...either,
  way: v.literal("in"),
  state: v.picklist(["offered", "receiving", "received", "rejected", "cancelled", "failed"]),
  file,
  /** Where it is being put, from when it was begun. */
  folder: v.exactOptional(v.string()),
  /** The name it is being given, once it is whole. */
  placing: v.exactOptional(v.string()),
  /** Where it lies. */
  path: v.exactOptional(v.string()),
  /** What the server is still to be told. */
  settle: v.exactOptional(v.picklist(["got", "declined"])),
});

export const transferRecord = v.variant("way", [sending, receiving]);

export type Outgoing = v.InferOutput<typeof sending>;
export type Incoming = v.InferOutput<typeof receiving>;
export type TransferRecord = Outgoing | Incoming;

/** Whether nothing more will come of it by itself. */
export function isOver(record: TransferRecord): boolean {
  switch (record.state) {
    case "preparing":
    case "sending":
    case "sent":
    case "offered":
    case "receiving":
      return false;
    case "taken":
    case "received":
    case "rejected":
    case "cancelled":
    case "failed":
      return record.way === "out" ? record.cancelling === undefined : record.settle === undefined;
  }
}

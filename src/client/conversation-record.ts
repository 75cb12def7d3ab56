// What is kept of each conversation beside its MLS state: with whom, how far it was read, what was asked and not answered.
// Must not know MLS or the link.

import * as v from "valibot";
import type { Entry } from "../domain/entry.ts";
import type { LogId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import type { Conversation } from "../mls/state.ts";
import { StoreFailure } from "../ports.ts";
import { bytes, decodeRecord } from "./record.ts";

/** Which entry stood where. */
const place = v.object({ seq: v.number(), id: v.string() });

const common = {
  v: v.literal(1),
  log: v.string(),
  /** As shown: the other person's, or a group's with its `@`. */
  name: v.string(),
  /** What it is known by on this device: the folded name of the other person, or `@` and the log's id. */
  fold: v.string(),
  /** The newest entry this device has processed. */
  cursor: v.number(),
  /**
   * Commits that were passed over because they broke the rules: the server has counted them as epochs, MLS has not. It
   * may be negative in a log that the server has begun anew.
   */
  voided: v.exactOptional(v.number()),
  /** The newest commit that was read, by which the present epoch of the server's count began. */
  began: v.exactOptional(place),
  /** The newest message that was read. */
  read: v.exactOptional(place),
};

const groupRecord = v.object({
  ...common,
  kind: v.literal("group"),
  /** The user has left, and this says so to the others; nothing more is read. */
  leaving: v.exactOptional(bytes),
  /** When this device's own keys are to be renewed; ms since 1970. */
  renewAt: v.number(),
  /** As `creating`: the rules, then the GroupInfo; and what the log's id is made of. */
  founding: v.exactOptional(
    v.object({ nonce: v.string(), rules: v.number(), info: v.number(), body: bytes }),
  ),
});

const directRecord = v.object({
  ...common,
  identity: bytes,
  /** What the server was, or is to be, asked for and has not confirmed: always these same bytes. */
  creating: v.exactOptional(
    v.object({
      welcomes: v.array(v.object({ device: v.string(), id: v.string(), size: v.number() })),
      info: v.number(),
      body: bytes,
    }),
  ),
});

const conversationRecord = v.union([groupRecord, directRecord]);

type Kept = v.InferOutput<typeof conversationRecord>;

/** Throws StoreFailure("corrupt"). */
export function readRecord(record: Uint8Array): Kept {
  return decodeRecord(conversationRecord, record);
}

/** What of a conversation is known without its MLS state. */
export interface Listed {
  readonly log: LogId;
  readonly name: string;
  readonly fold: string;
  readonly group: boolean;
  readonly leaving: boolean;
}

export function listed(record: Kept): Listed {
  const { log, name, fold } = record;
  const group = "kind" in record;
  return { log, name, fold, group, leaving: group && record.leaving !== undefined };
}

/** As `listed`; one that cannot be read is there all the same, and says so when it is got. */
export function listedFrom(log: LogId, record: Uint8Array): Listed {
  try {
    return listed(readRecord(record));
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    return { log, name: "", fold: "", group: false, leaving: false };
  }
}

/** A group's name as names are compared, with its `@`. */
export function foldOfGroup(name: string): string {
  const parsed = parseName(name.slice(1));
  return parsed.ok ? `@${parsed.fold}` : name;
}

type InMemory<R> = R & { readonly mls: Conversation };
/** A conversation in memory. Replaced, never changed: see Conversation in mls/state.ts. */
export type HeldGroup = InMemory<v.InferOutput<typeof groupRecord>>;
export type HeldDirect = InMemory<v.InferOutput<typeof directRecord>>;
export type Held = HeldGroup | HeldDirect;

export function isGroup(held: Held): held is HeldGroup {
  return "kind" in held;
}

/** Whether the server has yet to be asked for it, or to confirm it. */
export function isUnconfirmed(held: Held): boolean {
  return isGroup(held) ? held.founding !== undefined : held.creating !== undefined;
}

/** The server's count of the epochs of this conversation. */
export function serverEpoch({ mls, voided = 0 }: Held): number {
  return mls.epoch + voided;
}

/** What changes of a conversation as its log is read; `created`: the server has said that it has it. */
export type Advance = Partial<Pick<Held, "cursor" | "voided" | "began" | "read">> & {
  readonly created?: true;
};

/** What is kept of having read a message. */
export function readUpTo({ seq, id }: Pick<Entry, "seq" | "id">): Pick<Held, "cursor" | "read"> {
  return { cursor: seq, read: { seq, id } };
}

/** What a group is known by on this device. */
export function groupKey(log: LogId): string {
  return `@${log}`;
}

/** Whether it is a group that is known by this. */
export function isGroupKey(key: string): boolean {
  return key.startsWith("@");
}

// The schemas of what a Face takes and gives, for the two ends of a local socket may be of different versions.
// Must not know sockets, nor how lines are framed.

import * as v from "valibot";
import type {
  ClientEvent,
  Conversation,
  HistoryQuery,
  Message,
  OfflineCause,
  Person,
  Showing,
  Status,
  Verification,
} from "../client/events.ts";
import { ROLES } from "../domain/role.ts";
import { type DialFailure, StoreFailure } from "../ports.ts";
import { isRefusalCode, type RefusalCode } from "../wire/refusal.ts";
import type { Case, Fields } from "./attach-fields.ts";
import { transfer } from "./attach-files.ts";
import { groupNotice } from "./attach-notices.ts";
import { change, quoted, reaction } from "./attach-remarks.ts";
import { failureReason, refused } from "./attach-reasons.ts";

const STORE_REASONS = {
  full: true,
  "read-only": true,
  busy: true,
  corrupt: true,
  newer: true,
  "wrong-key": true,
  io: true,
} satisfies Record<StoreFailure["reason"], true>;

const storeReason = v.pipe(
  v.string(),
  v.transform((reason): StoreFailure["reason"] => (isStoreReason(reason) ? reason : "io")),
);
const refusalCode = v.pipe(
  v.string(),
  v.transform((code): RefusalCode => (isRefusalCode(code) ? code : "malformed")),
);
/** Written as base64url. */
const bytes = v.pipe(
  v.string(),
  v.regex(/^[\w-]*$/),
  v.transform((text): Uint8Array => Uint8Array.fromBase64(text, { alphabet: "base64url" })),
);
export const trust = v.picklist(["unknown", "pinned", "verified", "changed"]);
const messageState = v.picklist(["waiting", "accepted", "delivered", "failed"]);

export const message = v.object({
  id: v.string(),
  conversation: v.string(),
  sender: v.string(),
  text: v.string(),
  sentAt: v.number(),
  queued: v.boolean(),
  trusted: v.boolean(),
  own: v.boolean(),
  state: v.exactOptional(messageState),
  delivered: v.exactOptional(v.number()),
  of: v.exactOptional(v.number()),
  reason: v.exactOptional(failureReason),
  passedOnBy: v.exactOptional(v.string()),
  notice: v.exactOptional(groupNotice),
  file: v.exactOptional(v.object({ name: v.string(), size: v.number(), sha256: v.string() })),
  replyTo: v.exactOptional(quoted),
  reactions: v.exactOptional(v.pipe(v.array(reaction), v.readonly())),
  edited: v.exactOptional(v.boolean()),
  deleted: v.exactOptional(v.boolean()),
  read: v.exactOptional(v.literal(true)),
  position: v.exactOptional(v.number()),
} satisfies Fields<Message>);

export const showing = v.object({ tell: v.boolean() } satisfies Fields<Showing>);

export const person = v.object({
  name: v.string(),
  online: v.boolean(),
  me: v.boolean(),
  trust,
  role: v.exactOptional(v.picklist(ROLES)),
} satisfies Fields<Person>);

const verification = v.object({
  name: v.string(),
  trust,
  safetyNumber: v.string(),
  pinned: v.string(),
  found: v.exactOptional(v.string()),
} satisfies Fields<Verification>);

export const historyQuery = v.object({
  with: v.exactOptional(v.string()),
  search: v.exactOptional(v.string()),
  before: v.exactOptional(v.number()),
  limit: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
} satisfies Fields<HistoryQuery>);

export const conversation = v.object({
  name: v.string(),
  unread: v.number(),
  mentioned: v.boolean(),
  shown: v.number(),
  newestAt: v.number(),
} satisfies Fields<Conversation>);

const dialFailure = v.variant("cause", [
  v.object({ cause: v.picklist(["unreachable", "timeout", "not-tls"]), detail: v.string() }),
  v.object({ cause: v.literal("wrong-key"), detail: v.string(), found: bytes } satisfies Case<
    DialFailure,
    "cause",
    "wrong-key"
  >),
]);

export const offlineCause = v.variant("kind", [
  v.object({ kind: v.literal("dial"), failure: dialFailure } satisfies Case<OfflineCause, "kind", "dial">),
  v.object({ kind: v.literal("refused"), code: refusalCode } satisfies Case<OfflineCause, "kind", "refused">),
  v.object({ kind: v.literal("lost"), detail: v.string() } satisfies Case<OfflineCause, "kind", "lost">),
  v.object({ kind: v.literal("storage"), reason: storeReason } satisfies Case<
    OfflineCause,
    "kind",
    "storage"
  >),
]);

export const status = v.variant("state", [
  v.object({ state: v.literal("connecting") } satisfies Case<Status, "state", "connecting">),
  v.object({
    state: v.literal("offline"),
    cause: offlineCause,
    again: v.exactOptional(v.number()),
  } satisfies Case<Status, "state", "offline">),
  v.object({
    state: v.literal("catching-up"),
    className: v.string(),
    waiting: v.number(),
    done: v.number(),
  } satisfies Case<Status, "state", "catching-up">),
  v.object({ state: v.literal("online"), className: v.string(), waiting: v.number() } satisfies Case<
    Status,
    "state",
    "online"
  >),
]);

export const clientEvent = v.variant("type", [
  v.object({ type: v.literal("status"), status } satisfies Case<ClientEvent, "type", "status">),
  v.object({ type: v.literal("message"), message } satisfies Case<ClientEvent, "type", "message">),
  v.object({ type: v.literal("changed"), message, change } satisfies Case<ClientEvent, "type", "changed">),
  v.object({
    type: v.literal("state"),
    id: v.string(),
    conversation: v.string(),
    state: messageState,
    delivered: v.number(),
    of: v.number(),
    reason: v.exactOptional(failureReason),
  } satisfies Case<ClientEvent, "type", "state">),
  v.object({
    type: v.literal("read"),
    conversation: v.string(),
    id: v.string(),
    position: v.number(),
  } satisfies Case<ClientEvent, "type", "read">),
  v.object({ type: v.literal("transfer"), transfer } satisfies Case<ClientEvent, "type", "transfer">),
  v.object({ type: v.literal("presence"), name: v.string(), online: v.boolean() } satisfies Case<
    ClientEvent,
    "type",
    "presence"
  >),
  v.object({ type: v.literal("typing"), conversation: v.string(), on: v.boolean() } satisfies Case<
    ClientEvent,
    "type",
    "typing"
  >),
  v.object({
    type: v.literal("key-changed"),
    name: v.string(),
    pinned: v.string(),
    found: v.string(),
  } satisfies Case<ClientEvent, "type", "key-changed">),
  v.object({ type: v.literal("missing"), conversation: v.string() } satisfies Case<
    ClientEvent,
    "type",
    "missing"
  >),
  v.object({ type: v.literal("caught-up"), waited: v.number() } satisfies Case<
    ClientEvent,
    "type",
    "caught-up"
  >),
  v.object({ type: v.literal("clock-off"), ahead: v.number() } satisfies Case<
    ClientEvent,
    "type",
    "clock-off"
  >),
]);

export const sent = v.object({ id: v.string() });
/** What remains of a list's answer when its items have gone before. */
export const nothing = v.null();
export const askedNothing = v.variant("ok", [v.object({ ok: v.literal(true) }), refused]);
export const askedMessage = v.variant("ok", [v.object({ ok: v.literal(true), value: message }), refused]);
export const askedVerification = v.variant("ok", [
  v.object({ ok: v.literal(true), value: verification }),
  refused,
]);

/** What a call failed by: a store's reason, or "bug" for all that is no fault of the world's. */
export function faultOf(error: unknown): string {
  return error instanceof StoreFailure ? error.reason : "bug";
}

/** The error again on the other side; what is no store's failure comes without its text, which may hold anything. */
export function errorOf(fault: string, method: string): Error {
  return isStoreReason(fault)
    ? new StoreFailure(fault)
    : new Error(`attached: ${method} failed in the process that holds the profile`);
}

function isStoreReason(reason: string): reason is keyof typeof STORE_REASONS {
  return Object.hasOwn(STORE_REASONS, reason);
}

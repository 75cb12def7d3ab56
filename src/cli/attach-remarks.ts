// The schemas of replies, reactions, edits and deletions on a local socket.
// Must not know how they are said.

import * as v from "valibot";
import type { Answering, Change, Quoted, Reaction } from "../client/remark-view.ts";
import type { Case, Fields } from "./attach-fields.ts";
import { failureReason } from "./attach-reasons.ts";

export const answering = v.object({ replyTo: v.exactOptional(v.string()) } satisfies Fields<Answering>);

export const quoted = v.object({
  id: v.string(),
  sender: v.exactOptional(v.string()),
  text: v.exactOptional(v.string()),
  own: v.exactOptional(v.boolean()),
  deleted: v.exactOptional(v.boolean()),
} satisfies Fields<Quoted>);

export const reaction = v.object({ emoji: v.string(), by: v.string() } satisfies Fields<Reaction>);

export const change = v.variant("kind", [
  v.object({
    kind: v.picklist(["edited", "deleted"]),
    by: v.string(),
    own: v.boolean(),
  } satisfies Case<Change, "kind", "edited" | "deleted">),
  v.object({
    kind: v.literal("reaction"),
    by: v.string(),
    own: v.boolean(),
    emoji: v.exactOptional(v.string()),
  } satisfies Case<Change, "kind", "reaction">),
  v.object({
    kind: v.literal("undone"),
    what: v.picklist(["reaction", "edit", "delete"]),
    reason: failureReason,
  } satisfies Case<Change, "kind", "undone">),
]);

// The schemas of files on their way, and of what is asked of them, as they go over a local socket.
// Must not know sockets, nor how files travel.

import * as v from "valibot";
import type { Downloads, Transfer } from "../client/transfer-view.ts";
import type { Fields } from "./attach-fields.ts";
import { failureReason, refused } from "./attach-reasons.ts";

const bytes = v.pipe(v.number(), v.safeInteger());

export const transfer = v.object({
  number: v.number(),
  id: v.string(),
  way: v.picklist(["out", "in"]),
  conversation: v.string(),
  sender: v.string(),
  name: v.string(),
  size: bytes,
  sha256: v.exactOptional(v.string()),
  state: v.picklist([
    "preparing",
    "sending",
    "sent",
    "taken",
    "offered",
    "receiving",
    "received",
    "rejected",
    "cancelled",
    "failed",
  ]),
  done: bytes,
  reason: v.exactOptional(failureReason),
  path: v.exactOptional(v.string()),
  got: v.exactOptional(v.number()),
  declined: v.exactOptional(v.number()),
  of: v.exactOptional(v.number()),
} satisfies Fields<Transfer>);

export const transferAction = v.picklist(["accept", "reject", "cancel", "resume"]);

export const downloads = v.object({ folder: v.string(), upTo: bytes } satisfies Fields<Downloads>);

export const askedTransfer = v.variant("ok", [v.object({ ok: v.literal(true), value: transfer }), refused]);

// Why something was refused or failed, as it goes over a local socket. Must not know what was asked.

import * as v from "valibot";
import { type FailureReason, isFailureReason } from "../client/failure-reason.ts";

/** A reason that this version does not know becomes the least that is said of its kind. */
export const failureReason = v.pipe(
  v.string(),
  v.transform((reason): FailureReason => (isFailureReason(reason) ? reason : "malformed")),
);

export const refused = v.object({
  ok: v.literal(false),
  reason: v.union([v.literal("offline"), failureReason]),
});

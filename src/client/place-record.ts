// What is kept of a conversation as this device shows it: where it stands, and in which row each message is.
// Must not know what is in the rows.

import * as v from "valibot";
import { bytes } from "./record.ts";

/**
 * Where a conversation stands: the next free position, and the one up to which all was shown. `listed`: from there on
 * messages are found by their ids; absent where an earlier version has written all there is. `owed`: that this message
 * of theirs was shown is yet to be told to the other person. `readBy`: up to there they have read what this person wrote.
 */
export const place = v.object({
  v: v.literal(1),
  name: v.string(),
  next: v.number(),
  shown: v.number(),
  listed: v.exactOptional(v.number()),
  owed: v.exactOptional(v.string()),
  readBy: v.exactOptional(v.number()),
});
export type Place = v.InferOutput<typeof place>;

/** In which row a message stands. `by`: the identity key of who wrote it, where that is somebody else's and known. */
export const at = v.object({ v: v.literal(1), position: v.number(), by: v.exactOptional(bytes) });
export type At = v.InferOutput<typeof at>;

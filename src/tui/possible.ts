// What may be done with a message, and what is offered to react with. Pure.
// Must not know which message is chosen, nor in what words anything is said.

import type { Message } from "../client/events.ts";
import type { Deed } from "./key-table.ts";

/** From 1, as the keys have it. */
export const OFFERED = ["👍", "❤️", "😂", "🎉", "❓", "✅"] as const;

/** Why something cannot be done with a message. */
export type Cannot = "none" | "deleted" | "not-own" | "file" | "no-reply" | "not-here" | "no-reaction";

/** Undefined: it can be done. */
export function cannot(deed: Deed, { own, deleted, file, replyTo }: Message): Cannot | undefined {
  if (deed === "jump") return replyTo === undefined ? "no-reply" : undefined;
  if (deleted === true) return "deleted";
  if (deed !== "edit-message" && deed !== "delete-message") return undefined;
  if (!own) return "not-own";
  return file === undefined ? undefined : "file";
}

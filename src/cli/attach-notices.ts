// The schema of what has happened in a group, as it goes over a local socket.
// Must not know sockets, nor what is said of it.

import * as v from "valibot";
import type { GroupNotice } from "../client/events.ts";
import type { Case } from "./attach-fields.ts";

const names = v.pipe(v.array(v.string()), v.readonly());

export const groupNotice = v.variant("kind", [
  v.object({ kind: v.picklist(["joined", "left"]), names } satisfies Case<GroupNotice, "kind", "joined">),
  v.object({ kind: v.picklist(["added", "removed"]), names, by: v.string() } satisfies Case<
    GroupNotice,
    "kind",
    "added"
  >),
  v.object({ kind: v.literal("renamed"), by: v.string(), name: v.string() } satisfies Case<
    GroupNotice,
    "kind",
    "renamed"
  >),
  v.object({ kind: v.literal("closed"), by: v.string() } satisfies Case<GroupNotice, "kind", "closed">),
  v.object({ kind: v.picklist(["admin", "not-admin"]), names, by: v.string() } satisfies Case<
    GroupNotice,
    "kind",
    "admin"
  >),
  v.object({ kind: v.picklist(["announcement", "open"]), by: v.string(), on: v.boolean() } satisfies Case<
    GroupNotice,
    "kind",
    "open"
  >),
  v.object({ kind: v.literal("impostor"), names } satisfies Case<GroupNotice, "kind", "impostor">),
  v.object({ kind: v.literal("out") } satisfies Case<GroupNotice, "kind", "out">),
  v.object({ kind: v.literal("attack"), by: v.string() } satisfies Case<GroupNotice, "kind", "attack">),
]);

// The schemas of groups, their members and what is asked of them, as they go over a local socket.
// Must not know sockets, nor what groups are.

import * as v from "valibot";
import type { Group, GroupChange, GroupMember, GroupOutcome, NewGroup } from "../client/events.ts";
import { ROLES } from "../domain/role.ts";
import type { Case, Fields } from "./attach-fields.ts";
import { refused } from "./attach-reasons.ts";
import { trust } from "./attach-shapes.ts";

export const group = v.object({
  name: v.string(),
  size: v.number(),
  open: v.boolean(),
  announcement: v.boolean(),
  mine: v.picklist(["no", "joining", "member", "admin"]),
} satisfies Fields<Group>);

export const groupMember = v.object({
  name: v.string(),
  me: v.boolean(),
  admin: v.boolean(),
  online: v.exactOptional(v.boolean()),
  trust,
  role: v.exactOptional(v.picklist(ROLES)),
} satisfies Fields<GroupMember>);

export const newGroup = v.object({
  name: v.string(),
  open: v.boolean(),
  announcement: v.boolean(),
  history: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
} satisfies Fields<NewGroup>);

export const groupChange = v.variant("change", [
  v.object({ change: v.literal("add"), names: v.pipe(v.array(v.string()), v.readonly()) } satisfies Case<
    GroupChange,
    "change",
    "add"
  >),
  v.object({ change: v.literal("remove"), name: v.string() } satisfies Case<GroupChange, "change", "remove">),
  v.object({ change: v.literal("rename"), to: v.string() } satisfies Case<GroupChange, "change", "rename">),
  v.object({ change: v.literal("close") } satisfies Case<GroupChange, "change", "close">),
  v.object({ change: v.picklist(["admin", "not-admin"]), name: v.string() } satisfies Case<
    GroupChange,
    "change",
    "admin"
  >),
  v.object({ change: v.picklist(["announcement", "open"]), on: v.boolean() } satisfies Case<
    GroupChange,
    "change",
    "open"
  >),
]);

const outcome = v.object({
  state: v.picklist(["done", "waiting"]),
  name: v.string(),
} satisfies Fields<GroupOutcome>);

export const askedOutcome = v.variant("ok", [v.object({ ok: v.literal(true), value: outcome }), refused]);

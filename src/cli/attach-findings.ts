// The schema of what a client finds to be wrong with itself, as it goes over a local socket.
// Must not know sockets, nor what a finding means.

import * as v from "valibot";
import type { Finding, Level, ServerPlace, Stands } from "../client/diagnosis.ts";
import type { Case, Fields } from "./attach-fields.ts";
import { offlineCause, trust } from "./attach-shapes.ts";

const STANDS = {
  follows: true,
  begins: true,
  invited: true,
  "comes-back": true,
  rewinds: true,
  unasked: true,
  gone: true,
  full: true,
  "read-only": true,
  busy: true,
  corrupt: true,
  newer: true,
  "wrong-key": true,
  io: true,
} satisfies Record<Stands, true>;

const level = v.picklist(["ok", "warn", "fail"] satisfies Level[]);
const stands = v.custom<Stands>((value) => typeof value === "string" && Object.hasOwn(STANDS, value));

const serverPlace = v.object({
  epoch: v.number(),
  head: v.number(),
  cursor: v.number(),
} satisfies Fields<ServerPlace>);

export const finding = v.variant("about", [
  v.object({
    about: v.literal("server"),
    level,
    host: v.string(),
    port: v.number(),
    className: v.exactOptional(v.string()),
    version: v.exactOptional(v.number()),
    cause: v.exactOptional(offlineCause),
  } satisfies Case<Finding, "about", "server">),
  v.object({
    about: v.literal("pin"),
    level,
    pinned: v.exactOptional(v.string()),
    found: v.exactOptional(v.string()),
  } satisfies Case<Finding, "about", "pin">),
  v.object({
    about: v.literal("account"),
    level,
    name: v.string(),
    there: v.exactOptional(v.string()),
  } satisfies Case<Finding, "about", "account">),
  v.object({ about: v.literal("clock"), level, ahead: v.number() } satisfies Case<Finding, "about", "clock">),
  v.object({
    about: v.literal("queue"),
    level,
    waiting: v.number(),
    accepted: v.number(),
    atServer: v.exactOptional(v.number()),
  } satisfies Case<Finding, "about", "queue">),
  v.object({ about: v.literal("key-packages"), level, held: v.number() } satisfies Case<
    Finding,
    "about",
    "key-packages"
  >),
  v.object({
    about: v.literal("conversation"),
    level,
    name: v.exactOptional(v.string()),
    trust,
    epoch: v.exactOptional(v.number()),
    cursor: v.exactOptional(v.number()),
    server: v.exactOptional(serverPlace),
    stands,
  } satisfies Case<Finding, "about", "conversation">),
]);

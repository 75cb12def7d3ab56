// What can be wrong with a client, each thing as data and judged: no words, nothing asked. Pure.
// Must not know how it is found out or said.

import type { StoreFailure } from "../ports.ts";
import type { OfflineCause, Trust } from "./events.ts";
import type { Standing } from "./places.ts";
import { isOff } from "./server-time.ts";

/** "fail": something does not work; "warn": to be known, or seen to by itself. */
export type Level = "ok" | "warn" | "fail";

/** Where a conversation stands at the server, by its own word. */
export interface ServerPlace {
  readonly epoch: number;
  /** Seq of its newest entry. */
  readonly head: number;
  /** What this device has acknowledged. */
  readonly cursor: number;
}

export type Stands =
  | Standing
  | "invited" // a Welcome waits at the server
  | "unasked" // nobody could be asked
  | "gone" // the server does not have it
  | StoreFailure["reason"]; // what is kept of it cannot be read

export type Finding =
  /** `version`: of the protocol. */
  | {
      readonly about: "server";
      readonly level: Level;
      readonly host: string;
      readonly port: number;
      readonly className?: string;
      readonly version?: number;
      /** Why it was not reached. */
      readonly cause?: OfflineCause;
    }
  /** Fingerprints. Without `pinned` there was no first contact yet; without `found` nobody was met. */
  | { readonly about: "pin"; readonly level: Level; readonly pinned?: string; readonly found?: string }
  /** `there`: the name under which the server knows this device; absent when it does not. */
  | { readonly about: "account"; readonly level: Level; readonly name: string; readonly there?: string }
  /** This machine's clock is `ahead` ms of the server's. */
  | { readonly about: "clock"; readonly level: Level; readonly ahead: number }
  /** Messages: kept here and not on the server, there and not delivered, there for this device. */
  | {
      readonly about: "queue";
      readonly level: Level;
      readonly waiting: number;
      readonly accepted: number;
      readonly atServer?: number;
    }
  /** Single-use ones that the server holds. */
  | { readonly about: "key-packages"; readonly level: Level; readonly held: number }
  | {
      readonly about: "conversation";
      readonly level: Level;
      /** Absent when its record cannot be read. */
      readonly name?: string;
      readonly trust: Trust;
      /** Here; absent when the state does not load. */
      readonly epoch?: number;
      readonly cursor?: number;
      readonly server?: ServerPlace;
      readonly stands: Stands;
    };

/** Beyond this the clock is a fault: KeyPackages are made out with so much to spare, ms. */
const CLOCK_WRONG = 24 * 60 * 60_000;

export function clockFinding(ahead: number): Finding {
  const level = Math.abs(ahead) > CLOCK_WRONG ? "fail" : isOff(ahead) ? "warn" : "ok";
  return { about: "clock", level, ahead };
}

/** `found`: the key that was met, where the pinned one was not. */
export function pinFinding(pinned: string | undefined, found: string | undefined): Finding {
  const level = found !== undefined && found !== pinned ? "fail" : pinned === undefined ? "warn" : "ok";
  return {
    about: "pin",
    level,
    ...(pinned === undefined ? {} : { pinned }),
    ...(found === undefined ? {} : { found }),
  };
}

export function accountFinding(name: string, there: string | undefined): Finding {
  if (there === undefined) return { about: "account", level: "warn", name };
  return { about: "account", level: there === name ? "ok" : "fail", name, there };
}

export function queueFinding(waiting: number, accepted: number, atServer: number | undefined): Finding {
  const there = atServer === undefined ? {} : { atServer };
  return { about: "queue", level: waiting > 0 ? "warn" : "ok", waiting, accepted, ...there };
}

export function keyPackagesFinding(held: number): Finding {
  return { about: "key-packages", level: held > 0 ? "ok" : "warn", held };
}

type Conversation = Extract<Finding, { about: "conversation" }>;

/** `connected`: what connecting mends by itself should be mended by now. */
export function conversationFinding(
  found: Omit<Conversation, "about" | "level">,
  connected: boolean,
): Finding {
  return { about: "conversation", level: conversationLevel(found, connected), ...found };
}

function conversationLevel(
  { stands, trust }: Omit<Conversation, "about" | "level">,
  connected: boolean,
): Level {
  switch (stands) {
    case "follows":
    case "begins":
    case "invited":
    case "unasked":
      return trust === "changed" ? "warn" : "ok";
    case "comes-back":
    case "rewinds":
    case "gone":
      return connected ? "fail" : "warn";
    case "full":
    case "read-only":
    case "busy":
    case "corrupt":
    case "newer":
    case "wrong-key":
    case "io":
      return "fail";
  }
}

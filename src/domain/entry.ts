// What lies in a log. Must not know how it travels or where it is kept.

import type { DeviceId, LogId, MessageId } from "./id.ts";

export type EntryKind = "message" | "welcome" | "commit" | "history";

export interface Entry {
  readonly log: LogId;
  /** From 1, without gaps. */
  readonly seq: number;
  readonly id: MessageId;
  readonly sender: DeviceId;
  readonly kind: EntryKind;
  readonly epoch: number;
  /** When the server accepted it, ms since 1970. */
  readonly time: number;
  readonly body: Uint8Array;
}

// What somebody said and a line that is shown of it, as the ledgers know them.
// Must not know what was promised of either.

import type { MessageState } from "../../../src/client/events.ts";
import type { LogId } from "../../../src/domain/id.ts";

/** Tells of a promise that was broken; `invariant` is one of a few sentences, `detail` the case at hand. */
export type Violate = (invariant: string, detail: string) => void;

/** Something that somebody wrote. Texts differ, so that each is known by its text wherever it turns up. */
export interface Said {
  readonly n: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** The recipient had a name on the server when it was written. */
  readonly known: boolean;
  /** Bytes of the file that it tells of. */
  readonly file: number | undefined;
  /** In the class's last words, when nothing fails any more. */
  readonly last: boolean;
  /** The group's, once it has turned up in one. */
  log: LogId | undefined;
  id: string | undefined;
  /** The message it answers, by its id. */
  readonly answers: string | undefined;
  /** What it said when it was encrypted: its author may have put it in other words before. */
  sent: string | undefined;
  /** Its author wants it deleted; "kept": and was told that it is. */
  deleted: boolean | "kept";
  /** "unknown": not told yet, or its program died first; "withdrawn": deleted before anybody could have it. */
  outcome: "unknown" | "kept" | "refused" | "withdrawn";
}

/** A line of a conversation in a vault. */
export interface Row {
  readonly id: string;
  readonly sender: string;
  readonly text: string;
  readonly own: boolean;
  readonly trusted: boolean;
  readonly state?: MessageState;
  readonly delivered?: number;
  readonly of?: number;
  readonly reason?: string;
  readonly passedOnBy?: string;
  readonly notice?: { readonly kind: string };
  readonly replyTo?: string;
  readonly reactions?: readonly { readonly emoji: string; readonly by: string }[];
  readonly edited?: boolean;
  readonly deleted?: boolean;
}

/** Whether a line has a place in the log: what failed has not. */
export function inLog(row: Row): boolean {
  return row.state !== "failed";
}

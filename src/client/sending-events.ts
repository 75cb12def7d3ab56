// What the way out asks of the rest of a connection, and tells it. Must not know who answers.

import type { LogId } from "../domain/id.ts";
import type { Outgoing } from "./transfer-record.ts";
import type { Begun } from "./uploads.ts";

export interface SendingEvents {
  /** The server has answered all that it had not when the last connection ended. */
  sentAgain(): Promise<void>;
  /** Whether nothing of this log that has come was left unread. */
  isRead(log: LogId): boolean;
  /** Whether this device stands in it where all others do. */
  isLevel(log: LogId): boolean;
  /** One more message of this device's is in the conversation. */
  wrote(log: LogId): void;
  /** A file is begun, or gone on with, for the members of this log. */
  begin(record: Outgoing, log: LogId): Promise<Begun>;
  /** Its message is on its way: so may its chunks be. */
  begun(key: string): void;
  readonly fault: (error: unknown) => void;
}

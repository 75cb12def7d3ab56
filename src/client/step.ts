// What one step over what came from the server writes, tells and acknowledges, all together.
// Must not know what came.

import type { LogId } from "../domain/id.ts";
import type { VaultWrite } from "../ports.ts";
import type { ClientEvent } from "./events.ts";

export class Step {
  readonly #writes = new Map<string, VaultWrite>();
  readonly events: ClientEvent[] = [];
  readonly acks = new Map<LogId, number>();
  /** Keys of what was shown by it. */
  readonly seen = new Set<string>();

  /** What is written to one place several times is written once, as it is in the end. */
  write(writes: readonly VaultWrite[]): void {
    for (const write of writes) this.#writes.set(placeOf(write), write);
  }

  /** What it writes in this row of a conversation. */
  row(key: string, position: number): Uint8Array | undefined {
    const write = this.#writes.get(rowOf(key, position));
    return write !== undefined && "history" in write ? write.value : undefined;
  }

  get writes(): VaultWrite[] {
    return [...this.#writes.values()];
  }
}

function rowOf(conversation: string, position: number): string {
  return `history ${conversation} ${position}`;
}

function placeOf(write: VaultWrite): string {
  if ("history" in write) return rowOf(write.history, write.position);
  return `${"put" in write ? write.put : write.remove} ${write.key}`;
}

// A vault in memory, for simulations: the same contract, over a disk that outlives it.
// Must not know what the values mean.

import type { ClientStore, VaultTable, VaultWrite } from "../ports.ts";

/** What lies on the pretended disk. Make one for each device and open it again after each pretended crash. */
export class VaultDisk {
  readonly records = new Map<VaultTable, Map<string, Uint8Array>>();
  readonly conversations = new Map<string, Map<number, Uint8Array>>();
  /** The one vault that may use it. */
  holder: VaultMemory | undefined;
}

export interface VaultHooks {
  /** Called before a transaction; what it throws is thrown by the transaction, and nothing has changed. */
  readonly beforeWrite?: (() => void) | undefined;
  /** Called after a transaction; what it throws is thrown by the transaction, and all of it has been written. */
  readonly afterWrite?: (() => void) | undefined;
}

/**
 * Opens the disk and takes it over: a vault that held it before is one whose process was killed, and throws at every
 * use from then on. Bytes are copied in and out, as a real disk does.
 */
export class VaultMemory implements ClientStore {
  readonly #disk: VaultDisk;
  readonly #hooks: VaultHooks;

  constructor(disk: VaultDisk, hooks: VaultHooks = {}) {
    this.#disk = disk;
    this.#hooks = hooks;
    disk.holder = this;
  }

  get(table: VaultTable, key: string): Uint8Array | undefined {
    return this.#held().records.get(table)?.get(key)?.slice();
  }

  all(table: VaultTable): { key: string; value: Uint8Array }[] {
    return [...(this.#held().records.get(table) ?? [])]
      .map(([key, value]) => ({ key, value: value.slice() }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  transaction(writes: readonly VaultWrite[]): void {
    const disk = this.#held();
    this.#hooks.beforeWrite?.();
    for (const write of writes) {
      if ("put" in write) within(disk.records, write.put).set(write.key, write.value.slice());
      else if ("remove" in write) disk.records.get(write.remove)?.delete(write.key);
      else within(disk.conversations, write.history).set(write.position, write.value.slice());
    }
    this.#hooks.afterWrite?.();
  }

  history(conversation: string, before: number, limit: number): { position: number; value: Uint8Array }[] {
    return [...(this.#held().conversations.get(conversation) ?? [])]
      .filter(([position]) => position < before)
      .sort(([a], [b]) => b - a)
      .slice(0, limit)
      .map(([position, value]) => ({ position, value: value.slice() }));
  }

  conversations(): string[] {
    return [...this.#held().conversations.keys()].sort();
  }

  close(): void {
    if (this.#disk.holder === this) this.#disk.holder = undefined;
  }

  #held(): VaultDisk {
    if (this.#disk.holder !== this) throw new Error("this vault is closed");
    return this.#disk;
  }
}

function within<K, L, V>(outer: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const inner = outer.get(key) ?? new Map<L, V>();
  outer.set(key, inner);
  return inner;
}

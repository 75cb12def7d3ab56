// A device's vault in a simulation: its disk may be full for a while, and its program may die before or after any write.
// Must not know what is written.

import { type ClientStore, StoreFailure, type VaultTable, type VaultWrite } from "../../../src/ports.ts";
import { type VaultDisk, VaultMemory } from "../../../src/store/vault-memory.ts";
import type { Process } from "./wire.ts";

/** The program has died: nothing that it still computes is seen by anybody. */
export class Died extends Error {}

/** Asked around each transaction. */
export interface Fate {
  isFull(): boolean;
  /** Whether the program dies at this moment; it must not be alive any more when this answers true. */
  strikes(when: "before" | "after"): boolean;
  wrote(writes: readonly VaultWrite[]): void;
}

export class WatchedVault implements ClientStore {
  readonly #vault: VaultMemory;
  readonly #process: Process;
  readonly #fate: Fate;

  constructor(disk: VaultDisk, process: Process, fate: Fate) {
    this.#vault = new VaultMemory(disk);
    this.#process = process;
    this.#fate = fate;
  }

  get(table: VaultTable, key: string): Uint8Array | undefined {
    return this.#alive().get(table, key);
  }

  all(table: VaultTable): { key: string; value: Uint8Array }[] {
    return this.#alive().all(table);
  }

  transaction(writes: readonly VaultWrite[]): void {
    const vault = this.#alive();
    if (this.#fate.strikes("before")) throw new Died();
    if (this.#fate.isFull()) throw new StoreFailure("full");
    vault.transaction(writes);
    this.#fate.wrote(writes);
    if (this.#fate.strikes("after")) throw new Died();
  }

  history(conversation: string, before: number, limit: number): { position: number; value: Uint8Array }[] {
    return this.#alive().history(conversation, before, limit);
  }

  conversations(): string[] {
    return this.#alive().conversations();
  }

  close(): void {
    this.#alive().close();
  }

  #alive(): VaultMemory {
    if (!this.#process.alive) throw new Died();
    return this.#vault;
  }
}

// The rows of an open vault: hashed names, sealed values, one transaction for each step of the protocol.
// Must not know how the vault was opened, nor what the values mean.

import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";
import { type ClientStore, StoreFailure, type VaultTable, type VaultWrite } from "../ports.ts";
import { withStoreFailures } from "./sqlite-failure.ts";
import { ROW_KINDS, type RowKind, type Seal, type Sealed } from "./vault-seal.ts";

export class VaultRows implements ClientStore {
  readonly #db: Database;
  readonly #seal: Seal;
  /** Conversations whose name is known to be on disk. */
  readonly #named = new Set<string>();
  readonly #get: Statement;
  readonly #all: Statement;
  readonly #put: Statement;
  readonly #remove: Statement;
  readonly #page: Statement;
  readonly #putHistory: Statement;

  constructor(db: Database, seal: Seal) {
    this.#db = db;
    this.#seal = seal;
    this.#get = db.prepare("SELECT sealed FROM record WHERE kind = ? AND hash = ?");
    this.#all = db.prepare("SELECT hash, sealed FROM record WHERE kind = ?");
    this.#put = db.prepare("INSERT OR REPLACE INTO record (kind, hash, sealed) VALUES (?, ?, ?)");
    this.#remove = db.prepare("DELETE FROM record WHERE kind = ? AND hash = ?");
    this.#page = db.prepare(
      "SELECT position, sealed FROM history WHERE hash = ? AND position < ? ORDER BY position DESC LIMIT ?",
    );
    this.#putHistory = db.prepare("INSERT OR REPLACE INTO history (hash, position, sealed) VALUES (?, ?, ?)");
  }

  get(table: VaultTable, key: string): Uint8Array | undefined {
    const hash = this.#seal.hash(table, key);
    const sealed = withStoreFailures(() => rows(this.#get, ROW_KINDS[table], hash))[0]?.[0];
    return sealed === undefined ? undefined : this.#seal.open(table, hash, blob(sealed)).value;
  }

  all(table: VaultTable): { key: string; value: Uint8Array }[] {
    return this.#contents(table).map(({ name, value }) => ({ key: name, value }));
  }

  transaction(writes: readonly VaultWrite[]): void {
    const named = new Set<string>();
    withStoreFailures(() => {
      this.#db.run("BEGIN IMMEDIATE");
      try {
        for (const write of writes) this.#apply(write, named);
        this.#db.run("COMMIT");
      } catch (error) {
        // After some failures (a full disk) SQLite has rolled back by itself.
        if (this.#db.inTransaction) this.#db.run("ROLLBACK");
        throw error;
      }
    });
    for (const name of named) this.#named.add(name);
  }

  history(conversation: string, before: number, limit: number): { position: number; value: Uint8Array }[] {
    const hash = this.#seal.hash("history", conversation);
    return withStoreFailures(() => rows(this.#page, hash, before, limit)).map(([position, sealed]) => {
      if (typeof position !== "number") throw new StoreFailure("corrupt");
      return { position, value: this.#seal.open("history", hash, blob(sealed), position).value };
    });
  }

  conversations(): string[] {
    return this.#contents("history-name").map(({ name }) => name);
  }

  close(): void {
    // `true` finalizes the statements; one left open would keep the lock.
    this.#db.close(true);
  }

  #apply(write: VaultWrite, named: Set<string>): void {
    if ("put" in write) {
      this.#putRecord(write.put, { name: write.key, value: write.value });
    } else if ("remove" in write) {
      this.#remove.run(ROW_KINDS[write.remove], this.#seal.hash(write.remove, write.key));
    } else {
      const { history: conversation, position, value } = write;
      if (!this.#named.has(conversation) && !named.has(conversation)) {
        this.#putRecord("history-name", { name: conversation, value: new Uint8Array(0) });
        named.add(conversation);
      }
      const hash = this.#seal.hash("history", conversation);
      // The name is not repeated in each row: its hash is bound to the row already.
      this.#putHistory.run(hash, position, this.#seal.seal("history", hash, { name: "", value }, position));
    }
  }

  #putRecord(kind: Exclude<RowKind, "history">, content: Sealed): void {
    const hash = this.#seal.hash(kind, content.name);
    this.#put.run(ROW_KINDS[kind], hash, this.#seal.seal(kind, hash, content));
  }

  /** What is sealed in the records of a kind, ordered by name. */
  #contents(kind: Exclude<RowKind, "history">): Sealed[] {
    return withStoreFailures(() => rows(this.#all, ROW_KINDS[kind]))
      .map(([hash, sealed]) => this.#seal.open(kind, blob(hash), blob(sealed)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** The rows a statement answers, as yet unchecked. */
export function rows(statement: Statement, ...bindings: SQLQueryBindings[]): unknown[][] {
  return statement.values(...bindings);
}

/** The bytes of a column; the file is not ours alone to write, so anything else is corruption. */
export function blob(column: unknown): Uint8Array {
  if (column instanceof Uint8Array) return column;
  throw new StoreFailure("corrupt");
}

// A person on the move: a vault written to one file, sealed under a passphrase, and a vault made of such a file.
// Must not know what is said to the person.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ClientStore, Random } from "../ports.ts";
import { decodeVault, encodeVault, type Row, RowFault } from "./identity-rows.ts";
import {
  chunkOpener,
  type Head,
  HEAD_LIMIT,
  isKeyOf,
  newHead,
  readHead,
  SEALED_CHUNK,
  sealChunks,
} from "./identity-seal.ts";
import { newArgon2Settings } from "./key-header.ts";
import { keyOfPassphrase } from "./key-kinds.ts";
import { withFileFailures, writePrivateFile } from "./private-files.ts";

/** How many rows go into one transaction of the new vault. */
const BATCH = 500;

/** The file (0600) is there whole and durable when it resolves; false: there is one already. Throws StoreFailure. */
export async function writeIdentity(
  path: string,
  { owner, vault }: { readonly owner: string; readonly vault: ClientStore },
  passphrase: string,
  random: Random,
): Promise<boolean> {
  const settings = newArgon2Settings(random(16));
  const key = await keyOfPassphrase(passphrase, settings);
  const head = newHead(settings, key);
  const content = function* () {
    yield head.bytes;
    yield* sealChunks(encodeVault(owner, vault), head, key);
  };
  return writePrivateFile(path, content(), "keep", random);
}

/** "other": no such file of ours; "damaged": cut short or changed. */
export type IdentityFault = "missing" | "other" | "newer" | "damaged" | "wrong-passphrase";

export class IdentityFile {
  readonly #file: number;
  readonly #head: Head;
  #rows: Generator<string | Row> | undefined;

  private constructor(file: number, head: Head) {
    this.#file = file;
    this.#head = head;
  }

  /** To be closed. Throws StoreFailure. */
  static open(path: string): IdentityFile | IdentityFault {
    return withFileFailures(() => {
      let file: number;
      try {
        file = openSync(path, "r");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return "missing";
        throw error;
      }
      const start = fstatSync(file).isFile() ? readAt(file, 0, HEAD_LIMIT) : new Uint8Array(0);
      const read = readHead(start);
      if (read.ok) return new IdentityFile(file, read.head);
      closeSync(file);
      return read.why;
    });
  }

  /** Whose it is. */
  async unlock(passphrase: string): Promise<{ readonly owner: string } | IdentityFault> {
    const key = await keyOfPassphrase(passphrase, this.#head.argon2);
    if (!isKeyOf(this.#head, key)) return "wrong-passphrase";
    const rows = decodeVault(this.#chunks(key));
    return faulty(() => {
      const { value: owner } = rows.next();
      if (typeof owner !== "string") throw new RowFault("damaged");
      this.#rows = rows;
      return { owner };
    });
  }

  /** Puts all of it into an empty vault; when there is a fault, that one is of no use. Throws StoreFailure. */
  fill(vault: ClientStore): "filled" | IdentityFault {
    const rows = this.#rows;
    if (rows === undefined) throw new Error("it was not unlocked");
    return faulty(() => {
      let batch: Row[] = [];
      for (const row of rows) {
        if (typeof row === "string") throw new RowFault("damaged");
        if (batch.push(row) < BATCH) continue;
        vault.transaction(batch);
        batch = [];
      }
      vault.transaction(batch);
      return "filled" as const;
    });
  }

  close(): void {
    closeSync(this.#file);
  }

  *#chunks(key: Uint8Array): Generator<Uint8Array> {
    const open = chunkOpener(this.#head, key);
    const size = withFileFailures(() => fstatSync(this.#file).size);
    for (let at = this.#head.bytes.length, isLast = false; !isLast; at += SEALED_CHUNK) {
      isLast = at + SEALED_CHUNK >= size;
      const plain = open(
        withFileFailures(() => readAt(this.#file, at, SEALED_CHUNK)),
        isLast,
      );
      if (plain === undefined) throw new RowFault("damaged");
      yield plain;
    }
  }
}

function readAt(file: number, from: number, most: number): Uint8Array {
  const bytes = new Uint8Array(most);
  let length = 0;
  for (let read = 1; read > 0 && length < most; length += read)
    read = readSync(file, bytes, length, most - length, from + length);
  return bytes.subarray(0, length);
}

function faulty<T>(work: () => T): T | RowFault["why"] {
  try {
    return work();
  } catch (error) {
    if (error instanceof RowFault) return error.why;
    throw error;
  }
}

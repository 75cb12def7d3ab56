// What faces have shown and told of in a simulation, and how far each is known to have read.
// Must not know how that travels.

import type { VaultDisk } from "../../../src/store/vault-memory.ts";
import type { Device } from "./device.ts";
import type { Fault } from "./end.ts";
import type { Ledger } from "./ledger.ts";
import type { Row, Violate } from "./said.ts";

/** A conversation's place in a vault, as far as it is looked at. */
interface Place {
  readonly shown: number;
  readonly readBy?: number;
  readonly owed?: string;
}

export class ReadLedger {
  readonly #books: Ledger;
  readonly #violate: Violate;
  readonly #places = new Map<string, Place>();
  /** Whose faces tell what they show. */
  readonly #telling = new Set<string>();
  /** The messages of which it is to be told that they were shown: all there ever were, and the last of each two. */
  readonly #ever = new Set<string>();
  readonly #due = new Map<string, string>();

  constructor(books: Ledger, violate: Violate) {
    this.#books = books;
    this.#violate = violate;
  }

  /** From now on a person's face tells what it shows, or does not. */
  tells(name: string, does: boolean): void {
    if (does) this.#telling.add(name);
    else this.#telling.delete(name);
  }

  putBack(name: string, disk: VaultDisk): void {
    for (const key of this.#places.keys()) if (key.startsWith(`${name}>`)) this.#places.delete(key);
    for (const [key, value] of disk.records.get("place") ?? [])
      this.#places.set(`${name}>${key}`, parsed(value));
  }

  /** Where a conversation stands is on somebody's disk. */
  placed(name: string, key: string, value: Uint8Array): void {
    if (key.startsWith("@")) return;
    const { shown: before = 0, readBy: was = 0 } = this.#places.get(`${name}>${key}`) ?? {};
    const place = parsed(value);
    this.#places.set(`${name}>${key}`, place);
    const { shown, readBy = 0 } = place;
    const where = `${name} with ${key}`;
    if (shown < before) this.#violate("what was shown stays shown", `${where}: ${shown} after ${before}`);
    if (readBy < was) this.#violate("what was read stays read", `${where}: ${readBy} after ${was}`);
    const rows = this.#books.rows(name, key);
    const newest = rows.slice(before, shown).findLast(({ own, notice }) => !own && notice === undefined);
    if (newest !== undefined && this.#telling.has(name)) {
      this.#due.set(`${name}>${key}`, newest.id);
      this.#ever.add(`${name}>${key} ${newest.id}`);
    }
    const row = rows[readBy - 1];
    if (readBy > was && (row?.own !== true || !this.#ever.has(`${key}>${name} ${row.id}`)))
      this.#violate("nobody is said to have read what they were not shown", `${where}: ${readBy}`);
  }

  /** Somebody's program tells its user how far another one has read. */
  told(name: string, other: string, id: string, position: number): void {
    const { readBy = 0 } = this.#places.get(`${name}>${other}`) ?? {};
    if (position > readBy || this.#books.rows(name, other)[position - 1]?.id !== id)
      this.#violate(
        "what is told to be read is so on the disk",
        `${name} with ${other}: ${position}, ${readBy}`,
      );
  }

  /** What is still to be told, in words. */
  open({ name, disk }: Device): string[] {
    const places = [...(disk.records.get("place") ?? [])];
    return places.flatMap(([key, value]) =>
      parsed(value).owed === undefined ? [] : [`${name} has yet to tell ${key} what was shown`],
    );
  }

  /** Everyone knows how far their messages were shown; where disks were put back, of the last words. */
  faults(devices: readonly Device[], comebacks: boolean): Fault[] {
    const faults: Fault[] = [];
    for (const { name } of devices) {
      for (const { name: other } of devices) {
        if (name === other) continue;
        const due = this.#due.get(`${other}>${name}`);
        const { readBy = 0 } = this.#places.get(`${name}>${other}`) ?? {};
        const rows = this.#books.rows(name, other);
        const at = rows.findIndex((row) => row.id === due && isOf(row, name)) + 1;
        const isLast = due !== undefined && this.#books.sayings.saidAs(due)?.last === true;
        if (comebacks ? isLast && readBy < at : readBy !== at)
          faults.push(["what was shown is known to be", `${name} with ${other}: ${readBy} of ${at}`]);
      }
    }
    return faults;
  }
}

function isOf(row: Row, name: string): boolean {
  return row.own && row.sender === name;
}

function parsed(value: Uint8Array): Place {
  return JSON.parse(Buffer.from(value).toString());
}

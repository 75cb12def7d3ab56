// All that a vault holds as one stream of bytes, and back: whose it is, then row by row. Pure.
// Must not know how the stream is kept or what the values mean.

import type { ClientStore, VaultTable, VaultWrite } from "../ports.ts";
import { ROW_KINDS } from "./vault-seal.ts";

/** One row, as it is put into a vault. */
export type Row = Exclude<VaultWrite, { readonly remove: VaultTable }>;

/** What a stream is wrong by; "newer": it has rows of a kind that this version does not know. */
export class RowFault extends Error {
  readonly why: "damaged" | "newer";
  constructor(why: "damaged" | "newer") {
    super(`identity: ${why}`);
    this.name = "RowFault";
    this.why = why;
  }
}

const PAGE = 500;
/** Kinds of record in the stream. */
const OWNER = 1;
const RECORD = 2;
const HISTORY = 3;
/** Nothing in a vault comes near it; it stands between a damaged file and the memory. */
const MAX_VALUE = 256 * 1024 * 1024;
const MAX_NAME = 4096;

const isTable = (name: string): name is VaultTable =>
  Object.hasOwn(ROW_KINDS, name) && name !== "history" && name !== "history-name";
const tables = Object.keys(ROW_KINDS).filter(isTable);
const utf8 = new TextEncoder();

/** The rows of a vault that nothing writes to meanwhile, after its owner's name. */
export function* encodeVault(owner: string, vault: ClientStore): Generator<Uint8Array> {
  yield encode(OWNER, owner, "", 0, new Uint8Array(0));
  for (const table of tables)
    for (const { key, value } of vault.all(table)) yield encode(RECORD, table, key, 0, value);
  for (const conversation of vault.conversations()) {
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const page = vault.history(conversation, before, PAGE);
      for (const { position, value } of page) yield encode(HISTORY, conversation, "", position, value);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      before = last.position;
    }
  }
}

/** kind u8 | length of each name u16 | position u64 | length of the value u32 | both names | value. */
function encode(
  kind: number,
  first: string,
  second: string,
  position: number,
  value: Uint8Array,
): Uint8Array {
  const [a, b] = [utf8.encode(first), utf8.encode(second)];
  const head = new Uint8Array(HEAD);
  const view = new DataView(head.buffer);
  view.setUint8(0, kind);
  view.setUint16(1, a.length);
  view.setUint16(3, b.length);
  view.setBigUint64(5, BigInt(position));
  view.setUint32(13, value.length);
  return Buffer.concat([head, a, b, value]);
}

const HEAD = 17;

/** The owner's name first, then the rows. Throws RowFault. */
export function* decodeVault(parts: Iterable<Uint8Array>): Generator<string | Row> {
  const read = reader(parts);
  let isFirst = true;
  for (let head = read(HEAD); head !== undefined; head = read(HEAD)) {
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const [a, b, length] = [view.getUint16(1), view.getUint16(3), view.getUint32(13)];
    const position = Number(view.getBigUint64(5));
    if (a > MAX_NAME || b > MAX_NAME || length > MAX_VALUE) throw new RowFault("damaged");
    const rest = read(a + b + length);
    if (rest === undefined) throw new RowFault("damaged");
    const [first, second] = [text(rest.subarray(0, a)), text(rest.subarray(a, a + b))];
    const value = rest.subarray(a + b);
    const kind = view.getUint8(0);
    if (isFirst !== (kind === OWNER)) throw new RowFault("damaged");
    isFirst = false;
    if (kind === OWNER) yield first;
    else if (kind === HISTORY) yield { history: first, position, value };
    else if (kind === RECORD && isTable(first)) yield { put: first, key: second, value };
    else throw new RowFault("newer");
  }
  if (isFirst) throw new RowFault("damaged");
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RowFault("damaged");
  }
}

/** The next so many bytes; undefined at the end. */
function reader(parts: Iterable<Uint8Array>): (length: number) => Uint8Array | undefined {
  const source = parts[Symbol.iterator]();
  let held: Uint8Array = new Uint8Array(0);
  return (length) => {
    const more: Uint8Array[] = [held];
    let sum = held.length;
    while (sum < length) {
      const next = source.next();
      if (next.done === true) {
        if (sum > 0) throw new RowFault("damaged");
        return undefined;
      }
      more.push(next.value);
      sum += next.value.length;
    }
    const all = more.length === 1 ? held : Buffer.concat(more);
    held = all.subarray(length);
    return all.subarray(0, length);
  };
}

// Archives of a release: .tar.gz and .zip, a few files each, the same bytes for the same files.
// Must not know what is in them. Neither time nor owner of a file gets in, as these differ from build to build.

import { crc32, deflateRawSync, gzipSync } from "node:zlib";

export interface Packed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether it may be run. */
  readonly runs: boolean;
}

const BLOCK = 512;
const LEVEL = { level: 9 } as const;
/** 1 January 2000 UTC, in seconds since 1970: some programs mind a file of 1970. */
const TIME = 946_684_800;
/** The same as MS-DOS has it: years since 1980 << 9 | month << 5 | day. */
const DOS_DATE = (20 << 9) | (1 << 5) | 1;

/** A gzipped POSIX.1-1988 (ustar) archive. Names are plain ASCII of less than 100 characters. */
export function tarGz(files: readonly Packed[]): Uint8Array {
  const parts = files.flatMap(({ name, bytes, runs }) => [
    tarHeader(name, bytes.length, runs),
    bytes,
    new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK),
  ]);
  const packed = gzipSync(Buffer.concat([...parts, new Uint8Array(2 * BLOCK)]), LEVEL);
  // RFC 1952 §2.3: no time, and no word about the system it was made on.
  packed.fill(0, 4, 8);
  packed[9] = 255;
  return packed;
}

function tarHeader(name: string, size: number, runs: boolean): Uint8Array {
  if (!/^[\x21-\x7e]{1,99}$/.test(name)) throw new RangeError(`not a name for an archive: ${name}`);
  const header = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  put(0, name);
  put(100, `${octal(runs ? 0o755 : 0o644, 7)}\0`);
  put(108, `${octal(0, 7)}\0`);
  put(116, `${octal(0, 7)}\0`);
  put(124, `${octal(size, 11)}\0`);
  put(136, `${octal(TIME, 11)}\0`);
  put(148, " ".repeat(8)); // counted as blanks while it is being counted
  put(156, "0");
  put(257, "ustar\x0000");
  put(
    148,
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
  );
  return header;
}

/** A ZIP archive (APPNOTE 6.3, no zip64: less than 4 GiB). */
export function zip(files: readonly Packed[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes, runs } of files) {
    const packed = deflateRawSync(bytes, LEVEL);
    const fields = zipFields(packed.length, bytes);
    const local = Buffer.concat([
      little([0x04034b50, 4], [20, 2]),
      fields,
      little([name.length, 2], [0, 2]),
      Buffer.from(name, "ascii"),
    ]);
    parts.push(local, packed);
    const mode = 0o100000 | (runs ? 0o755 : 0o644);
    directory.push(
      // Made by Unix (3), so that the mode counts.
      little([0x02014b50, 4], [(3 << 8) | 20, 2], [20, 2]),
      fields,
      little([name.length, 2], [0, 2], [0, 2], [0, 2], [0, 2], [mode * 0x10000, 4], [at, 4]),
      Buffer.from(name, "ascii"),
    );
    at += local.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const count = files.length;
  const end = little(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [listed.length, 4],
    [at, 4],
    [0, 2],
  );
  return Buffer.concat([...parts, listed, end]);
}

/** Flags, method, time, date, CRC and both sizes: the same here and in the directory. */
function zipFields(packed: number, bytes: Uint8Array): Uint8Array {
  return little([0, 2], [8, 2], [0, 2], [DOS_DATE, 2], [crc32(bytes), 4], [packed, 4], [bytes.length, 4]);
}

/** Numbers in as many bytes, the least significant first. */
function little(...numbers: readonly (readonly [value: number, bytes: 2 | 4])[]): Uint8Array {
  const all = Buffer.alloc(numbers.reduce((sum, [, bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [value, bytes] of numbers) at = all.writeUIntLE(value, at, bytes);
  return all;
}

// The list of a release's files with their SHA-256, as `sha256sum` writes and checks it.
// Must not know files, or who vouches for the list.

/** Longer than any release's. */
export const SUMS_LIMIT = 64 * 1024;

/** SHA-256 in hex, by file name. */
export type Checksums = ReadonlyMap<string, string>;

/** By name, so that the same files give the same list. A name is a plain one: no folder, nothing to escape. */
export function formatChecksums(sums: Checksums): string {
  const names = [...sums.keys()].sort();
  return names
    .map((name) => {
      if (!isPlain(name)) throw new RangeError(`not a plain name: ${name}`);
      return `${sums.get(name)}  ${name}\n`;
    })
    .join("");
}

/** Undefined for what is no such list: a line of another shape, a name with a folder, a name twice, nothing at all. */
export function parseChecksums(text: string): Checksums | undefined {
  const sums = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    if (line === "") continue;
    const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (sum === undefined || name === undefined || !isPlain(name) || sums.has(name)) return undefined;
    sums.set(name, sum);
  }
  return sums.size === 0 ? undefined : sums;
}

function isPlain(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}$/.test(name);
}

// What a process has read and written, and what came and went on its links, by the counts of Linux.
// Must not know what it was.

/** Bytes that came and went on the links that a server has open, by the system's own count. */
export function sockets(port: number): { readonly came: number; readonly went: number } {
  const text = Bun.spawnSync([
    "ss",
    "-tinH",
    "state",
    "established",
    `( sport = :${port} )`,
  ]).stdout.toString();
  const sum = (name: string) =>
    Array.from(text.matchAll(new RegExp(`${name}:(\\d+)`, "g")), ([, bytes]) => Number(bytes)).reduce(
      (total, bytes) => total + bytes,
      0,
    );
  return { came: sum("bytes_received"), went: sum("bytes_sent") };
}

/** Bytes that a process has read from files and written to them (man 5 proc, /proc/PID/io). */
export function traffic(pid: number): { readonly read: number; readonly written: number } {
  const text = Bun.spawnSync(["cat", `/proc/${pid}/io`]).stdout.toString();
  const of = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1]);
  return { read: of("rchar"), written: of("wchar") };
}

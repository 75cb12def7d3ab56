// A backup is the server's data as it was at one moment, whoever writes meanwhile; it is there whole or not at all.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreFailure } from "../../src/ports.ts";
import { backUp } from "../../src/store/server-backup.ts";
import { openServerStore } from "../../src/store/server-sqlite.ts";
import { aliceAndBob, logOf, message, temporaryFolder } from "./server-fixtures.ts";

const ab = logOf("ab");
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));

let folder: ReturnType<typeof temporaryFolder>;
let data: string;
beforeEach(async () => {
  folder = temporaryFolder();
  data = folder.path("data");
  mkdirSync(data);
  writeFileSync(join(data, "server.key"), "the key\n");
  const store = openServerStore(join(data, "server.sqlite"));
  await aliceAndBob(store);
  await store.close();
});
afterEach(() => folder.remove());

const copyTo = (name: string) =>
  backUp(
    { data, database: "server.sqlite", files: ["server.key"], folder: "blobs" },
    folder.path(name),
    random,
  );
const entriesOf = async (database: string) => {
  const store = openServerStore(database);
  const entries = await store.entries(ab, 0, 1e6, 1e9);
  await store.close();
  return entries;
};

test("while another process writes, everything it had acknowledged is in the copy, and nothing half", async () => {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "server-appender.ts"), join(data, "server.sqlite"), "run"],
    { stdout: "pipe", stderr: "inherit" },
  );
  let printed = "";
  const acknowledged = () => Number(printed.slice(0, printed.lastIndexOf("\n")).split("\n").at(-1));
  const decoder = new TextDecoder();
  const counts: number[] = [];
  for await (const chunk of child.stdout) {
    printed += decoder.decode(chunk, { stream: true });
    if (printed.length < 200 * (counts.length + 1)) continue;
    const before = acknowledged();
    const name = `copy${counts.length}`;
    expect(copyTo(name)).toBe("copied");
    const entries = await entriesOf(join(folder.path(name), "server.sqlite"));
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
    expect(entries.length).toBeGreaterThanOrEqual(before);
    counts.push(entries.length);
    if (counts.length === 3) child.kill("SIGKILL");
  }
  await child.exited;
  expect(counts.toSorted((a, b) => a - b)).toEqual(counts);
});

test("the copy can be read by its owner alone, and goes on as a store of its own", async () => {
  mkdirSync(folder.path("copy"), { mode: 0o755 }); // an empty folder will do
  mkdirSync(join(data, "blobs"));
  writeFileSync(join(data, "blobs", "c0ffee"), "chunks", { mode: 0o644 });
  expect(copyTo("copy")).toBe("copied");
  const copy = folder.path("copy");
  expect(readdirSync(copy).toSorted()).toEqual(["blobs", "server.key", "server.sqlite"]);
  for (const folder of [copy, join(copy, "blobs")]) expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const file of ["server.key", "server.sqlite", "blobs/c0ffee"])
    expect(statSync(join(copy, file)).mode & 0o777).toBe(0o600);
  // It is a copy: what is added to the one is not in the other.
  appendFileSync(join(data, "blobs", "c0ffee"), " and more");
  expect(readFileSync(join(copy, "blobs", "c0ffee"), "utf8")).toBe("chunks");
  expect(readFileSync(join(copy, "server.key"), "utf8")).toBe("the key\n");
  const store = openServerStore(join(copy, "server.sqlite"));
  expect(await store.append(message("ab", "alice", "m1"))).toMatchObject({ outcome: "appended", seq: 1 });
  await store.close();
  expect(await entriesOf(join(data, "server.sqlite"))).toEqual([]);
});

test("a folder with something in it is left as it is", () => {
  mkdirSync(folder.path("copy"));
  writeFileSync(join(folder.path("copy"), "notes"), "");
  expect(copyTo("copy")).toBe("target-not-empty");
  expect(readdirSync(folder.path("copy"))).toEqual(["notes"]);
  expect(readdirSync(folder.path("")).toSorted()).toEqual(["copy", "data"]);
});

test.each([
  ["a key that is not there", () => Bun.spawnSync(["rm", join(data, "server.key")]), "corrupt"],
  [
    "a damaged database",
    () => writeFileSync(join(data, "server.sqlite"), "This is no database. ".repeat(500)),
    "corrupt",
  ],
] as const)("nothing is left of a copy that failed: %s", (_, spoil, reason) => {
  spoil();
  try {
    copyTo("copy");
    throw new Error("it was copied");
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    expect(error.reason).toBe(reason);
  }
  expect(readdirSync(folder.path(""))).toEqual(["data"]);
});

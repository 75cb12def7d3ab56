// A process of its own that appends to the log "ab" without end and prints the seqs that were acknowledged.

import { writeSync } from "node:fs";
import { openServerStore } from "../../src/store/server-sqlite.ts";
import { message } from "./server-fixtures.ts";

const [path = "", run = ""] = process.argv.slice(2);
const store = openServerStore(path, { recent: { rows: 64, bytes: 1e6 } });
for (let tick = 0; ; tick++) {
  const burst = Array.from({ length: 20 }, (_, i) =>
    store.append(message("ab", "alice", `${run}-${tick}-${i}`)),
  );
  for (const answer of await Promise.all(burst)) if ("seq" in answer) writeSync(1, `${answer.seq}\n`);
}

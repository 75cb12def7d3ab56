// A process that opens a vault at the instant it is told and holds it until it is killed. Arguments: path, key in hex.
// Says "ready"; after a line with the instant (ms since 1970) "held", then each step it has written, or the failure.

import { StoreFailure } from "../../src/ports.ts";
import { openVault } from "../../src/store/vault-sqlite.ts";

const [path = "", key = ""] = process.argv.slice(2);
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));

console.log("ready");
for await (const instant of console) {
  // Spinning, for several of these have to open within the same tenth of a millisecond.
  while (Date.now() < Number(instant));
  try {
    const vault = openVault(path, Uint8Array.fromHex(key), { random });
    console.log("held");
    for (let step = 1; step <= 100_000; step++) {
      const value = new TextEncoder().encode(String(step));
      vault.transaction([
        { put: "ratchet", key: "log", value },
        { put: "outbox", key: String(step), value },
        { history: "bob", position: step, value },
      ]);
      console.log(step);
    }
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    console.log(error.reason);
  }
}

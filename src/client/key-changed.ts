// The event of a key that is not the pinned one.
// Must not know where it was met.

import { fingerprint } from "../mls/safety-number.ts";
import type { ClientEvent } from "./events.ts";

export function keyChanged(name: string, pinned: Uint8Array | undefined, found: Uint8Array): ClientEvent {
  return {
    type: "key-changed",
    name,
    pinned: pinned === undefined ? "" : fingerprint(pinned),
    found: fingerprint(found),
  };
}

// The Random port over the system's generator. Must not know what it is for.

import type { Random } from "../ports.ts";

export const random: Random = (n) => crypto.getRandomValues(new Uint8Array(n));

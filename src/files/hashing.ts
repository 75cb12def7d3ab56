// SHA-256 of what comes bit by bit. Must not know what is hashed.

import type { Hasher } from "./opening.ts";

export function sha256(): Hasher {
  const hash = new Bun.CryptoHasher("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
}

// How far files are, told at most ten times a second each. Must not know which way they go.

import { CHUNK } from "../domain/chunks.ts";
import type { ClientState } from "./state.ts";

/** The least time between two tellings of one file, ms. */
const TELL_EVERY = 100;

export interface Progress {
  /** So many chunks of a file of `size` bytes are where they are to be. */
  reach(key: string, chunks: number, size: number): void;
}

export function progressOf(state: ClientState): Progress {
  const told = new Map<string, number>();
  return {
    reach(key, chunks, size) {
      const { transfers, clock } = state;
      transfers.reach(key, Math.min(size, chunks * CHUNK));
      const now = clock.now();
      // A clock that was set back must not keep it silent.
      if (Math.abs(now - (told.get(key) ?? 0)) < TELL_EVERY) return;
      told.set(key, now);
      const record = transfers.get(key);
      if (record !== undefined) state.emit(transfers.told(record));
    },
  };
}

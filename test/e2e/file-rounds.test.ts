// What survives kill -9 at random moments of a file's way: the file, whole, and nothing of it sent twice but what was on
// its way.

import { expect, test } from "bun:test";
import { fileRounds } from "./support/file-rounds.ts";

const ROUNDS = 3;
const SIZE = 20_000_000;

test("whoever is killed while a file is on its way: it arrives, and what was there is not sent again", async () => {
  const seed = String(crypto.getRandomValues(new Uint32Array(1))[0]);
  console.log(`bun run rounds --files --size ${SIZE / 1_000_000} --rounds ${ROUNDS} --seed ${seed}`);
  const { kills, broken } = await fileRounds(seed, ROUNDS, SIZE);
  expect(broken).toEqual([]);
  expect(kills).toBeGreaterThan(0);
}, 120_000);

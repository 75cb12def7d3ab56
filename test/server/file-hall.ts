// Two people and a file between them, for tests of files on the server.

import { expect } from "bun:test";
import { chunkCount, chunkSize, sealedSize } from "../../src/domain/chunks.ts";
import { encodeId } from "../../src/domain/id.ts";
import { append, hall, type Raw, text } from "./hall.ts";

export const blobId = () => encodeId(crypto.getRandomValues(new Uint8Array(24)));
/** Stands for the sealed chunk of a file of `size` bytes; the server does not look inside. */
export const sealed = (size: number, index: number) =>
  new Uint8Array(chunkSize(size, index) + 16).fill(index + 1);
export const refused = (code: string) => ({ t: "refused", code });

/** A room, its two people, and a file that alice has begun and told of. */
export async function begun(size: number, ...given: Parameters<typeof hall>) {
  const room = hall(...given);
  const people = await room.pair();
  const { a, log } = people;
  const blob = blobId();
  expect(await a.ask({ t: "upload", blob, log, size: sealedSize(size) })).toMatchObject({
    t: "stored",
    chunks: 0,
  });
  expect(await a.ask({ ...append(log), blob }, text("about it"))).toMatchObject({ t: "accepted" });
  const put = (index: number, from: Raw = a) => from.ask({ t: "chunk", blob, index }, sealed(size, index));
  const putAll = async () => {
    for (let i = 0; i < chunkCount(size); i++)
      expect(await put(i)).toMatchObject({ t: "stored", chunks: i + 1 });
  };
  return { room, ...people, blob, size, put, putAll };
}

/** A fetch and what came of it: the answer, and the body if it was a chunk. */
export async function fetched(by: Raw, blob: string, index: number) {
  const answer = await by.ask({ t: "fetch", blob, index });
  const { body } = by.got.findLast(({ message }) => "re" in message && message.re === answer.re) ?? {};
  return { answer, body };
}

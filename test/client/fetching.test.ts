// What receiving a file relies on: every chunk is asked for until it is there, in whatever order the server says that it is.

import { expect, test } from "bun:test";
import { Connection } from "../../src/client/connection.ts";
import { Fetching } from "../../src/client/fetching.ts";
import { encodeId } from "../../src/domain/id.ts";
import type { Link } from "../../src/ports.ts";
import { decodeClientMessage, encodeMessage } from "../../src/wire/codec.ts";
import { FrameReader } from "../../src/wire/frame.ts";
import { MAX_FRAME } from "../../src/wire/limits.ts";
import type { ServerMessage } from "../../src/wire/messages.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";

const BLOB = encodeId(new Uint8Array(24));

/** A server that answers when it is told to, and what it was asked for and has not answered. */
function server() {
  const clock = new VirtualClock();
  const asked: { re: number; index: number }[] = [];
  const reader = new FrameReader(MAX_FRAME);
  const link: Link = {
    peer: new Uint8Array(32),
    local: true,
    remote: "made up",
    queued: 0,
    send(bytes) {
      const frames: Parameters<FrameReader["push"]>[1] = [];
      reader.push(bytes, frames);
      for (const frame of frames) {
        const decoded = decodeClientMessage(frame);
        if (decoded.ok && decoded.message.t === "fetch") asked.push(decoded.message);
      }
    },
    close() {},
  };
  const fetching: { current: Fetching | undefined } = { current: undefined };
  const connection = new Connection(link, clock, {
    notices: (all) => {
      for (const { notice } of all)
        if (notice.t === "arrived") fetching.current?.arrived(notice.blob, notice.chunks);
    },
    drained: () => {},
    ended: () => {},
  });
  fetching.current = new Fetching(connection, clock);
  const fetched = (chunks: number): Uint8Array => {
    const { re = 0, index = 0 } = asked.shift() ?? {};
    const isThere = index < chunks;
    return encodeMessage(
      { t: "fetched", re, chunks } satisfies ServerMessage,
      isThere ? Uint8Array.of(index) : undefined,
    );
  };
  const arrived = (chunks: number) =>
    encodeMessage({ t: "arrived", blob: BLOB, chunks } satisfies ServerMessage);
  /** All in one piece. */
  const say = async (...frames: readonly Uint8Array[]) => {
    connection.data(Buffer.concat(frames));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { fetching: fetching.current, asked, fetched, arrived, say };
}

async function gather(chunks: AsyncIterable<Uint8Array>, into: number[]): Promise<void> {
  for await (const [index = -1] of chunks) into.push(index);
}

test("that there is more may come in one piece with the word that there is none yet", async () => {
  const { fetching, asked, fetched, arrived, say } = server();
  const got: number[] = [];
  const done = gather(fetching.chunks(BLOB, 0, 3), got);
  await say();
  expect(asked.map(({ index }) => index)).toEqual([0]);
  await say(fetched(0), arrived(1));
  for (let turn = 0; asked.length > 0 && turn < 20; turn++) await say(fetched(1));
  expect(got).toEqual([0]);
  await say(arrived(3));
  for (let turn = 0; asked.length > 0 && turn < 20; turn++) await say(fetched(3));
  await done;
  expect(got).toEqual([0, 1, 2]);
});

test("what is not there is asked for once, not again and again", async () => {
  const { fetching, asked, fetched, say } = server();
  void gather(fetching.chunks(BLOB, 0, 100), []);
  let questions = 0;
  for (let turn = 0; turn < 30; turn++) {
    questions += asked.length;
    if (asked.length === 0) break;
    await say(...asked.slice().map(() => fetched(2)));
  }
  // Six ahead at first, two chunks that are there, and the first that is not.
  expect(questions).toBeLessThanOrEqual(12);
});

// Servers that are not what a client expects: of another protocol version, or no TLS at all.
// Must not know the executable.

import { generateKey } from "../../../src/net/certificate.ts";
import { listen } from "../../../src/net/listen.ts";
import { systemClock } from "../../../src/net/system-clock.ts";
import type { Link } from "../../../src/ports.ts";
import { decodeClientMessage, encodeMessage } from "../../../src/wire/codec.ts";
import { type Frame, FrameReader } from "../../../src/wire/frame.ts";
import { MAX_FRAME } from "../../../src/wire/limits.ts";
import type { ClientRequest, ServerAnswer } from "../../../src/wire/messages.ts";

export interface OtherServer {
  readonly port: number;
  /** All that clients said in the clear. */
  readonly heard: () => Buffer;
  close(): Promise<void> | void;
}

/** A server that proves a key of its own and answers each request as told. */
export async function answering(
  answer: (request: ClientRequest, link: Link) => ServerAnswer | undefined,
): Promise<OtherServer> {
  const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
  const none = new Uint8Array(0);
  const heard: Uint8Array[] = [];
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    seed: generateKey(random).seed,
    cap: 8 * MAX_FRAME,
    farewells: { slowReader: none, noKey: none },
    clock: systemClock,
    onFault(error) {
      throw error;
    },
    onLink(link) {
      const reader = new FrameReader(MAX_FRAME);
      return {
        data(chunk) {
          heard.push(new Uint8Array(chunk));
          const frames: Frame[] = [];
          reader.push(chunk, frames);
          for (const frame of frames) {
            const decoded = decodeClientMessage(frame);
            if (!decoded.ok || !("re" in decoded.message)) throw new Error("no request");
            const answered = answer(decoded.message, link);
            if (answered !== undefined) link.send(encodeMessage(answered));
          }
        },
        drained() {},
        ended() {},
      };
    },
  });
  return { port: listener.port, heard: () => Buffer.concat(heard), close: () => listener.close() };
}

/** Something that is not TLS: it says a line to whoever comes, and goes on listening. */
export function chatty(line: string): OtherServer {
  const heard: Buffer[] = [];
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => void socket.write(line),
      data: (_, chunk) => void heard.push(Buffer.from(chunk)),
    },
  });
  return { port: listener.port, heard: () => Buffer.concat(heard), close: () => listener.stop(true) };
}

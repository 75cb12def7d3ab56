// What the server is held against: TLS 1.3 connections paired by their first bytes, and bytes copied between the two.
// Nothing is parsed, ordered, acknowledged or kept. Prints where it listens as `classchat serve --json` does.

import { formatLink } from "../../src/domain/join-link.ts";
import { certificateOf } from "../../src/net/certificate.ts";
import { TLS_1_3 } from "../../src/net/tls-link.ts";
import { encodeFrame } from "../../src/wire/frame.ts";

/** One end of a pair. */
interface End {
  /** Absent until the other has come. */
  other: Bun.Socket<End> | undefined;
  named: boolean;
  /** What this end has not taken yet, to be offered again from the first byte (a partial write of TLS). */
  waiting: Uint8Array[];
}

/** Bytes that name the pair. */
export const PAIR_NAME_BYTES = 4;
const JOINED = encodeFrame("");

function relay(): void {
  const { key, cert, publicKey } = certificateOf(crypto.getRandomValues(new Uint8Array(32)));
  const alone = new Map<string, Bun.Socket<End>>();

  function join(socket: Bun.Socket<End>, name: Uint8Array): void {
    const pair = name.toHex();
    const other = alone.get(pair);
    socket.data.named = true;
    if (other === undefined) return void alone.set(pair, socket);
    alone.delete(pair);
    socket.data.other = other;
    other.data.other = socket;
    // Both are told once that there is somebody.
    for (const end of [socket, other]) copy(end, JOINED);
  }

  function copy(to: Bun.Socket<End>, bytes: Uint8Array): void {
    const { waiting } = to.data;
    if (waiting.length > 0) return void waiting.push(new Uint8Array(bytes));
    const took = Math.max(0, to.write(bytes));
    // The chunk is the socket's own and used again after the call.
    if (took < bytes.length) waiting.push(new Uint8Array(bytes.subarray(took)));
  }

  function drain(to: Bun.Socket<End>): void {
    const { waiting } = to.data;
    for (let bytes = waiting[0]; bytes !== undefined; bytes = waiting[0]) {
      const took = Math.max(0, to.write(bytes));
      if (took < bytes.length) {
        waiting[0] = bytes.subarray(took);
        return;
      }
      waiting.shift();
    }
  }

  const tls = { key, cert, requestCert: true, rejectUnauthorized: false, minVersion: TLS_1_3 };
  const listener = Bun.listen<End>({
    hostname: "127.0.0.1",
    port: 0,
    tls,
    socket: {
      binaryType: "uint8array",
      open(socket) {
        socket.data = { other: undefined, named: false, waiting: [] };
        socket.setNoDelay(true);
      },
      data(socket, chunk) {
        let bytes = chunk;
        if (!socket.data.named) {
          join(socket, bytes.subarray(0, PAIR_NAME_BYTES));
          bytes = bytes.subarray(PAIR_NAME_BYTES);
        }
        if (bytes.length > 0 && socket.data.other !== undefined) copy(socket.data.other, bytes);
      },
      drain,
      close(socket) {
        socket.data.other?.end();
      },
    },
  });
  process.on("SIGTERM", () => process.exit(0));
  const link = formatLink({
    host: "127.0.0.1",
    port: listener.port,
    pin: publicKey,
    secret: new Uint8Array(16),
  });
  console.log(JSON.stringify({ event: "listening", port: listener.port, link }));
}

if (import.meta.main) relay();

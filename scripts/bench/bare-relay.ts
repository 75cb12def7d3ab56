// What the server is held against: TLS 1.3 connections that find each other by their first bytes, two or as many as are
// said, and bytes copied from each to the others. Nothing is parsed, ordered, acknowledged or kept. Prints where it listens
// as `classchat serve --json` does. bun scripts/bench/bare-relay.ts [ends of a circle]

import { formatLink } from "../../src/domain/join-link.ts";
import { certificateOf } from "../../src/net/certificate.ts";
import { TLS_1_3 } from "../../src/net/tls-link.ts";
import { encodeFrame } from "../../src/wire/frame.ts";

/** One of those that hear each other. */
interface End {
  /** All of them, itself too; undefined until it is named. */
  circle: Bun.Socket<End>[] | undefined;
  /** What this end has not taken yet, to be offered again from the first byte (a partial write of TLS). */
  waiting: Uint8Array[];
}

/** Bytes that name the circle. */
export const CIRCLE_NAME_BYTES = 4;
const JOINED = encodeFrame("");

function relay(size: number): void {
  const { key, cert, publicKey } = certificateOf(crypto.getRandomValues(new Uint8Array(32)));
  const gathering = new Map<string, Bun.Socket<End>[]>();

  function join(socket: Bun.Socket<End>, bytes: Uint8Array): Bun.Socket<End>[] {
    const name = bytes.toHex();
    const circle = gathering.get(name) ?? [];
    gathering.set(name, circle);
    circle.push(socket);
    if (circle.length < size) return circle;
    gathering.delete(name);
    // All are told once that everybody is there.
    for (const end of circle) copy(end, JOINED);
    return circle;
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
        socket.data = { circle: undefined, waiting: [] };
        socket.setNoDelay(true);
      },
      data(socket, chunk) {
        let bytes = chunk;
        if (socket.data.circle === undefined) {
          socket.data.circle = join(socket, bytes.subarray(0, CIRCLE_NAME_BYTES));
          bytes = bytes.subarray(CIRCLE_NAME_BYTES);
        }
        if (bytes.length === 0) return;
        for (const other of socket.data.circle) if (other !== socket) copy(other, bytes);
      },
      drain,
      close(socket) {
        for (const other of socket.data.circle ?? []) if (other !== socket) other.end();
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

if (import.meta.main) relay(Number(process.argv[2] ?? 2));

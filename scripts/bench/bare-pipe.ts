// What a file's way is held against: bytes that come over TLS 1.3 go into a file and are made durable once, at the end.
// Nothing is parsed, acknowledged or opened. Prints where it listens as `classchat serve --json` does.

import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { formatLink } from "../../src/domain/join-link.ts";
import { certificateOf } from "../../src/net/certificate.ts";
import { TLS_1_3 } from "../../src/net/tls-link.ts";

/** The byte that says to the sender that all it sent is on the disk. */
export const DURABLE = 1;

function pipe(path: string): void {
  const { key, cert, publicKey } = certificateOf(crypto.getRandomValues(new Uint8Array(32)));
  const tls = { key, cert, minVersion: TLS_1_3 };
  const listener = Bun.listen<{ file: number; left: number }>({
    hostname: "127.0.0.1",
    port: 0,
    tls,
    socket: {
      open: (socket) => void (socket.data = { file: openSync(path, "w"), left: -1 }),
      data(socket, chunk) {
        let bytes = chunk;
        if (socket.data.left < 0) {
          // How many bytes there will be, in the first eight.
          socket.data.left = Number(bytes.readBigUInt64BE());
          bytes = bytes.subarray(8);
        }
        writeSync(socket.data.file, bytes);
        socket.data.left -= bytes.length;
        if (socket.data.left > 0) return;
        fdatasyncSync(socket.data.file);
        closeSync(socket.data.file);
        socket.write(Uint8Array.of(DURABLE));
      },
    },
  });
  const link = { host: "127.0.0.1", port: listener.port, pin: publicKey, secret: new Uint8Array(16) };
  console.log(JSON.stringify({ event: "listening", port: listener.port, link: formatLink(link) }));
  process.on("SIGTERM", () => process.exit(0));
}

if (import.meta.main) pipe(process.argv[2] ?? "pipe.bin");

// A wire between client and server that counts every byte, keeps a copy unless told not to, and tells of each piece.
// Must not know what the bytes mean.

export interface Proxy {
  readonly port: number;
  /** All that passed, both ways, where it is kept. */
  readonly recorded: () => Buffer;
  /** How much that is. */
  readonly bytes: () => number;
  close(): void;
}

interface Way {
  /** Bytes that the other end has not taken yet. */
  readonly waiting: Buffer[];
  other: Bun.Socket<Way> | undefined;
}

/**
 * Listens on this machine and passes on to `port`. `piece` is called before the n-th piece, from 1, is passed on; with it
 * `bytes` will have passed.
 */
export function proxy(
  port: number,
  piece: (n: number, bytes: number) => void = () => undefined,
  { keep = true }: { readonly keep?: boolean } = {},
): Proxy {
  const copies: Buffer[] = [];
  let pieces = 0;
  let bytes = 0;
  const open = new Set<Bun.Socket<Way>>();
  const flush = (way: Way) => {
    for (let first = way.waiting[0]; first !== undefined && way.other !== undefined; first = way.waiting[0]) {
      const taken = Math.max(0, way.other.write(first));
      if (taken < first.length) {
        way.waiting[0] = first.subarray(taken);
        return;
      }
      way.waiting.shift();
    }
  };
  const data = (socket: Bun.Socket<Way>, chunk: Buffer) => {
    const copy = Buffer.from(chunk);
    if (keep) copies.push(copy);
    bytes += copy.length;
    piece(++pieces, bytes);
    socket.data.waiting.push(copy);
    flush(socket.data);
  };
  const drain = (socket: Bun.Socket<Way>) => {
    if (socket.data.other !== undefined) flush(socket.data.other.data);
  };
  const close = (socket: Bun.Socket<Way>) => {
    open.delete(socket);
    socket.data.other?.end();
  };
  const listener = Bun.listen<Way>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        open.add(socket);
        socket.data = { waiting: [], other: undefined };
        const onward = Bun.connect<Way>({
          hostname: "127.0.0.1",
          port,
          data: { waiting: [], other: socket },
          socket: {
            open(other) {
              open.add(other);
              socket.data.other = other;
              flush(socket.data);
            },
            data,
            drain,
            close,
          },
        });
        onward.catch(() => socket.end()); // nobody is there: that is what the client is told, too
      },
      data,
      drain,
      close,
    },
  });
  return {
    port: listener.port,
    recorded: () => Buffer.concat(copies),
    bytes: () => bytes,
    close() {
      listener.stop(true);
      for (const socket of open) socket.terminate();
    },
  };
}
